/* gradle.properties (docs.gradle.org, "Gradle properties"): version. */
#include "manifest/place.h"
#include "manifest/scalar.h"

static bool claims(const char *path) {
    return manifest_is_named(path, "gradle.properties");
}

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    (void)error;
    gsize length = 0;
    const char *text = g_bytes_get_data(query->bytes, &length);
    GPtrArray *places = manifest_places_new();
    ScalarLine line;
    for (gsize at = 0; places->len == 0 && scalar_next_line(text, length, &at, &line);) {
        gsize from = 0, to = 0;
        if (scalar_value(text, &line, "version", "=:", &from, &to) && manifest_is_value(text + from, to - from))
            manifest_places_add(places, text, from, to - from);
    }
    return places;
}

const ManifestFormat manifest_format_gradle_properties = {
    .name = "gradle_properties",
    .doc = "gradle.properties: version",
    .claims = claims,
    .find = find,

};
