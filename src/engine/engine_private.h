/* Shared by the files of the engine; nobody else includes this. */
#pragma once

#include "engine/next.h"

/* What the engine knows of one effect while a run goes on. Owned by the main thread; a worker sees its Job only. */
typedef struct {
    const Effect *effect;
    EffectState state;
    guint intended; /* intents in the journal that were neither withheld nor undone: where there is one, abort has to look */
    bool running;
    bool announced;        /* a check whose intent is written and that has not been started yet */
    guint index;           /* in the plan */
    guint blockers;        /* needs that are not done */
    GPtrArray *dependents; /* of EffectStatus*, borrowed */
    double weight;         /* seconds, as far as they are known: its own and those of the longest way behind it within its stage */
    json_t *kept;
    json_t *result;
    GError *failure;
    double seconds;
} EffectStatus;

/* What the pool's threads begin no more. */
typedef enum { HALT_NOTHING, HALT_CHANGES /* checks go on */, HALT_ALL } Halt;

struct Engine {
    EngineSpec spec;
    Plan *plan;
    char *run_id, *mark, *own_mark, *state_dir, *work_dir;
    EffectSite site;
    GPtrArray *statuses; /* of EffectStatus*, in plan order */
    GHashTable *by_id;
    bool crossed;
    bool undoing; /* an abort has begun: only abort may go on */
    EngineNext next;
    bool taken;        /* another clone began it, and may be further than its record says */
    GAsyncQueue *mail; /* of Mail*, from workers to the main thread */
    GThreadPool *pool;
    guint running;        /* jobs that the pool has, from the moment it has got them */
    guint starting;       /* among the entries: jobs that start once their intent is durable, or never */
    guint working;        /* those of them that a thread has begun */
    Stage stage;          /* whose effects may start */
    guint open;           /* effects of that stage that are not done */
    GPtrArray *ready;     /* of EffectStatus*, borrowed: may start now; the last one is the next */
    GPtrArray *entries;   /* of Entry*: what is to be journaled, and what has to wait for that, in order */
    gint64 entries_since; /* monotonic; of the oldest entry */
    bool urgent;          /* something waits for the entries */
    bool failed;
    GError *kept_in;   /* the witness did not let an effect go out: the run stops */
    gint halt;         /* atomic, a Halt */
    int mirror;        /* the record in the run's folder, locked while this process is at work on the run; -1: none */
    char *mirror_hash; /* of its last line */
    guint64 mirror_size;
    GError *journal_problem; /* the journal could not be written: what runs ends, nothing new begins */
};

typedef enum { JOB_APPLY, JOB_UNDO } JobType;

/* One piece of work for a worker. */
typedef struct {
    JobType type;
    EffectRun run; /* first look: params, kept, result are the job's own copies */
    Engine *engine;
    EffectStatus *status;
    json_t *params;
    gint64 began;
} Job;

typedef enum { MAIL_STARTED, MAIL_KEEP, MAIL_RECORD, MAIL_LINE, MAIL_NOTE, MAIL_FINISHED } MailType;

typedef struct {
    MailType type;
    Job *job;
    char *text;          /* LINE, NOTE; KEEP, RECORD: the key */
    json_t *value;       /* KEEP, RECORD */
    GError *error;       /* FINISHED: why it failed */
    bool adopted;        /* FINISHED: it was already so */
    bool withheld;       /* FINISHED: it was not begun */
    bool crossed;        /* FINISHED: it failed, and some of it is out */
    struct Reply *reply; /* KEEP: the worker waits for it */
} Mail;

/* Something that is to be journaled, or that has to wait until what was entered before it is. */
typedef enum { ENTRY_EVENT, ENTRY_START, ENTRY_ANSWER, ENTRY_TELL } EntryType;
typedef struct Entry {
    EntryType type;
    EffectStatus *status; /* may be NULL */
    const char *event;    /* EVENT: its type */
    json_t *data;         /* EVENT */
    struct Reply *reply;  /* ANSWER */
    EngineEventType tell; /* TELL */
    char *text;           /* TELL */
} Entry;

typedef struct Reply {
    GMutex lock;
    GCond done;
    bool answered;
    GError *error;
} Reply;

/* ---- engine.c ---- */
EffectStatus *engine_status(const Engine *engine, const char *id);
/* The parameters with references replaced by results; a reference to what has no result becomes null. New reference. */
json_t *engine_resolve(const Engine *engine, const json_t *params);
/* Has every reference in them its result? */
bool engine_knows(const Engine *engine, const json_t *params);
void engine_tell(Engine *engine, EngineEventType type, const EffectStatus *status, const char *text, const GError *error);

bool engine_reach(Engine *engine, EngineMoment moment, GError **error); /* asks the witness */
/* Tells the witness of the end. What it answers takes the place of the problem of a run that stopped: a run that is another clone's by now cannot be
 * resumed here, whatever failed. What is done stays done. Returns done. */
bool engine_reach_end(Engine *engine, bool done, GError **problem);
bool engine_reach_next(Engine *engine, EngineNext next, GError **error);
/* Where any of it is there, the release is past the point of no return, whatever the journal says: the push, and what makes it public. */
bool engine_crosses(const Engine *engine, const Effect *effect);

/* ---- undo.c ---- */
/* The world alone knows whether it is out, not the journal: a push may have arrived without its answer, another clone may have pushed, a person may have
 * published the draft. *text: what is there. g_free. */
Observed engine_look_across(const Engine *engine, const EffectStatus *status, char **text);

/* ---- record.c: the journal, several events at a time ----
 * An event that is entered is durable after the next engine_flush. What must not happen before (a job that starts, a thread that waits for its answer, a line
 * that says "done") is entered behind it. The outcome of a check may wait a moment for company; everything else makes the flush urgent. */
void engine_enter(Engine *engine, const char *type, EffectStatus *status, json_t *data); /* data: borrowed, may be NULL */
void engine_enter_start(Engine *engine, EffectStatus *status);
void engine_enter_answer(Engine *engine, struct Reply *reply);
void engine_enter_tell(Engine *engine, EngineEventType type, EffectStatus *status, const char *text);
gint64 engine_flush_due(const Engine *engine); /* microseconds until the entries should be written; -1: there are none */
/* Writes all entries in one transaction, then does what waited for it. False: journal_problem is set, threads that waited have it, nothing else was done. */
bool engine_flush(Engine *engine);
void engine_entry_free(struct Entry *entry);
/* One event at once, with what was entered before it. */
bool engine_append(Engine *engine, const char *type, EffectStatus *status, json_t *data, GError **error);

/* ---- order.c: which effect starts next ---- */
void engine_order(Engine *engine);                           /* needs, dependents, weights; once, before anything starts */
void engine_open_stage(Engine *engine);                      /* the first stage that is not done, and what is ready in it; STAGE_COUNT: all is done */
void engine_mark_done(Engine *engine, EffectStatus *status); /* its dependents may become ready */
gint engine_compare_jobs(gconstpointer a, gconstpointer b, gpointer engine); /* for the pool's queue */

/* ---- worker.c ---- */
/* Gives a job to the pool and counts it; the main thread hears of it by mail. */
void engine_start_job(Engine *engine, JobType type, EffectStatus *status);
void engine_work(gpointer job_data, gpointer engine_data); /* the pool's function */
/* Takes one piece of mail, waiting at most so long. FINISHED is given back (the caller frees it with engine_mail_free), all else is entered or told. */
Mail *engine_receive(Engine *engine, gint64 microseconds);
void engine_mail_free(Mail *mail);

/* ---- mirror.c: the record in the run's folder ---- */
/* Written anew from what the journal has, durable. */
bool engine_mirror_open(Engine *engine, GError **error);
/* One event more, which the journal has. */
void engine_mirror_add(Engine *engine, const char *type, const char *effect, json_t *data);
void engine_mirror_close(Engine *engine);

/* ---- learn.c: where the record has a gap ---- */
/* Inspects an effect. *result: what it found, new reference; *text: what it saw, in words, g_free. */
Observed engine_look_at(const Engine *engine, const EffectStatus *status, json_t **result, char **text);
/* Finds what was made here. false: the record has no gap, nothing was looked at. */
bool engine_learn(Engine *engine);
/* The same, and what must have been done for it to be there is recorded as done. */
bool engine_learn_done(Engine *engine, GError **error);

/* ---- walk.c ---- */
/* Puts the events of a run into the statuses. */
bool engine_walk_journal(Engine *engine, GError **error);
