/* Packages: built once, in a linked work tree of the candidate; looked at, installed and tried before anything is public. */
#include "package/package.h"
#include "project/gates.h"
#include "project/python.h"
#include "steps/step.h"

#include <string.h>

/* What to run, and what must come of it. */
typedef struct {
    json_t *run, *expect, *kinds;
    char *python; /* for the install test; NULL: none is made */
    char *name;   /* of the package; NULL: not checked */
} Recipe;

static void recipe_clear(Recipe *recipe) {
    json_decref(recipe->run);
    json_decref(recipe->expect);
    json_decref(recipe->kinds);
    g_free(recipe->python);
    g_free(recipe->name);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Recipe, recipe_clear)

/* ---- configured ---- */

static json_t *expand_all(const json_t *patterns, const char *version) {
    json_t *expanded = json_array();
    for (gsize i = 0; i < json_array_size(patterns); i++) {
        g_autoptr(GString) text = g_string_new(json_string_value(json_array_get(patterns, i)));
        g_string_replace(text, "{version}", version, 0);
        json_array_append_new(expanded, jsonx_text(text->str));
    }
    return expanded;
}

static void from_config(const Release *release, json_t *run, Recipe *recipe) {
    const World *world = release->world;
    recipe->run = json_incref(run);
    recipe->expect = expand_all(config_get(world->config, "build.expect"), release->written);
    recipe->kinds = json_array();
    bool wheel = false;
    for (gsize i = 0; i < json_array_size(recipe->expect); i++)
        wheel = wheel || g_str_has_suffix(json_string_value(json_array_get(recipe->expect, i)), ".whl");
    recipe->python = wheel ? g_strdup("/usr/bin/python3") : NULL;
}

/* ---- detected: a Python package ---- */

static json_t *python_command(const Python *python, bool isolated) {
    json_t *run = json_pack("[s, s, s, s, s, s]", python->path, "-m", "build", "--outdir", "{out}", ".");
    if (!isolated) {
        json_array_insert_new(run, 3, json_string("-n"));
        json_array_insert_new(run, 4, json_string("-x"));
    }
    return run;
}

static bool no_build(Plan *plan) {
    GError *error = NULL;
    error_set(&error, ERROR_PROGRAM_MISSING, "a Python package is to be built, but no Python here has the module build");
    error_why(&error, "looked into .venv, venv, the active environment, python3 in PATH and /usr/bin/python3");
    error_state(&error, "nothing was changed");
    error_fix(&error, "apt-get install python3-build, or: python3 -m pip install build");
    plan_problem(plan, error);
    return false;
}

/* Without network where the backend is installed; where it is not, build makes an environment of its own and fetches it. */
static bool from_pyproject(const Release *release, Plan *plan, GBytes *pyproject, Recipe *recipe) {
    g_autofree char *backend = pyproject != NULL ? manifest_pyproject_backend(pyproject) : NULL;
    g_autofree char *module = g_strdup(backend != NULL ? backend : "setuptools");
    module[strcspn(module, ":.")] = '\0';
    const char *modules[] = {"build", module, "wheel", NULL};
    g_autoptr(GPtrArray) pythons = python_list(release->world->git->tree, modules);
    const Python *both = NULL;
    for (guint i = 0; i < pythons->len && both == NULL; i++) {
        const Python *python = g_ptr_array_index(pythons, i);
        bool complete = g_hash_table_contains(python->modules, "build") && g_hash_table_contains(python->modules, module);
        bool wheel = !g_str_equal(module, "setuptools") || g_hash_table_contains(python->modules, "wheel");
        both = complete && wheel ? python : NULL;
    }
    const Python *python = both != NULL ? both : python_with(pythons, "build");
    if (python == NULL)
        return no_build(plan);
    recipe->run = python_command(python, both == NULL);
    recipe->expect = json_pack("[s, s]", "*.tar.gz", "*.whl");
    recipe->kinds = json_pack("[s, s]", "sdist", "wheel");
    recipe->python = g_strdup(g_path_is_absolute(python->path) ? python->path : "/usr/bin/python3");
    recipe->name = pyproject != NULL ? manifest_format_by_name("pyproject")->package(pyproject) : NULL;
    return true;
}

/* False: there is nothing to build; the plan says why. */
static bool find_recipe(const Release *release, Plan *plan, Recipe *recipe) {
    json_t *run = config_get(release->world->config, "build.run");
    if (run != NULL && json_array_size(run) > 0) {
        from_config(release, run, recipe);
        return true;
    }
    if (run != NULL) {
        plan_skip(plan, "packages", "build.run in slipway.yaml is empty: nothing is built");
        return false;
    }
    g_autoptr(GBytes) pyproject = world_file(release->world, "pyproject.toml", NULL);
    bool legacy = world_has_file(release->world, "setup.py") || world_has_file(release->world, "setup.cfg");
    if (pyproject != NULL && (legacy || manifest_pyproject_is_package(pyproject)))
        return from_pyproject(release, plan, pyproject, recipe);
    if (pyproject == NULL && legacy)
        return from_pyproject(release, plan, NULL, recipe);
    plan_skip(plan, "packages", "this project builds no package that slipway knows; name one as build.run in slipway.yaml");
    return false;
}

/* ---- the effects ---- */

static json_t *files_and_folder(const char *effect) {
    return json_pack("{s: o, s: o}", "folder", plan_result(effect, "folder"), "files", plan_result(effect, "files"));
}

static json_t *module_of(const Release *release) {
    const char *module = config_string(release->world->config, "build.module");
    return *module != '\0' ? json_string(module) : json_null();
}

static void add_checks(const Release *release, Plan *plan, const Recipe *recipe) {
    json_t *check = files_and_folder("prove/artifacts");
    json_object_set_new(check, "name", recipe->name != NULL ? jsonx_text(recipe->name) : json_null());
    json_object_set_new(check, "version", jsonx_text(release->written));
    json_object_set(check, "kinds", recipe->kinds);
    if (config_get(release->world->config, "secrets.allow") != NULL)
        json_object_set(check, "allow-secrets", config_get(release->world->config, "secrets.allow"));
    plan_add(plan, STAGE_PROVE, "prove/packages", "check-packages", check, "prove/artifacts");
    if (recipe->python == NULL)
        return;
    json_t *install = files_and_folder("prove/artifacts");
    json_object_set_new(install, "module", module_of(release));
    json_object_set_new(install, "version", jsonx_text(release->written));
    json_object_set_new(install, "python", json_string(recipe->python));
    plan_add(plan, STAGE_PROVE, "prove/install", "install-test", install, "prove/packages");
}

bool release_add_build(Release *release, Plan *plan, const char *into, GError **error) {
    (void)error;
    g_auto(Recipe) recipe = {0};
    if (!find_recipe(release, plan, &recipe))
        return true;
    json_t *env = config_get(release->world->config, "build.env");
    plan_add(plan, STAGE_PROVE, "prove/worktree", "worktree", json_pack("{s: O?, s: s}", "commit", release->target, "path", "tree"), NULL);
    json_t *build = json_pack("{s: O, s: o, s: I, s: o, s: O, s: s}", "run", recipe.run, "source", plan_result("prove/worktree", "path"), "timeout",
                              (json_int_t)config_int(release->world->config, "build.timeout"), "env", env != NULL ? json_deep_copy(env) : json_object(),
                              "expect", recipe.expect, "log", "build.log");
    plan_add(plan, STAGE_PROVE, "prove/build", "build", build, "prove/worktree");
    json_t *artifacts = files_and_folder("prove/build");
    json_object_set_new(artifacts, "into", into != NULL ? jsonx_path(into) : json_null());
    plan_add(plan, STAGE_PROVE, "prove/artifacts", "artifacts", artifacts, "prove/build");
    add_checks(release, plan, &recipe);
    release->artifacts = true;
    release->wheel = recipe.python != NULL;
    return true;
}

static bool plan_packages(Release *release, Plan *plan, GError **error) {
    return release_add_build(release, plan, NULL, error);
}

const Step step_packages = {.name = "packages", .doc = "builds the packages once and tries them", .plan = plan_packages};
