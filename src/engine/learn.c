/* A record that was torn, or that is lost: all that is not known to be done counts as begun, and nothing of what was made is known. It is found in the world,
 * as a resume finds it: by inspecting. */
#include "engine/engine_private.h"

Observed engine_look_at(const Engine *engine, const EffectStatus *status, json_t **result, char **text) {
    g_autoptr(json_t) params = engine_resolve(engine, status->effect->params);
    g_autoptr(json_t) kept = json_deep_copy(status->kept);
    *result = json_object();
    EffectRun run = {.id = status->effect->id, .params = params, .kept = kept, .result = *result, .site = &engine->site, .cancel = engine->spec.cancel};
    g_autoptr(GError) problem = NULL;
    Observed seen = status->effect->kind->inspect(&run, &problem);
    *text = run.seen != NULL ? run.seen : g_strdup(problem != NULL ? problem->message : "no more is known");
    return seen;
}

static bool is_open(const EffectStatus *status) {
    return status->intended && status->state != EFFECT_DONE;
}

/* No effect begins before what it needs is done, so only a record with a gap says this. */
static bool has_gap(const Engine *engine) {
    for (guint i = 0; i < engine->statuses->len; i++) {
        const EffectStatus *status = g_ptr_array_index(engine->statuses, i);
        for (guint k = 0; status->intended && k < status->effect->needs->len; k++) {
            if (engine_status(engine, g_ptr_array_index(status->effect->needs, k))->state != EFFECT_DONE)
                return true;
        }
    }
    return false;
}

/* In the plan's order: each with what those before it are known to have made. */
static void find_results(const Engine *engine) {
    for (guint i = 0; i < engine->statuses->len; i++) {
        EffectStatus *status = g_ptr_array_index(engine->statuses, i);
        const EffectKind *kind = status->effect->kind;
        if (!is_open(status) || kind->volatile_outcome || !kind->here || !engine_knows(engine, status->effect->params))
            continue;
        g_autoptr(json_t) result = NULL;
        g_autofree char *text = NULL;
        if (engine_look_at(engine, status, &result, &text) != OBSERVED_SAME)
            continue;
        json_decref(status->result);
        status->result = json_incref(result);
    }
}

bool engine_learn(Engine *engine) {
    bool gap = has_gap(engine);
    if (gap)
        find_results(engine);
    return gap;
}

static bool settle(Engine *engine, EffectStatus *status, GError **error) {
    if (status->result == NULL)
        status->result = json_object();
    g_autoptr(json_t) data = json_pack("{s: O, s: b}", "result", status->result, "adopted", 1);
    if (!engine_append(engine, "outcome", status, data, error))
        return false;
    status->state = EFFECT_DONE;
    engine_tell(engine, ENGINE_ADOPTED, status, NULL, NULL);
    return true;
}

/* What an effect needs that is there has been done, though the world has moved on since: a branch stands no more where it was made. From the end on, so that
 * each takes along those before it. */
bool engine_learn_done(Engine *engine, GError **error) {
    if (!engine_learn(engine))
        return true;
    g_autoptr(GHashTable) there = g_hash_table_new(g_direct_hash, g_direct_equal);
    for (guint i = engine->statuses->len; i > 0; i--) {
        EffectStatus *status = g_ptr_array_index(engine->statuses, i - 1);
        bool is = g_hash_table_contains(there, status) || (is_open(status) && status->result != NULL);
        for (guint k = 0; is && k < status->effect->needs->len; k++)
            g_hash_table_add(there, engine_status(engine, g_ptr_array_index(status->effect->needs, k)));
    }
    for (guint i = 0; i < engine->statuses->len; i++) {
        EffectStatus *status = g_ptr_array_index(engine->statuses, i);
        if (g_hash_table_contains(there, status) && is_open(status) && !status->effect->kind->volatile_outcome && !settle(engine, status, error))
            return false;
    }
    return true;
}
