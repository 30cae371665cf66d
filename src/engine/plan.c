#include "engine/plan.h"

#include <string.h>

static void effect_free(Effect *effect) {
    g_free(effect->id);
    g_free(effect->title);
    json_decref(effect->params);
    g_ptr_array_unref(effect->needs);
    g_free(effect);
}

Plan *plan_new(const EffectKind *const *kinds, const char *command, gint64 when) {
    Plan *plan = g_new0(Plan, 1);
    plan->kinds = kinds;
    plan->command = g_strdup(command);
    plan->when = when;
    plan->release = json_object();
    plan->world = json_object();
    plan->skipped = json_array();
    plan->notes = json_array();
    plan->effects = g_ptr_array_new_with_free_func((GDestroyNotify)effect_free);
    plan->problems = g_ptr_array_new_with_free_func((GDestroyNotify)g_error_free);
    plan->by_id = g_hash_table_new(g_str_hash, g_str_equal);
    return plan;
}

void plan_free(Plan *plan) {
    g_hash_table_unref(plan->by_id);
    g_ptr_array_unref(plan->effects);
    g_ptr_array_unref(plan->problems);
    json_decref(plan->release);
    json_decref(plan->world);
    json_decref(plan->skipped);
    json_decref(plan->notes);
    g_free(plan->command);
    g_free(plan->hash);
    g_free(plan);
}

static const EffectKind *kind_by_name(const Plan *plan, const char *name) {
    for (guint i = 0; plan->kinds[i] != NULL; i++) {
        if (g_strcmp0(plan->kinds[i]->name, name) == 0)
            return plan->kinds[i];
    }
    return NULL;
}

static void add_effect(Plan *plan, Stage stage, const char *id, const EffectKind *kind, json_t *params) {
    Effect *effect = g_new0(Effect, 1);
    effect->id = g_strdup(id);
    effect->kind = kind;
    effect->params = params;
    effect->title = kind->describe(params);
    effect->needs = g_ptr_array_new_with_free_func(g_free);
    effect->stage = stage;
    g_ptr_array_add(plan->effects, effect);
    g_hash_table_insert(plan->by_id, effect->id, effect);
}

static bool add_need(Plan *plan, const char *id, const char *need) {
    Effect *effect = g_hash_table_lookup(plan->by_id, id);
    const Effect *needed = g_hash_table_lookup(plan->by_id, need);
    if (needed == NULL || needed == effect || needed->stage > effect->stage)
        return false;
    g_ptr_array_add(effect->needs, g_strdup(need));
    return true;
}

void plan_add(Plan *plan, Stage stage, const char *id, const char *kind, json_t *params, const char *needs) {
    const EffectKind *row = kind_by_name(plan, kind);
    if (row == NULL || params == NULL || plan_effect(plan, id) != NULL)
        g_error("plan_add: effect %s of kind %s cannot be", id, kind);
    add_effect(plan, stage, id, row, params);
    g_auto(GStrv) words = g_strsplit(needs != NULL ? needs : "", " ", -1);
    for (guint i = 0; words[i] != NULL; i++) {
        if (*words[i] != '\0' && !add_need(plan, id, words[i]))
            g_error("plan_add: effect %s cannot need %s", id, words[i]);
    }
}

void plan_skip(Plan *plan, const char *step, const char *reason) {
    json_array_append_new(plan->skipped, json_pack("{s: s, s: o}", "step", step, "reason", jsonx_text(reason)));
}

void plan_note(Plan *plan, const char *subject, const char *format, ...) {
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    json_array_append_new(plan->notes, json_pack("{s: s, s: o}", "subject", subject, "text", jsonx_text(text)));
}

void plan_problem(Plan *plan, GError *problem) {
    g_ptr_array_add(plan->problems, problem);
}

json_t *plan_result(const char *effect, const char *field) {
    return json_pack("{s: s, s: s}", "result", effect, "field", field);
}

const Effect *plan_effect(const Plan *plan, const char *id) {
    return g_hash_table_lookup(plan->by_id, id);
}

const Effect *plan_point_of_no_return(const Plan *plan) {
    for (guint i = 0; i < plan->effects->len; i++) {
        const Effect *effect = g_ptr_array_index(plan->effects, i);
        if (effect->stage == STAGE_PUSH)
            return effect;
    }
    return NULL;
}

/* ---- as JSON ---- */

static json_t *effect_to_json(const Effect *effect) {
    json_t *needs = json_array();
    for (guint i = 0; i < effect->needs->len; i++)
        json_array_append_new(needs, json_string(g_ptr_array_index(effect->needs, i)));
    json_t *object = json_object();
    json_object_set_new(object, "id", json_string(effect->id));
    json_object_set_new(object, "kind", json_string(effect->kind->name));
    json_object_set_new(object, "stage", json_string(stage_name(effect->stage)));
    json_object_set_new(object, "title", jsonx_text(effect->title));
    json_object_set_new(object, "needs", needs);
    json_object_set_new(object, "undo", json_string(effect->kind->undo_note));
    json_object_set(object, "params", effect->params);
    return object;
}

/* All that the hash covers. */
static json_t *content(const Plan *plan) {
    json_t *effects = json_array();
    for (guint i = 0; i < plan->effects->len; i++)
        json_array_append_new(effects, effect_to_json(g_ptr_array_index(plan->effects, i)));
    const Effect *line = plan_point_of_no_return(plan);
    json_t *object = json_object();
    json_object_set_new(object, "schema", json_integer(1));
    json_object_set_new(object, "command", json_string(plan->command));
    json_object_set_new(object, "engine", json_string(SLIPWAY_VERSION));
    json_object_set_new(object, "when", json_integer(plan->when));
    json_object_set(object, "release", plan->release);
    json_object_set_new(object, "effects", effects);
    json_object_set_new(object, "point_of_no_return", line != NULL ? json_string(line->id) : json_null());
    json_object_set(object, "skipped", plan->skipped);
    json_object_set(object, "world", plan->world);
    return object;
}

void plan_seal(Plan *plan) {
    g_autoptr(json_t) object = content(plan);
    g_free(plan->hash);
    plan->hash = jsonx_sha256(object);
}

json_t *plan_to_json(const Plan *plan) {
    json_t *object = content(plan);
    json_t *problems = json_array();
    for (guint i = 0; i < plan->problems->len; i++)
        json_array_append_new(problems, error_to_json(g_ptr_array_index(plan->problems, i)));
    json_object_set_new(object, "hash", json_string(plan->hash));
    json_object_set(object, "notes", plan->notes);
    json_object_set_new(object, "problems", problems);
    return object;
}

/* ---- from JSON ---- */

static bool broken(GError **error, const char *why) {
    error_set(error, ERROR_PLAN_BROKEN, "this is not a plan that slipway made");
    error_why(error, "%s", why);
    error_state(error, "nothing was changed");
    return false;
}

static bool read_needs(Plan *plan, const char *id, const json_t *needs, GError **error) {
    for (gsize i = 0; i < json_array_size(needs); i++) {
        const char *need = json_string_value(json_array_get(needs, i));
        if (need == NULL || !add_need(plan, id, need))
            return broken(error, "an effect needs one that is not before it");
    }
    return true;
}

static bool read_effect(Plan *plan, const json_t *item, GError **error) {
    const char *id = jsonx_string(item, "id");
    const char *kind_name = jsonx_string(item, "kind");
    const char *stage_text = jsonx_string(item, "stage");
    json_t *params = json_object_get(item, "params");
    Stage stage = STAGE_PREPARE;
    const EffectKind *kind = kind_name != NULL ? kind_by_name(plan, kind_name) : NULL;
    if (id == NULL || kind == NULL || !json_is_object(params) || !stage_from_name(stage_text, &stage) || plan_effect(plan, id) != NULL)
        return broken(error, "an effect lacks its id, kind, stage or parameters");
    add_effect(plan, stage, id, kind, json_incref(params));
    return read_needs(plan, id, json_object_get(item, "needs"), error);
}

/* jansson holds references: the sealed copy must not change with the caller's document. */
static void take_member(json_t **place, const json_t *json, const char *key) {
    json_decref(*place);
    *place = json_deep_copy(json_object_get(json, key));
}

Plan *plan_from_json(const json_t *json, const EffectKind *const *kinds, GError **error) {
    const char *command = jsonx_string(json, "command");
    const char *engine = jsonx_string(json, "engine");
    if (command == NULL || engine == NULL || !json_is_object(json_object_get(json, "release")) || !json_is_object(json_object_get(json, "world"))) {
        broken(error, "command, engine, release or world is missing");
        return NULL;
    }
    if (!g_str_equal(engine, SLIPWAY_VERSION)) {
        error_set(error, ERROR_PLAN_STALE, "this plan was made by slipway %s; this is %s", engine, SLIPWAY_VERSION);
        return NULL;
    }
    g_autoptr(Plan) plan = plan_new(kinds, command, jsonx_int(json, "when", 0));
    take_member(&plan->release, json, "release");
    take_member(&plan->world, json, "world");
    take_member(&plan->skipped, json, "skipped");
    const json_t *effects = json_object_get(json, "effects");
    for (gsize i = 0; i < json_array_size(effects); i++) {
        if (!read_effect(plan, json_array_get(effects, i), error))
            return NULL;
    }
    plan_seal(plan);
    if (g_strcmp0(plan->hash, jsonx_string(json, "hash")) != 0) {
        broken(error, "its content does not match its hash: it was changed after it was made");
        return NULL;
    }
    return g_steal_pointer(&plan);
}
