/* Packages: each built once, in a linked work tree of the candidate; looked at, installed and tried before anything is public. */
#include "builder/builder.h"
#include "steps/install.h"
#include "steps/published.h"
#include "steps/signature.h"

#include <string.h>

static char *id_of(const char *what, const Recipe *recipe) {
    return g_strdup_printf("prove/%s/%s", what, recipe->name);
}

/* ---- time ---- */

/* A commit that is still to be made has the plan's time; one that is there has its own. */
static gint64 epoch_of(const Release *release, Plan *plan) {
    const char *commit = json_string_value(release->target);
    GError *error = NULL;
    gint64 epoch = commit != NULL ? git_time(release->world->git, commit, &error) : 0;
    if (error != NULL)
        plan_problem(plan, error);
    return epoch > 0 ? epoch : release->world->now;
}

/* ---- one package ---- */

/* Where a package's files are, as a member of prove/artifacts. */
static json_t *made_by(const char *effect) {
    return json_pack("{s: o, s: o}", "folder", plan_result(effect, "folder"), "files", plan_result(effect, "files"));
}

static void add_worktree(const Release *release, Plan *plan, const char *id, const char *path) {
    plan_add(plan, STAGE_PROVE, id, "worktree", json_pack("{s: O?, s: s}", "commit", release->target, "path", path), NULL);
}

static json_t *build_params(const Release *release, Plan *plan, const Recipe *recipe, const char *worktree) {
    g_autofree char *out = g_strconcat("build/", recipe->name, NULL);
    g_autofree char *log = g_strdup_printf("build-%s.log", recipe->name);
    json_t *params = json_object();
    json_object_set(params, "run", recipe->run);
    json_object_set_new(params, "source", plan_result(worktree, "path"));
    json_object_set_new(params, "directory", jsonx_text(recipe->directory));
    json_object_set_new(params, "out", json_string(out));
    json_object_set_new(params, "timeout", json_integer(recipe->timeout));
    json_object_set(params, "env", recipe->env);
    if (json_array_size(recipe->pass) > 0)
        json_object_set(params, "env_pass", recipe->pass);
    json_object_set(params, "expect", recipe->expect);
    json_object_set_new(params, "epoch", json_integer(epoch_of(release, plan)));
    json_object_set_new(params, "normalise", json_boolean(recipe->normalise));
    json_object_set_new(params, "log", json_string(log));
    return params;
}

/* The globs, below the package's folder; null: all files. New reference. */
static json_t *files_of(const Recipe *recipe) {
    const json_t *given = json_object_get(recipe->settings, "files");
    if (json_array_size(given) == 0 && *recipe->directory == '\0')
        return json_null();
    g_autoptr(json_t) all = json_pack("[s]", "*");
    const json_t *globs = json_array_size(given) > 0 ? given : all;
    json_t *files = json_array();
    for (gsize i = 0; i < json_array_size(globs); i++) {
        g_autofree char *path = g_strconcat(recipe->directory, *recipe->directory != '\0' ? "/" : "", json_string_value(json_array_get(globs, i)), NULL);
        json_array_append_new(files, jsonx_text(path));
    }
    return files;
}

/* What slipway writes itself runs no command. */
static json_t *archive_params(const Release *release, Plan *plan, const Recipe *recipe, const char *worktree) {
    const char *given = jsonx_string(recipe->settings, "prefix");
    g_autoptr(GString) prefix = g_string_new(given != NULL ? given : config_default("packages.*.prefix"));
    g_string_replace(prefix, "{name}", recipe->package != NULL ? recipe->package : recipe->name, 0);
    g_string_replace(prefix, "{version}", recipe->version, 0);
    if (prefix->len > 0 && prefix->str[prefix->len - 1] != '/')
        g_string_append_c(prefix, '/');
    g_autofree char *out = g_strconcat("build/", recipe->name, NULL);
    json_t *files = files_of(recipe);
    json_t *params = json_object();
    json_object_set_new(params, "source", plan_result(worktree, "path"));
    json_object_set(params, "commit", release->target);
    json_object_set_new(params, "name", json_deep_copy(json_array_get(recipe->expect, 0)));
    json_object_set_new(params, "prefix", jsonx_text(prefix->str));
    json_object_set_new(params, "files", files);
    json_object_set_new(params, "out", json_string(out));
    json_object_set_new(params, "epoch", json_integer(epoch_of(release, plan)));
    return params;
}

static bool is_archive(const Recipe *recipe) {
    return g_str_equal(recipe->kind->name, "archive");
}

static void add_build(const Release *release, Plan *plan, const Recipe *recipe) {
    g_autofree char *worktree = id_of("worktree", recipe);
    g_autofree char *build = id_of("build", recipe);
    g_autofree char *path = g_strconcat("trees/", recipe->name, NULL);
    add_worktree(release, plan, worktree, path);
    if (is_archive(recipe))
        plan_add(plan, STAGE_PROVE, build, "archive", archive_params(release, plan, recipe, worktree), worktree);
    else
        plan_add(plan, STAGE_PROVE, build, "build", build_params(release, plan, recipe, worktree), worktree);
}

/* The same once more, elsewhere: in a work tree whose path has another length, into another folder, with a log of its own. */
static void add_rebuild(const Release *release, Plan *plan, const Recipe *recipe) {
    g_autofree char *worktree = id_of("again", recipe);
    g_autofree char *rebuild = id_of("rebuild", recipe);
    g_autofree char *build = id_of("build", recipe);
    g_autofree char *path = g_strconcat("trees-again/", recipe->name, NULL);
    g_autofree char *out = g_strconcat("build-again/", recipe->name, NULL);
    g_autofree char *log = g_strdup_printf("rebuild-%s.log", recipe->name);
    g_autofree char *needs = g_strdup_printf("%s %s", worktree, build);
    add_worktree(release, plan, worktree, path);
    json_t *params = build_params(release, plan, recipe, worktree);
    json_object_set_new(params, "out", json_string(out));
    json_object_set_new(params, "log", json_string(log));
    json_object_set_new(params, "first", made_by(build));
    plan_add(plan, STAGE_PROVE, rebuild, "rebuild", params, needs);
}

/* ---- all of them ---- */

/* The ids of what makes the packages, as needs. */
static char *builds_of(const GPtrArray *recipes) {
    GString *ids = g_string_new(NULL);
    for (guint i = 0; i < recipes->len; i++) {
        g_autofree char *id = id_of("build", g_ptr_array_index(recipes, i));
        g_string_append_printf(ids, "%s%s", i > 0 ? " " : "", id);
    }
    return g_string_free(ids, FALSE);
}

static void add_artifacts(Plan *plan, const GPtrArray *recipes, const char *into) {
    json_t *from = json_array();
    for (guint i = 0; i < recipes->len; i++) {
        g_autofree char *id = id_of("build", g_ptr_array_index(recipes, i));
        json_array_append_new(from, made_by(id));
    }
    g_autofree char *needs = builds_of(recipes);
    plan_add(plan, STAGE_PROVE, "prove/artifacts", "artifacts", json_pack("{s: o, s: o}", "from", from, "into", into != NULL ? jsonx_path(into) : json_null()),
             needs);
}

static json_t *wanted(const Recipe *recipe) {
    g_autofree char *build = id_of("build", recipe);
    bool told = recipe->package != NULL && !g_str_equal(recipe->kind->name, "go");
    json_t *package = json_object();
    json_object_set_new(package, "label", json_string(recipe->name));
    json_object_set_new(package, "name", told ? jsonx_text(recipe->package) : json_null());
    json_object_set_new(package, "version", jsonx_text(recipe->version));
    json_object_set(package, "kinds", recipe->kinds);
    json_object_set_new(package, "files", plan_result(build, "files"));
    return package;
}

static void add_check(const Release *release, Plan *plan, const GPtrArray *recipes) {
    json_t *allowed = config_get(release->world->config, "secrets.allow");
    json_t *packages = json_array();
    for (guint i = 0; i < recipes->len; i++)
        json_array_append_new(packages, wanted(g_ptr_array_index(recipes, i)));
    json_t *check = made_by("prove/artifacts");
    json_object_set_new(check, "packages", packages);
    if (allowed != NULL)
        json_object_set(check, "allow-secrets", allowed);
    plan_add(plan, STAGE_PROVE, "prove/packages", "check-packages", check, "prove/artifacts");
}

/* What is shipped then is all files and the signature. A problem of the key is preflight's to tell. */
static const char *add_signature(const Release *release, Plan *plan) {
    g_autoptr(json_t) spec = release_signature(release->world, NULL);
    if (spec == NULL)
        return "prove/artifacts";
    json_t *sign = made_by("prove/artifacts");
    json_object_set_new(sign, "file", json_string("SHA256SUMS"));
    json_object_update(sign, spec);
    plan_add(plan, STAGE_PROVE, "prove/signature", "sign-file", sign, "prove/packages");
    return "prove/signature";
}

/* What is published as source is what is tagged. */
static void add_source(const Release *release, Plan *plan, const Recipe *recipe) {
    g_autofree char *id = id_of("source", recipe);
    g_autofree char *build = id_of("build", recipe);
    g_autofree char *worktree = id_of("worktree", recipe);
    if (!recipe->source)
        return;
    json_t *check = json_pack("{s: o, s: o, s: o, s: O?, s: s, s: O}", "folder", plan_result("prove/artifacts", "folder"), "files", plan_result(build, "files"),
                              "source", plan_result(worktree, "path"), "commit", release->target, "directory", is_archive(recipe) ? "" : recipe->directory,
                              "generated", recipe->generated);
    plan_add(plan, STAGE_PROVE, id, "check-source", check, "prove/artifacts");
}

/* False: it cannot be installed from its file alone, and the plan says so. */
static bool can_be_tried(Plan *plan, const Recipe *recipe) {
    g_autofree char *step = g_strconcat("install ", recipe->name, NULL);
    if (recipe->untried != NULL)
        plan_skip(plan, step, recipe->untried);
    return recipe->untried == NULL;
}

static PackageRecipe tried_as(const Recipe *recipe) {
    return (PackageRecipe){
        .name = recipe->name,
        .kind = recipe->kind->name,
        .version = recipe->version,
        .package = recipe->package,
        .python = recipe->python,
        .settings = recipe->settings,
    };
}

static void add_install(Release *release, Plan *plan, const Recipe *recipe) {
    PackageRecipe tried = tried_as(recipe);
    if (can_be_tried(plan, recipe))
        release_add_install(release, plan, &tried);
}

/* ---- which ---- */

static bool is_wanted(const Recipe *recipe, const char *const *names) {
    return names == NULL || names[0] == NULL || g_strv_contains(names, recipe->name);
}

static bool no_such_package(const GPtrArray *recipes, const char *name, GError **error) {
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    for (guint i = 0; i < recipes->len; i++)
        g_ptr_array_add(known, ((const Recipe *)g_ptr_array_index(recipes, i))->name);
    g_ptr_array_add(known, NULL);
    g_autofree char *list = g_strjoinv(", ", (char **)known->pdata);
    error_set(error, ERROR_USAGE, "there is no package %s", name);
    error_why(error, known->len > 1 ? "there are: %s" : "this project builds none%s", list);
    error_fix(error, "slipway build");
    return false;
}

/* Takes the others out. */
static bool choose(GPtrArray *recipes, const char *const *names, GError **error) {
    for (guint k = 0; names != NULL && names[k] != NULL; k++) {
        bool known = false;
        for (guint i = 0; i < recipes->len && !known; i++)
            known = g_str_equal(((const Recipe *)g_ptr_array_index(recipes, i))->name, names[k]);
        if (!known)
            return no_such_package(recipes, names[k], error);
    }
    for (guint i = recipes->len; i > 0; i--) {
        if (!is_wanted(g_ptr_array_index(recipes, i - 1), names))
            g_ptr_array_remove_index(recipes, i - 1);
    }
    return true;
}

static bool take_problems(GPtrArray *recipes, Plan *plan) {
    bool fine = true;
    for (guint i = 0; i < recipes->len; i++) {
        const Recipe *recipe = g_ptr_array_index(recipes, i);
        if (recipe->problem != NULL)
            plan_problem(plan, g_error_copy(recipe->problem));
        fine = fine && recipe->problem == NULL;
    }
    return fine;
}

static GPtrArray *find_recipes(const Release *release, Plan *plan) {
    BuilderWish wish = {.world = release->world, .version = release->version, .written = release->written};
    GError *problem = NULL;
    GPtrArray *recipes = builder_recipes(&wish, &problem);
    if (recipes == NULL)
        plan_problem(plan, problem);
    return recipes;
}

void release_add_published_installs(Release *release, Plan *plan, const json_t *forge, json_t *files) {
    g_autoptr(GPtrArray) recipes = find_recipes(release, plan);
    for (guint i = 0; recipes != NULL && i < recipes->len; i++) {
        PackageRecipe tried = tried_as(g_ptr_array_index(recipes, i));
        if (can_be_tried(plan, g_ptr_array_index(recipes, i)))
            release_add_published_install(release, plan, &tried, forge, files);
    }
}

bool release_add_build(Release *release, Plan *plan, const BuildWish *wish, GError **error) {
    g_autoptr(GPtrArray) recipes = find_recipes(release, plan);
    if (recipes == NULL)
        return true;
    bool configured = config_get(release->world->config, "packages") != NULL;
    if (!choose(recipes, wish->names, error))
        return false;
    if (recipes->len == 0)
        plan_skip(plan, "packages",
                  configured ? "packages in slipway.yaml is empty: nothing is built"
                             : "this project builds no package that slipway knows; name one under packages in slipway.yaml");
    if (recipes->len == 0 || !take_problems(recipes, plan))
        return true;
    bool twice = g_str_equal(config_string(release->world->config, "build.reproducible"), "check");
    for (guint i = 0; i < recipes->len; i++)
        add_build(release, plan, g_ptr_array_index(recipes, i));
    for (guint i = 0; twice && i < recipes->len; i++) {
        if (!is_archive(g_ptr_array_index(recipes, i)))
            add_rebuild(release, plan, g_ptr_array_index(recipes, i));
    }
    add_artifacts(plan, recipes, wish->into);
    add_check(release, plan, recipes);
    for (guint i = 0; i < recipes->len; i++)
        add_source(release, plan, g_ptr_array_index(recipes, i));
    for (guint i = 0; i < recipes->len; i++)
        add_install(release, plan, g_ptr_array_index(recipes, i));
    release->assets = wish->sign ? add_signature(release, plan) : "prove/artifacts";
    return true;
}

void release_remove_worktrees(Plan *plan) {
    guint count = plan->effects->len;
    for (guint i = 0; i < count; i++) {
        const Effect *effect = g_ptr_array_index(plan->effects, i);
        if (!g_str_equal(effect->kind->name, "worktree"))
            continue;
        g_autofree char *id = g_strconcat("follow/", effect->id + strlen("prove/"), NULL);
        plan_add(plan, STAGE_FOLLOW, id, "remove-worktree", json_pack("{s: o}", "path", plan_result(effect->id, "path")), NULL);
    }
}

static bool plan_packages(Release *release, Plan *plan, GError **error) {
    return release_add_build(release, plan, &(BuildWish){.sign = true}, error);
}

const Step step_packages = {.name = "packages", .doc = "builds the packages once and tries them", .plan = plan_packages};
