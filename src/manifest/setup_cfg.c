/* setup.cfg: [metadata] version = X (not attr: or file:, which point elsewhere). */
#include "manifest/place.h"

#include <string.h>

static bool claims(const char *path) {
    g_autofree char *name = g_path_get_basename(path);
    return g_str_equal(name, "setup.cfg");
}

static bool is_section(const char *line, gsize length, const char *name) {
    return length >= strlen(name) && strncmp(line, name, strlen(name)) == 0;
}

static void take_line(GPtrArray *places, const char *text, gsize at, gsize end) {
    gsize length = end - at;
    if (length < 8 || strncmp(text + at, "version", 7) != 0)
        return;
    gsize value = at + 7;
    while (value < end && (text[value] == ' ' || text[value] == '\t'))
        value++;
    if (value >= end || (text[value] != '=' && text[value] != ':'))
        return;
    value++;
    while (value < end && (text[value] == ' ' || text[value] == '\t'))
        value++;
    gsize to = value;
    while (to < end && strchr(" \t\r;#", text[to]) == NULL)
        to++;
    if (to > value && g_ascii_isdigit(text[value]))
        manifest_places_add(places, text, value, to - value);
}

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    (void)error;
    gsize length = 0;
    const char *text = g_bytes_get_data(query->bytes, &length);
    GPtrArray *places = manifest_places_new();
    bool metadata = false;
    for (gsize at = 0; at < length;) {
        const char *newline = memchr(text + at, '\n', length - at);
        gsize end = newline != NULL ? (gsize)(newline - text) : length;
        if (text[at] == '[')
            metadata = is_section(text + at, end - at, "[metadata]");
        else if (metadata)
            take_line(places, text, at, end);
        at = end + 1;
    }
    return places;
}

const ManifestFormat manifest_format_setup_cfg = {
    .name = "setup_cfg",
    .doc = "setup.cfg: [metadata] version",
    .scheme = MANIFEST_PEP440,
    .claims = claims,
    .find = find,
};
