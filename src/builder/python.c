/* Python distributions (packaging.python.org, "pyproject.toml", "source distribution format", "binary distribution format"): a source archive and a wheel, by
 * the front end that the project uses and this machine has. */
#include "project/python.h"

#include "base/process.h"
#include "builder/parts.h"
#include "package/package.h"

#include <string.h>

/* ---- which ---- */

static bool is_legacy(const World *world, const char *folder) {
    static const char *const files[] = {"setup.py", "setup.cfg"};
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = *folder != '\0' ? g_strdup_printf("%s/%s", folder, files[i]) : g_strdup(files[i]);
        if (world_has_file(world, path))
            return true;
    }
    return false;
}

static void detect_in(const BuilderWish *wish, const char *folder, GPtrArray *recipes) {
    g_autofree char *path = *folder != '\0' ? g_strdup_printf("%s/pyproject.toml", folder) : g_strdup("pyproject.toml");
    g_autoptr(GBytes) pyproject = world_file(wish->world, path, NULL);
    bool legacy = is_legacy(wish->world, folder);
    if (pyproject == NULL ? !legacy : !legacy && !manifest_pyproject_is_package(pyproject))
        return;
    g_autofree char *name = pyproject != NULL ? manifest_format_by_name("pyproject")->package(pyproject) : NULL;
    builder_found(recipes, &builder_kind_python, folder, name);
}

/* The project's own folder, wherever its version stands; others where their manifest carries it. */
static void detect(const BuilderWish *wish, GPtrArray *recipes) {
    const ManifestFormat *format = manifest_format_by_name("pyproject");
    g_autofree char *top = g_strdup(config_string(wish->world->config, "path"));
    if (g_str_has_suffix(top, "/"))
        top[strlen(top) - 1] = '\0';
    detect_in(wish, top, recipes);
    for (guint i = 0; i < wish->world->carriers->len; i++) {
        const Carrier *carrier = g_ptr_array_index(wish->world->carriers, i);
        g_autofree char *folder = builder_folder(carrier->path);
        if (carrier->format == format && !g_str_equal(folder, top))
            detect_in(wish, folder, recipes);
    }
}

/* ---- how ---- */

typedef struct {
    const BuilderWish *wish;
    Recipe *recipe;
    char *module;     /* of the backend, its first part: setuptools, hatchling, poetry */
    bool uv;          /* the project is kept with uv */
    GPtrArray *asked; /* what every Python was asked for: build, the backend, then "dist:NAME" for what the build system requires */
    GPtrArray *pythons;
} How;

static void how_clear(How *how) {
    g_free(how->module);
    g_clear_pointer(&how->asked, g_ptr_array_unref);
    g_clear_pointer(&how->pythons, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(How, how_clear)

static bool has(const Python *python, const char *module) {
    return g_hash_table_contains(python->modules, module);
}

/* With all that the build needs: then no environment of its own is wanted, and no network. */
static const Python *complete_python(const How *how) {
    for (guint i = 0; i < how->pythons->len; i++) {
        const Python *python = g_ptr_array_index(how->pythons, i);
        bool all = true;
        for (guint k = 0; all && how->asked->pdata[k] != NULL; k++)
            all = has(python, how->asked->pdata[k]);
        if (all)
            return python;
    }
    return NULL;
}

static GPtrArray *needed_for(const char *module, GBytes *pyproject) {
    GPtrArray *asked = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(asked, g_strdup("build"));
    g_ptr_array_add(asked, g_strdup(module));
    if (g_str_equal(module, "setuptools"))
        g_ptr_array_add(asked, g_strdup("wheel"));
    g_autoptr(GPtrArray) names = pyproject != NULL ? manifest_pyproject_requires(pyproject) : g_ptr_array_new();
    for (guint i = 0; i < names->len; i++)
        g_ptr_array_add(asked, g_strconcat("dist:", names->pdata[i], NULL));
    g_ptr_array_add(asked, NULL);
    return asked;
}

static void use_build(const How *how, const Python *python, bool isolated) {
    const char *const alone[] = {python->path, "-m", "build", "--outdir", "{out}", ".", NULL};
    const char *const here[] = {python->path, "-m", "build", "-n", "-x", "--outdir", "{out}", ".", NULL};
    builder_set_run(how->recipe, isolated ? alone : here);
    how->recipe->python = g_strdup(g_path_is_absolute(python->path) ? python->path : "/usr/bin/python3");
}

static bool there(const How *how, const char *program) {
    g_autofree char *found = process_find(program, how->wish->world->git->tree);
    return found != NULL;
}

/* Other front ends: uv where the project is kept with it, or the backend's own program. */
static bool use_other(const How *how, bool uv) {
    static const char *const uv_words[] = {"uv", "build", "--out-dir", "{out}", NULL};
    static const char *const poetry_words[] = {"poetry", "build", "--no-interaction", NULL};
    static const char *const hatch_words[] = {"hatch", "build", "{out}", NULL};
    bool poetry = g_str_equal(how->module, "poetry") && there(how, "poetry");
    bool hatch = g_str_equal(how->module, "hatchling") && there(how, "hatch");
    if (uv ? !there(how, "uv") : !poetry && !hatch)
        return false;
    builder_set_run(how->recipe, uv ? uv_words : poetry ? poetry_words : hatch_words);
    how->recipe->python = g_strdup("/usr/bin/python3");
    return true;
}

static void no_build(Recipe *recipe, const char *module) {
    error_set(&recipe->problem, ERROR_PROGRAM_MISSING, "the Python package %s is to be built, but no Python here has the module build", recipe->name);
    error_why(&recipe->problem, "its backend is %s; looked into .venv, venv, the active environment, python3 in PATH and /usr/bin/python3", module);
    error_state(&recipe->problem, "nothing was changed");
    error_fix(&recipe->problem, "apt-get install python3-build, or: python3 -m pip install build");
}

/* Without network where the backend is installed; else by the program that the project's people use; else in an environment that build makes of its own and
 * fetches the backend into. */
static void choose(const How *how) {
    const char *isolation = jsonx_string(how->recipe->settings, "isolation");
    bool wanted = g_strcmp0(isolation, "true") == 0, unwanted = g_strcmp0(isolation, "false") == 0;
    const Python *complete = wanted ? NULL : complete_python(how);
    const Python *any = python_with(how->pythons, "build");
    if (how->uv && use_other(how, true))
        return;
    if (complete != NULL)
        use_build(how, complete, false);
    else if ((any == NULL || (!wanted && !unwanted)) && use_other(how, false))
        return;
    else if (any != NULL)
        use_build(how, any, !unwanted);
    else if (json_object_get(how->recipe->settings, "run") == NULL)
        no_build(how->recipe, how->module);
}

/* ---- what comes of it ---- */

/* poetry builds into dist/ of the package's folder. */
static void expect(const Recipe *recipe, const char *sdist, const char *wheel) {
    bool poetry = g_strcmp0(json_string_value(json_array_get(recipe->run, 0)), "poetry") == 0;
    g_autofree char *source = g_strconcat(poetry ? "dist/" : "", sdist, NULL);
    g_autofree char *binary = g_strconcat(poetry ? "dist/" : "", wheel, NULL);
    builder_expect((Recipe *)recipe, source);
    builder_expect((Recipe *)recipe, binary);
}

static void expect_names(const Recipe *recipe) {
    g_autofree char *name = recipe->package != NULL ? package_normalise(recipe->package) : NULL;
    g_autofree char *sdist = name != NULL ? g_strconcat(name, "-{version}.tar.gz", NULL) : g_strdup("*-{version}.tar.gz");
    g_autofree char *wheel = name != NULL ? g_strconcat(name, "-{version}-*.whl", NULL) : g_strdup("*-{version}-*.whl");
    expect(recipe, sdist, wheel);
}

static bool uses_uv(const BuilderWish *wish, const Recipe *recipe, GBytes *pyproject) {
    g_autofree char *lock = builder_path(recipe, "uv.lock");
    gsize length = 0;
    const char *text = pyproject != NULL ? g_bytes_get_data(pyproject, &length) : "";
    return world_has_file(wish->world, lock) || g_strstr_len(text, (gssize)length, "\n[tool.uv") != NULL;
}

static void check_isolation(Recipe *recipe) {
    static const char *const choices[] = {"auto", "true", "false", NULL};
    const char *isolation = jsonx_string(recipe->settings, "isolation");
    if (isolation == NULL || g_strv_contains(choices, isolation))
        return;
    error_set(&recipe->problem, ERROR_CONFIG, "packages.%s.isolation cannot be %s", recipe->name, isolation);
    error_state(&recipe->problem, "nothing was changed");
    error_fix(&recipe->problem, "set it to one of auto, true, false");
}

static void plan(const BuilderWish *wish, Recipe *recipe) {
    g_autoptr(GBytes) pyproject = builder_manifest(wish, recipe, "pyproject.toml");
    g_autofree char *backend = pyproject != NULL ? manifest_pyproject_backend(pyproject) : NULL;
    g_auto(How) how = {.wish = wish, .recipe = recipe, .module = g_strdup(backend != NULL ? backend : "setuptools")};
    how.module[strcspn(how.module, ":.")] = '\0';
    how.uv = uses_uv(wish, recipe, pyproject);
    how.asked = needed_for(how.module, pyproject);
    how.pythons = python_list(wish->world->git->tree, (const char *const *)how.asked->pdata);
    if (recipe->package == NULL && pyproject != NULL)
        recipe->package = manifest_format_by_name("pyproject")->package(pyproject);
    g_autofree char *path = builder_path(recipe, "pyproject.toml");
    recipe->version = builder_version(wish, recipe, "pyproject", path);
    recipe->source = true;
    recipe->normalise = g_str_equal(how.module, "setuptools");
    json_decref(recipe->kinds);
    recipe->kinds = json_pack("[s, s]", "sdist", "wheel");
    check_isolation(recipe);
    choose(&how);
    expect_names(recipe);
}

const BuilderKind builder_kind_python = {
    .name = "python", .doc = "a source archive and a wheel, by build, uv, poetry or hatch", .detect = detect, .plan = plan};
