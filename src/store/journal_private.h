/* Shared by the files of the journal; nobody else includes this. */
#pragma once

#include "base/error.h"
#include "store/journal.h"

#include <sqlite3.h>

struct Journal {
    sqlite3 *db;
    char *path;
    bool writable;
    GPtrArray *batch; /* what was appended since journal_batch; NULL: every append is a transaction of its own */
};

typedef sqlite3_stmt Statement;
static inline void statement_free(Statement *statement) {
    sqlite3_finalize(statement);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Statement, statement_free)

#define JOURNAL_SUPERSEDED "superseded"

/* ---- journal.c, within a transaction ---- */
void journal_roll_back(Journal *journal);
bool journal_insert_event(Journal *journal, JournalEvent *event, GError **error);   /* gives it its number */
bool journal_move_run(Journal *journal, const JournalEvent *event, GError **error); /* what the event makes of its run */
bool journal_insert_run(Journal *journal, const JournalRun *run, GError **error);

/* Puts this program's own in place of some of SQLite's system calls (calls.c). */
void journal_own_calls(void);

/* SQLite's last error as one of ours; returns false. */
bool journal_fail(Journal *journal, const char *what, GError **error);
Statement *journal_prepare(Journal *journal, const char *sql, GError **error);
bool journal_exec(Journal *journal, const char *sql, GError **error);
/* Runs a statement that returns no rows. */
bool journal_step_done(Journal *journal, Statement *statement, GError **error);
void journal_bind_text(Statement *statement, int index, const char *text); /* NULL binds NULL; the text is copied */
char *journal_column_text(Statement *statement, int index);                /* copy, or NULL */
