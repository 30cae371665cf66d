/* The journal: the durable record of every run in a repository, in SQLite (rollback journal, synchronous=EXTRA), one file.
 *
 * A run is one release, or one command that changes something (version, build, …). Its events are append-only and chained by SHA-256; state is derived from
 * them. An append is durable when the function returns. Only the process that owns a run's lock appends to it, except sign-offs, which any process may append
 * (each append is one immediate transaction that reads the last hash).
 *
 * Not thread-safe: one Journal belongs to one thread (the scheduler's). The file is opened only through SQLite (a plain open+close would drop its locks). */
#pragma once

#include "base/jsonx.h"

#include <glib.h>
#include <stdbool.h>

typedef struct Journal Journal;

#define JOURNAL_SCHEMA 1

/* Opens or creates PATH. `writable` false opens what exists without creating a byte; a missing file, or one without tables, is then NULL
 * without an error. Errors: JOURNAL_UNREADABLE, JOURNAL_DAMAGED, JOURNAL_NEWER, DISK_FULL. */
Journal *journal_open(const char *path, bool writable, GError **error);
void journal_close(Journal *journal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Journal, journal_close)

/* One row of the run table: what the events of a run add up to. */
typedef enum {
    RUN_ACTIVE,  /* began and neither ended nor stopped: running, or its owner died */
    RUN_STOPPED, /* a failure or an interruption stopped it: resume or abort */
    RUN_WAITING, /* waits for a sign-off or for `publish` */
    RUN_DONE,
    RUN_ABORTED,
} RunState;
const char *run_state_name(RunState state);

typedef struct {
    char *id; /* "v1.1.0", a second attempt "v1.1.0.2"; commands: "version", "version.2", … */
    char *project;
    char *command; /* "release", "version", … */
    char *version; /* may be NULL */
    char *tag;     /* may be NULL */
    RunState state;
    bool crossed; /* the point of no return has been passed */
    gint64 begun; /* seconds UTC */
    gint64 ended; /* 0 while it is not */
} JournalRun;
void journal_run_free(JournalRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(JournalRun, journal_run_free)

typedef struct {
    gint64 seq;
    gint64 when; /* seconds UTC */
    char *run;
    char *type;   /* begun intent withheld kept outcome failed undoing undone stopped waiting signed resumed crossed done aborted taken lost */
    char *effect; /* its id, or NULL */
    json_t *data; /* object */
} JournalEvent;
void journal_event_free(JournalEvent *event);

/* An id that no run has: `stem`, or stem.2, stem.3, …; `attempt`: the number to begin with, 0 and 1: the plain stem. g_free. */
char *journal_free_id(Journal *journal, const char *stem, guint attempt, GError **error);
/* Begins a run: its row and its `begun` event in one transaction. */
bool journal_begin(Journal *journal, const JournalRun *run, json_t *data, GError **error);
/* Appends one event (data borrowed, may be NULL; secrets that are known are replaced in it) and moves the run's state where the type says so. */
bool journal_append(Journal *journal, const char *run, const char *type, const char *effect, json_t *data, GError **error);
/* Several appends in one transaction: journal_batch, journal_append…, then journal_commit (all durable when it returns) or journal_drop (none of them). In
 * between the journal is locked for other processes: it must not be left open while waiting for anything. An append that fails leaves the batch to be dropped.
 */
bool journal_batch(Journal *journal, GError **error);
bool journal_commit(Journal *journal, GError **error);
void journal_drop(Journal *journal);
/* How long effects of this project took the last time that they were really done: effect id → double* seconds. Newest runs first, at most a few thousand events
 * are looked at. Never NULL: what cannot be read is not known. */
GHashTable *journal_seconds(Journal *journal, const char *project);
/* Takes a run from another clone: in one transaction its row and all its events, of which the first `keep` are here already. What is here beyond those is set
 * aside by an event `superseded`; nothing is deleted. Events keep their times. */
bool journal_import(Journal *journal, const JournalRun *run, const GPtrArray *events, guint keep, GError **error);
/* The events of a run in order, less those that were set aside; checks that part of the chain (JOURNAL_EDITED). */
GPtrArray *journal_events(Journal *journal, const char *run, GError **error);
/* Checks the whole chain. */
bool journal_verify(Journal *journal, GError **error);
/* Checks the file as well, page by page. JOURNAL_DAMAGED, JOURNAL_EDITED. */
bool journal_check(Journal *journal, GError **error);

JournalRun *journal_run(Journal *journal, const char *id, GError **error); /* NULL without error: none */
/* project NULL: of any. */
JournalRun *journal_latest(Journal *journal, const char *project, bool unfinished, GError **error); /* the newest (unfinished) run; NULL without error: none */
GPtrArray *journal_runs(Journal *journal, const char *project, guint limit, GError **error);        /* newest first */

/* The lock: one owner a project. A dead owner (other boot, no such pid, other start time on this host) is taken over. Error LOCKED says who, which host, pid
 * and since when. */
typedef struct {
    gint64 pid;
    char *start_time, *boot_id, *host, *user, *command;
    gint64 since;
    bool alive; /* as far as this host can tell; another host's owner counts as alive */
} JournalOwner;
void journal_owner_free(JournalOwner *owner);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(JournalOwner, journal_owner_free)
bool journal_lock(Journal *journal, const char *project, const char *command, GError **error);
bool journal_unlock(Journal *journal, const char *project, GError **error);
JournalOwner *journal_owner(Journal *journal, const char *project, GError **error); /* NULL without error: none */
/* The error LOCKED, which says who. Returns false. */
bool journal_locked(const char *project, const JournalOwner *owner, GError **error);
