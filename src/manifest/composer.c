/* composer.json (getcomposer.org, "The composer.json schema"): the top-level version, where there is one: usually tags alone say it. */
#include "manifest/json.h"
#include "manifest/place.h"

static bool claims(const char *path) {
    return manifest_is_named(path, "composer.json");
}

typedef struct {
    const char *text;
    GPtrArray *places;
    char *name;
} Finder;

static bool take(const JsonValue *value, void *data) {
    Finder *finder = data;
    if (!value->is_string)
        return true;
    if (g_str_equal(value->path, "version") && manifest_is_value(finder->text + value->offset, value->length))
        manifest_places_add(finder->places, finder->text, value->offset, value->length);
    if (finder->name == NULL && g_str_equal(value->path, "name"))
        finder->name = g_strndup(finder->text + value->offset, value->length);
    return true;
}

static bool walk(GBytes *bytes, Finder *finder, guint *line) {
    gsize length = 0;
    finder->text = g_bytes_get_data(bytes, &length);
    finder->places = manifest_places_new();
    return json_walk(finder->text, length, take, finder, line);
}

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    Finder finder = {0};
    guint line = 0;
    bool read = walk(query->bytes, &finder, &line);
    g_free(finder.name);
    if (read)
        return finder.places;
    g_ptr_array_unref(finder.places);
    return manifest_broken(query->path, line, "JSON", error);
}

static char *package(GBytes *bytes) {
    Finder finder = {0};
    guint line = 0;
    walk(bytes, &finder, &line);
    g_ptr_array_unref(finder.places);
    return finder.name;
}

const ManifestFormat manifest_format_composer = {
    .name = "composer",
    .doc = "composer.json: version",
    .claims = claims,
    .find = find,
    .package = package,
};
