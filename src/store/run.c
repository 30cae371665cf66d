/* The run table: what the events of a run add up to. */
#include "store/journal_private.h"

#define SECONDS_EVENTS "4000"

const char *run_state_name(RunState state) {
    static const char *const names[] = {"active", "stopped", "waiting", "done", "aborted"};
    return names[state];
}

void journal_run_free(JournalRun *run) {
    g_free(run->id);
    g_free(run->project);
    g_free(run->command);
    g_free(run->version);
    g_free(run->tag);
    g_free(run);
}

#define RUN_COLUMNS "id, project, command, version, tag, state, crossed, begun, ended"

static JournalRun *run_of_row(Statement *row) {
    JournalRun *run = g_new0(JournalRun, 1);
    char **texts[] = {&run->id, &run->project, &run->command, &run->version, &run->tag};
    for (int i = 0; i < (int)G_N_ELEMENTS(texts); i++)
        *texts[i] = journal_column_text(row, i);
    run->state = (RunState)CLAMP(sqlite3_column_int(row, 5), RUN_ACTIVE, RUN_ABORTED);
    run->crossed = sqlite3_column_int(row, 6) != 0;
    run->begun = sqlite3_column_int64(row, 7);
    run->ended = sqlite3_column_int64(row, 8);
    return run;
}

static JournalRun *first_run(Journal *journal, Statement *statement, GError **error) {
    int step = sqlite3_step(statement);
    if (step == SQLITE_ROW)
        return run_of_row(statement);
    if (step != SQLITE_DONE)
        journal_fail(journal, "read", error);
    return NULL;
}

JournalRun *journal_run(Journal *journal, const char *id, GError **error) {
    g_autoptr(Statement) statement = journal_prepare(journal, "SELECT " RUN_COLUMNS " FROM run WHERE id = ?", error);
    if (statement == NULL)
        return NULL;
    journal_bind_text(statement, 1, id);
    return first_run(journal, statement, error);
}

JournalRun *journal_latest(Journal *journal, const char *project, bool unfinished, GError **error) {
    g_autoptr(Statement) statement = journal_prepare(
        journal, "SELECT " RUN_COLUMNS " FROM run WHERE (?1 IS NULL OR project = ?1) AND (?2 = 0 OR state < ?3) ORDER BY first DESC LIMIT 1", error);
    if (statement == NULL)
        return NULL;
    journal_bind_text(statement, 1, project);
    sqlite3_bind_int(statement, 2, unfinished);
    sqlite3_bind_int(statement, 3, RUN_DONE);
    return first_run(journal, statement, error);
}

GPtrArray *journal_runs(Journal *journal, const char *project, guint limit, GError **error) {
    g_autoptr(Statement) statement =
        journal_prepare(journal, "SELECT " RUN_COLUMNS " FROM run WHERE (?1 IS NULL OR project = ?1) ORDER BY first DESC LIMIT ?2", error);
    if (statement == NULL)
        return NULL;
    journal_bind_text(statement, 1, project);
    sqlite3_bind_int64(statement, 2, limit);
    g_autoptr(GPtrArray) runs = g_ptr_array_new_with_free_func((GDestroyNotify)journal_run_free);
    int step;
    while ((step = sqlite3_step(statement)) == SQLITE_ROW)
        g_ptr_array_add(runs, run_of_row(statement));
    if (step == SQLITE_DONE)
        return g_steal_pointer(&runs);
    journal_fail(journal, "read", error);
    return NULL;
}

/* What was adopted or known from before took no time that says anything. */
GHashTable *journal_seconds(Journal *journal, const char *project) {
    GHashTable *seconds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(Statement) rows =
        journal_prepare(journal,
                        "SELECT e.effect, json_extract(e.data, '$.milliseconds') FROM (SELECT * FROM event ORDER BY seq DESC LIMIT " SECONDS_EVENTS ") e"
                        " JOIN run ON run.id = e.run WHERE run.project = ? AND e.type = 'outcome' AND NOT json_extract(e.data, '$.adopted')"
                        " AND json_extract(e.data, '$.result.proven') IS NULL ORDER BY e.seq DESC",
                        NULL);
    if (rows == NULL)
        return seconds;
    journal_bind_text(rows, 1, project);
    while (sqlite3_step(rows) == SQLITE_ROW) {
        char *effect = journal_column_text(rows, 0);
        double *value = g_new(double, 1);
        *value = sqlite3_column_double(rows, 1) / 1000;
        if (effect == NULL || g_hash_table_contains(seconds, effect)) {
            g_free(effect);
            g_free(value);
        } else {
            g_hash_table_insert(seconds, effect, value);
        }
    }
    return seconds;
}
