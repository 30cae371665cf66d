#include "cli/named.h"

#include "base/clock.h"

bool named_is(const char *named, const JournalRun *run) {
    return g_str_equal(named, run->id) || g_strcmp0(named, run->tag) == 0 || g_strcmp0(named, run->version) == 0;
}

/* NULL without error: there is none. */
static JournalRun *look_up(const Session *session, const char *named, GError **error) {
    g_autoptr(GPtrArray) runs = session->journal != NULL ? journal_runs(session->journal, NULL, G_MAXUINT16, error) : NULL;
    for (guint i = 0; runs != NULL && i < runs->len; i++) {
        const JournalRun *run = g_ptr_array_index(runs, i);
        if (named_is(named, run))
            return journal_run(session->journal, run->id, error);
    }
    return NULL;
}

/* "v1.0.0 is done, a release of tool that ended on 2026-01-02". */
static char *facts_of(const char *named, const JournalRun *run) {
    if (run == NULL)
        return g_strdup_printf("the journal of this clone knows no %s", named);
    g_autofree char *date = clock_date(run->ended != 0 ? run->ended : run->begun);
    return g_strdup_printf("%s is %s: a run of slipway %s in %s that %s on %s", run->id, run_state_name(run->state), run->command, run->project,
                           run->ended != 0 ? "ended" : "began", date);
}

JournalRun *named_find(const Session *session, const char *named, GError **error) {
    GError *problem = NULL;
    JournalRun *run = look_up(session, named, &problem);
    if (run != NULL)
        return run;
    if (problem == NULL) {
        error_set(&problem, ERROR_NO_RELEASE, "there is no run %s", named);
        error_why(&problem, "the journal of this clone knows none, and no other is under way on the remote");
        error_fix(&problem, "slipway status, which shows the last one");
    }
    g_propagate_error(error, problem);
    return NULL;
}

bool named_is_meant(const Session *session, const char *named, const JournalRun *meant, const char *command, GError **error) {
    GError *problem = NULL;
    if (named == NULL || (meant != NULL && named_is(named, meant)))
        return true;
    g_autoptr(JournalRun) run = look_up(session, named, &problem);
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    g_autofree char *facts = facts_of(named, run);
    if (meant == NULL)
        error_set(error, ERROR_NO_RELEASE, "there is no unfinished release %s", named);
    else
        error_set(error, ERROR_NO_RELEASE, "slipway %s is for %s now, not for %s", command, meant->id, named);
    error_why(error, "%s", facts);
    error_state(error, "nothing was changed");
    if (meant == NULL)
        error_fix(error, "slipway status");
    else
        error_fix(error, "slipway %s %s, if that one is meant", command, meant->id);
    return false;
}
