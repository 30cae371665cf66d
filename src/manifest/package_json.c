/* package.json (docs.npmjs.com, "package.json"): the top-level version. */
#include "manifest/json.h"
#include "manifest/place.h"

#include <string.h>

static bool claims(const char *path) {
    return manifest_is_named(path, "package.json");
}

typedef struct {
    const char *text;
    GPtrArray *places;
} Finder;

static bool take_version(const JsonValue *value, void *data) {
    Finder *finder = data;
    bool wanted = value->is_string && g_str_equal(value->path, "version");
    if (wanted && manifest_is_value(finder->text + value->offset, value->length))
        manifest_places_add(finder->places, finder->text, value->offset, value->length);
    return true;
}

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    gsize length = 0;
    const char *text = g_bytes_get_data(query->bytes, &length);
    g_autoptr(GPtrArray) places = manifest_places_new();
    guint line = 0;
    if (json_walk(text, length, take_version, &(Finder){text, places}, &line))
        return g_steal_pointer(&places);
    return manifest_broken(query->path, line, "JSON", error);
}

/* ---- what else it says ---- */

typedef struct {
    const char *text;
    char *name;
    GPtrArray *folders;
} Reader;

static bool take_rest(const JsonValue *value, void *data) {
    Reader *reader = data;
    if (!value->is_string)
        return true;
    if (reader->name == NULL && g_str_equal(value->path, "name"))
        reader->name = g_strndup(reader->text + value->offset, value->length);
    if (g_str_equal(value->path, "workspaces\n[]") || g_str_equal(value->path, "workspaces\npackages\n[]"))
        g_ptr_array_add(reader->folders, g_strndup(reader->text + value->offset, value->length));
    return true;
}

static Reader read_all(GBytes *bytes) {
    gsize length = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    Reader reader = {.text = text, .folders = g_ptr_array_new_with_free_func(g_free)};
    guint line = 0;
    json_walk(text, length, take_rest, &reader, &line);
    return reader;
}

static char *package(GBytes *bytes) {
    Reader reader = read_all(bytes);
    g_ptr_array_unref(reader.folders);
    return reader.name;
}

static char **members(GBytes *bytes) {
    Reader reader = read_all(bytes);
    g_free(reader.name);
    g_ptr_array_set_free_func(reader.folders, NULL);
    g_ptr_array_add(reader.folders, NULL);
    return (char **)g_ptr_array_free(reader.folders, FALSE);
}

const ManifestFormat manifest_format_package_json = {
    .name = "package_json",
    .doc = "package.json: version",
    .claims = claims,
    .find = find,
    .package = package,
    .members = members,
};
