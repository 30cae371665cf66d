/* Shared by the files of the engine; nobody else includes this. */
#pragma once

#include "engine/engine.h"

/* What the engine knows of one effect while a run goes on. Owned by the main thread; a worker sees its Job only. */
typedef struct {
    const Effect *effect;
    EffectState state;
    bool intended; /* an intent is in the journal and was not undone: abort has to look at it */
    bool running;
    json_t *kept;
    json_t *result;
    GError *failure;
    double seconds;
} EffectStatus;

struct Engine {
    EngineSpec spec;
    Plan *plan;
    char *run_id, *mark, *state_dir, *work_dir;
    EffectSite site;
    GPtrArray *statuses; /* of EffectStatus*, in plan order */
    GHashTable *by_id;
    bool crossed;
    bool undoing;      /* an abort has begun: only abort may go on */
    GAsyncQueue *mail; /* of Mail*, from workers to the main thread */
    GThreadPool *pool;
    guint running;
    bool journal_failed;
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

typedef enum { MAIL_KEEP, MAIL_LINE, MAIL_NOTE, MAIL_FINISHED } MailType;

typedef struct {
    MailType type;
    Job *job;
    char *text;          /* LINE, NOTE; KEEP: the key */
    json_t *value;       /* KEEP */
    GError *error;       /* FINISHED: why it failed */
    bool adopted;        /* FINISHED: it was already so */
    struct Reply *reply; /* KEEP: the worker waits for it */
} Mail;

typedef struct Reply {
    GMutex lock;
    GCond done;
    bool answered;
    GError *error;
} Reply;

EffectStatus *engine_status(const Engine *engine, const char *id);
/* The parameters with references replaced by results; a reference to what has no result becomes null. New reference. */
json_t *engine_resolve(const Engine *engine, const json_t *params);
void engine_tell(Engine *engine, EngineEventType type, const EffectStatus *status, const char *text, const GError *error);
bool engine_append(Engine *engine, const char *type, const EffectStatus *status, json_t *data, GError **error);
/* Starts a job on the pool; the main thread hears of it by mail. */
void engine_start_job(Engine *engine, JobType type, EffectStatus *status);
void engine_work(gpointer job_data, gpointer engine_data); /* the pool's function */
/* Handles one piece of mail, or lets time pass. FINISHED is given back (the caller frees it with engine_mail_free), all else is done with. */
Mail *engine_receive(Engine *engine);
void engine_mail_free(Mail *mail);
/* Puts the events of a run into the statuses. */
bool engine_walk_journal(Engine *engine, GError **error);
