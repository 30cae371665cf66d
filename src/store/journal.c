#include "store/journal.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/limits.h"
#include "store/journal_private.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char schema[] = "CREATE TABLE run (id TEXT PRIMARY KEY, project TEXT NOT NULL, command TEXT NOT NULL, version TEXT, tag TEXT,"
                             " state INTEGER NOT NULL, crossed INTEGER NOT NULL, begun INTEGER NOT NULL, ended INTEGER NOT NULL, first INTEGER NOT NULL);"
                             "CREATE INDEX run_by_project ON run (project, first);"
                             "CREATE TABLE event (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, run TEXT NOT NULL, type TEXT NOT NULL, effect TEXT,"
                             " data TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL);"
                             "CREATE INDEX event_by_run ON event (run, seq);"
                             "CREATE TABLE owner (project TEXT PRIMARY KEY, pid INTEGER NOT NULL, start_time TEXT NOT NULL, boot_id TEXT NOT NULL,"
                             " host TEXT NOT NULL, user TEXT NOT NULL, command TEXT NOT NULL, since INTEGER NOT NULL);"
                             "PRAGMA user_version = " G_STRINGIFY(JOURNAL_SCHEMA) ";";

/* ---- SQLite ---- */

static bool is_full(Journal *journal, int code) {
    int errnum = sqlite3_system_errno(journal->db);
    return code == SQLITE_FULL || ((code == SQLITE_IOERR || code == SQLITE_CANTOPEN) && (errnum == ENOSPC || errnum == EDQUOT));
}

/* The kernel's own words stand behind SQLite's, where the two belong together. */
static void say_why(Journal *journal, int code, GError **error) {
    int errnum = code == SQLITE_IOERR || code == SQLITE_CANTOPEN || code == SQLITE_FULL ? sqlite3_system_errno(journal->db) : 0;
    if (errnum != 0)
        error_why(error, "SQLite: %s (%s)", sqlite3_errmsg(journal->db), g_strerror(errnum));
    else
        error_why(error, "SQLite: %s", sqlite3_errmsg(journal->db));
}

bool journal_fail(Journal *journal, const char *what, GError **error) {
    int code = sqlite3_errcode(journal->db) & 0xff;
    bool full = is_full(journal, code), damaged = code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR;
    error_set(error, full ? ERROR_DISK_FULL : damaged ? ERROR_JOURNAL_DAMAGED : ERROR_JOURNAL_UNREADABLE, "the journal %s cannot be %s", journal->path, what);
    say_why(journal, code, error);
    error_state(error, "what was recorded before stays; nothing happens without a record");
    if (full)
        error_fix(error, "free some space there, then: slipway status, which says how to go on");
    else if (damaged)
        error_fix(error, "slipway recover, or put a backup in its place");
    else if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        error_fix(error, "wait for the other program that has the file open, then: slipway status, which says how to go on");
    else if (code == SQLITE_IOERR)
        error_fix(error, "see what the system says of the disk (dmesg), then: slipway status, which says how to go on");
    else
        error_fix(error, "make the file and its folder readable and writable for you: %s", journal->path);
    return false;
}

Statement *journal_prepare(Journal *journal, const char *sql, GError **error) {
    Statement *statement = NULL;
    if (sqlite3_prepare_v2(journal->db, sql, -1, &statement, NULL) != SQLITE_OK)
        journal_fail(journal, "read", error);
    return statement;
}

bool journal_exec(Journal *journal, const char *sql, GError **error) {
    return sqlite3_exec(journal->db, sql, NULL, NULL, NULL) == SQLITE_OK || journal_fail(journal, "written", error);
}

bool journal_step_done(Journal *journal, Statement *statement, GError **error) {
    return sqlite3_step(statement) == SQLITE_DONE || journal_fail(journal, "written", error);
}

void journal_bind_text(Statement *statement, int index, const char *text) {
    sqlite3_bind_text(statement, index, text, -1, SQLITE_TRANSIENT);
}

char *journal_column_text(Statement *statement, int index) {
    return g_strdup((const char *)sqlite3_column_text(statement, index));
}

void journal_roll_back(Journal *journal) {
    if (sqlite3_get_autocommit(journal->db) == 0)
        sqlite3_exec(journal->db, "ROLLBACK", NULL, NULL, NULL);
}

/* ---- opening ---- */

static bool read_schema(Journal *journal, int *version, GError **error) {
    g_autoptr(Statement) statement = journal_prepare(journal, "PRAGMA user_version", error);
    if (statement == NULL)
        return false;
    if (sqlite3_step(statement) != SQLITE_ROW)
        return journal_fail(journal, "read", error);
    *version = sqlite3_column_int(statement, 0);
    return true;
}

static bool create_schema(Journal *journal, GError **error) {
    if (!journal_exec(journal, "BEGIN IMMEDIATE", error))
        return false;
    int version = 0;
    bool done = read_schema(journal, &version, error) && (version != 0 || journal_exec(journal, schema, error)) && journal_exec(journal, "COMMIT", error);
    if (!done)
        journal_roll_back(journal);
    return done;
}

static bool prepare_file(Journal *journal, GError **error) {
    sqlite3_busy_timeout(journal->db, 10000);
    int version = 0;
    if (!read_schema(journal, &version, error))
        return false;
    if (version > JOURNAL_SCHEMA) {
        error_set(error, ERROR_JOURNAL_NEWER, "the journal %s has format %d; this slipway knows up to %d", journal->path, version, JOURNAL_SCHEMA);
        error_why(error, "a newer slipway wrote it");
        error_state(error, "nothing was changed");
        error_fix(error, "use the slipway that wrote it, or a newer one; if the number is damage: mv '%s' '%s.newer', then: slipway recover", journal->path,
                  journal->path);
        return false;
    }
    if (!journal->writable)
        return version != 0; /* without tables: there is none yet */
    return journal_exec(journal, "PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA; PRAGMA foreign_keys = ON", error) &&
           (version != 0 || create_schema(journal, error));
}

static bool open_file(Journal *journal, int flags, GError **error) {
    int opened = sqlite3_open_v2(journal->path, &journal->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    sqlite3_extended_result_codes(journal->db, 1);
    return opened == SQLITE_OK ? prepare_file(journal, error) : journal_fail(journal, "opened", error);
}

/* A writer that was killed half-way leaves its rollback journal, which SQLite takes back when it is read next; a read-only connection cannot. */
static int reading_flags(const char *path) {
    g_autofree char *beside = g_strconcat(path, "-journal", NULL);
    return fs_exists(beside) && access(path, W_OK) == 0 ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
}

Journal *journal_open(const char *path, bool writable, GError **error) {
    if (!writable && !fs_exists(path))
        return NULL;
    g_autofree char *folder = g_path_get_dirname(path);
    if (writable && !fs_make_dirs(folder, 0700, error))
        return NULL;
    g_autoptr(Journal) journal = g_new0(Journal, 1);
    journal->path = g_strdup(path);
    journal->writable = writable;
    journal_own_calls();
    mode_t mask = umask(077);
    bool ready = open_file(journal, writable ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : reading_flags(path), error);
    umask(mask);
    return ready ? g_steal_pointer(&journal) : NULL;
}

void journal_close(Journal *journal) {
    g_clear_pointer(&journal->batch, g_ptr_array_unref);
    sqlite3_close_v2(journal->db);
    g_free(journal->path);
    g_free(journal);
}

/* ---- appending ---- */

static char *event_hash(const JournalEvent *event, const char *data, const char *previous) {
    json_t *fields =
        json_pack("[I, I, s, s, s?, s, s]", (json_int_t)event->seq, (json_int_t)event->when, event->run, event->type, event->effect, data, previous);
    char *hash = jsonx_sha256(fields);
    json_decref(fields);
    return hash;
}

static bool last_event(Journal *journal, gint64 *seq, char **hash, GError **error) {
    g_autoptr(Statement) statement = journal_prepare(journal, "SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1", error);
    if (statement == NULL)
        return false;
    int step = sqlite3_step(statement);
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        return journal_fail(journal, "read", error);
    *seq = step == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    *hash = step == SQLITE_ROW ? journal_column_text(statement, 1) : g_strdup("");
    return true;
}

/* The event's row, within a transaction; gives it its number. */
bool journal_insert_event(Journal *journal, JournalEvent *event, GError **error) {
    g_autofree char *previous = NULL;
    gint64 last = 0;
    if (!last_event(journal, &last, &previous, error))
        return false;
    event->seq = last + 1;
    g_autoptr(json_t) clean = event->data != NULL ? jsonx_redact(event->data) : json_object();
    g_autofree char *data = jsonx_canonical(clean);
    if (!limits_keep(LIMITED_EVENT, event->run, strlen(data), error))
        return false;
    g_autofree char *hash = event_hash(event, data, previous);
    g_autoptr(Statement) statement = journal_prepare(journal, "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)", error);
    if (statement == NULL)
        return false;
    sqlite3_bind_int64(statement, 1, event->seq);
    sqlite3_bind_int64(statement, 2, event->when);
    const char *texts[] = {event->run, event->type, event->effect, data, previous, hash};
    for (int i = 0; i < (int)G_N_ELEMENTS(texts); i++)
        journal_bind_text(statement, 3 + i, texts[i]);
    return journal_step_done(journal, statement, error);
}

/* What an event makes of its run. */
typedef struct {
    const char *type;
    int state; /* -1: stays */
    bool crossed, ended;
} Transition;

static const Transition transitions[] = {
    {"resumed", RUN_ACTIVE, false, false}, {"stopped", RUN_STOPPED, false, false}, {"waiting", RUN_WAITING, false, false},
    {"crossed", -1, true, false},          {"done", RUN_DONE, false, true},        {"aborted", RUN_ABORTED, false, true},
};

static const Transition *transition_of(const char *type) {
    for (guint i = 0; i < G_N_ELEMENTS(transitions); i++) {
        if (g_str_equal(transitions[i].type, type))
            return &transitions[i];
    }
    return NULL;
}

bool journal_move_run(Journal *journal, const JournalEvent *event, GError **error) {
    const Transition *transition = transition_of(event->type);
    if (transition == NULL)
        return true;
    g_autoptr(Statement) statement = journal_prepare(
        journal,
        "UPDATE run SET state = CASE WHEN ?1 < 0 THEN state ELSE ?1 END, crossed = max(crossed, ?2), ended = CASE WHEN ?3 THEN ?4 ELSE ended END WHERE id = ?5",
        error);
    if (statement == NULL)
        return false;
    sqlite3_bind_int(statement, 1, transition->state);
    sqlite3_bind_int(statement, 2, transition->crossed);
    sqlite3_bind_int(statement, 3, transition->ended);
    sqlite3_bind_int64(statement, 4, event->when);
    journal_bind_text(statement, 5, event->run);
    return journal_step_done(journal, statement, error);
}

bool journal_insert_run(Journal *journal, const JournalRun *run, GError **error) {
    g_autoptr(Statement) statement =
        journal_prepare(journal, "INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, 0, ?, 0, (SELECT coalesce(max(seq), 0) FROM event))", error);
    if (statement == NULL)
        return false;
    const char *texts[] = {run->id, run->project, run->command, run->version, run->tag};
    for (int i = 0; i < (int)G_N_ELEMENTS(texts); i++)
        journal_bind_text(statement, 1 + i, texts[i]);
    sqlite3_bind_int(statement, 6, RUN_ACTIVE);
    sqlite3_bind_int64(statement, 7, run->begun);
    return journal_step_done(journal, statement, error);
}

static bool append_in_transaction(Journal *journal, JournalEvent *event, const JournalRun *new_run, GError **error) {
    if (!journal_exec(journal, "BEGIN IMMEDIATE", error))
        return false;
    bool done = journal_insert_event(journal, event, error) && (new_run == NULL || journal_insert_run(journal, new_run, error)) &&
                journal_move_run(journal, event, error) && journal_exec(journal, "COMMIT", error);
    if (!done)
        journal_roll_back(journal);
    return done;
}

static bool append(Journal *journal, JournalEvent *event, const JournalRun *new_run, GError **error) {
    g_autofree char *place = g_strdup_printf("%s %s", event->type, event->effect != NULL ? event->effect : "-");
    fault_point("journal-before", place);
    if (journal->batch != NULL) {
        g_ptr_array_add(journal->batch, g_steal_pointer(&place));
        return journal_insert_event(journal, event, error) && journal_move_run(journal, event, error);
    }
    bool done = append_in_transaction(journal, event, new_run, error);
    fault_point("journal-after", place);
    return done;
}

bool journal_batch(Journal *journal, GError **error) {
    if (!journal_exec(journal, "BEGIN IMMEDIATE", error))
        return false;
    journal->batch = g_ptr_array_new_with_free_func(g_free);
    return true;
}

bool journal_commit(Journal *journal, GError **error) {
    g_autoptr(GPtrArray) places = g_steal_pointer(&journal->batch);
    bool done = journal_exec(journal, "COMMIT", error);
    if (!done)
        journal_roll_back(journal);
    for (guint i = 0; done && i < places->len; i++)
        fault_point("journal-after", g_ptr_array_index(places, i));
    return done;
}

void journal_drop(Journal *journal) {
    g_clear_pointer(&journal->batch, g_ptr_array_unref);
    journal_roll_back(journal);
}

bool journal_begin(Journal *journal, const JournalRun *run, json_t *data, GError **error) {
    JournalEvent event = {.when = clock_now(), .run = run->id, .type = (char *)"begun", .data = data};
    return append(journal, &event, run, error);
}

bool journal_append(Journal *journal, const char *run, const char *type, const char *effect, json_t *data, GError **error) {
    JournalEvent event = {.when = clock_now(), .run = (char *)run, .type = (char *)type, .effect = (char *)effect, .data = data};
    return append(journal, &event, NULL, error);
}

char *journal_free_id(Journal *journal, const char *stem, guint attempt, GError **error) {
    for (;; attempt++) {
        g_autofree char *id = attempt <= 1 ? g_strdup(stem) : g_strdup_printf("%s.%u", stem, attempt);
        g_autoptr(GError) problem = NULL;
        g_autoptr(JournalRun) run = journal_run(journal, id, &problem);
        if (problem != NULL) {
            g_propagate_error(error, g_steal_pointer(&problem));
            return NULL;
        }
        if (run == NULL)
            return g_steal_pointer(&id);
    }
}

/* ---- reading events ---- */

void journal_event_free(JournalEvent *event) {
    g_free(event->run);
    g_free(event->type);
    g_free(event->effect);
    json_decref(event->data);
    g_free(event);
}

static bool edited(Journal *journal, gint64 seq, GError **error) {
    error_set(error, ERROR_JOURNAL_EDITED, "event %" G_GINT64_FORMAT " of the journal %s is not what slipway wrote", seq, journal->path);
    error_why(error, "its hash, which covers it and all before it, does not match");
    error_state(error, "nothing was changed");
    error_fix(error, "slipway recover, or put a backup of the journal in its place");
    return false;
}

/* Columns: seq at run type effect data previous hash. */
static JournalEvent *event_of_row(Journal *journal, Statement *row, GError **error) {
    JournalEvent *event = g_new0(JournalEvent, 1);
    event->seq = sqlite3_column_int64(row, 0);
    event->when = sqlite3_column_int64(row, 1);
    event->run = journal_column_text(row, 2);
    event->type = journal_column_text(row, 3);
    event->effect = journal_column_text(row, 4);
    const char *data = (const char *)sqlite3_column_text(row, 5);
    g_autofree char *hash = event_hash(event, data, (const char *)sqlite3_column_text(row, 6));
    if (g_strcmp0(hash, (const char *)sqlite3_column_text(row, 7)) == 0)
        event->data = jsonx_parse(data, (gsize)sqlite3_column_bytes(row, 5), EVENT_LIMIT, journal->path, error);
    else
        edited(journal, event->seq, error);
    if (event->data != NULL)
        return event;
    journal_event_free(event);
    return NULL;
}

/* `superseded` sets aside what stands behind the first `keep`, and itself. */
static void take_event(GPtrArray *events, JournalEvent *event) {
    if (!g_str_equal(event->type, JOURNAL_SUPERSEDED)) {
        g_ptr_array_add(events, event);
        return;
    }
    gint64 keep = jsonx_int(event->data, "keep", 0);
    g_ptr_array_set_size(events, (gint)CLAMP(keep, 0, (gint64)events->len));
    journal_event_free(event);
}

GPtrArray *journal_events(Journal *journal, const char *run, GError **error) {
    g_autoptr(Statement) rows =
        journal_prepare(journal, "SELECT seq, at, run, type, effect, data, previous, hash FROM event WHERE run = ? ORDER BY seq", error);
    if (rows == NULL)
        return NULL;
    journal_bind_text(rows, 1, run);
    g_autoptr(GPtrArray) events = g_ptr_array_new_with_free_func((GDestroyNotify)journal_event_free);
    int step;
    while ((step = sqlite3_step(rows)) == SQLITE_ROW) {
        JournalEvent *event = event_of_row(journal, rows, error);
        if (event == NULL)
            return NULL;
        take_event(events, event);
    }
    if (step == SQLITE_DONE)
        return g_steal_pointer(&events);
    journal_fail(journal, "read", error);
    return NULL;
}

bool journal_check(Journal *journal, GError **error) {
    g_autoptr(Statement) row = journal_prepare(journal, "PRAGMA integrity_check(1)", error);
    if (row == NULL)
        return false;
    if (sqlite3_step(row) != SQLITE_ROW)
        return journal_fail(journal, "read", error);
    const char *words = (const char *)sqlite3_column_text(row, 0);
    if (g_strcmp0(words, "ok") == 0)
        return journal_verify(journal, error);
    error_set(error, ERROR_JOURNAL_DAMAGED, "the journal %s is damaged", journal->path);
    error_why(error, "SQLite: %s", words);
    return false;
}

/* Checks one row against its predecessor's hash and leaves its own there. */
static bool verify_row(Journal *journal, Statement *row, gint64 expected, char **previous, GError **error) {
    g_autofree char *run = journal_column_text(row, 2);
    g_autofree char *type = journal_column_text(row, 3);
    g_autofree char *effect = journal_column_text(row, 4);
    JournalEvent event = {.seq = sqlite3_column_int64(row, 0), .when = sqlite3_column_int64(row, 1), .run = run, .type = type, .effect = effect};
    g_autofree char *hash = event_hash(&event, (const char *)sqlite3_column_text(row, 5), *previous);
    if (event.seq != expected || g_strcmp0(hash, (const char *)sqlite3_column_text(row, 7)) != 0)
        return edited(journal, event.seq, error);
    g_free(*previous);
    *previous = g_steal_pointer(&hash);
    return true;
}

bool journal_verify(Journal *journal, GError **error) {
    g_autoptr(Statement) rows = journal_prepare(journal, "SELECT seq, at, run, type, effect, data, previous, hash FROM event ORDER BY seq", error);
    if (rows == NULL)
        return false;
    g_autofree char *previous = g_strdup("");
    gint64 expected = 1;
    int step;
    while ((step = sqlite3_step(rows)) == SQLITE_ROW) {
        if (!verify_row(journal, rows, expected++, &previous, error))
            return false;
    }
    return step == SQLITE_DONE || journal_fail(journal, "read", error);
}
