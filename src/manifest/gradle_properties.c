/* gradle.properties (docs.gradle.org, "Gradle properties"; java.util.Properties.load): version. */
#include "manifest/place.h"

#include <string.h>

static bool claims(const char *path) {
    return manifest_is_named(path, "gradle.properties");
}

typedef struct {
    const char *text;
    gsize length, at;
} Properties;

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\f';
}

static bool is_end(char c) {
    return c == '\n' || c == '\r';
}

static void skip_blanks(Properties *properties) {
    while (properties->at < properties->length && is_blank(properties->text[properties->at]))
        properties->at++;
}

/* To the end of a logical line: a backslash takes the next character along, line ends, too. */
static void skip_line(Properties *properties, bool comment) {
    while (properties->at < properties->length && !is_end(properties->text[properties->at])) {
        bool escape = !comment && properties->text[properties->at] == '\\';
        bool pair = escape && properties->length - properties->at > 2 && memcmp(properties->text + properties->at + 1, "\r\n", 2) == 0;
        properties->at += pair ? 3 : escape ? 2 : 1;
    }
    properties->at = MIN(properties->at, properties->length);
}

/* From the start of a line on: is it version = X? What stands behind the value belongs to it; nothing is a comment there. */
static bool read_version(Properties *properties, gsize *from) {
    static const char key[] = "version";
    if (properties->length - properties->at < sizeof key - 1 || memcmp(properties->text + properties->at, key, sizeof key - 1) != 0)
        return false;
    gsize end = properties->at += sizeof key - 1;
    skip_blanks(properties);
    bool mark = properties->at < properties->length && (properties->text[properties->at] == '=' || properties->text[properties->at] == ':');
    bool ours = mark || properties->at > end;
    properties->at += mark ? 1 : 0;
    skip_blanks(properties);
    *from = properties->at;
    return ours;
}

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    (void)error;
    Properties properties = {0};
    properties.text = g_bytes_get_data(query->bytes, &properties.length);
    GPtrArray *places = manifest_places_new();
    while (properties.at < properties.length) {
        gsize from = 0;
        skip_blanks(&properties);
        char c = properties.at < properties.length ? properties.text[properties.at] : '\0';
        bool version = read_version(&properties, &from);
        skip_line(&properties, c == '#' || c == '!');
        gsize to = properties.at;
        while (version && to > from && is_blank(properties.text[to - 1]))
            to--;
        if (version && manifest_is_value(properties.text + from, to - from))
            manifest_places_add(places, properties.text, from, to - from);
        properties.at++;
    }
    return places;
}

const ManifestFormat manifest_format_gradle_properties = {
    .name = "gradle_properties",
    .doc = "gradle.properties: version",
    .claims = claims,
    .find = find,
};
