/* A run that another clone began, or went on with. */
#include "base/fault.h"
#include "store/journal_private.h"

/* What is here of the run, less what was set aside. */
static bool count_here(Journal *journal, const char *run, guint *count, GError **error) {
    g_autoptr(GPtrArray) events = journal_events(journal, run, error);
    *count = events != NULL ? events->len : 0;
    return events != NULL;
}

static bool set_aside(Journal *journal, const char *run, guint keep, gint64 when, GError **error) {
    g_autoptr(json_t) data = json_pack("{s: I}", "keep", (json_int_t)keep);
    JournalEvent event = {.when = when, .run = (char *)run, .type = (char *)JOURNAL_SUPERSEDED, .data = data};
    return journal_insert_event(journal, &event, error);
}

/* The row says again what it said at the beginning: the events make of it what it is. */
static bool renew_run(Journal *journal, const JournalRun *run, GError **error) {
    g_autoptr(Statement) statement = journal_prepare(
        journal, "UPDATE run SET project = ?, command = ?, version = ?, tag = ?, state = ?, crossed = 0, begun = ?, ended = 0 WHERE id = ?", error);
    if (statement == NULL)
        return false;
    const char *texts[] = {run->project, run->command, run->version, run->tag};
    for (int i = 0; i < (int)G_N_ELEMENTS(texts); i++)
        journal_bind_text(statement, 1 + i, texts[i]);
    sqlite3_bind_int(statement, 5, RUN_ACTIVE);
    sqlite3_bind_int64(statement, 6, run->begun);
    journal_bind_text(statement, 7, run->id);
    return journal_step_done(journal, statement, error);
}

static bool take_events(Journal *journal, const JournalRun *run, const GPtrArray *events, guint keep, GError **error) {
    for (guint i = 0; i < events->len; i++) {
        const JournalEvent *event = g_ptr_array_index(events, i);
        JournalEvent own = {.when = event->when, .run = run->id, .type = event->type, .effect = event->effect, .data = event->data};
        if ((i >= keep && !journal_insert_event(journal, &own, error)) || !journal_move_run(journal, &own, error))
            return false;
    }
    return true;
}

static bool import(Journal *journal, const JournalRun *run, const GPtrArray *events, guint keep, GError **error) {
    guint here = 0;
    GError *problem = NULL;
    g_autoptr(JournalRun) known = journal_run(journal, run->id, &problem);
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    if (!count_here(journal, run->id, &here, error) || keep > here || keep > events->len)
        return error == NULL || *error != NULL ? false : error_set(error, ERROR_INTERNAL, "there are no %u events of %s", keep, run->id);
    const JournalEvent *last = g_ptr_array_index(events, events->len - 1);
    return (known != NULL ? renew_run(journal, run, error) : journal_insert_run(journal, run, error)) &&
           (here == keep || set_aside(journal, run->id, keep, last->when, error)) && take_events(journal, run, events, keep, error);
}

bool journal_import(Journal *journal, const JournalRun *run, const GPtrArray *events, guint keep, GError **error) {
    if (!journal_exec(journal, "BEGIN IMMEDIATE", error))
        return false;
    fault_point("share-import", run->id);
    bool done = import(journal, run, events, keep, error) && journal_exec(journal, "COMMIT", error);
    if (!done)
        journal_roll_back(journal);
    return done;
}
