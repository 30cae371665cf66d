/* setup.cfg (setuptools.pypa.io, "Configuring setuptools using setup.cfg files"): [metadata] version = X (not attr: or file:, which point elsewhere). */
#include "manifest/place.h"
#include "manifest/scalar.h"

#include <string.h>

static bool claims(const char *path) {
    return manifest_is_named(path, "setup.cfg");
}

/* configparser: names of options in any case, of sections as they are. */
static void take_version(const char *text, const ScalarLine *line, void *places) {
    static const char *const keys[] = {"version", "Version", "VERSION"};
    gsize from = 0, to = 0;
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (!scalar_value(text, line, keys[i], "=:", &from, &to))
            continue;
        if (manifest_is_value(text + from, to - from))
            manifest_places_add(places, text, from, to - from);
        return;
    }
}

static void take_name(const char *text, const ScalarLine *line, void *data) {
    char **name = data;
    gsize from = 0, to = 0;
    if (*name == NULL && scalar_value(text, line, "name", "=:", &from, &to))
        *name = g_strndup(text + from, to - from);
}

/* Calls `visit` for each line of [metadata]. */
static void walk(GBytes *bytes, void (*visit)(const char *text, const ScalarLine *line, void *data), void *data) {
    gsize length = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    ScalarLine line;
    bool metadata = false;
    for (gsize at = 0; scalar_next_line(text, length, &at, &line);) {
        const char *start = text + line.offset;
        if (line.length > 0 && *start == '[')
            metadata = line.length >= strlen("[metadata]") && memcmp(start, "[metadata]", strlen("[metadata]")) == 0;
        else if (metadata)
            visit(text, &line, data);
    }
}

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    (void)error;
    GPtrArray *places = manifest_places_new();
    walk(query->bytes, take_version, places);
    return places;
}

static char *package(GBytes *bytes) {
    char *name = NULL;
    walk(bytes, take_name, &name);
    return name;
}

const ManifestFormat manifest_format_setup_cfg = {
    .name = "setup_cfg",
    .doc = "setup.cfg: [metadata] version",
    .scheme = MANIFEST_PEP440,
    .claims = claims,
    .find = find,
    .package = package,
};
