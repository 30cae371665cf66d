/* package-lock.json and npm-shrinkwrap.json (docs.npmjs.com, "package-lock.json"): the top-level version, and from format 2 on the root's own under packages.
 */
#include "manifest/json.h"
#include "manifest/place.h"

static bool claims(const char *path) {
    return manifest_is_named(path, "package-lock.json") || manifest_is_named(path, "npm-shrinkwrap.json");
}

typedef struct {
    const char *text;
    GPtrArray *places;
} Finder;

static bool take_version(const JsonValue *value, void *data) {
    Finder *finder = data;
    bool wanted = value->is_string && (g_str_equal(value->path, "version") || g_str_equal(value->path, "packages\n\nversion"));
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

const ManifestFormat manifest_format_npm_lock = {
    .name = "npm_lock",
    .doc = "package-lock.json, npm-shrinkwrap.json: version of the root package",
    .lock = true,
    .claims = claims,
    .find = find,
};
