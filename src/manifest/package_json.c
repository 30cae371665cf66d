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

static bool take_rest(const JsonValue *value, void *data) {
    ManifestRest *rest = data;
    if (!value->is_string)
        return true;
    if (g_str_equal(value->path, "name"))
        manifest_rest_add_name(rest, value->offset, value->length);
    if (g_str_equal(value->path, "workspaces\n[]") || g_str_equal(value->path, "workspaces\npackages\n[]"))
        manifest_rest_add_folder(rest, value->offset, value->length);
    return true;
}

static ManifestRest read_rest(GBytes *bytes) {
    gsize length = 0;
    ManifestRest rest = manifest_rest_begin(bytes, &length);
    guint line = 0;
    json_walk(rest.text, length, take_rest, &rest, &line);
    return rest;
}

static char *package(GBytes *bytes) {
    ManifestRest rest = read_rest(bytes);
    return manifest_rest_name(&rest);
}

static char **members(GBytes *bytes) {
    ManifestRest rest = read_rest(bytes);
    return manifest_rest_folders(&rest);
}

const ManifestFormat manifest_format_package_json = {
    .name = "package_json",
    .doc = "package.json: version",
    .claims = claims,
    .find = find,
    .package = package,
    .members = members,
};
