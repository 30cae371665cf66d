/* pubspec.yaml (dart.dev, "The pubspec file"): version, whose build number counts as a part of it. */
#include "manifest/place.h"
#include "manifest/yaml.h"

static bool claims(const char *path) {
    return manifest_is_named(path, "pubspec.yaml");
}

typedef struct {
    const char *text;
    GPtrArray *places;
    char *name;
} Finder;

static bool take(const YamlValue *value, void *data) {
    Finder *finder = data;
    const char *text = finder->text + value->offset;
    if (finder->places != NULL && g_str_equal(value->key, "version") && manifest_is_value(text, value->length))
        manifest_places_add(finder->places, finder->text, value->offset, value->length);
    else if (finder->places == NULL && finder->name == NULL && g_str_equal(value->key, "name"))
        finder->name = g_strndup(text, value->length);
    return true;
}

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    gsize length = 0;
    const char *text = g_bytes_get_data(query->bytes, &length);
    g_autoptr(GPtrArray) places = manifest_places_new();
    guint line = 0;
    if (yaml_walk(text, length, take, &(Finder){.text = text, .places = places}, &line))
        return g_steal_pointer(&places);
    return manifest_broken(query->path, line, "YAML", error);
}

static char *package(GBytes *bytes) {
    gsize length = 0;
    Finder finder = {.text = g_bytes_get_data(bytes, &length)};
    guint line = 0;
    yaml_walk(finder.text, length, take, &finder, &line);
    return finder.name;
}

const ManifestFormat manifest_format_pubspec = {
    .name = "pubspec",
    .doc = "pubspec.yaml: version",
    .claims = claims,
    .find = find,
    .package = package,
};
