/* Effects and their kinds.
 *
 * An effect is a value: one change to the world, as data. A kind knows to describe, inspect, apply and undo it, and is written once.
 * A parameter that is only known after an earlier effect ran is a reference: {"result": "EFFECT-ID", "field": "NAME"}; the engine puts the value in
 * before it calls the kind, except `describe`, which sees the plan as it stands.
 *
 * What the engine does with an effect:
 *   fresh run   intent (durable) → inspect → absent: apply → inspect again, must be same → outcome (durable)
 *                                   same: adopt · partial: apply completes · different: CONFLICT, stop · unknown: UNKNOWN_STATE, stop
 *   resume      outcome recorded: skip · intent only: as above
 *   abort       in reverse order, each effect with an intent: undo (durable before and after)
 * A `volatile_outcome` kind (a gate, a check) leaves nothing to look at: it is not inspected, its apply decides.
 *
 * inspect, apply and undo run on worker threads, several at a time; they use only their EffectRun. */
#pragma once

#include "base/error.h"
#include "base/jsonx.h"

typedef enum { STAGE_PREPARE, STAGE_PROVE, STAGE_STAGE, STAGE_SIGN_OFF, STAGE_PUSH, STAGE_PUBLISH, STAGE_FOLLOW, STAGE_COUNT } Stage;
const char *stage_name(Stage stage); /* prepare prove stage sign-off push publish follow */
bool stage_from_name(const char *name, Stage *stage);

typedef enum {
    OBSERVED_ABSENT,    /* nothing of it is there: apply */
    OBSERVED_SAME,      /* all of it is there, compared by content */
    OBSERVED_PARTIAL,   /* some of it is there and it is ours: apply completes it */
    OBSERVED_DIFFERENT, /* something else is there: never touched */
    OBSERVED_UNKNOWN,   /* could not be seen */
} Observed;
const char *observed_name(Observed observed);

/* Where a run works; all absolute, borrowed, bytes. */
typedef struct {
    const char *tree;      /* the user's work tree */
    const char *git_dir;   /* the repository's common git directory */
    const char *state_dir; /* git_dir/slipway */
    const char *work_dir;  /* state_dir/runs/ID: scratch, artifacts/ and logs/ of this run; exists */
    const char *run_id;
    const char *mark; /* what everything of this run that others can see carries, e.g. "slipway:v1.1.0:9f86d081884c7d65" */
    const char *own;  /* what its processes carry (SLIPWAY_CHILD): the mark, and which clone's they are */
    gint64 now;       /* the plan's time: the only date that goes into anything */
} EffectSite;

typedef struct EffectRun EffectRun;
struct EffectRun {
    const char *id;
    const json_t *params; /* references put in */
    json_t *kept;         /* object: what effect_keep kept, in this process or before a crash */
    json_t *result;       /* object, starts empty: apply, or inspect when it says same, puts here what later effects refer to */
    const EffectSite *site;
    const gint *cancel;            /* set atomically when the run is being stopped: pass it to process_run, look at it in loops */
    char *seen;                    /* what inspect saw, for people; set with effect_saw */
    const struct EffectHost *host; /* who listens: the engine, or a test */
    void *host_data;               /* the host's own */
};

typedef struct EffectHost {
    bool (*keep)(EffectRun *run, const char *key, json_t *value, GError **error); /* takes value */
    void (*record)(EffectRun *run, const char *key, json_t *value);               /* takes value */
    void (*line)(EffectRun *run, const char *line);
    void (*note)(EffectRun *run, const char *note);
} EffectHost;

/* What inspect saw, in words ("refs/tags/v1.1.0 is 11b2054, not 9b50eb5"). Returns `observed`, so that inspect can end in it. */
Observed effect_saw(EffectRun *run, Observed observed, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* Keeps progress (a draft's id, the old value to put back) in the journal: durable when it returns. Takes value. */
bool effect_keep(EffectRun *run, const char *key, json_t *value, GError **error);
/* The same without waiting: durable a moment later. For what helps a later run, and whose loss does no harm (which process was started). Takes value. */
void effect_record(EffectRun *run, const char *key, json_t *value);
/* One line of output for the live view; bounded and escaped by the receiver. */
void effect_line(EffectRun *run, const char *line);
/* A note that belongs into the report of the run ("adopted", "17 tests"); the last one counts. */
void effect_note(EffectRun *run, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* How the note of a check begins that could not be made: what is not known is shown with another mark than what passed. The result then has `untried`, why. */
#define EFFECT_NOT_TRIED "NOT tried: "

typedef struct {
    const char *name; /* "write-files" */
    const char *doc;  /* one line for people */
    /* One line, exact enough to check the plan by: which file, which ref from what to what, which words are run. g_free. */
    char *(*describe)(const json_t *params);
    /* Further lines for `slipway plan`, such as a diff; NULL or returns NULL: none. g_free. */
    char *(*detail)(const json_t *params);
    /* Names of the parameters that describe and detail show whole, with a blank between them; a dot leads into an object, or into each row of a list. All
     * others are told by effect_rest. */
    const char *shown;
    /* UNKNOWN may come with an error that says why. */
    Observed (*inspect)(EffectRun *run, GError **error);
    bool (*apply)(EffectRun *run, GError **error);
    /* Idempotent; right also when apply never ran or half ran; touches only what carries this run's mark or equals what this effect made,
     * else CONFLICT. NULL: cannot be undone (see undo_note). */
    bool (*undo)(EffectRun *run, GError **error);
    const char *undo_note; /* how it is undone, or "cannot be undone, because …" */
    bool volatile_outcome;
    bool here; /* what it leaves is in this clone (files, refs, the work tree): another clone that goes on has not got it */
} EffectKind;

/* The value of an effect: owned by the plan. */
typedef struct {
    char *id; /* "prepare/commit": unique in the plan, [a-z0-9./_-]+ */
    const EffectKind *kind;
    char *title; /* kind->describe's line */
    json_t *params;
    GPtrArray *needs; /* of char*, ids of the same plan, all earlier in the list */
    Stage stage;
} Effect;

/* One line with every parameter that neither title nor detail shows ("cache: true; env: {CI: "1"}"), so that what a person says yes to is all of it; NULL:
 * there is none. Unescaped. g_free. */
char *effect_rest(const EffectKind *kind, const json_t *params);
