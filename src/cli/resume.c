#include "cli/command.h"
#include "cli/elsewhere.h"
#include "cli/named.h"
#include "effects/proof.h"

static gboolean yes, json, events, no_cache;
static char **accepted;

static int run(char **args, GError **error) {
    if (no_cache)
        effects_proofs_ignore();
    g_autoptr(Session) session = session_open(".", true, error);
    g_autoptr(JournalRun) unfinished =
        session != NULL ? elsewhere_unfinished(session, "resume", args[0], &(TakeOver){.yes = yes, .accepted = (const char *const *)accepted}, error) : NULL;
    if (unfinished == NULL || !session_lock(session, unfinished->project, "resume", error))
        return 0;
    return session_resume(session, unfinished->id, (RunOutput){.json = json, .events = events}, error);
}

static GOptionEntry options[] = {
    {"yes", 'y', 0, G_OPTION_ARG_NONE, &yes, "do not ask before a release of another clone is taken over", NULL},
    {"no-cache", 0, 0, G_OPTION_ARG_NONE, &no_cache, "run gates again that are proven", NULL},
    {"accept", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &accepted, "of a release of another clone: take this, in which it differs from what would be planned here",
     "NAME"},
    {"events", 0, 0, G_OPTION_ARG_NONE, &events, "what happens, as JSON lines on standard output", NULL},
    {"json", 0, 0, G_OPTION_ARG_NONE, &json, "what came of it, as JSON", NULL},
    G_OPTION_ENTRY_NULL,
};

static const Instead instead[] = {{"dry-run", "slipway status", "what is left to do is what slipway status shows as not done"}, {0}};

const Command command_resume = {
    .name = "resume",
    .summary = "go on with a release that was cut off, stopped or interrupted",
    .help = "Looks at the world before it acts: what is done is adopted, what is missing is done, what is half done and ours is completed.\n"
            "What was proven is not proven again, what was built is not built again. Ends what a killed slipway left running.\n"
            "A release that another clone began is taken from the remote (refs/slipway), after a question.",
    .example = "slipway resume",
    .options = options,
    .forms = (const Form[]){{.args = NAMED_RUN, .acts = true, .run = run}, {0}},
    .instead = instead,
};
