#include "cli/command.h"
#include "cli/session.h"

static gboolean json, events;

static int run(char **args, GError **error) {
    (void)args;
    g_autoptr(Session) session = session_open(".", true, error);
    g_autoptr(JournalRun) unfinished = session != NULL ? session_unfinished(session, error) : NULL;
    if (unfinished == NULL || !session_lock(session, unfinished->project, "abort", error))
        return 0;
    return session_abort(session, unfinished->id, (RunOutput){.json = json, .events = events}, error);
}

static GOptionEntry options[] = {
    {"events", 0, 0, G_OPTION_ARG_NONE, &events, "what happens, as JSON lines on standard output", NULL},
    {"json", 0, 0, G_OPTION_ARG_NONE, &json, "what came of it, as JSON", NULL},
    G_OPTION_ENTRY_NULL,
};

const Command command_abort = {
    .name = "abort",
    .summary = "take an unfinished release back, before the point of no return",
    .usage = "[OPTION…]",
    .help = "Undoes in reverse order what the release did: draft, tag, commit, files, branch. Work tree, index, refs and your ignored files\n"
            "are as they were; the release stays in the journal as aborted. After the point of no return it refuses and says why.",
    .example = "slipway abort",
    .options = options,
    .run = run,
};
