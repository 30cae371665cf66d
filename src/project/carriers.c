#include "project/carriers.h"

#include "base/fs.h"
#include "base/text.h"

#include <string.h>

#define FILE_LIMIT (16u << 20)

void carrier_free(Carrier *carrier) {
    g_free(carrier->path);
    g_free(carrier->pattern);
    g_free(carrier->value);
    g_clear_pointer(&carrier->bytes, g_bytes_unref);
    g_free(carrier);
}

static Carrier *new_carrier(const char *path, const ManifestFormat *format, const char *pattern, GBytes *bytes, const ManifestPlace *place) {
    Carrier *carrier = g_new0(Carrier, 1);
    carrier->path = g_strdup(path);
    carrier->format = format;
    carrier->pattern = g_strdup(pattern);
    carrier->value = g_strdup(place->value);
    carrier->line = place->line;
    carrier->bytes = g_bytes_ref(bytes);
    return carrier;
}

/* The carrier that `path` is by this format; NULL without error: it carries none. */
static Carrier *look_into(const World *world, const char *path, const ManifestFormat *format, const char *pattern, GError **error) {
    g_autoptr(GBytes) bytes = fs_read_beneath(world->git->tree, path, FILE_LIMIT, error);
    if (bytes == NULL)
        return NULL;
    g_autoptr(GPtrArray) places = format->find(path, bytes, pattern, error);
    return places != NULL && places->len > 0 ? new_carrier(path, format, pattern, bytes, g_ptr_array_index(places, 0)) : NULL;
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

static bool add_named(World *world, const json_t *row, GError **error) {
    const char *path = jsonx_string(row, "path");
    const char *pattern = jsonx_string(row, "pattern");
    const ManifestFormat *format = path != NULL ? format_of(path, pattern) : NULL;
    if (path == NULL)
        return error_set(error, ERROR_CONFIG, "%s: a row of version.files has no path", world->config->path);
    if (format == NULL) {
        error_set(error, ERROR_CONFIG, "%s: version.files: %s is of no format that slipway knows", world->config->path, path);
        error_fix(error, "add a pattern with {version} in it to that row");
        return false;
    }
    GError *problem = NULL;
    Carrier *carrier = look_into(world, path, format, pattern, &problem);
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

static Carrier *already(const World *world, const char *path) {
    for (guint i = 0; i < world->carriers->len; i++) {
        Carrier *carrier = g_ptr_array_index(world->carriers, i);
        if (g_str_equal(carrier->path, path))
            return carrier;
    }
    return NULL;
}

/* ---- found ---- */

static guint depth_of(const char *path) {
    guint depth = 0;
    for (const char *p = path; *p != '\0'; p++)
        depth += *p == '/' ? 1 : 0;
    return depth;
}

/* Folders whose modules are not the project's own. */
static bool is_aside(const char *path) {
    static const char *const aside[] = {"tests",  "test",        "docs",         "doc",     "examples",   "example",
                                        "vendor", "third_party", "node_modules", "scripts", "benchmarks", NULL};
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    for (guint i = 0; parts[i] != NULL && parts[i + 1] != NULL; i++) {
        if (g_strv_contains(aside, parts[i]) || g_str_has_prefix(parts[i], "_vendor") || *parts[i] == '.')
            return true;
    }
    return false;
}

static void add_manifests(World *world) {
    const ManifestFormat *const *formats = manifest_formats();
    for (guint i = 0; i < world->files->len; i++) {
        const char *path = g_ptr_array_index(world->files, i);
        for (guint k = 0; depth_of(path) == 0 && formats[k] != NULL; k++) {
            if (formats[k]->claims == NULL || !formats[k]->claims(path) || already(world, path) != NULL)
                continue;
            g_autoptr(GError) unreadable = NULL;
            Carrier *carrier = look_into(world, path, formats[k], NULL, &unreadable);
            if (carrier != NULL)
                g_ptr_array_add(world->carriers, carrier);
        }
    }
}

/* pyproject.toml may say that the version stands in a module. */
static void add_pointed(World *world) {
    g_autoptr(GBytes) bytes = world_file(world, "pyproject.toml", NULL);
    g_autofree char *pointed = bytes != NULL ? manifest_pyproject_version_path(bytes) : NULL;
    const ManifestFormat *format = manifest_format_by_name("python_module");
    static const char *const forms[][2] = {{"", ""}, {"", ".py"}, {"", "/__init__.py"}, {"src/", ".py"}, {"src/", "/__init__.py"}};
    for (guint i = 0; pointed != NULL && world->carriers->len == 0 && i < G_N_ELEMENTS(forms); i++) {
        g_autofree char *path = g_strconcat(forms[i][0], pointed, forms[i][1], NULL);
        g_autoptr(GError) unreadable = NULL;
        Carrier *carrier = world_has_file(world, path) ? look_into(world, path, format, NULL, &unreadable) : NULL;
        if (carrier != NULL)
            g_ptr_array_add(world->carriers, carrier);
    }
}

/* The package's own module: a folder named like the project, or the only package of the tree. */
static bool is_own_module(const World *world, const char *path) {
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *name = g_path_get_basename(folder);
    g_autofree char *wanted = g_ascii_strdown(world->project, -1);
    g_strdelimit(wanted, "-.", '_');
    g_autofree char *lower = g_ascii_strdown(name, -1);
    return g_str_equal(wanted, lower);
}

/* Modules that say the same version as the manifest go with it; one that says another counts only when it is the project's own. */
static void add_modules(World *world) {
    const ManifestFormat *format = manifest_format_by_name("python_module");
    const Carrier *first = world->carriers->len > 0 ? g_ptr_array_index(world->carriers, 0) : NULL;
    g_autofree char *value = first != NULL ? g_strdup(first->value) : NULL;
    for (guint i = 0; format != NULL && i < world->files->len; i++) {
        const char *path = g_ptr_array_index(world->files, i);
        if (depth_of(path) > 3 || !format->claims(path) || is_aside(path) || already(world, path) != NULL)
            continue;
        g_autoptr(GError) unreadable = NULL;
        Carrier *carrier = look_into(world, path, format, NULL, &unreadable);
        bool goes_along = carrier != NULL && (g_strcmp0(carrier->value, value) == 0 || is_own_module(world, path));
        if (goes_along)
            g_ptr_array_add(world->carriers, carrier);
        else if (carrier != NULL)
            carrier_free(carrier);
    }
}

/* ---- what they add up to ---- */

static Version *version_of(const Carrier *carrier) {
    Version *version = version_parse(carrier->value, NULL);
    return version != NULL ? version : version_from_pep440(carrier->value, NULL);
}

static void disagree(World *world) {
    g_autoptr(GString) list = g_string_new(NULL);
    for (guint i = 0; i < world->carriers->len; i++) {
        const Carrier *carrier = g_ptr_array_index(world->carriers, i);
        g_autofree char *path = text_escape(carrier->path, -1, false);
        g_string_append_printf(list, "%s%s:%u says %s", i > 0 ? "\n" : "", path, carrier->line, carrier->value);
    }
    const Carrier *first = g_ptr_array_index(world->carriers, 0);
    error_set(&world->version_problem, ERROR_VERSIONS_DISAGREE, "the files that carry the version do not agree");
    error_why(&world->version_problem, "%s", list->str);
    error_state(&world->version_problem, "nothing was changed");
    error_fix(&world->version_problem, "slipway version --set %s", first->value);
}

static void take_tag_version(World *world) {
    GHashTableIter iter;
    gpointer tag;
    g_hash_table_iter_init(&iter, world->tags);
    while (g_hash_table_iter_next(&iter, &tag, NULL)) {
        Version *version = version_from_tag(tag, world->tag_pattern);
        bool higher = version != NULL && !version_is_prerelease(version) && (world->current == NULL || version_compare(version, world->current) > 0);
        Version *loser = higher ? world->current : version;
        if (higher)
            world->current = version;
        if (loser != NULL)
            version_free(loser);
    }
}

static void settle(World *world) {
    for (guint i = 0; i < world->carriers->len; i++) {
        const Carrier *carrier = g_ptr_array_index(world->carriers, i);
        g_autoptr(Version) version = version_of(carrier);
        if (version == NULL) {
            g_clear_pointer(&world->current, version_free);
            error_set(&world->version_problem, ERROR_BAD_VERSION, "%s:%u: '%s' is not a version that slipway can raise", carrier->path, carrier->line,
                      carrier->value);
            error_state(&world->version_problem, "nothing was changed");
            return;
        }
        if (world->current == NULL)
            world->current = g_steal_pointer(&version);
        else if (version_compare(world->current, version) != 0)
            disagree(world);
        if (world->version_problem != NULL)
            return;
    }
    if (world->carriers->len == 0)
        take_tag_version(world);
    if (world->current == NULL) {
        error_set(&world->version_problem, ERROR_VERSION_NOT_FOUND, "no file of this project carries a version, and no tag does");
        error_why(&world->version_problem, "looked for pyproject.toml, __version__ in Python modules, version.files, and tags like %s", world->tag_pattern);
        error_state(&world->version_problem, "nothing was changed");
    }
}

bool carriers_find(World *world, GError **error) {
    world->carriers = g_ptr_array_new_with_free_func((GDestroyNotify)carrier_free);
    const json_t *named = config_get(world->config, "version.files");
    add_manifests(world);
    add_pointed(world);
    add_modules(world);
    for (gsize i = 0; i < json_array_size(named); i++) {
        const json_t *row = json_array_get(named, i);
        const char *path = jsonx_string(row, "path");
        bool known = path != NULL && already(world, path) != NULL && jsonx_string(row, "pattern") == NULL;
        if (!known && !add_named(world, row, error))
            return false;
    }
    settle(world);
    return true;
}
