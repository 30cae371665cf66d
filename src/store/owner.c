/* The lock: who is at work on a project. */
#include "base/clock.h"
#include "base/process.h"
#include "store/journal_private.h"

#include <unistd.h>

void journal_owner_free(JournalOwner *owner) {
    g_free(owner->start_time);
    g_free(owner->boot_id);
    g_free(owner->host);
    g_free(owner->user);
    g_free(owner->command);
    g_free(owner);
}

static bool seems_alive(const JournalOwner *owner) {
    g_autofree char *boot_id = process_boot_id();
    if (g_strcmp0(owner->host, g_get_host_name()) != 0)
        return true;
    return g_strcmp0(owner->boot_id, boot_id) == 0 && process_is_alive(owner->pid, owner->start_time);
}

JournalOwner *journal_owner(Journal *journal, const char *project, GError **error) {
    g_autoptr(Statement) row = journal_prepare(journal, "SELECT pid, since, start_time, boot_id, host, user, command FROM owner WHERE project = ?", error);
    if (row == NULL)
        return NULL;
    journal_bind_text(row, 1, project);
    int step = sqlite3_step(row);
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        journal_fail(journal, "read", error);
    if (step != SQLITE_ROW)
        return NULL;
    JournalOwner *owner = g_new0(JournalOwner, 1);
    owner->pid = sqlite3_column_int64(row, 0);
    owner->since = sqlite3_column_int64(row, 1);
    char **texts[] = {&owner->start_time, &owner->boot_id, &owner->host, &owner->user, &owner->command};
    for (int i = 0; i < (int)G_N_ELEMENTS(texts); i++)
        *texts[i] = journal_column_text(row, 2 + i);
    owner->alive = seems_alive(owner);
    return owner;
}

static bool put_owner(Journal *journal, const char *project, const char *command, GError **error) {
    g_autoptr(Statement) statement = journal_prepare(journal, "INSERT OR REPLACE INTO owner VALUES (?, ?, ?, ?, ?, ?, ?, ?)", error);
    if (statement == NULL)
        return false;
    g_autofree char *start_time = process_start_time(getpid());
    g_autofree char *boot_id = process_boot_id();
    journal_bind_text(statement, 1, project);
    sqlite3_bind_int64(statement, 2, getpid());
    const char *texts[] = {start_time, boot_id, g_get_host_name(), g_get_user_name(), command};
    for (int i = 0; i < (int)G_N_ELEMENTS(texts); i++)
        journal_bind_text(statement, 3 + i, texts[i]);
    sqlite3_bind_int64(statement, 8, clock_now());
    return journal_step_done(journal, statement, error);
}

bool journal_locked(const char *project, const JournalOwner *owner, GError **error) {
    g_autofree char *since = clock_timestamp(owner->since);
    error_set(error, ERROR_LOCKED, "another slipway is at work on %s", project);
    error_why(error, "slipway %s of %s on host %s, pid %" G_GINT64_FORMAT ", since %s", owner->command, owner->user, owner->host, owner->pid, since);
    error_state(error, "this run changed nothing");
    if (g_strcmp0(owner->host, g_get_host_name()) == 0)
        error_fix(error, "wait for it, or look: slipway status");
    else
        error_fix(error, "wait for it; whether it still runs can only be seen on %s", owner->host);
    return false;
}

static bool take_over(Journal *journal, const char *project, const char *command, GError **error) {
    g_autoptr(GError) problem = NULL;
    g_autoptr(JournalOwner) owner = journal_owner(journal, project, &problem);
    if (problem != NULL) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return false;
    }
    if (owner != NULL && owner->alive && owner->pid != getpid())
        return journal_locked(project, owner, error);
    return put_owner(journal, project, command, error);
}

bool journal_lock(Journal *journal, const char *project, const char *command, GError **error) {
    if (!journal_exec(journal, "BEGIN IMMEDIATE", error))
        return false;
    if (take_over(journal, project, command, error) && journal_exec(journal, "COMMIT", error))
        return true;
    sqlite3_exec(journal->db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

bool journal_unlock(Journal *journal, const char *project, GError **error) {
    g_autoptr(Statement) statement = journal_prepare(journal, "DELETE FROM owner WHERE project = ? AND pid = ?", error);
    if (statement == NULL)
        return false;
    journal_bind_text(statement, 1, project);
    sqlite3_bind_int64(statement, 2, getpid());
    return journal_step_done(journal, statement, error);
}
