/* pubspec.yaml (dart.dev, "The pubspec file"): version, whose build number counts as a part of it. */
#include "manifest/place.h"
#include "manifest/scalar.h"

static bool claims(const char *path) {
    return manifest_is_named(path, "pubspec.yaml");
}

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    (void)error;
    gsize length = 0;
    const char *text = g_bytes_get_data(query->bytes, &length);
    GPtrArray *places = manifest_places_new();
    ScalarLine line;
    for (gsize at = 0; places->len == 0 && scalar_next_line(text, length, &at, &line);) {
        gsize from = 0, to = 0;
        if (scalar_value(text, &line, "version", ":", &from, &to) && manifest_is_value(text + from, to - from))
            manifest_places_add(places, text, from, to - from);
    }
    return places;
}

static char *package(GBytes *bytes) {
    gsize length = 0, from = 0, to = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    ScalarLine line;
    for (gsize at = 0; scalar_next_line(text, length, &at, &line);) {
        if (scalar_value(text, &line, "name", ":", &from, &to))
            return g_strndup(text + from, to - from);
    }
    return NULL;
}

const ManifestFormat manifest_format_pubspec = {
    .name = "pubspec",
    .doc = "pubspec.yaml: version",
    .claims = claims,
    .find = find,
    .package = package,
};
