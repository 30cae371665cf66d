#include "project/gates.h"

#include "base/process.h"
#include "gate/gate.h"
#include "project/python.h"

#include <string.h>

void gate_free(Gate *gate) {
    g_free(gate->name);
    json_decref(gate->run);
    json_decref(gate->env);
    json_decref(gate->needs);
    g_clear_error(&gate->problem);
    g_free(gate);
}

/* ---- configured ---- */

static void check_program(const World *world, Gate *gate) {
    const char *program = json_string_value(json_array_get(gate->run, 0));
    g_autofree char *found = program != NULL ? process_find(program, world->git->tree) : NULL;
    if (found != NULL)
        return;
    error_set(&gate->problem, ERROR_PROGRAM_MISSING, "the gate %s runs %s, which is not installed", gate->name, program != NULL ? program : "nothing");
    error_state(&gate->problem, "nothing was changed");
    error_fix(&gate->problem, "install %s, or change gates.%s.run in slipway.yaml", program != NULL ? program : "its program", gate->name);
}

static Gate *configured_gate(const World *world, const char *name, const json_t *row) {
    Gate *gate = g_new0(Gate, 1);
    json_t *run = json_object_get(row, "run");
    json_t *env = json_object_get(row, "env");
    json_t *needs = json_object_get(row, "needs");
    gate->name = g_strdup(name);
    gate->run = run != NULL ? json_incref(run) : json_array();
    gate->env = env != NULL ? json_incref(env) : json_object();
    gate->needs = needs != NULL ? json_incref(needs) : json_array();
    gate->timeout = jsonx_int(row, "timeout", config_default_int("gates.*.timeout"));
    check_program(world, gate);
    return gate;
}

/* ---- detected ---- */

/* "src/NAME" of the only package there, whatever the project is called. */
static char *only_package(const World *world) {
    g_autofree char *found = NULL;
    for (guint i = 0; i < world->files->len; i++) {
        const char *file = g_ptr_array_index(world->files, i);
        g_auto(GStrv) parts = g_strsplit(file, "/", 4);
        bool package = g_strv_length(parts) == 3 && g_str_equal(parts[0], "src") && g_str_equal(parts[2], "__init__.py");
        if (package && found != NULL)
            return NULL;
        if (package)
            found = g_strdup_printf("src/%s", parts[1]);
    }
    return g_steal_pointer(&found);
}

char *project_package(const World *world) {
    g_autofree char *name = g_ascii_strdown(world->project, -1);
    g_strdelimit(name, "-.", '_');
    for (guint i = 0; i < 2; i++) {
        g_autofree char *folder = i == 0 ? g_strdup_printf("src/%s", name) : g_strdup(name);
        g_autofree char *init = g_strdup_printf("%s/__init__.py", folder);
        if (world_has_file(world, init))
            return g_steal_pointer(&folder);
    }
    return world_has_file(world, "src/__init__.py") ? g_strdup("src") : only_package(world);
}

static char *match(const World *world, const char *path) {
    bool folder = g_str_has_suffix(path, "/");
    for (guint i = 0; i < world->files->len; i++) {
        const char *file = g_ptr_array_index(world->files, i);
        bool below = folder && g_str_has_prefix(file, path) && g_str_has_suffix(file, ".py");
        if (below || (!folder && g_pattern_match_simple(path, file)))
            return g_strdup(file);
    }
    return NULL;
}

static bool asked_for(const World *world, const GatePreset *preset, const char *pyproject, char **matched) {
    *matched = match(world, preset->path);
    return *matched != NULL && (preset->text == NULL || (pyproject != NULL && strstr(pyproject, preset->text) != NULL));
}

static json_t *words_of(const GatePreset *preset, const char *python, const char *package, const char *matched) {
    json_t *words = json_array();
    json_array_append_new(words, jsonx_text(preset->program != NULL ? preset->program : python));
    if (preset->module != NULL && *preset->module != '\0') {
        json_array_append_new(words, json_string("-m"));
        json_array_append_new(words, json_string(preset->module));
    }
    g_auto(GStrv) arguments = g_strsplit(preset->arguments, " ", -1);
    for (guint i = 0; arguments[i] != NULL; i++) {
        const char *word = g_str_equal(arguments[i], "{package}") ? (package != NULL ? package : ".")
                           : g_str_equal(arguments[i], "{path}")  ? matched
                                                                  : arguments[i];
        json_array_append_new(words, jsonx_text(word));
    }
    return words;
}

static void missing_module(Gate *gate, const char *module) {
    error_set(&gate->problem, ERROR_PROGRAM_MISSING, "the gate %s was detected, but no Python here has %s", gate->name, module);
    error_why(&gate->problem, "looked into .venv, venv, the active environment, python3 in PATH and /usr/bin/python3");
    error_state(&gate->problem, "nothing was changed");
    error_fix(&gate->problem, "install %s, or name the gates that count in slipway.yaml", module);
}

static Gate *detected_gate(const World *world, const GatePreset *preset, const GPtrArray *pythons, const char *matched) {
    g_autofree char *package = project_package(world);
    const Python *python = preset->module != NULL && *preset->module != '\0' ? python_with(pythons, preset->module)
                           : pythons->len > 0                                ? g_ptr_array_index(pythons, 0)
                                                                             : NULL;
    Gate *gate = g_new0(Gate, 1);
    gate->name = g_strdup(preset->name);
    /* Without it the tests of a src layout would try what happens to be installed, not what is here. */
    gate->env = package != NULL && g_str_has_prefix(package, "src/") ? json_pack("{s: s}", "PYTHONPATH", "src") : json_object();
    gate->needs = json_array();
    gate->timeout = config_default_int("gates.*.timeout");
    gate->run = words_of(preset, python != NULL ? python->path : "python3", package, matched);
    if (preset->program != NULL)
        check_program(world, gate);
    else if (python == NULL)
        missing_module(gate, preset->module);
    return gate;
}

static bool has_gate(const GPtrArray *gates, const char *name) {
    for (guint i = 0; i < gates->len; i++) {
        if (g_str_equal(((const Gate *)g_ptr_array_index(gates, i))->name, name))
            return true;
    }
    return false;
}

/* A folder called tests is not pytest's by its name alone: Rust, Ruby and others have one, too. */
static bool is_python(const World *world) {
    static const char *const marks[] = {"pyproject.toml", "setup.py", "setup.cfg", "pytest.ini", "tox.ini", "conftest.py", "requirements.txt"};
    for (guint i = 0; i < G_N_ELEMENTS(marks); i++) {
        if (world_has_file(world, marks[i]))
            return true;
    }
    for (guint i = 0; i < world->files->len; i++) {
        const char *file = g_ptr_array_index(world->files, i);
        const char *name = g_str_has_prefix(file, "tests/") ? file + strlen("tests/") : g_str_has_prefix(file, "test/") ? file + strlen("test/") : "";
        bool own = strchr(name, '/') == NULL && g_str_has_suffix(name, ".py") && (g_str_has_prefix(name, "test_") || g_str_equal(name, "conftest.py"));
        if (own)
            return true;
    }
    return false;
}

static GPtrArray *detect(const World *world) {
    static const char *const modules[] = {"pytest", "mypy", "bandit", NULL};
    g_autoptr(GBytes) bytes = world_file(world, "pyproject.toml", NULL);
    g_autofree char *pyproject = bytes != NULL ? g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)) : NULL;
    g_autoptr(GPtrArray) pythons = NULL;
    GPtrArray *gates = g_ptr_array_new_with_free_func((GDestroyNotify)gate_free);
    bool python = is_python(world);
    guint count;
    const GatePreset *presets = gate_presets(&count);
    for (guint i = 0; i < count; i++) {
        g_autofree char *matched = NULL;
        bool other = g_strcmp0(presets[i].module, "pytest") == 0 && !python;
        if (other || has_gate(gates, presets[i].name) || !asked_for(world, &presets[i], pyproject, &matched))
            continue;
        if (pythons == NULL)
            pythons = python_list(world->git->tree, modules);
        g_ptr_array_add(gates, detected_gate(world, &presets[i], pythons, matched));
    }
    return gates;
}

GPtrArray *gates_find(const World *world, bool *detected) {
    json_t *rows = config_get(world->config, "gates");
    *detected = rows == NULL;
    if (rows == NULL)
        return detect(world);
    GPtrArray *gates = g_ptr_array_new_with_free_func((GDestroyNotify)gate_free);
    const char *name;
    json_t *row;
    json_object_foreach(rows, name, row) g_ptr_array_add(gates, configured_gate(world, name, row));
    return gates;
}
