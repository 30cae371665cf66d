/* What the commands share: the repository, its journal and lock, and the running of plans. */
#pragma once

#include "cli/view.h"
#include "git/git.h"
#include "share/share.h"
#include "store/journal.h"

typedef struct {
    Git *git;
    Journal *journal;  /* NULL: there is none (a reading session) */
    char *project;     /* of the lock that is held; NULL: none */
    bool unheard;      /* the remote was to be asked what other clones do, and was not reached */
    GPtrArray *before; /* untracked files before gates or a build ran; NULL: not known, or nothing runs that leaves some */
    GPtrArray *left;   /* those that came, and were not taken away; NULL: not looked at */
    Share *share;      /* tells other clones of the run; NULL: not while one is only looked at */
} Session;

/* writable: makes the journal if there is none. */
Session *session_open(const char *path, bool writable, GError **error);
void session_close(Session *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Session, session_close)
char *session_journal_path(const Session *session);

/* Error LOCKED when another is at work. */
bool session_lock(Session *session, const char *project, const char *command, GError **error);
EngineSpec session_engine_spec(const Session *session, EngineListener listener);
/* The newest run that is not ended; NO_RELEASE if there is none. */
JournalRun *session_unfinished(const Session *session, GError **error);
/* UNFINISHED when a run is not ended. */
bool session_refuse_unfinished(const Session *session, GError **error);

typedef struct {
    bool json;         /* the result as one JSON document on stdout */
    bool events;       /* JSON lines on stdout while it goes on */
    bool bare;         /* no summary: the command says its own */
    bool takes_back;   /* where it fails, what it did is undone at once; not where it was interrupted */
    bool passing;      /* a run of checks only: where it fails it is closed at once, there is nothing to resume or to take back */
    const char *makes; /* an untracked folder that the run itself makes, "dist/"; NULL: none */
    void (*after)(const Engine *engine, const Session *session, void *data); /* when it has ended, well or not, in place of a JSON summary; or NULL */
    void *data;
} RunOutput;

/* Begins and executes a plan (taken) under the lock that is held; shows it; prints what came of it. Returns the exit status. */
/* Drops what runs that have ended kept from git gc. One that cannot be dropped now is dropped after the next run. */
void session_drop_kept(const Session *session);
int session_run(Session *session, Plan *plan, RunOutput output, GError **error);
/* Opens a session, takes the lock, refuses where a run is unfinished, and runs the plan (taken): what the small commands do. */
int session_do(Plan *plan, RunOutput output, GError **error);
/* Goes on with a run. */
int session_resume(Session *session, const char *run, RunOutput output, GError **error);
int session_abort(Session *session, const char *run, RunOutput output, GError **error);

/* The problems of a plan as one error; true: there are none. */
bool session_check_plan(const Plan *plan, GError **error);
/* Asks on the terminal; with `yes` does not. NO_TERMINAL, DECLINED. */
bool session_confirm(const char *question, bool yes, GError **error);
