#include "project/carriers.h"

#include "base/fs.h"
#include "base/limits.h"
#include "base/text.h"
#include "docs/mentions.h"

#include <fnmatch.h>
#include <string.h>

#define GUESSES 3

void carrier_free(Carrier *carrier) {
    g_free(carrier->path);
    g_free(carrier->pattern);
    g_free(carrier->value);
    g_clear_pointer(&carrier->bytes, g_bytes_unref);
    g_free(carrier);
}

/* ---- one file ---- */

/* What is looked for in a file. */
typedef struct {
    const ManifestFormat *format;
    const char *pattern;
    guint count;
} Look;

const char *const *world_names(const World *world) {
    return (const char *const *)world->names->pdata;
}

static void keep_name(World *world, char *name) {
    if (name == NULL || g_strv_contains(world_names(world), name)) {
        g_free(name);
        return;
    }
    /* the list stays NULL-ended */
    g_ptr_array_insert(world->names, (gint)world->names->len - 1, name);
}

static Carrier *new_carrier(const char *path, const Look *look, GBytes *bytes, const ManifestPlace *place) {
    Carrier *carrier = g_new0(Carrier, 1);
    *carrier = (Carrier){.path = g_strdup(path),
                         .format = look->format,
                         .pattern = g_strdup(look->pattern),
                         .count = look->count,
                         .value = g_strdup(place->value),
                         .line = place->line,
                         .column = place->column,
                         .bytes = g_bytes_ref(bytes)};
    return carrier;
}

/* The carrier that `path` is; NULL without error: it carries none. */
static Carrier *look_into(const World *world, const char *path, const Look *look, GError **error) {
    g_autoptr(GBytes) bytes = fs_read_beneath(world->git->tree, path, SOURCE_LIMIT, error);
    if (bytes == NULL)
        return NULL;
    ManifestQuery query = {.path = path, .bytes = bytes, .pattern = look->pattern, .count = look->count, .names = world_names(world)};
    g_autoptr(GPtrArray) places = look->format->find(&query, error);
    return places != NULL && places->len > 0 ? new_carrier(path, look, bytes, g_ptr_array_index(places, 0)) : NULL;
}

/* The same where a file that cannot be read carries nothing. */
static Carrier *try_into(const World *world, const char *path, const ManifestFormat *format) {
    g_autoptr(GError) unreadable = NULL;
    return look_into(world, path, &(Look){.format = format}, &unreadable);
}

static Carrier *already(const World *world, const char *path) {
    for (guint i = 0; i < world->carriers->len; i++) {
        Carrier *carrier = g_ptr_array_index(world->carriers, i);
        if (g_str_equal(carrier->path, path))
            return carrier;
    }
    return NULL;
}

static const char *first_value(const World *world) {
    const Carrier *first = world->carriers->len > 0 ? g_ptr_array_index(world->carriers, 0) : NULL;
    return first != NULL ? first->value : NULL;
}

/* ---- named in the configuration ---- */

static const ManifestFormat *format_of(const char *path, const char *pattern) {
    const ManifestFormat *const *formats = manifest_formats();
    if (pattern != NULL && *pattern != '\0')
        return manifest_format_by_name("rule");
    for (guint i = 0; formats[i] != NULL; i++) {
        if (formats[i]->claims != NULL && formats[i]->claims(path))
            return formats[i];
    }
    return NULL;
}

static bool add_file(World *world, const char *path, const json_t *row, GError **error) {
    const char *pattern = jsonx_string(row, "pattern");
    Look look = {.format = format_of(path, pattern), .pattern = pattern, .count = (guint)jsonx_int(row, "count", 0)};
    if (pattern == NULL && already(world, path) != NULL)
        return true;
    if (look.format == NULL) {
        error_set(error, ERROR_CONFIG, "%s: version.files: %s is of no format that slipway knows", world->config->path, path);
        error_fix(error, "add a pattern with {version} in it to that row");
        return false;
    }
    GError *problem = NULL;
    Carrier *carrier = look_into(world, path, &look, &problem);
    if (carrier != NULL) {
        g_ptr_array_add(world->carriers, carrier);
        return true;
    }
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    return error_set(error, ERROR_VERSION_NOT_FOUND, "%s: version.files names %s, but no version stands in it", world->config->path, path);
}

/* A row's path may be a glob over the tracked files; one that matches none is a mistake. */
static bool add_named(World *world, const json_t *row, GError **error) {
    const char *path = jsonx_string(row, "path");
    guint matches = 0;
    if (path == NULL)
        return error_set(error, ERROR_CONFIG, "%s: a row of version.files has no path", world->config->path);
    if (strpbrk(path, "*?[") == NULL || world_has_file(world, path))
        return add_file(world, path, row, error);
    for (guint i = 0; i < world->files->len; i++) {
        const char *file = g_ptr_array_index(world->files, i);
        if (fnmatch(path, file, strstr(path, "**") != NULL ? 0 : FNM_PATHNAME) != 0)
            continue;
        matches++;
        if (!add_file(world, file, row, error))
            return false;
    }
    if (matches > 0)
        return true;
    error_set(error, ERROR_VERSION_NOT_FOUND, "%s: version.files: no tracked file is called like %s", world->config->path, path);
    error_state(error, "nothing was changed");
    return false;
}

/* ---- found ---- */

static guint depth_of(const char *path) {
    guint depth = 0;
    for (const char *p = path; *p != '\0'; p++)
        depth += *p == '/' ? 1 : 0;
    return depth;
}

bool carriers_is_aside(const char *path) {
    static const char *const aside[] = {"tests",  "test",        "testing",      "testdata", "fixtures", "docs",       "doc",     "examples", "example",
                                        "vendor", "third_party", "node_modules", "scripts",  "bench",    "benchmarks", "support", "samples",  NULL};
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    if (strstr(path, ".test.") != NULL || strstr(path, ".spec.") != NULL || strstr(path, "_test.") != NULL || strstr(path, "/test_") != NULL)
        return true;
    for (guint i = 0; parts[i] != NULL && parts[i + 1] != NULL; i++) {
        if (g_str_has_prefix(parts[i], "__") || g_strv_contains(aside, parts[i]) || g_str_has_prefix(parts[i], "_vendor") || *parts[i] == '.')
            return true;
    }
    return false;
}

/* The file's name where it stands directly in the project's folder; NULL elsewhere. */
static const char *name_in_root(const World *world, const char *path) {
    const char *folder = config_string(world->config, "path");
    gsize length = strlen(folder);
    if (length > 0 && (strncmp(path, folder, length) != 0 || path[length] != '/'))
        return NULL;
    const char *name = length > 0 ? path + length + 1 : path;
    return strchr(name, '/') == NULL ? name : NULL;
}

/* Projects whose version comes out of their tags keep a word in its place. */
static bool is_stand_in(const World *world, const char *value) {
    bool zero = g_str_equal(value, "0.0.0") || g_str_has_prefix(value, "0.0.0-") || g_str_equal(value, "0.0.0.dev0");
    return zero && world->versions->len > 0;
}

static void add_carrier(World *world, Carrier *carrier) {
    if (carrier == NULL)
        return;
    if (is_stand_in(world, carrier->value))
        carrier_free(carrier);
    else
        g_ptr_array_add(world->carriers, carrier);
}

/* In the order in which formats are believed. */
static void add_manifests(World *world) {
    const ManifestFormat *const *formats = manifest_formats();
    for (guint k = 0; formats[k] != NULL; k++) {
        for (guint i = 0; formats[k]->claims != NULL && !formats[k]->lock && !formats[k]->loose && i < world->files->len; i++) {
            const char *path = g_ptr_array_index(world->files, i);
            if (name_in_root(world, path) != NULL && formats[k]->claims(path) && already(world, path) == NULL)
                add_carrier(world, try_into(world, path, formats[k]));
        }
    }
}

/* ---- workspaces ---- */

static bool is_member(const char *root, const char *const *globs, const char *path) {
    g_autofree char *base = g_path_get_dirname(root);
    g_autofree char *name = g_path_get_basename(root);
    g_autofree char *file = g_path_get_basename(path);
    g_autofree char *folder = g_path_get_dirname(path);
    const char *inside = g_str_equal(base, ".") ? folder : g_str_has_prefix(folder, base) && folder[strlen(base)] == '/' ? folder + strlen(base) + 1 : NULL;
    if (inside == NULL || !g_str_equal(name, file))
        return false;
    for (guint i = 0; globs[i] != NULL; i++) {
        const char *glob = g_str_has_prefix(globs[i], "./") ? globs[i] + 2 : globs[i];
        if (fnmatch(glob, inside, strstr(glob, "**") != NULL ? 0 : FNM_PATHNAME) == 0)
            return true;
    }
    return false;
}

static void take_name(World *world, const ManifestFormat *format, const char *path) {
    g_autoptr(GBytes) bytes = format->package != NULL ? fs_read_beneath(world->git->tree, path, SOURCE_LIMIT, NULL) : NULL;
    keep_name(world, bytes != NULL ? format->package(bytes) : NULL);
}

static void collect_members(World *world, const ManifestFormat *format, GPtrArray *paths) {
    for (guint i = 0; i < paths->len; i++) {
        const char *root = g_ptr_array_index(paths, i);
        g_autoptr(GBytes) bytes = fs_read_beneath(world->git->tree, root, SOURCE_LIMIT, NULL);
        g_auto(GStrv) globs = bytes != NULL ? format->members(bytes) : NULL;
        for (guint k = 0; globs != NULL && globs[0] != NULL && k < world->files->len; k++) {
            char *path = g_ptr_array_index(world->files, k);
            if (format->claims(path) && is_member(root, (const char *const *)globs, path) && !g_ptr_array_find_with_equal_func(paths, path, g_str_equal, NULL))
                g_ptr_array_add(paths, path);
        }
    }
}

/* Members that say the same version, or inherit it, are released with it; those with one of their own are projects of their own. */
static void add_member(World *world, const ManifestFormat *format, const char *path) {
    Carrier *carrier = already(world, path) == NULL ? try_into(world, path, format) : NULL;
    bool other = carrier != NULL && first_value(world) != NULL && !g_str_equal(carrier->value, first_value(world));
    if (other) {
        carrier_free(carrier);
        return;
    }
    take_name(world, format, path);
    add_carrier(world, carrier);
}

/* A workspace whose root says no version: the member that is called like the project leads; without one, all must say the same to be one project. */
static void lead_member(World *world, const ManifestFormat *format, const GPtrArray *paths) {
    g_autofree char *common = NULL;
    bool same = true;
    for (guint i = 0; first_value(world) == NULL && i < paths->len; i++) {
        const char *path = g_ptr_array_index(paths, i);
        g_autoptr(GBytes) bytes = fs_read_beneath(world->git->tree, path, SOURCE_LIMIT, NULL);
        g_autofree char *name = bytes != NULL && format->package != NULL ? format->package(bytes) : NULL;
        Carrier *carrier = try_into(world, path, format);
        same = same && (carrier == NULL || common == NULL || g_str_equal(common, carrier->value));
        if (carrier != NULL && common == NULL)
            common = g_strdup(carrier->value);
        if (carrier != NULL && g_strcmp0(name, world->project) == 0)
            add_carrier(world, carrier);
        else if (carrier != NULL)
            carrier_free(carrier);
    }
    world->several = world->several || (first_value(world) == NULL && !same);
}

static void add_members(World *world) {
    const ManifestFormat *const *formats = manifest_formats();
    for (guint k = 0; formats[k] != NULL; k++) {
        g_autoptr(GPtrArray) paths = g_ptr_array_new();
        for (guint i = 0; formats[k]->members != NULL && i < world->files->len; i++) {
            char *path = g_ptr_array_index(world->files, i);
            if (name_in_root(world, path) != NULL && formats[k]->claims(path))
                g_ptr_array_add(paths, path);
        }
        if (formats[k]->members != NULL)
            collect_members(world, formats[k], paths);
        if (first_value(world) == NULL)
            lead_member(world, formats[k], paths);
        for (guint i = 0; !world->several && i < paths->len; i++)
            add_member(world, formats[k], g_ptr_array_index(paths, i));
    }
}

/* ---- modules ---- */

/* pyproject.toml may say that the version stands in a module or a file. */
static void add_pointed(World *world) {
    g_autoptr(GBytes) bytes = world_file(world, "pyproject.toml", NULL);
    g_autofree char *pointed = bytes != NULL ? manifest_pyproject_version_path(bytes) : NULL;
    static const char *const forms[][2] = {{"", ""}, {"", ".py"}, {"", "/__init__.py"}, {"src/", ".py"}, {"src/", "/__init__.py"}};
    for (guint i = 0; pointed != NULL && world->carriers->len == 0 && i < G_N_ELEMENTS(forms); i++) {
        g_autofree char *path = g_strconcat(forms[i][0], pointed, forms[i][1], NULL);
        bool python = g_str_has_suffix(path, ".py");
        if (world_has_file(world, path))
            add_carrier(world, try_into(world, path, manifest_format_by_name(python ? "python_module" : "version_file")));
    }
}

/* The package's own module: a folder named like the project. */
static bool is_own_module(const World *world, const char *path) {
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *name = g_path_get_basename(folder);
    g_autofree char *wanted = g_ascii_strdown(world->project, -1);
    g_strdelimit(wanted, "-.", '_');
    g_autofree char *lower = g_ascii_strdown(name, -1);
    return g_str_equal(wanted, lower);
}

/* Modules that say the same version as the manifest go with it; one that says another counts only when it is the project's own. */
static void add_modules(World *world, const ManifestFormat *format) {
    const char *folder = config_string(world->config, "path");
    g_autoptr(GBytes) bytes = world_file(world, "pyproject.toml", NULL);
    g_autofree char *value = g_strdup(first_value(world));
    bool tagged = value == NULL && bytes != NULL && manifest_pyproject_is_tagged(bytes);
    for (guint i = 0; !tagged && i < world->files->len; i++) {
        const char *path = g_ptr_array_index(world->files, i);
        if (!format->claims(path) || !g_str_has_prefix(path, folder) || depth_of(path) > 3 || carriers_is_aside(path) || already(world, path) != NULL)
            continue;
        Carrier *carrier = try_into(world, path, format);
        bool own = format->scheme == MANIFEST_PEP440 && is_own_module(world, path);
        bool goes_along = carrier != NULL && (g_strcmp0(carrier->value, value) == 0 || own);
        if (goes_along)
            add_carrier(world, carrier);
        else if (carrier != NULL)
            carrier_free(carrier);
    }
}

/* ---- what follows ---- */

/* Lock files beside the manifests, and files that may say other versions, too, where they say this one. */
static void add_followers(World *world) {
    const ManifestFormat *const *formats = manifest_formats();
    g_autofree char *value = g_strdup(first_value(world));
    for (guint k = 0; value != NULL && formats[k] != NULL; k++) {
        for (guint i = 0; (formats[k]->lock || formats[k]->loose) && i < world->files->len; i++) {
            const char *path = g_ptr_array_index(world->files, i);
            if (name_in_root(world, path) == NULL || !formats[k]->claims(path) || already(world, path) != NULL)
                continue;
            Carrier *carrier = try_into(world, path, formats[k]);
            bool counts = carrier != NULL && (formats[k]->lock || g_str_equal(carrier->value, value));
            if (counts)
                g_ptr_array_add(world->carriers, carrier);
            else if (carrier != NULL)
                carrier_free(carrier);
        }
    }
}

/* ---- what they add up to ---- */

Version *carrier_version(const char *value) {
    Version *version = version_parse(value, NULL);
    return version != NULL ? version : version_from_pep440(value, NULL);
}

static void disagree(World *world) {
    g_autoptr(GString) list = g_string_new(NULL);
    for (guint i = 0; i < world->carriers->len; i++) {
        const Carrier *carrier = g_ptr_array_index(world->carriers, i);
        g_autofree char *path = text_escape(carrier->path, -1, false);
        g_string_append_printf(list, "%s%s:%u says %s", i > 0 ? "\n" : "", path, carrier->line, carrier->value);
    }
    error_set(&world->version_problem, ERROR_VERSIONS_DISAGREE, "the files that carry the version do not agree");
    error_why(&world->version_problem, "%s", list->str);
    error_state(&world->version_problem, "nothing was changed");
    error_fix(&world->version_problem, "slipway version check --fix");
}

static void take_tag_version(World *world) {
    for (guint i = 0; i < world->versions->len; i++) {
        const WorldTag *tag = g_ptr_array_index(world->versions, i);
        if (version_is_prerelease(tag->version))
            continue;
        g_autofree char *text = version_to_string(tag->version);
        world->current = version_parse(text, NULL);
        return;
    }
}

static void say_unusable(World *world, const Carrier *carrier) {
    g_clear_pointer(&world->current, version_free);
    error_set(&world->version_problem, ERROR_BAD_VERSION, "%s:%u: '%s' is not a version that slipway can raise", carrier->path, carrier->line, carrier->value);
    error_state(&world->version_problem, "nothing was changed");
}

static void say_several(World *world) {
    error_set(&world->version_problem, ERROR_VERSION_NOT_FOUND, "this repository holds several projects with versions of their own: there is no one version");
    error_why(&world->version_problem, "the members of its workspace say different versions, and none of them is called like the repository");
    error_fix(&world->version_problem, "say which: set path in slipway.yaml, or SLIPWAY__PATH, to one's folder");
}

static void say_unversioned(World *world) {
    g_autofree char *guess = carriers_guess(world);
    world->unversioned = true;
    error_set(&world->version_problem, ERROR_VERSION_NOT_FOUND, "no file of this project carries a version, and no tag does");
    error_why(&world->version_problem, "looked for manifests of all known formats, __version__ in Python modules, version.files, and tags like %s%s%s",
              world->tag_pattern, guess != NULL ? "\nit may be this: " : "", guess != NULL ? guess : "");
    error_fix(&world->version_problem,
              "name the file that says it under version.files in slipway.yaml; or, where a tag alone is to say it: slipway plan 0.1.0");
}

static void settle(World *world) {
    for (guint i = 0; i < world->carriers->len; i++) {
        const Carrier *carrier = g_ptr_array_index(world->carriers, i);
        g_autoptr(Version) version = carrier_version(carrier->value);
        if (version == NULL)
            return say_unusable(world, carrier);
        if (world->current == NULL)
            world->current = g_steal_pointer(&version);
        else if (version_compare(world->current, version) != 0)
            return disagree(world);
    }
    if (world->carriers->len == 0)
        take_tag_version(world);
    if (world->current != NULL)
        return;
    if (world->several)
        say_several(world);
    else
        say_unversioned(world);
    error_state(&world->version_problem, "nothing was changed");
}

char *carriers_guess(const World *world) {
    g_autoptr(GString) text = g_string_new(NULL);
    guint count = 0;
    for (guint i = 0; i < world->files->len && count < GUESSES; i++) {
        const char *path = g_ptr_array_index(world->files, i);
        bool looked = docs_mentions_is_version_file(path) && !carriers_is_aside(path) && !g_strv_contains(config_places(), path);
        g_autoptr(GBytes) bytes = looked ? fs_read_beneath(world->git->tree, path, MENTIONS_LIMIT, NULL) : NULL;
        g_autoptr(GPtrArray) found = bytes != NULL ? docs_mentions_by_word(bytes) : NULL;
        const Mention *first = found != NULL && found->len > 0 ? g_ptr_array_index(found, 0) : NULL;
        if (first != NULL)
            g_string_append_printf(text, "%s%s:%u says %s", count++ > 0 ? ", " : "", path, first->line, first->value);
    }
    return text->len > 0 ? text_escape(text->str, -1, false) : NULL;
}

bool carriers_find(World *world, GError **error) {
    world->carriers = g_ptr_array_new_with_free_func((GDestroyNotify)carrier_free);
    world->names = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(world->names, NULL);
    keep_name(world, g_strdup(world->project));
    const json_t *named = config_get(world->config, "version.files");
    add_manifests(world);
    add_members(world);
    add_pointed(world);
    add_modules(world, manifest_format_by_name("python_module"));
    add_modules(world, manifest_format_by_name("ruby"));
    for (gsize i = 0; i < json_array_size(named); i++) {
        if (!add_named(world, json_array_get(named, i), error))
            return false;
    }
    add_followers(world);
    settle(world);
    return true;
}

char *carrier_written(const ManifestFormat *format, const Version *version, GError **error) {
    if (format->scheme == MANIFEST_PEP440)
        return version_to_pep440(version, error);
    char *text = version_to_string(version);
    if (format->scheme == MANIFEST_SEMVER || (version->pre == NULL && version->build == NULL))
        return text;
    error_set(error, ERROR_BAD_VERSION, "%s cannot be written as a version of this format: %s", text, format->doc);
    error_why(error, "it takes numbers and dots alone");
    error_state(error, "nothing was changed");
    error_fix(error, "release the version itself, without a pre-release");
    g_free(text);
    return NULL;
}
