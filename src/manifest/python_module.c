/* A Python module that says `__version__ = "…"` at its top level (PEP 396's custom), annotated or not. */
#include "base/error.h"
#include "manifest/place.h"

#include <string.h>

static bool claims(const char *path) {
    static const char *const names[] = {"__init__.py", "version.py", "_version.py", "__version__.py", "__about__.py", NULL};
    g_autofree char *name = g_path_get_basename(path);
    return g_strv_contains(names, name);
}

/* Behind a string literal that begins at `at`, whatever its kind; the end of the text where it never closes. */
static gsize skip_literal(const char *text, gsize length, gsize at) {
    char quote = text[at];
    bool triple = at + 2 < length && text[at + 1] == quote && text[at + 2] == quote;
    at += triple ? 3 : 1;
    while (at < length) {
        if (text[at] == '\\') {
            at += 2;
            continue;
        }
        bool closes = text[at] == quote && (!triple || (at + 2 < length && text[at + 1] == quote && text[at + 2] == quote));
        if (closes)
            return at + (triple ? 3 : 1);
        if (text[at] == '\n' && !triple)
            return at;
        at++;
    }
    return length;
}

static gsize skip_blanks(const char *text, gsize length, gsize at) {
    while (at < length && (text[at] == ' ' || text[at] == '\t'))
        at++;
    return at;
}

/* At the start of a line: `__version__ [: type] =` and a literal on one line; *from and *to are its content's bounds. */
static bool match_assignment(const char *text, gsize length, gsize at, gsize *from, gsize *to) {
    static const char name[] = "__version__";
    if (length - at < sizeof name || strncmp(text + at, name, sizeof name - 1) != 0)
        return false;
    at = skip_blanks(text, length, at + sizeof name - 1);
    if (at < length && text[at] == ':') {
        while (at < length && text[at] != '=' && text[at] != '\n')
            at++;
    }
    if (at >= length || text[at] != '=' || (at + 1 < length && text[at + 1] == '='))
        return false;
    at = skip_blanks(text, length, at + 1);
    if (at >= length || (text[at] != '"' && text[at] != '\''))
        return false;
    gsize end = skip_literal(text, length, at);
    *from = at + 1;
    *to = end - 1;
    bool one_line = end > at + 1 && end <= length && text[end - 1] == text[at] && memchr(text + at, '\n', end - at) == NULL;
    return one_line && *to > *from && text[*from] != text[at] && memchr(text + *from, '\\', *to - *from) == NULL;
}

static gsize skip_line(const char *text, gsize length, gsize at) {
    while (at < length && text[at] != '\n') {
        if (text[at] == '#') {
            const char *end = memchr(text + at, '\n', length - at);
            return end != NULL ? (gsize)(end - text) + 1 : length;
        }
        bool literal = text[at] == '"' || text[at] == '\'';
        at = literal ? skip_literal(text, length, at) : at + 1;
    }
    return at < length ? at + 1 : length;
}

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    (void)error;
    gsize length = 0;
    const char *text = g_bytes_get_data(query->bytes, &length);
    GPtrArray *places = manifest_places_new();
    gsize at = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (at < length) {
        gsize from, to;
        if (match_assignment(text, length, at, &from, &to))
            manifest_places_add(places, text, from, to - from);
        at = skip_line(text, length, at);
    }
    return places;
}

const ManifestFormat manifest_format_python_module = {
    .name = "python_module",
    .doc = "a Python module with __version__ = \"…\"",
    .scheme = MANIFEST_PEP440,
    .claims = claims,
    .find = find,
};
