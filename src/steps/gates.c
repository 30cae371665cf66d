/* Gates: every check that must pass on exactly the candidate. */
#include "project/gates.h"

#include "steps/step.h"

#include <string.h>

static char *gate_id(const char *name) {
    g_autofree char *lower = g_ascii_strdown(name, -1);
    return g_strdup_printf("prove/gate/%s", g_strcanon(lower, "abcdefghijklmnopqrstuvwxyz0123456789.-_", '_'));
}

static char *needs_of(const Gate *gate, const Plan *plan) {
    GString *needs = g_string_new(NULL);
    for (gsize i = 0; i < json_array_size(gate->needs); i++) {
        g_autofree char *id = gate_id(json_string_value(json_array_get(gate->needs, i)));
        if (plan_effect(plan, id) != NULL)
            g_string_append_printf(needs, "%s ", id);
    }
    return g_string_free(needs, FALSE);
}

static void add_gate(const Release *release, Plan *plan, const Gate *gate) {
    g_autofree char *id = gate_id(gate->name);
    g_autofree char *needs = needs_of(gate, plan);
    g_autofree char *log = g_strdup_printf("%s.log", id + strlen("prove/gate/"));
    json_t *params = json_pack("{s: s, s: O, s: s, s: I, s: O, s: s, s: O?}", "name", gate->name, "run", gate->run, "where", "tree", "timeout",
                               (json_int_t)gate->timeout, "env", gate->env, "log", log, "commit", release->target);
    if (plan_effect(plan, id) != NULL) {
        json_decref(params);
        return;
    }
    plan_add(plan, STAGE_PROVE, id, "process", params, needs);
}

/* A gate comes after those it needs. */
static void add_with_needs(const Release *release, Plan *plan, const GPtrArray *gates, const Gate *gate, guint depth) {
    for (gsize i = 0; depth < gates->len && i < json_array_size(gate->needs); i++) {
        const char *need = json_string_value(json_array_get(gate->needs, i));
        for (guint k = 0; k < gates->len; k++) {
            const Gate *other = g_ptr_array_index(gates, k);
            if (g_str_equal(other->name, need))
                add_with_needs(release, plan, gates, other, depth + 1);
        }
    }
    add_gate(release, plan, gate);
}

static bool in_ring(const GPtrArray *gates, const Gate *from, const char *name, guint depth) {
    for (gsize i = 0; depth <= gates->len && i < json_array_size(from->needs); i++) {
        const char *need = json_string_value(json_array_get(from->needs, i));
        if (g_str_equal(need, name))
            return true;
        for (guint k = 0; k < gates->len; k++) {
            const Gate *other = g_ptr_array_index(gates, k);
            if (g_str_equal(other->name, need) && in_ring(gates, other, name, depth + 1))
                return true;
        }
    }
    return false;
}

static bool is_known(const GPtrArray *gates, const char *name) {
    for (guint i = 0; i < gates->len; i++) {
        if (g_str_equal(((const Gate *)g_ptr_array_index(gates, i))->name, name))
            return true;
    }
    return false;
}

static void check_needs(const GPtrArray *gates, const Gate *gate, Plan *plan) {
    GError *error = NULL;
    for (gsize i = 0; i < json_array_size(gate->needs); i++) {
        const char *need = json_string_value(json_array_get(gate->needs, i));
        if (!is_known(gates, need))
            error_set(&error, ERROR_CONFIG, "the gate %s needs %s, which is no gate", gate->name, need);
        if (error != NULL)
            break;
    }
    if (error == NULL && in_ring(gates, gate, gate->name, 0))
        error_set(&error, ERROR_CONFIG, "the gate %s needs itself, through the gates that it needs", gate->name);
    if (error == NULL)
        return;
    error_state(&error, "nothing was changed");
    error_fix(&error, "correct gates.%s.needs in slipway.yaml", gate->name);
    plan_problem(plan, error);
}

void release_add_gates(Release *release, Plan *plan, const char *const *only) {
    bool detected = false;
    g_autoptr(GPtrArray) gates = gates_find(release->world, &detected);
    for (guint i = 0; i < gates->len; i++) {
        const Gate *gate = g_ptr_array_index(gates, i);
        if (only != NULL && !g_strv_contains(only, gate->name))
            continue;
        if (gate->problem != NULL)
            plan_problem(plan, g_error_copy(gate->problem));
        check_needs(gates, gate, plan);
        if (plan->problems->len == 0)
            add_with_needs(release, plan, gates, gate, 0);
        else if (json_array_size(gate->run) > 0)
            add_gate(release, plan, gate);
    }
    if (gates->len == 0)
        plan_skip(plan, "gates", detected ? "slipway.yaml names none and none was recognised" : "slipway.yaml names none");
}

static bool plan_gates(Release *release, Plan *plan, GError **error) {
    (void)error;
    release_add_gates(release, plan, NULL);
    return true;
}

const Step step_gates = {.name = "gates", .doc = "runs every check on exactly the candidate", .plan = plan_gates};
