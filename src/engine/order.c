/* Which effect starts next: of those that may, the one with the longest way behind it, by what effects of this project took before. */
#include "engine/engine_private.h"

#define USUAL_SECONDS 1.0

/* What is not known is as long as the others are on average. */
static double usual(const Engine *engine, GHashTable *seconds) {
    double sum = 0;
    guint known = 0;
    for (guint i = 0; i < engine->statuses->len; i++) {
        const EffectStatus *status = g_ptr_array_index(engine->statuses, i);
        const double *value = g_hash_table_lookup(seconds, status->effect->id);
        sum += value != NULL ? *value : 0;
        known += value != NULL ? 1 : 0;
    }
    return known > 0 ? sum / known : USUAL_SECONDS;
}

static void link_needs(Engine *engine, EffectStatus *status) {
    status->blockers = 0;
    for (guint i = 0; i < status->effect->needs->len; i++) {
        EffectStatus *needed = engine_status(engine, g_ptr_array_index(status->effect->needs, i));
        g_ptr_array_add(needed->dependents, status);
        status->blockers += needed->state != EFFECT_DONE ? 1 : 0;
    }
}

/* Stages are barriers: what comes in a later one does not make this one's effects more urgent. */
static double longest_behind(const EffectStatus *status) {
    double longest = 0;
    for (guint i = 0; i < status->dependents->len; i++) {
        const EffectStatus *dependent = g_ptr_array_index(status->dependents, i);
        if (dependent->effect->stage == status->effect->stage)
            longest = MAX(longest, dependent->weight);
    }
    return longest;
}

void engine_order(Engine *engine) {
    g_autoptr(GHashTable) seconds = journal_seconds(engine->spec.journal, jsonx_string(engine->plan->release, "project"));
    double unknown = usual(engine, seconds);
    for (guint i = 0; i < engine->statuses->len; i++)
        g_ptr_array_set_size(((EffectStatus *)g_ptr_array_index(engine->statuses, i))->dependents, 0);
    for (guint i = 0; i < engine->statuses->len; i++) {
        EffectStatus *status = g_ptr_array_index(engine->statuses, i);
        status->index = i;
        link_needs(engine, status);
    }
    /* A need stands before what needs it, so from the end on everything behind an effect is settled. */
    for (guint i = engine->statuses->len; i > 0; i--) {
        EffectStatus *status = g_ptr_array_index(engine->statuses, i - 1);
        const double *own = g_hash_table_lookup(seconds, status->effect->id);
        status->weight = (own != NULL ? *own : unknown) + longest_behind(status);
    }
}

/* Negative: a starts before b. */
static gint compare(const EffectStatus *a, const EffectStatus *b) {
    if (a->weight != b->weight)
        return a->weight > b->weight ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

gint engine_compare_jobs(gconstpointer a, gconstpointer b, gpointer engine) {
    (void)engine;
    return compare(((const Job *)a)->status, ((const Job *)b)->status);
}

static void insert(GPtrArray *ready, EffectStatus *status) {
    guint at = ready->len;
    while (at > 0 && compare(status, g_ptr_array_index(ready, at - 1)) > 0)
        at--;
    g_ptr_array_insert(ready, (gint)at, status);
}

static bool is_open(const EffectStatus *status) {
    return !status->running && (status->state == EFFECT_PENDING || status->state == EFFECT_INTENDED);
}

static Stage first_stage(const Engine *engine) {
    Stage lowest = STAGE_COUNT;
    for (guint i = 0; i < engine->statuses->len; i++) {
        const EffectStatus *status = g_ptr_array_index(engine->statuses, i);
        if (status->state != EFFECT_DONE && status->effect->stage < lowest)
            lowest = status->effect->stage;
    }
    return lowest;
}

void engine_open_stage(Engine *engine) {
    engine->stage = first_stage(engine);
    engine->open = 0;
    g_ptr_array_set_size(engine->ready, 0);
    for (guint i = 0; i < engine->statuses->len; i++) {
        EffectStatus *status = g_ptr_array_index(engine->statuses, i);
        if (status->effect->stage != engine->stage)
            continue;
        engine->open += status->state != EFFECT_DONE ? 1 : 0;
        if (is_open(status) && status->blockers == 0)
            insert(engine->ready, status);
    }
}

void engine_mark_done(Engine *engine, EffectStatus *status) {
    status->state = EFFECT_DONE;
    engine->open--;
    for (guint i = 0; i < status->dependents->len; i++) {
        EffectStatus *dependent = g_ptr_array_index(status->dependents, i);
        if (--dependent->blockers == 0 && dependent->effect->stage == engine->stage && is_open(dependent))
            insert(engine->ready, dependent);
    }
}
