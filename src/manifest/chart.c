/* Chart.yaml (helm.sh, "Charts"): the chart's version, and appVersion where it says the same. */
#include "manifest/place.h"
#include "manifest/yaml.h"

#include <string.h>

static bool claims(const char *path) {
    return manifest_is_named(path, "Chart.yaml") || manifest_is_named(path, "Chart.yml");
}

typedef struct {
    const char *text;
    YamlValue version, application;
    char *name;
} Finder;

static bool take(const YamlValue *value, void *data) {
    Finder *finder = data;
    if (g_str_equal(value->key, "version"))
        finder->version = *value;
    else if (g_str_equal(value->key, "appVersion"))
        finder->application = *value;
    else if (g_str_equal(value->key, "name") && finder->name == NULL)
        finder->name = g_strndup(finder->text + value->offset, value->length);
    return true;
}

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    gsize length = 0;
    Finder finder = {.text = g_bytes_get_data(query->bytes, &length)};
    guint line = 0;
    bool read = yaml_walk(finder.text, length, take, &finder, &line);
    g_free(finder.name);
    if (!read)
        return manifest_broken(query->path, line, "YAML", error);
    const YamlValue *version = &finder.version, *application = &finder.application;
    bool same = version->length > 0 && application->length == version->length &&
                memcmp(finder.text + version->offset, finder.text + application->offset, version->length) == 0;
    const YamlValue *found[] = {version, same ? application : NULL};
    bool swapped = same && application->offset < version->offset;
    GPtrArray *places = manifest_places_new();
    for (guint i = 0; i < G_N_ELEMENTS(found); i++) {
        const YamlValue *value = found[swapped ? 1 - i : i];
        if (value != NULL && manifest_is_value(finder.text + value->offset, value->length))
            manifest_places_add(places, finder.text, value->offset, value->length);
    }
    return places;
}

static char *package(GBytes *bytes) {
    gsize length = 0;
    Finder finder = {.text = g_bytes_get_data(bytes, &length)};
    guint line = 0;
    yaml_walk(finder.text, length, take, &finder, &line);
    return finder.name;
}

const ManifestFormat manifest_format_chart = {
    .name = "chart",
    .doc = "Chart.yaml: version, and appVersion where it says the same",
    .claims = claims,
    .find = find,
    .package = package,
};
