#include "builder/builder.h"

#include "base/process.h"
#include "base/text.h"
#include "builder/parts.h"
#include "project/carriers.h"
#include "version/pep440.h"

#include <string.h>

static const BuilderKind *const kinds[] = {
#define BUILDER(stem) &builder_kind_##stem,
#include "builder/builders.def"
#undef BUILDER
    NULL,
};

const BuilderKind *const *builder_kinds(void) {
    return kinds;
}

void recipe_free(Recipe *recipe) {
    char *texts[] = {recipe->name, recipe->directory, recipe->package, recipe->version, recipe->python};
    json_t *values[] = {recipe->settings, recipe->run, recipe->expect, recipe->env, recipe->pass, recipe->kinds, recipe->generated};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    for (guint i = 0; i < G_N_ELEMENTS(values); i++)
        json_decref(values[i]);
    g_clear_error(&recipe->problem);
    g_free(recipe);
}

static Recipe *recipe_new(const BuilderKind *kind, const char *directory, json_t *settings) {
    Recipe *recipe = g_new0(Recipe, 1);
    recipe->kind = kind;
    recipe->directory = g_strdup(directory);
    recipe->settings = settings;
    recipe->run = json_array();
    recipe->expect = json_array();
    recipe->env = json_object();
    recipe->kinds = json_array();
    recipe->generated = json_array();
    recipe->pass = json_array();
    return recipe;
}

/* ---- what the kinds use ---- */

Recipe *builder_found(GPtrArray *recipes, const BuilderKind *kind, const char *directory, const char *package) {
    Recipe *recipe = recipe_new(kind, directory, json_object());
    recipe->package = g_strdup(package);
    g_ptr_array_add(recipes, recipe);
    return recipe;
}

char *builder_path(const Recipe *recipe, const char *name) {
    return *recipe->directory != '\0' ? g_strdup_printf("%s/%s", recipe->directory, name) : g_strdup(name);
}

GBytes *builder_manifest(const BuilderWish *wish, const Recipe *recipe, const char *name) {
    g_autofree char *path = builder_path(recipe, name);
    return world_file(wish->world, path, NULL);
}

char *builder_folder(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? g_strndup(path, (gsize)(slash - path)) : g_strdup("");
}

bool builder_is_aside(const char *path) {
    return carriers_is_aside(path);
}

bool builder_is_carrier(const World *world, const char *path) {
    for (guint i = 0; i < world->carriers->len; i++) {
        if (g_str_equal(((const Carrier *)g_ptr_array_index(world->carriers, i))->path, path))
            return true;
    }
    return false;
}

/* What a manifest that goes its own way says. */
static char *own_version(const BuilderWish *wish, const ManifestFormat *format, const char *path) {
    g_autoptr(GBytes) bytes = world_file(wish->world, path, NULL);
    ManifestQuery query = {.path = path, .bytes = bytes, .names = world_names(wish->world)};
    g_autoptr(GPtrArray) places = bytes != NULL ? format->find(&query, NULL) : NULL;
    return places != NULL && places->len > 0 ? g_strdup(((const ManifestPlace *)g_ptr_array_index(places, 0))->value) : NULL;
}

/* Of the version that the manifests have already, by PEP 440's normal form: 26.4 is not 26.4.0 in the name of a file. NULL: another is meant. */
static char *as_it_stands(const BuilderWish *wish, const ManifestFormat *format) {
    const World *world = wish->world;
    for (guint i = 0; wish->version == world->current && format->scheme == MANIFEST_PEP440 && i < world->carriers->len; i++) {
        const Carrier *carrier = g_ptr_array_index(world->carriers, i);
        g_autoptr(Pep440) is = carrier->format->scheme == MANIFEST_PEP440 ? pep440_parse(carrier->value, NULL) : NULL;
        if (is != NULL)
            return pep440_to_string(is);
    }
    return NULL;
}

char *builder_version(const BuilderWish *wish, Recipe *recipe, const char *format, const char *path) {
    const ManifestFormat *row = manifest_format_by_name(format);
    g_autofree char *own = builder_is_carrier(wish->world, path) ? NULL : own_version(wish, row, path);
    if (own == NULL)
        own = as_it_stands(wish, row);
    return own != NULL ? g_steal_pointer(&own) : carrier_written(row, wish->version, &recipe->problem);
}

void builder_set_run(Recipe *recipe, const char *const *words) {
    json_decref(recipe->run);
    recipe->run = json_array();
    for (guint i = 0; words[i] != NULL; i++)
        json_array_append_new(recipe->run, jsonx_text(words[i]));
}

void builder_expect(Recipe *recipe, const char *pattern) {
    json_array_append_new(recipe->expect, jsonx_text(pattern));
}

bool builder_needs(const BuilderWish *wish, Recipe *recipe, const char *program, const char *fix) {
    g_autofree char *found = process_find(program, wish->world->git->tree);
    if (found != NULL || recipe->problem != NULL)
        return found != NULL;
    error_set(&recipe->problem, ERROR_PROGRAM_MISSING, "the package %s is built by %s, which is not installed", recipe->name, program);
    error_why(&recipe->problem, "no such program in PATH");
    error_state(&recipe->problem, "nothing was changed");
    error_fix(&recipe->problem, "%s, or say in slipway.yaml what is built: `packages: {}` is nothing", fix);
    return false;
}

/* ---- names ---- */

static bool is_name(const char *name) {
    bool plain = g_ascii_isalnum(*name) && strlen(name) <= 100;
    for (const char *at = name; plain && *at != '\0'; at++)
        plain = g_ascii_isalnum(*at) || strchr("._-", *at) != NULL;
    return plain;
}

/* A package's own name as a name here: "@scope/tool" is "scope-tool". */
static char *plain_name(const char *package) {
    GString *name = g_string_new(NULL);
    for (const char *at = package; *at != '\0' && name->len < 80; at++) {
        bool good = g_ascii_isalnum(*at) || (name->len > 0 && strchr("._-", *at) != NULL);
        if (good || name->len > 0)
            g_string_append_c(name, good ? *at : '-');
    }
    return g_string_free(name, FALSE);
}

static bool is_taken(const GPtrArray *recipes, const char *name) {
    for (guint i = 0; i < recipes->len; i++) {
        if (g_strcmp0(((const Recipe *)g_ptr_array_index(recipes, i))->name, name) == 0)
            return true;
    }
    return false;
}

/* What it is called, else its folder, else its kind; with the kind, then a number where that is taken. */
static char *choose_name(const GPtrArray *recipes, const Recipe *recipe) {
    const char *basis = recipe->package != NULL ? recipe->package : recipe->directory;
    g_autofree char *plain = plain_name(basis);
    g_autofree char *name = g_strdup(*plain != '\0' ? plain : recipe->kind->name);
    if (!is_taken(recipes, name))
        return g_steal_pointer(&name);
    g_autofree char *kinded = g_strdup_printf("%s-%s", name, recipe->kind->name);
    for (guint i = 2; is_taken(recipes, kinded); i++) {
        g_free(kinded);
        kinded = g_strdup_printf("%s-%s-%u", name, recipe->kind->name, i);
    }
    return g_steal_pointer(&kinded);
}

/* ---- configured ---- */

static bool refuse(const BuilderWish *wish, const char *name, GError **error, const char *what, const char *fix) {
    error_set(error, ERROR_CONFIG, "%s: packages.%s%s", wish->world->config->path != NULL ? wish->world->config->path : "configuration", name, what);
    error_state(error, "nothing was changed");
    error_fix(error, "%s", fix);
    return false;
}

static const BuilderKind *kind_by_name(const char *name) {
    for (guint i = 0; kinds[i] != NULL; i++) {
        if (g_str_equal(kinds[i]->name, name))
            return kinds[i];
    }
    return NULL;
}

static bool bad_kind(const BuilderWish *wish, const char *name, const char *kind, GError **error) {
    const char *names[G_N_ELEMENTS(kinds)] = {NULL};
    for (guint i = 0; kinds[i] != NULL; i++)
        names[i] = kinds[i]->name;
    const char *near = kind != NULL ? text_nearest(kind, names) : NULL;
    g_autofree char *list = g_strjoinv(", ", (char **)names);
    g_autofree char *what = kind != NULL ? g_strdup_printf(" cannot be of the kind '%s'", kind) : g_strdup(" has neither a kind nor a command to run");
    g_autofree char *fix = near != NULL ? g_strdup_printf("did you mean '%s'?", near) : g_strdup_printf("set packages.%s.kind to one of %s", name, list);
    return refuse(wish, name, error, what, fix);
}

/* Below the top, as git writes paths. */
static bool is_folder(const char *path) {
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    for (guint i = 0; parts[i] != NULL; i++) {
        if (*parts[i] == '\0' || g_str_equal(parts[i], ".") || g_str_equal(parts[i], ".."))
            return *path == '\0';
    }
    return true;
}

static Recipe *configured(const BuilderWish *wish, const char *name, json_t *row, GError **error) {
    const char *kind = jsonx_string(row, "kind");
    bool runs = json_array_size(json_object_get(row, "run")) > 0;
    const BuilderKind *found = kind != NULL ? kind_by_name(kind) : runs ? kind_by_name("command") : NULL;
    g_autofree char *folder = g_strdup(jsonx_string(row, "directory") != NULL ? jsonx_string(row, "directory") : "");
    if (g_str_has_suffix(folder, "/"))
        folder[strlen(folder) - 1] = '\0';
    if (g_str_equal(folder, "."))
        *folder = '\0';
    bool fine = is_name(name) || refuse(wish, name, error, ": this is no name for a package", "use letters, digits, '.', '_' and '-'");
    fine = fine && (found != NULL || bad_kind(wish, name, kind, error));
    fine = fine && (is_folder(folder) || refuse(wish, name, error, ".directory leads out of the repository", "name a folder relative to the top"));
    if (!fine)
        return NULL;
    Recipe *recipe = recipe_new(found, folder, json_incref(row));
    recipe->name = g_strdup(name);
    return recipe;
}

/* ---- filling in ---- */

static void expand_word(GString *word, const Recipe *recipe) {
    const char *package = recipe->package != NULL ? recipe->package : recipe->name;
    g_string_replace(word, "{version}", recipe->version, 0);
    g_string_replace(word, "{name}", package, 0);
}

static void expand_all(json_t **words, const Recipe *recipe) {
    json_t *expanded = json_array();
    for (gsize i = 0; i < json_array_size(*words); i++) {
        g_autoptr(GString) word = g_string_new(json_string_value(json_array_get(*words, i)));
        expand_word(word, recipe);
        json_array_append_new(expanded, jsonx_text(word->str));
    }
    json_decref(*words);
    *words = expanded;
}

static void take_list(const Recipe *recipe, const char *key, json_t **into) {
    json_t *given = json_object_get(recipe->settings, key);
    if (json_array_size(given) == 0)
        return;
    json_decref(*into);
    *into = json_incref(given);
}

static void take_pass(const BuilderWish *wish, Recipe *recipe) {
    g_autoptr(json_t) every = config_words(wish->world->config, "build.env-pass");
    json_array_extend(recipe->pass, every);
    json_array_extend(recipe->pass, json_object_get(recipe->settings, "env-pass"));
    const char *wrong = config_wrong_variable(recipe->pass);
    if (wrong == NULL || recipe->problem != NULL)
        return;
    error_set(&recipe->problem, ERROR_CONFIG, "the build of %s is to get the variable %s, which is not handed over", recipe->name, wrong);
    error_state(&recipe->problem, "nothing was changed");
    error_fix(&recipe->problem, "name variables of the environment as build.env-pass or packages.%s.env-pass; tokens of forges are given to no build",
              recipe->name);
}

/* What slipway.yaml says of it goes over what the kind says; env: what the package says over what all say over what the kind says. */
static void take_settings(const BuilderWish *wish, Recipe *recipe) {
    const json_t *settings = recipe->settings;
    take_list(recipe, "run", &recipe->run);
    take_list(recipe, "expect", &recipe->expect);
    take_list(recipe, "generated", &recipe->generated);
    json_object_update(recipe->env, config_get(wish->world->config, "build.env"));
    json_object_update(recipe->env, json_object_get(settings, "env"));
    take_pass(wish, recipe);
    recipe->timeout = jsonx_int(settings, "timeout", config_int(wish->world->config, "build.timeout"));
    recipe->source = jsonx_bool(settings, "source", recipe->source);
    recipe->normalise = jsonx_bool(settings, "normalise", recipe->normalise);
}

static void fill(const BuilderWish *wish, Recipe *recipe) {
    recipe->kind->plan(wish, recipe);
    take_settings(wish, recipe);
    if (recipe->version == NULL)
        recipe->version = g_strdup(wish->written);
    expand_all(&recipe->run, recipe);
    expand_all(&recipe->expect, recipe);
}

static bool add_configured(const BuilderWish *wish, json_t *rows, GPtrArray *recipes, GError **error) {
    const char *name;
    json_t *row;
    json_object_foreach(rows, name, row) {
        Recipe *recipe = configured(wish, name, row, error);
        if (recipe == NULL)
            return false;
        g_ptr_array_add(recipes, recipe);
    }
    return true;
}

GPtrArray *builder_recipes(const BuilderWish *wish, GError **error) {
    json_t *rows = config_get(wish->world->config, "packages");
    g_autoptr(GPtrArray) recipes = g_ptr_array_new_with_free_func((GDestroyNotify)recipe_free);
    for (guint i = 0; rows == NULL && kinds[i] != NULL; i++) {
        if (kinds[i]->detect != NULL)
            kinds[i]->detect(wish, recipes);
    }
    if (rows != NULL && !add_configured(wish, rows, recipes, error))
        return NULL;
    for (guint i = 0; i < recipes->len; i++) {
        Recipe *recipe = g_ptr_array_index(recipes, i);
        if (recipe->name == NULL)
            recipe->name = choose_name(recipes, recipe);
        fill(wish, recipe);
    }
    return g_steal_pointer(&recipes);
}
