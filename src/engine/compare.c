#include "engine/compare.h"

#include <string.h>

static void difference_free(gpointer data) {
    PlanDifference *difference = data;
    g_ptr_array_unref(difference->lines);
    g_free(difference->id);
    g_free(difference);
}

PlanDifference *plan_difference_new(const char *id) {
    PlanDifference *difference = g_new0(PlanDifference, 1);
    difference->id = g_strdup(id);
    difference->lines = g_ptr_array_new_with_free_func(g_free);
    return difference;
}

void plan_difference_line(PlanDifference *difference, const char *format, ...) {
    va_list args;
    va_start(args, format);
    g_ptr_array_add(difference->lines, g_strdup_vprintf(format, args));
    va_end(args);
}

/* ---- values ---- */

static char *shown(const json_t *value) {
    return value != NULL ? jsonx_canonical(value) : g_strdup("nothing");
}

static void compare_values(PlanDifference *difference, const char *path, const json_t *theirs, const json_t *own);

static void compare_member(PlanDifference *difference, const char *path, const char *key, const json_t *theirs, const json_t *own) {
    g_autofree char *inner = *path != '\0' ? g_strdup_printf("%s.%s", path, key) : g_strdup(key);
    compare_values(difference, inner, theirs, own);
}

static void compare_objects(PlanDifference *difference, const char *path, const json_t *theirs, const json_t *own) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)theirs, key, value) compare_member(difference, path, key, value, json_object_get(own, key));
    json_object_foreach((json_t *)own, key, value) {
        if (json_object_get(theirs, key) == NULL)
            compare_member(difference, path, key, NULL, value);
    }
}

static void compare_values(PlanDifference *difference, const char *path, const json_t *theirs, const json_t *own) {
    if (theirs != NULL && own != NULL && json_equal(theirs, own))
        return;
    if (json_is_object(theirs) && json_is_object(own)) {
        compare_objects(difference, path, theirs, own);
        return;
    }
    g_autofree char *there = shown(theirs);
    g_autofree char *here = shown(own);
    plan_difference_line(difference, "  %s: in the record %s, here %s", path, there, here);
}

/* ---- effects ---- */

static json_t *needs_of(const Effect *effect) {
    json_t *needs = json_array();
    for (guint i = 0; i < effect->needs->len; i++)
        json_array_append_new(needs, json_string(g_ptr_array_index(effect->needs, i)));
    return needs;
}

static json_t *value_of(const Effect *effect) {
    json_t *value = json_copy(effect->params);
    json_object_set_new(value, "kind", json_string(effect->kind->name));
    json_object_set_new(value, "stage", json_string(stage_name(effect->stage)));
    json_object_set_new(value, "needs", needs_of(effect));
    return value;
}

static void compare_effects(GPtrArray *differences, const Effect *theirs, const Effect *own) {
    g_autoptr(json_t) there = value_of(theirs);
    g_autoptr(json_t) here = own != NULL ? value_of(own) : json_object();
    if (json_equal(there, here))
        return;
    PlanDifference *difference = plan_difference_new(theirs->id);
    plan_difference_line(difference, "%s%s", theirs->title, own != NULL ? "" : " (this clone plans nothing of the kind)");
    compare_objects(difference, "", there, here);
    g_ptr_array_add(differences, difference);
}

static void add_missing(GPtrArray *differences, const Effect *own) {
    PlanDifference *difference = plan_difference_new(own->id);
    plan_difference_line(difference, "left out by the record: %s", own->title);
    g_ptr_array_add(differences, difference);
}

/* The address of the remote is each clone's own; how it was asked for is what both are planned by. */
static void compare_release(GPtrArray *differences, const Plan *theirs, const Plan *own) {
    static const char *const apart[] = {"remote", "request"};
    g_autoptr(json_t) there = json_copy(theirs->release);
    g_autoptr(json_t) here = json_copy(own->release);
    for (guint i = 0; i < G_N_ELEMENTS(apart); i++) {
        json_object_del(there, apart[i]);
        json_object_del(here, apart[i]);
    }
    if (json_equal(there, here))
        return;
    PlanDifference *difference = plan_difference_new("release");
    plan_difference_line(difference, "what the plan says of the release");
    compare_objects(difference, "", there, here);
    g_ptr_array_add(differences, difference);
}

GPtrArray *plan_differences(const Plan *theirs, const Plan *own) {
    GPtrArray *differences = g_ptr_array_new_with_free_func(difference_free);
    compare_release(differences, theirs, own);
    for (guint i = 0; i < theirs->effects->len; i++) {
        const Effect *effect = g_ptr_array_index(theirs->effects, i);
        compare_effects(differences, effect, plan_effect(own, effect->id));
    }
    for (guint i = 0; i < own->effects->len; i++) {
        const Effect *effect = g_ptr_array_index(own->effects, i);
        if (plan_effect(theirs, effect->id) == NULL)
            add_missing(differences, effect);
    }
    return differences;
}
