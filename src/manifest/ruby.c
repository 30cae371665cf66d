/* Ruby (guides.rubygems.org, "Specification Reference"): VERSION = "…" in lib/…/version.rb, a literal version of a *.gemspec. */
#include "manifest/place.h"
#include "manifest/scalar.h"

#include <string.h>

static bool claims(const char *path) {
    return g_str_has_suffix(path, ".gemspec") || manifest_is_named(path, "version.rb");
}

static bool begins(const char *text, const ScalarLine *line, const char *word) {
    return line->length >= strlen(word) && memcmp(text + line->offset, word, strlen(word)) == 0;
}

/* "VERSION" or "anything.version" at the start of a line, whatever its indentation. */
static bool read_line(const char *text, ScalarLine line, gsize *from, gsize *to) {
    gsize end = line.offset + line.length;
    while (line.offset < end && g_ascii_isspace(text[line.offset]))
        line.offset++;
    line.length = end - line.offset;
    if (begins(text, &line, "VERSION"))
        line.offset += strlen("VERSION");
    else {
        while (line.offset < end && (g_ascii_isalnum(text[line.offset]) || text[line.offset] == '_'))
            line.offset++;
        line.length = end - line.offset;
        if (!begins(text, &line, ".version"))
            return false;
        line.offset += strlen(".version");
    }
    line.length = end - line.offset;
    gsize at = line.offset;
    while (at < end && g_ascii_isspace(text[at]))
        at++;
    if (at >= end || text[at] != '=')
        return false;
    for (at++; at < end && g_ascii_isspace(text[at]);)
        at++;
    const char *close = at < end && (text[at] == '"' || text[at] == '\'') ? memchr(text + at + 1, text[at], end - at - 1) : NULL;
    *from = at + 1;
    *to = close != NULL ? (gsize)(close - text) : 0;
    return close != NULL;
}

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    (void)error;
    gsize length = 0;
    const char *text = g_bytes_get_data(query->bytes, &length);
    GPtrArray *places = manifest_places_new();
    ScalarLine line;
    bool comment = false;
    for (gsize at = 0; places->len == 0 && scalar_next_line(text, length, &at, &line);) {
        gsize from = 0, to = 0;
        comment = begins(text, &line, "=begin") || (comment && !begins(text, &line, "=end"));
        if (begins(text, &line, "__END__"))
            break;
        if (!comment && read_line(text, line, &from, &to) && manifest_is_value(text + from, to - from))
            manifest_places_add(places, text, from, to - from);
    }
    return places;
}

const ManifestFormat manifest_format_ruby = {
    .name = "ruby",
    .doc = "*.gemspec, version.rb: VERSION = \"…\"",
    .claims = claims,
    .find = find,
};
