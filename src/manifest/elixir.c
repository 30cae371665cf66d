/* mix.exs (hexdocs.pm, "mix new", "Mix.Project"): @version "…", or version: "…" of the project. */
#include "manifest/place.h"
#include "manifest/scalar.h"

#include <string.h>

static bool claims(const char *path) {
    return manifest_is_named(path, "mix.exs");
}

static bool read_line(const char *text, ScalarLine line, gsize *from, gsize *to) {
    static const char *const keys[] = {"@version", "version:"};
    gsize end = line.offset + line.length;
    while (line.offset < end && g_ascii_isspace(text[line.offset]))
        line.offset++;
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        gsize size = strlen(keys[i]), at = line.offset + size;
        if (end - line.offset <= size || memcmp(text + line.offset, keys[i], size) != 0)
            continue;
        while (at < end && g_ascii_isspace(text[at]))
            at++;
        const char *close = at < end && text[at] == '"' ? memchr(text + at + 1, '"', end - at - 1) : NULL;
        *from = at + 1;
        *to = close != NULL ? (gsize)(close - text) : 0;
        return close != NULL;
    }
    return false;
}

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    (void)error;
    gsize length = 0;
    const char *text = g_bytes_get_data(query->bytes, &length);
    GPtrArray *places = manifest_places_new();
    ScalarLine line;
    bool quoted = false;
    for (gsize at = 0; places->len == 0 && scalar_next_line(text, length, &at, &line);) {
        gsize from = 0, to = 0;
        if (!quoted && read_line(text, line, &from, &to) && manifest_is_value(text + from, to - from))
            manifest_places_add(places, text, from, to - from);
        const char *mark = memmem(text + line.offset, line.length, "\"\"\"", 3);
        quoted = mark != NULL ? !quoted : quoted;
    }
    return places;
}

const ManifestFormat manifest_format_elixir = {
    .name = "elixir",
    .doc = "mix.exs: @version \"…\", version: \"…\"",
    .claims = claims,
    .find = find,
};
