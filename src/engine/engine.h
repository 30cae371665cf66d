/* The engine: executes plans, resumes and aborts them. It knows no step, kind or adapter by name.
 *
 * Call order: engine_begin (fresh) or engine_load (what the journal holds), then engine_execute or engine_abort, then engine_free. The calling thread
 * alone schedules, writes the journal and calls the listener; effects run on at most `workers` threads. */
#pragma once

#include "engine/plan.h"
#include "store/journal.h"

typedef enum {
    ENGINE_STARTED, /* an effect runs */
    ENGINE_LINE,    /* text: a line of its output, raw */
    ENGINE_DONE,    /* an effect is done; text: a note, may be NULL */
    ENGINE_ADOPTED, /* it was already done in the world */
    ENGINE_FAILED,  /* error */
    ENGINE_WAITING, /* waits for a sign-off */
    ENGINE_CROSSED, /* the point of no return has been passed */
    ENGINE_UNDOING,
    ENGINE_UNDONE,
    ENGINE_ORPHANS, /* text: how many processes of a killed slipway were ended */
    ENGINE_NOTE,    /* text: something to know that belongs to no effect */
    ENGINE_TICK,    /* time passes; effect NULL */
} EngineEventType;

typedef struct {
    EngineEventType type;
    const Effect *effect; /* NULL where the event is of the whole run */
    const char *text;
    const GError *error;
    double seconds;             /* of DONE, FAILED, UNDONE */
    guint done, running, total; /* effects, at this moment */
} EngineEvent;

typedef struct {
    void (*event)(const EngineEvent *event, void *data);
    void *data;
} EngineListener;

typedef struct Engine Engine;

/* Somebody who looks on while nothing runs, on the engine's thread: who shares the journal with other clones. */
typedef enum {
    ENGINE_AT_BEGIN, /* before the first effect is executed */
    ENGINE_AT_UNDO,  /* before the first effect is undone */
    ENGINE_AT_STAGE, /* something is about to follow: engine/next.h says what */
    ENGINE_AT_END,   /* the run has ended or stopped, and the journal says so; what is answered counts where it stopped: the run is another clone's */
} EngineMoment;
typedef struct {
    bool (*reached)(Engine *engine, EngineMoment moment, void *data, GError **error); /* false: the run stops here, with the error */
    void *data;
} EngineWitness;

typedef struct {
    Journal *journal;    /* borrowed, writable, locked by the caller */
    const char *tree;    /* the user's work tree */
    const char *git_dir; /* common git directory */
    const EffectKind *const *kinds;
    guint workers;      /* 1… */
    const gint *cancel; /* set by a signal: start nothing more, end what runs */
    EngineListener listener;
    EngineWitness witness; /* may be empty */
    guint attempt;         /* of engine_begin: a number from which on the id of a run is free elsewhere; 0: any */
} EngineSpec;

/* Journals the plan as a new run of the project plan->release.project; takes the plan. */
Engine *engine_begin(const EngineSpec *spec, Plan *plan, GError **error);
/* The run `id` as the journal has it; ends what a killed slipway left running. Errors: JOURNAL_EDITED, PLAN_BROKEN, NO_RELEASE. */
Engine *engine_load(const EngineSpec *spec, const char *id, GError **error);
void engine_free(Engine *engine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Engine, engine_free)

/* Executes what is not done. On a failure the run is stopped (or waiting) and can be resumed. The error of the first failing effect comes back; each was told
 * to the listener. */
bool engine_execute(Engine *engine, GError **error);
/* Before the point of no return: undoes in reverse order and closes the run as aborted. After it: NOT_ABORTABLE. Idempotent. */
bool engine_abort(Engine *engine, GError **error);
/* A sign-off of the effect that waits: recorded for the next engine_load. */
bool engine_sign(Journal *journal, const char *run, const char *effect, const char *who, GError **error);

/* Tells the listener an ENGINE_NOTE. */
void engine_say(Engine *engine, const char *text);
const char *engine_run_id(const Engine *engine);
const char *engine_work_dir(const Engine *engine);
const Plan *engine_plan(const Engine *engine);
bool engine_crossed(const Engine *engine);
/* What an effect resulted in, or NULL while it has not. Borrowed. */
const json_t *engine_result(const Engine *engine, const char *effect);
/* What the journal says of one effect. */
typedef enum { EFFECT_PENDING, EFFECT_INTENDED, EFFECT_DONE, EFFECT_FAILED, EFFECT_WAITING, EFFECT_UNDONE } EffectState;
EffectState engine_state(const Engine *engine, const char *effect);
double engine_seconds(const Engine *engine, const char *effect);
const GError *engine_failure(const Engine *engine, const char *effect);
/* A loaded run for looking at only: journal may be read-only, nothing is ended or written. */
Engine *engine_look(const EngineSpec *spec, const char *id, GError **error);
/* Makes a check (a kind with volatile_outcome) of a loaded run once more, on this thread; nothing is journaled. *result: what it found, also where it fails;
 * new reference. */
bool engine_check(const Engine *engine, const char *effect, json_t **result, GError **error);
/* What a run's folder holds of the run beside the journal, which can be lost or broken (engine/mirror.c). */
#define ENGINE_RECORD_FILE "record.jsonl"
typedef struct {
    char *folder;
    JournalRun *run;    /* as its events have it */
    GPtrArray *events;  /* of JournalEvent*, as far as each follows the one before */
    const json_t *plan; /* of the first one; borrowed */
    bool torn;          /* there is more behind them that cannot be read */
} EngineRecord;
/* folder: of a run. Errors: IO (there is none), TOO_LARGE, JOURNAL_EDITED. */
EngineRecord *engine_record_read(const char *folder, GError **error);
void engine_record_free(EngineRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EngineRecord, engine_record_free)
/* Is a slipway at work on it? */
bool engine_record_is_held(const EngineRecord *record);
/* Gives the run to a journal that does not know it. What stood behind a torn line counts as begun, so that it is looked at. */
bool engine_record_import(EngineRecord *record, Journal *journal, GError **error);
/* A run of which only its plan is known goes into a journal that does not know it: all of it counts as begun, so that each effect is looked at. */
bool engine_record_of_plan(Journal *journal, const Plan *plan, const char *run, GError **error);
/* 1 and 4 become 5 past the point of no return. */
int engine_exit_status(const GError *error, bool crossed);
