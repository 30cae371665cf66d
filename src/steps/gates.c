/* Gates: every check that must pass on exactly the candidate. */
#include "project/gates.h"

#include "base/text.h"
#include "changelog/escape.h"
#include "project/doc_gates.h"
#include "steps/step.h"

#include <string.h>

/* What is known while the gates of a plan are added. */
typedef struct {
    Release *release;
    Plan *plan;
    const char *const *only; /* asked for by name; NULL: all */
    GPtrArray *gates;        /* of Gate* */
    GHashTable *ids;         /* gate's name → id of its effect */
    GHashTable *taken;       /* ids that a gate has */
    GHashTable *told;        /* gates whose problem the plan has */
} Adding;

/* ---- names ---- */

static bool is_listed(const char *const *names, const char *name) {
    return names != NULL && g_strv_contains(names, name);
}

/* Two names may come to one id: then the second has a number. */
static void give_ids(Adding *adding) {
    for (guint i = 0; i < adding->gates->len; i++) {
        const Gate *gate = g_ptr_array_index(adding->gates, i);
        g_autofree char *lower = g_ascii_strdown(gate->name, -1);
        g_strcanon(lower, "abcdefghijklmnopqrstuvwxyz0123456789.-_", '_');
        char *id = g_strdup_printf("prove/gate/%s%s", *lower == '.' ? "_" : "", lower);
        for (guint number = 2; g_hash_table_contains(adding->taken, id); number++) {
            g_free(id);
            id = g_strdup_printf("prove/gate/%s-%u", lower, number);
        }
        g_hash_table_add(adding->taken, g_strdup(id));
        g_hash_table_insert(adding->ids, gate->name, id);
    }
}

static bool check_names(const GPtrArray *gates, const char *const *names, const char *usage, GError **error) {
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    for (guint i = 0; i < gates->len; i++)
        g_ptr_array_add(known, ((const Gate *)g_ptr_array_index(gates, i))->name);
    g_ptr_array_add(known, NULL);
    for (guint i = 0; names != NULL && names[i] != NULL; i++) {
        if (g_strv_contains((const char *const *)known->pdata, names[i]))
            continue;
        const char *near = text_nearest(names[i], (const char *const *)known->pdata);
        error_set(error, ERROR_USAGE, "there is no gate '%s'", names[i]);
        error_state(error, "nothing was changed");
        if (near != NULL)
            error_fix(error, "%s %s", usage, near);
        else
            error_fix(error, "slipway gates list");
        return false;
    }
    return true;
}

/* ---- one gate ---- */

json_t *release_gate_params(const Release *release, const Gate *gate, const char *log) {
    json_t *params = json_pack("{s: s, s: O, s: s, s: I, s: O, s: s, s: O?, s: b}", "name", gate->name, "run", gate->run, "where", "tree", "timeout",
                               (json_int_t)gate->timeout, "env", gate->env, "log", log, "commit", release->target, "cache", !release->gates.no_cache);
    if (json_array_size(gate->inputs) > 0)
        json_object_set(params, "inputs", gate->inputs);
    if (json_array_size(gate->pass) > 0)
        json_object_set(params, "env_pass", gate->pass);
    if (json_array_size(gate->reports) > 0)
        json_object_set(params, "reports", gate->reports);
    if (gate->directory != NULL)
        json_object_set_new(params, "directory", jsonx_text(gate->directory));
    if (gate->retries > 0)
        json_object_set_new(params, "retries", json_integer(gate->retries));
    if (!gate->required)
        json_object_set_new(params, "required", json_false());
    if (gate->allow_empty)
        json_object_set_new(params, "allow_empty", json_true());
    return params;
}

/* A check of slipway's own: an effect of a kind of its own, in the same stage and under the same names as the processes. */
static json_t *builtin_params(const Release *release, const Gate *gate, const char *log) {
    DocGateChoice choice = {.version = release->written, .offline = release->gates.offline, .update_baseline = release->gates.update_baseline};
    json_t *params = json_pack("{s: s, s: s, s: O?, s: b, s: s}", "name", gate->name, "check", gate->builtin, "commit", release->target, "required",
                               (int)gate->required, "log", log);
    json_object_update_new(params, doc_gates_params(release->world, gate, &choice));
    return params;
}

static char *needs_of(const Adding *adding, const Gate *gate) {
    GString *needs = g_string_new(NULL);
    for (gsize i = 0; i < json_array_size(gate->needs); i++) {
        const char *id = g_hash_table_lookup(adding->ids, json_string_value(json_array_get(gate->needs, i)));
        if (id != NULL && plan_effect(adding->plan, id) != NULL)
            g_string_append_printf(needs, "%s ", id);
    }
    return g_string_free(needs, FALSE);
}

static void add_effect(const Adding *adding, const Gate *gate) {
    const char *id = g_hash_table_lookup(adding->ids, gate->name);
    if (plan_effect(adding->plan, id) != NULL)
        return;
    g_autofree char *needs = needs_of(adding, gate);
    g_autofree char *log = g_strdup_printf("%s.log", id + strlen("prove/gate/"));
    if (gate->builtin != NULL)
        plan_add(adding->plan, STAGE_PROVE, id, "check-docs", builtin_params(adding->release, gate, log), needs);
    else
        plan_add(adding->plan, STAGE_PROVE, id, "process", release_gate_params(adding->release, gate, log), needs);
}

/* ---- which need which ---- */

/* Which gates were gone through, and found not to need themselves. */
typedef struct {
    GHashTable *on_way, *fine;
} Walk;

/* Depth first: what is on the way and met again needs itself. NULL: nothing does. */
static const Gate *find_ring(const GPtrArray *gates, const Gate *gate, const Walk *walk) {
    if (g_hash_table_contains(walk->fine, gate))
        return NULL;
    if (!g_hash_table_add(walk->on_way, (gpointer)gate))
        return gate;
    for (gsize i = 0; i < json_array_size(gate->needs); i++) {
        const Gate *need = gates_named(gates, json_string_value(json_array_get(gate->needs, i)));
        const Gate *found = need != NULL ? find_ring(gates, need, walk) : NULL;
        if (found != NULL)
            return found;
    }
    g_hash_table_remove(walk->on_way, gate);
    g_hash_table_add(walk->fine, (gpointer)gate);
    return NULL;
}

/* What slipway.yaml has wrong is wrong for every run. */
static bool check_gate(const GPtrArray *gates, const Gate *gate, const Walk *walk, GError **failure) {
    if (error_is(gate->problem, ERROR_CONFIG)) {
        g_propagate_error(failure, g_error_copy(gate->problem));
        return false;
    }
    GError *error = NULL;
    for (gsize i = 0; error == NULL && i < json_array_size(gate->needs); i++) {
        const char *need = json_string_value(json_array_get(gate->needs, i));
        if (gates_named(gates, need) == NULL)
            error_set(&error, ERROR_CONFIG, "the gate %s needs %s, which is no gate", gate->name, need);
    }
    const Gate *wrong = error != NULL ? gate : find_ring(gates, gate, walk);
    if (wrong == NULL)
        return true;
    if (error == NULL)
        error_set(&error, ERROR_CONFIG, "the gate %s needs itself, through the gates that it needs", wrong->name);
    error_state(&error, "nothing was changed");
    error_fix(&error, "correct gates.%s.needs in slipway.yaml", wrong->name);
    g_propagate_error(failure, error);
    return false;
}

bool release_check_gates(GPtrArray *gates, GError **error) {
    g_autoptr(GHashTable) on_way = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) fine = g_hash_table_new(NULL, NULL);
    Walk walk = {.on_way = on_way, .fine = fine};
    for (guint i = 0; i < gates->len; i++) {
        if (!check_gate(gates, g_ptr_array_index(gates, i), &walk, error))
            return false;
    }
    return true;
}

/* A gate comes after those it needs. What it needs is known and makes no ring. */
static void add_with_needs(const Adding *adding, const Gate *gate) {
    const char *id = g_hash_table_lookup(adding->ids, gate->name);
    bool skipped = is_listed(adding->release->gates.skip, gate->name);
    if (skipped || plan_effect(adding->plan, id) != NULL || g_hash_table_contains(adding->told, gate))
        return;
    for (gsize i = 0; i < json_array_size(gate->needs); i++)
        add_with_needs(adding, gates_named(adding->gates, json_string_value(json_array_get(gate->needs, i))));
    if (gate->problem == NULL) {
        add_effect(adding, gate);
        return;
    }
    g_hash_table_add(adding->told, (gpointer)gate);
    if (gate->required || is_listed(adding->only, gate->name)) {
        plan_problem(adding->plan, g_error_copy(gate->problem));
        return;
    }
    g_autofree char *step = g_strdup_printf("gate %s", gate->name);
    g_autofree char *reason = g_strdup_printf("not required, and cannot run: %s", gate->problem->message);
    plan_skip(adding->plan, step, reason);
}

/* ---- what is left out, and by whom ---- */

static char *person_of(const World *world) {
    return g_strdup_printf("%s <%s>", world->identity.name, world->identity.email);
}

static bool record_skips(const Adding *adding, GError **error) {
    const GateChoice *choice = &adding->release->gates;
    const World *world = adding->release->world;
    if (choice->skip == NULL || choice->skip[0] == NULL)
        return true;
    if (!check_names(adding->gates, choice->skip, "--skip", error))
        return false;
    if (world->identity_problem != NULL || world->identity.name == NULL) {
        if (world->identity_problem != NULL)
            g_propagate_error(error, g_error_copy(world->identity_problem));
        else
            error_set(error, ERROR_IDENTITY, "git has no identity here; who skips a gate is recorded");
        return false;
    }
    g_autofree char *person = person_of(world);
    for (guint i = 0; choice->skip[i] != NULL; i++) {
        g_autofree char *step = g_strdup_printf("gate %s", choice->skip[i]);
        g_autofree char *reason = g_strdup_printf("%s (skipped by %s)", choice->reasons[i], person);
        plan_skip(adding->plan, step, reason);
        json_t *row = json_array_get(adding->plan->skipped, json_array_size(adding->plan->skipped) - 1);
        json_object_update_new(row, json_pack("{s: o, s: o, s: o, s: I}", "gate", jsonx_text(choice->skip[i]), "because", jsonx_text(choice->reasons[i]), "by",
                                              jsonx_text(person), "at", (json_int_t)adding->plan->when));
    }
    return true;
}

char *release_gates_evidence(const Release *release) {
    const GateChoice *choice = &release->gates;
    const World *world = release->world;
    if (choice->skip == NULL || choice->skip[0] == NULL || world->identity.name == NULL)
        return NULL;
    GString *out = g_string_new("## Gates not run\n\n");
    g_autofree char *person = person_of(world);
    g_autofree char *by = escape_markdown(person, false);
    for (guint i = 0; choice->skip[i] != NULL; i++) {
        g_autofree char *name = escape_markdown(choice->skip[i], false);
        g_autofree char *reason = escape_markdown(choice->reasons[i], false);
        g_string_append_printf(out, "- %s: %s (by %s)\n", name, reason, by);
    }
    return g_string_free(out, FALSE);
}

/* ---- all ---- */

static bool add_all(const Adding *adding, const char *const *only, GError **error) {
    if (!release_check_gates(adding->gates, error))
        return false;
    for (guint i = 0; i < adding->gates->len; i++) {
        const Gate *gate = g_ptr_array_index(adding->gates, i);
        if (only == NULL || g_strv_contains(only, gate->name))
            add_with_needs(adding, gate);
    }
    return true;
}

bool release_add_gates(Release *release, Plan *plan, const char *const *only, GError **error) {
    bool detected = false;
    g_autoptr(GPtrArray) gates = gates_find(release->world, &detected);
    g_autoptr(GHashTable) ids = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) told = g_hash_table_new(NULL, NULL);
    Adding adding = {.release = release, .plan = plan, .only = only, .gates = gates, .ids = ids, .taken = taken, .told = told};
    if (!check_names(gates, only, "slipway gates run", error) || !record_skips(&adding, error))
        return false;
    give_ids(&adding);
    if (!add_all(&adding, only, error))
        return false;
    if (gates->len == 0)
        plan_skip(plan, "gates", detected ? "slipway.yaml names none and none was recognised" : "slipway.yaml names none");
    return true;
}

static bool plan_gates(Release *release, Plan *plan, GError **error) {
    return release_add_gates(release, plan, NULL, error);
}

const Step step_gates = {.name = "gates", .doc = "runs every check on exactly the candidate", .plan = plan_gates};
