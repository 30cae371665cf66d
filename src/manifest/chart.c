/* Chart.yaml (helm.sh, "Charts"): the chart's version, and appVersion where it says the same. */
#include "manifest/place.h"
#include "manifest/scalar.h"

#include <string.h>

static bool claims(const char *path) {
    return manifest_is_named(path, "Chart.yaml") || manifest_is_named(path, "Chart.yml");
}

typedef struct {
    gsize from, to;
} Span;

/* The first one counts: what a key says twice is no YAML. */
static void take(const char *text, const ScalarLine *line, const char *key, Span *span) {
    Span found;
    if (span->to == 0 && scalar_value(text, line, key, ":", &found.from, &found.to))
        *span = found;
}

/* A key in the first column is one of the document's own mapping: what is nested, or part of a longer text, stands further in. */
static GPtrArray *find(const ManifestQuery *query, GError **error) {
    (void)error;
    gsize length = 0;
    const char *text = g_bytes_get_data(query->bytes, &length);
    GPtrArray *places = manifest_places_new();
    Span version = {0}, application = {0};
    ScalarLine line;
    for (gsize at = 0; scalar_next_line(text, length, &at, &line);) {
        bool next_document = line.offset > 0 && line.length >= 3 && memcmp(text + line.offset, "---", 3) == 0 && version.to > 0;
        if (next_document)
            break;
        take(text, &line, "version", &version);
        take(text, &line, "appVersion", &application);
    }
    gsize size = version.to - version.from;
    bool same = application.to - application.from == size && memcmp(text + version.from, text + application.from, size) == 0;
    Span found[] = {version, same ? application : (Span){0}};
    bool swapped = same && application.from < version.from;
    for (guint i = 0; i < G_N_ELEMENTS(found); i++) {
        const Span *span = &found[swapped ? 1 - i : i];
        if (manifest_is_value(text + span->from, span->to - span->from))
            manifest_places_add(places, text, span->from, span->to - span->from);
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

const ManifestFormat manifest_format_chart = {
    .name = "chart",
    .doc = "Chart.yaml: version, and appVersion where it says the same",
    .claims = claims,
    .find = find,
    .package = package,
};
