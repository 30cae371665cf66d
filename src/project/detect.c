#include "project/detect.h"

#include "base/glob.h"
#include "base/process.h"
#include "gate/gate.h"
#include "project/doc_gates.h"
#include "project/python.h"

#include <string.h>

#define FILES_LIMIT 500

/* What is looked at while the presets are gone through. */
typedef struct {
    const World *world;
    const GatePreset *preset;
    GPtrArray *matched; /* of char*, borrowed: the tracked files that it asks for */
    GPtrArray *pythons; /* NULL: not asked for yet */
    char *package;      /* NULL: none */
    char *build;        /* the build folder; NULL: none */
    bool python;        /* this is a Python project */
} Look;

/* ---- the project's own package ---- */

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

/* ---- conditions ---- */

static void match(Look *look) {
    const char *path = look->preset->path;
    bool folder = g_str_has_suffix(path, "/");
    bool anywhere = g_str_has_prefix(path, "*");
    g_ptr_array_set_size(look->matched, 0);
    for (guint i = 0; i < look->world->files->len && look->matched->len < FILES_LIMIT; i++) {
        const char *file = g_ptr_array_index(look->world->files, i);
        const char *name = strrchr(file, '/');
        bool below = folder && g_str_has_prefix(file, path) && g_str_has_suffix(file, ".py");
        if (below || (!folder && glob_match(path, anywhere && name != NULL ? name + 1 : file)))
            g_ptr_array_add(look->matched, (char *)file);
    }
}

static char *text_of(const World *world, const char *path) {
    g_autoptr(GBytes) bytes = world_file(world, path, NULL);
    return bytes != NULL ? g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)) : NULL;
}

static json_t *package_json(const World *world) {
    g_autofree char *text = text_of(world, "package.json");
    return text != NULL ? jsonx_parse(text, strlen(text), 1 << 20, "package.json", NULL) : NULL;
}

/* npm writes a script "test" that only fails into every new package. */
static bool has_script(const World *world, const char *name) {
    g_autoptr(json_t) package = package_json(world);
    const char *script = jsonx_string(json_object_get(package, "scripts"), name);
    return script != NULL && strstr(script, "no test specified") == NULL;
}

/* A name in the list of markers: at the begin of a line or quoted, before a colon or the end of the quote. */
static bool declares_marker(const World *world, const char *marker) {
    static const char *const files[] = {"pyproject.toml", "pytest.ini", "setup.cfg", "tox.ini"};
    g_autofree char *pattern = g_strdup_printf("(?:^\\s+|[\"'])%s\\s*(?:[:\"'(]|$)", marker);
    g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_MULTILINE | G_REGEX_RAW, 0, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *text = text_of(world, files[i]);
        const char *markers = text != NULL ? strstr(text, "markers") : NULL;
        if (markers != NULL && g_regex_match(regex, markers, 0, NULL))
            return true;
    }
    return false;
}

/* "name other: …", "name ARG=…:", "@name:"; not "name := value", nor what is indented. */
static bool is_target(const char *line, const char *name) {
    const char *colon = strchr(line, ':');
    if (strchr("\t #", *line) != NULL || colon == NULL || colon[1] == '=' || (colon[1] == ':' && colon[2] == '='))
        return false;
    g_autofree char *before = g_strndup(line, (gsize)(colon - line));
    g_auto(GStrv) words = g_strsplit_set(before, " \t", -1);
    const char *first = words[0] != NULL && *words[0] == '@' ? words[0] + 1 : words[0];
    if (words[0] != NULL && words[1] != NULL && strchr("=?+!", *words[1]) != NULL && *words[1] != '\0')
        return false;
    return g_strcmp0(first, name) == 0 || (strchr(before, '=') == NULL && g_strv_contains((const char *const *)words, name));
}

static bool has_target(const World *world, const char *path, const char *name) {
    g_autofree char *text = text_of(world, path);
    g_auto(GStrv) lines = g_strsplit(text != NULL ? text : "", "\n", -1);
    bool found = false;
    for (guint i = 0; lines[i] != NULL && !found; i++)
        found = is_target(lines[i], name);
    return found;
}

static bool holds(const Look *look) {
    const GatePreset *preset = look->preset;
    if (preset->condition == GATE_IF_TARGET)
        return has_target(look->world, g_ptr_array_index(look->matched, 0), preset->text);
    if (preset->condition == GATE_IF_SCRIPT)
        return has_script(look->world, preset->text);
    if (preset->condition == GATE_IF_MARKER)
        return declares_marker(look->world, preset->text);
    if (preset->condition == GATE_IF_ALWAYS)
        return true;
    for (guint i = 0; i < (preset->file != NULL ? 1 : look->matched->len); i++) {
        g_autofree char *text = text_of(look->world, preset->file != NULL ? preset->file : g_ptr_array_index(look->matched, i));
        if (text != NULL && strstr(text, preset->text) != NULL)
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

static bool asked_for(Look *look) {
    if (g_strcmp0(look->preset->program, "pytest") == 0 && !look->python)
        return false;
    match(look);
    return look->matched->len > 0 && holds(look);
}

/* ---- commands ---- */

static void cannot(Gate *gate, const char *why, const char *fix) {
    if (gate->problem != NULL)
        return;
    error_set(&gate->problem, ERROR_PROGRAM_MISSING, "the gate %s was recognised, but %s", gate->name, why);
    error_state(&gate->problem, "nothing was changed");
    error_fix(&gate->problem, "%s; or write `gates: {%s: {run: []}}` into slipway.yaml, to release without this gate", fix, gate->name);
}

static void add_word(Gate *gate, const char *word) {
    json_array_append_new(gate->run, jsonx_text(word));
}

static void put_module(Look *look, Gate *gate, bool or_program) {
    static const char *const modules[] = {"pytest", "mypy", "bandit", "ruff", NULL};
    const char *module = look->preset->program;
    if (look->pythons == NULL)
        look->pythons = python_list(look->world->git->tree, modules);
    const Python *python = python_with(look->pythons, module);
    g_autofree char *program = python == NULL && or_program ? process_find(module, look->world->git->tree) : NULL;
    if (program != NULL) {
        add_word(gate, module);
        return;
    }
    add_word(gate, python != NULL ? python->path : "python3");
    add_word(gate, "-m");
    add_word(gate, module);
    if (python != NULL)
        return;
    g_autofree char *why = g_strdup_printf("no Python here has %s", module);
    g_autofree char *fix = g_strdup_printf("install %s", module);
    cannot(gate, why, fix);
    error_why(&gate->problem, "looked into .venv, venv, the active environment, python3 in PATH and /usr/bin/python3");
}

static void put_script(Look *look, Gate *gate) {
    static const char *const modules[] = {"pytest", "mypy", "bandit", "ruff", NULL};
    if (look->pythons == NULL)
        look->pythons = python_list(look->world->git->tree, modules);
    add_word(gate, look->pythons->len > 0 ? ((const Python *)g_ptr_array_index(look->pythons, 0))->path : "python3");
}

static void put_programs(const Look *look, Gate *gate) {
    g_auto(GStrv) programs = g_strsplit(look->preset->program, " ", -1);
    add_word(gate, programs[0]);
    for (guint i = 0; programs[i] != NULL; i++)
        gates_check_program(look->world, gate, programs[i]);
}

static const char *node_manager(const World *world) {
    static const char *const managers[][2] = {{"pnpm", "pnpm-lock.yaml"}, {"yarn", "yarn.lock"}, {"npm", "package-lock.json"}};
    g_autoptr(json_t) package = package_json(world);
    const char *said = jsonx_string(package, "packageManager");
    for (guint i = 0; i < G_N_ELEMENTS(managers); i++) {
        gsize length = strlen(managers[i][0]);
        if (said != NULL && strncmp(said, managers[i][0], length) == 0 && said[length] == '@')
            return managers[i][0];
    }
    for (guint i = 0; i < G_N_ELEMENTS(managers); i++) {
        if (world_has_file(world, managers[i][1]))
            return managers[i][0];
    }
    return "npm";
}

static void put_node(const Look *look, Gate *gate) {
    const char *manager = node_manager(look->world);
    add_word(gate, manager);
    gates_check_program(look->world, gate, manager);
}

static void put_bin(const Look *look, Gate *gate) {
    g_autofree char *path = g_strconcat("node_modules/.bin/", look->preset->program, NULL);
    g_autofree char *found = process_find(path, look->world->git->tree);
    if (found != NULL) {
        add_word(gate, path);
        return;
    }
    add_word(gate, "npx");
    add_word(gate, "--no-install");
    add_word(gate, look->preset->program);
    gates_check_program(look->world, gate, "npx");
}

static void put_wrapper(const Look *look, Gate *gate) {
    g_auto(GStrv) programs = g_strsplit(look->preset->program, " ", 2);
    g_autofree char *wrapper = g_strconcat("./", programs[0], NULL);
    const char *program = world_has_file(look->world, programs[0]) ? wrapper : programs[1];
    add_word(gate, program);
    gates_check_program(look->world, gate, program);
}

/* ---- build folders ---- */

static char *find_build(const World *world, const char *mark) {
    static const char *const names[] = {"build", "builddir", "_build", "out", "cmake-build-release", "cmake-build-debug"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(world->git->tree, names[i], mark, NULL);
        if (g_file_test(path, G_FILE_TEST_EXISTS))
            return g_strdup(names[i]);
    }
    return NULL;
}

static void put_built(Look *look, Gate *gate) {
    bool meson = g_str_equal(look->preset->program, "meson");
    g_free(look->build);
    look->build = find_build(look->world, meson ? "meson-info" : "CMakeCache.txt");
    put_programs(look, gate);
    if (look->build != NULL)
        return;
    look->build = g_strdup("build");
    cannot(gate, "there is no build folder that is set up", meson ? "meson setup build" : "cmake -S . -B build");
}

static char *generator_of(const Look *look) {
    g_autofree char *path = g_build_filename(look->world->git->tree, look->build, "CMakeCache.txt", NULL);
    g_autofree char *text = NULL;
    g_autoptr(GRegex) regex = g_regex_new("^CMAKE_GENERATOR:INTERNAL=(.+)$", G_REGEX_MULTILINE | G_REGEX_RAW, 0, NULL);
    g_autoptr(GMatchInfo) found = NULL;
    if (g_file_get_contents(path, &text, NULL, NULL) && g_regex_match(regex, text, 0, &found))
        return g_match_info_fetch(found, 1);
    return g_strdup("Ninja");
}

/* ---- arguments ---- */

/* Tests that a gate of their own runs are not run twice. */
static void add_unmarked(const Look *look, Gate *gate) {
    static const char *const markers[] = {"integration", "e2e"};
    g_autoptr(GString) words = g_string_new(NULL);
    for (guint i = 0; i < G_N_ELEMENTS(markers); i++) {
        if (declares_marker(look->world, markers[i]))
            g_string_append_printf(words, "%snot %s", words->len > 0 ? " and " : "", markers[i]);
    }
    if (words->len == 0)
        return;
    add_word(gate, "-m");
    add_word(gate, words->str);
}

static void add_files(const Look *look, Gate *gate) {
    for (guint i = 0; i < look->matched->len; i++)
        add_word(gate, g_ptr_array_index(look->matched, i));
}

static void add_argument(const Look *look, Gate *gate, const char *word) {
    g_autofree char *generator = g_str_equal(word, "{generator}") ? generator_of(look) : NULL;
    if (g_str_equal(word, "{package}"))
        add_word(gate, look->package != NULL ? look->package : ".");
    else if (g_str_equal(word, "{path}"))
        add_word(gate, g_ptr_array_index(look->matched, 0));
    else if (g_str_equal(word, "{build}"))
        add_word(gate, look->build);
    else if (generator != NULL)
        add_word(gate, generator);
    else if (g_str_equal(word, "{unmarked}"))
        add_unmarked(look, gate);
    else if (g_str_equal(word, "{locked}") && world_has_file(look->world, "Cargo.lock"))
        add_word(gate, "--locked");
    else if (g_str_equal(word, "{files}"))
        add_files(look, gate);
    else if (!g_str_equal(word, "{locked}"))
        add_word(gate, word);
}

static void put_command(Look *look, Gate *gate) {
    const GatePreset *preset = look->preset;
    switch (preset->by) {
    case GATE_BY_MODULE:
    case GATE_BY_TOOL:
        put_module(look, gate, preset->by == GATE_BY_TOOL);
        break;
    case GATE_BY_SCRIPT:
        put_script(look, gate);
        break;
    case GATE_BY_NODE:
        put_node(look, gate);
        break;
    case GATE_BY_BIN:
        put_bin(look, gate);
        break;
    case GATE_BY_WRAPPER:
        put_wrapper(look, gate);
        break;
    case GATE_BY_BUILT:
        put_built(look, gate);
        break;
    default:
        put_programs(look, gate);
        break;
    }
    g_auto(GStrv) arguments = g_strsplit(preset->arguments, " ", -1);
    for (guint i = 0; arguments[i] != NULL && *arguments[i] != '\0'; i++)
        add_argument(look, gate, arguments[i]);
}

static Gate *make_gate(Look *look) {
    Gate *gate = gate_new(look->preset->name);
    gate->detected = true;
    gate->required = look->preset->weight != GATE_ADVICE;
    bool python = look->preset->by == GATE_BY_MODULE || look->preset->by == GATE_BY_TOOL || look->preset->by == GATE_BY_SCRIPT;
    /* Without it the tests of a src layout would try what happens to be installed, not what is here. */
    if (python && look->package != NULL && g_str_has_prefix(look->package, "src/"))
        json_object_set_new(gate->env, "PYTHONPATH", json_string("src"));
    put_command(look, gate);
    return gate;
}

/* Where the tests are run already, by what the language has, a Makefile's word for the same is not a second gate. */
static bool is_wanted(const GPtrArray *gates, const GatePreset *preset) {
    bool tests = false;
    for (guint i = 0; i < gates->len; i++) {
        const Gate *gate = g_ptr_array_index(gates, i);
        if (g_str_equal(gate->name, preset->name))
            return false;
        tests = tests || gate_runs_tests(gate->name);
    }
    return preset->weight != GATE_LAST || !tests;
}

GPtrArray *detect_gates(const World *world) {
    Look look = {.world = world, .matched = g_ptr_array_new(), .package = project_package(world), .python = is_python(world)};
    GPtrArray *gates = g_ptr_array_new_with_free_func((GDestroyNotify)gate_free);
    guint count;
    const GatePreset *presets = gate_presets(&count);
    for (guint i = 0; i < count; i++) {
        look.preset = &presets[i];
        if (is_wanted(gates, &presets[i]) && asked_for(&look))
            g_ptr_array_add(gates, make_gate(&look));
    }
    doc_gates_add(world, gates, NULL);
    g_ptr_array_unref(look.matched);
    g_clear_pointer(&look.pythons, g_ptr_array_unref);
    g_free(look.package);
    g_free(look.build);
    return gates;
}
