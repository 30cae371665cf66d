#include "cli/command.h"
#include "cli/elsewhere.h"
#include "cli/leftover.h"
#include "cli/named.h"
#include "cli/remnant.h"

#include <stdio.h>

static gboolean json;

static int say_none(bool unheard) {
    if (json)
        puts(unheard ? "{\"schema\": 1, \"run\": null, \"remote\": \"not reached\"}" : "{\"schema\": 1, \"run\": null}");
    else if (unheard)
        puts("this clone has released nothing yet; whether others have is not known");
    else
        puts("nothing was released here yet; begin with: slipway plan minor");
    return 0;
}

/* What the remote knows better is said alone: what is here is behind. */
static int say_elsewhere(const ShareRecord *record, const JournalRun *local) {
    if (!json) {
        elsewhere_print(record, local != NULL);
        return 0;
    }
    g_autoptr(json_t) document = json_pack("{s: i, s: o, s: o}", "schema", 1, "run", json_null(), "elsewhere", elsewhere_json(record, local != NULL));
    g_autofree char *text = jsonx_pretty(document);
    fputs(text, stdout);
    return 0;
}

static int run(char **args, GError **error) {
    g_autoptr(Session) session = session_open(".", false, error);
    if (session == NULL || !leftover_refuse(session, error))
        return 0;
    GError *problem = NULL;
    g_autoptr(JournalRun) latest = session->journal != NULL ? journal_latest(session->journal, NULL, true, &problem) : NULL;
    g_autoptr(ShareRecord) elsewhere = problem == NULL ? elsewhere_look(session, latest, &problem) : NULL;
    if (error_is(problem, ERROR_REMOTE_UNREACHABLE)) {
        elsewhere_not_reached(session, problem);
        g_clear_error(&problem);
    }
    const JournalRun *shown = elsewhere != NULL ? elsewhere->run : latest;
    if (problem == NULL && args[0] != NULL && (shown == NULL || !named_is(args[0], shown))) {
        g_clear_pointer(&elsewhere, share_record_free);
        g_clear_pointer(&latest, journal_run_free);
        latest = named_find(session, args[0], &problem);
    }
    if (elsewhere != NULL)
        return say_elsewhere(elsewhere, latest);
    if (latest == NULL && problem == NULL && !remnant_refuse(session, error))
        return 0;
    if (latest == NULL && problem == NULL && session->journal != NULL)
        latest = journal_latest(session->journal, NULL, false, &problem);
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return 0;
    }
    if (latest == NULL)
        return say_none(session->unheard);
    EngineSpec spec = session_engine_spec(session, (EngineListener){0});
    g_autoptr(Engine) engine = engine_look(&spec, latest->id, error);
    if (engine == NULL)
        return 0;
    g_autoptr(JournalOwner) owner = journal_owner(session->journal, latest->project, error);
    if (json) {
        g_autoptr(json_t) document = view_status_json(engine, latest, owner);
        g_autofree char *text = jsonx_pretty(document);
        fputs(text, stdout);
    } else {
        view_print_status(engine, latest, owner);
    }
    return 0;
}

static GOptionEntry options[] = {
    {"json", 0, 0, G_OPTION_ARG_NONE, &json, "as JSON", NULL},
    G_OPTION_ENTRY_NULL,
};

const Command command_status = {
    .name = "status",
    .summary = "where a release stands, and what to do next",
    .help = "Shows the unfinished release, else the last one: each effect with its state, what failed and why, who is at work on it.\n"
            "Asks the remote whether another clone has one under way. Only reads.",
    .example = "slipway status",
    .options = options,
    .forms = (const Form[]){{.args = NAMED_RUN, .run = run}, {0}},
};
