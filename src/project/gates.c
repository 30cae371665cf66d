#include "project/gates.h"

#include "base/glob.h"
#include "base/process.h"
#include "base/text.h"
#include "gate/gate.h"
#include "project/detect.h"
#include "project/doc_gates.h"

#include <string.h>

Gate *gate_new(const char *name) {
    Gate *gate = g_new0(Gate, 1);
    *gate = (Gate){.name = g_strdup(name), .required = true, .timeout = config_default_int("gates.*.timeout")};
    json_t **lists[] = {&gate->run, &gate->needs, &gate->inputs, &gate->reports, &gate->pass};
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++)
        *lists[i] = json_array();
    gate->env = json_object();
    return gate;
}

void gate_free(Gate *gate) {
    json_t *values[] = {gate->run, gate->env, gate->needs, gate->inputs, gate->reports, gate->pass};
    for (guint i = 0; i < G_N_ELEMENTS(values); i++)
        json_decref(values[i]);
    g_free(gate->name);
    g_free(gate->directory);
    g_clear_error(&gate->problem);
    g_free(gate);
}

const Gate *gates_named(const GPtrArray *gates, const char *name) {
    for (guint i = 0; i < gates->len; i++) {
        const Gate *gate = g_ptr_array_index(gates, i);
        if (g_str_equal(gate->name, name))
            return gate;
    }
    return NULL;
}

void gates_check_program(const World *world, Gate *gate, const char *program) {
    g_autofree char *cwd = g_build_filename(world->git->tree, gate->directory, NULL);
    g_autofree char *found = program != NULL ? process_find(program, cwd) : NULL;
    if (found != NULL || gate->problem != NULL)
        return;
    const char *name = program != NULL ? program : "its program";
    error_set(&gate->problem, ERROR_PROGRAM_MISSING, "the gate %s runs %s, which is not installed", gate->name, program != NULL ? program : "nothing");
    error_state(&gate->problem, "nothing was changed");
    if (gate->detected)
        error_fix(&gate->problem, "install %s; or write `gates: {%s: {run: []}}` into slipway.yaml, to release without this gate", name, gate->name);
    else
        error_fix(&gate->problem, "install %s, or change gates.%s.run in slipway.yaml", name, gate->name);
}

/* ---- configured ---- */

static void complain(const World *world, Gate *gate, const char *what, const char *fix) {
    if (gate->problem != NULL)
        return;
    error_set(&gate->problem, ERROR_CONFIG, "%s: gates.%s%s", world->config->path, gate->name, what);
    error_state(&gate->problem, "nothing was changed");
    error_fix(&gate->problem, "%s", fix);
}

static bool leads_out(const char *path) {
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    return g_path_is_absolute(path) || g_strv_contains((const char *const *)parts, "..");
}

/* A pattern that matches nothing never changes: the gate would be proven for ever. */
static void check_inputs(const World *world, Gate *gate) {
    for (gsize i = 0; i < json_array_size(gate->inputs); i++) {
        const char *pattern = json_string_value(json_array_get(gate->inputs, i));
        bool matches = false;
        for (guint k = 0; !matches && k < world->files->len; k++)
            matches = glob_match(pattern, g_ptr_array_index(world->files, k));
        g_autofree char *what = g_strdup_printf(".inputs: no tracked file is called like %s", pattern);
        if (!matches)
            complain(world, gate, what, "name tracked files, as globs; `git ls-files` lists them");
    }
}

static void check_pass(const World *world, Gate *gate) {
    const char *wrong = config_wrong_variable(gate->pass);
    g_autofree char *what = wrong != NULL ? g_strdup_printf(".env-pass: %s is not handed over", wrong) : NULL;
    if (wrong != NULL)
        complain(world, gate, what, "name variables of the environment; tokens of forges are given to no gate");
}

static void check_paths(const World *world, Gate *gate) {
    const json_t *lists[] = {gate->inputs, gate->reports};
    static const char *const names[] = {".inputs", ".reports"};
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
        for (gsize k = 0; k < json_array_size(lists[i]); k++) {
            const char *path = json_string_value(json_array_get(lists[i], k));
            g_autofree char *what = g_strdup_printf("%s: %s leads out of the tree", names[i], path);
            if (leads_out(path))
                complain(world, gate, what, "name files below the tree");
        }
    }
    g_autofree char *what = g_strdup_printf(".working-directory: %s is no folder of the tree", gate->directory);
    g_autofree char *folder = gate->directory != NULL ? g_build_filename(world->git->tree, gate->directory, NULL) : NULL;
    if (folder != NULL && (leads_out(gate->directory) || !g_file_test(folder, G_FILE_TEST_IS_DIR)))
        complain(world, gate, what, "name a folder below the tree");
    check_inputs(world, gate);
    check_pass(world, gate);
}

static void put_list(json_t **list, const json_t *row, const char *key) {
    json_t *value = json_object_get(row, key);
    if (value == NULL)
        return;
    json_decref(*list);
    *list = json_incref(value);
}

/* What a row says goes over what is there. */
static void put_row(Gate *gate, const json_t *row) {
    const char *directory = jsonx_string(row, "working-directory");
    json_t *env = json_object_get(row, "env");
    put_list(&gate->run, row, "run");
    put_list(&gate->needs, row, "needs");
    put_list(&gate->inputs, row, "inputs");
    put_list(&gate->reports, row, "reports");
    put_list(&gate->pass, row, "env-pass");
    if (env != NULL)
        json_object_update(gate->env, env);
    if (directory != NULL && *directory != '\0' && !g_str_equal(directory, ".")) {
        g_free(gate->directory);
        gate->directory = g_strdup(directory);
    }
    gate->timeout = jsonx_int(row, "timeout", gate->timeout);
    gate->retries = jsonx_int(row, "retries", gate->retries);
    gate->required = jsonx_bool(row, "required", gate->required);
    gate->allow_empty = jsonx_bool(row, "allow-empty", gate->allow_empty);
}

static Gate *own_gate(const World *world, const char *name, const json_t *row) {
    Gate *gate = gate_new(name);
    put_row(gate, row);
    check_paths(world, gate);
    gates_check_program(world, gate, json_string_value(json_array_get(gate->run, 0)));
    return gate;
}

/* A row without a command, of a name that means nothing here. */
static Gate *unknown_gate(const World *world, const char *name) {
    Gate *gate = gate_new(name);
    g_autofree const char **presets = gate_preset_names();
    const char *near = text_nearest(name, presets);
    bool preset = g_strv_contains(presets, name);
    g_autofree char *fix = near != NULL && !preset ? g_strdup_printf("did you mean '%s'? else name its command: gates.%s.run", near, name)
                                                   : g_strdup_printf("name its command: gates.%s.run", name);
    complain(world, gate,
             preset ? " has no command, and nothing here asks for the preset of this name" : " has no command, and there is no preset of this name", fix);
    return gate;
}

typedef enum { ROW_OWN, ROW_OFF, ROW_CHANGES } RowKind;

static RowKind kind_of(const json_t *row) {
    const json_t *run = json_object_get(row, "run");
    return run == NULL ? ROW_CHANGES : json_array_size(run) == 0 ? ROW_OFF : ROW_OWN;
}

static bool has_kind(json_t *rows, bool own) {
    const char *name;
    json_t *row;
    json_object_foreach(rows, name, row) {
        if ((kind_of(row) == ROW_OWN) == own)
            return true;
    }
    return false;
}

static Gate *take(GPtrArray *gates, const char *name) {
    for (guint i = 0; i < gates->len; i++) {
        if (g_str_equal(((const Gate *)g_ptr_array_index(gates, i))->name, name))
            return g_ptr_array_steal_index(gates, i);
    }
    return NULL;
}

/* What a row makes of the gate that was recognised by its name. NULL: it is switched off. */
static Gate *changed(const World *world, GPtrArray *recognised, const char *name, const json_t *row) {
    g_autoptr(Gate) gate = take(recognised, name);
    if (gate == NULL)
        return unknown_gate(world, name);
    if (kind_of(row) == ROW_OFF)
        return NULL;
    gate->required = true; /* who names it wants it, unless the row says otherwise */
    put_row(gate, row);
    check_paths(world, gate);
    return g_steal_pointer(&gate);
}

static GPtrArray *configured(const World *world, json_t *rows) {
    bool changes = has_kind(rows, false);
    g_autoptr(GPtrArray) recognised = changes ? detect_gates(world) : g_ptr_array_new_with_free_func((GDestroyNotify)gate_free);
    GPtrArray *gates = g_ptr_array_new_with_free_func((GDestroyNotify)gate_free);
    const char *name;
    json_t *row;
    json_object_foreach(rows, name, row) {
        Gate *gate = kind_of(row) == ROW_OWN ? own_gate(world, name, row) : changed(world, recognised, name, row);
        if (gate != NULL)
            g_ptr_array_add(gates, gate);
    }
    if (!has_kind(rows, true))
        g_ptr_array_extend_and_steal(gates, g_steal_pointer(&recognised));
    if (doc_gates_wanted(world))
        doc_gates_add(world, gates, rows);
    return gates;
}

GPtrArray *gates_find(const World *world, bool *detected) {
    json_t *rows = config_get(world->config, "gates");
    *detected = rows == NULL;
    return rows != NULL ? configured(world, rows) : detect_gates(world);
}
