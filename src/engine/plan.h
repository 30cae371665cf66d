/* The plan: the ordered graph of effects of one run, as data. What is printed, saved, hashed, journaled and executed is this value and no other.
 *
 * Build: plan_new, plan_add in an order in which needs come first, plan_seal. The hash covers everything but notes and problems: command, release,
 * world, effects with all parameters, skipped steps, time and engine version. */
#pragma once

#include "engine/effect.h"

typedef struct {
    const EffectKind *const *kinds; /* borrowed, NULL-ended: the kinds that effects may be of */
    char *command;                  /* "release", "version", … */
    gint64 when;                    /* the only time in the plan */
    json_t *release;                /* {project, previous, version, tag, date, …}; always an object */
    json_t *world;                  /* what the plan was made against: HEAD, remote refs, digest of the configuration, … */
    GPtrArray *effects;             /* of Effect* */
    json_t *skipped;                /* [{step, reason}] */
    json_t *notes;                  /* [{subject, text}]: what a person should know; not covered by the hash */
    GPtrArray *problems;            /* of GError*: why it cannot be executed; empty: it can */
    GHashTable *by_id;              /* id → Effect* */
    char *hash;                     /* after plan_seal */
} Plan;

Plan *plan_new(const EffectKind *const *kinds, const char *command, gint64 when);
void plan_free(Plan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plan, plan_free)

/* needs: ids separated by blanks, or NULL. Takes params. A programming error (unknown kind, unknown need, an id twice) ends the program: plans from outside
 * come through plan_from_json. */
void plan_add(Plan *plan, Stage stage, const char *id, const char *kind, json_t *params, const char *needs);
void plan_skip(Plan *plan, const char *step, const char *reason);
/* Worth knowing before it is executed: which token, what a forge does otherwise. */
void plan_note(Plan *plan, const char *subject, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* Takes the error. */
void plan_problem(Plan *plan, GError *problem);
/* A reference to what an earlier effect results in. New reference. */
json_t *plan_result(const char *effect, const char *field);
void plan_seal(Plan *plan);

const Effect *plan_effect(const Plan *plan, const char *id); /* NULL: none */
/* The first effect of the push stage: the point of no return. NULL: the plan has none (a command that changes only this repository). */
const Effect *plan_point_of_no_return(const Plan *plan);

/* {schema, command, engine, when, release, hash, effects: [{id, kind, stage, title, needs, undo, params}], point_of_no_return, skipped, world, notes,
 * problems}. New reference. */
json_t *plan_to_json(const Plan *plan);
/* Errors: PLAN_BROKEN for what is no plan or whose hash does not match its content; PLAN_STALE for another engine version. */
Plan *plan_from_json(const json_t *json, const EffectKind *const *kinds, GError **error);
