#include "cli/command.h"
#include "cli/elsewhere.h"
#include "cli/named.h"

static gboolean yes, json, events;
static char **accepted;

static int run(char **args, GError **error) {
    g_autoptr(Session) session = session_open(".", true, error);
    g_autoptr(JournalRun) unfinished =
        session != NULL ? elsewhere_unfinished(session, "abort", args[0], &(TakeOver){.yes = yes, .accepted = (const char *const *)accepted}, error) : NULL;
    if (unfinished == NULL || !session_lock(session, unfinished->project, "abort", error))
        return 0;
    return session_abort(session, unfinished->id, (RunOutput){.json = json, .events = events}, error);
}

static GOptionEntry options[] = {
    {"yes", 'y', 0, G_OPTION_ARG_NONE, &yes, "do not ask before a release of another clone is taken over", NULL},
    {"accept", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &accepted, "of a release of another clone: take this, in which it differs from what would be planned here",
     "NAME"},
    {"events", 0, 0, G_OPTION_ARG_NONE, &events, "what happens, as JSON lines on standard output", NULL},
    {"json", 0, 0, G_OPTION_ARG_NONE, &json, "what came of it, as JSON", NULL},
    G_OPTION_ENTRY_NULL,
};

static const Instead instead[] = {{"dry-run", "slipway status", "what there is to take back is what slipway status shows as done"}, {0}};

const Command command_abort = {
    .name = "abort",
    .summary = "take an unfinished release back, before the point of no return",
    .help = "Undoes in reverse order what the release did: draft, tag, commit, files, branch. Work tree, index and refs are as they\n"
            "were. What gates wrote beside tracked files stays; what of that git does not ignore is named. The release stays in the\n"
            "journal as aborted. After the point of no return it refuses and says why.\n"
            "Also of a release that another clone began, after a question.",
    .example = "slipway abort",
    .options = options,
    .forms = (const Form[]){{.args = NAMED_RUN, .acts = true, .run = run}, {0}},
    .instead = instead,
};
