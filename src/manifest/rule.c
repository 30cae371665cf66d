/* Any file, by a rule of slipway.yaml: a text with {version} in it, which must stand there exactly once. */
#include "base/error.h"
#include "manifest/place.h"

#include <string.h>

#define VERSION_LIMIT 256

static bool is_version_char(char c) {
    return g_ascii_isalnum(c) || c == '.' || c == '-' || c == '+';
}

/* The version at `at`, given what follows it in the pattern: the longest run that still lets the rest match. */
static gsize version_length(const char *text, gsize length, gsize at, const char *behind) {
    gsize run = 0;
    while (run <= VERSION_LIMIT && at + run < length && is_version_char(text[at + run]))
        run++;
    if (run > VERSION_LIMIT)
        return 0;
    gsize behind_length = strlen(behind);
    for (; run > 0; run--) {
        bool fits = at + run + behind_length <= length && memcmp(text + at + run, behind, behind_length) == 0;
        if (fits && g_ascii_isalnum(text[at + run - 1]))
            return run;
    }
    return 0;
}

static bool bad_pattern(const char *path, const char *pattern, GError **error) {
    error_set(error, ERROR_CONFIG, "version.files: the pattern of %s has no {version}: %s", path, pattern != NULL ? pattern : "");
    error_state(error, "nothing was changed");
    return false;
}

static bool check_count(const ManifestQuery *query, const GPtrArray *places, GError **error) {
    guint wanted = query->count > 0 ? query->count : 1;
    const char *path = query->path, *pattern = query->pattern;
    if (places->len == wanted)
        return true;
    if (places->len == 0)
        error_set(error, ERROR_VERSION_NOT_FOUND, "version.files: '%s' matches nothing in %s", pattern, path);
    else
        error_set(error, ERROR_VERSION_NOT_FOUND, "version.files: '%s' matches %u times in %s, the last time in line %u; %u %s wanted", pattern, places->len,
                  path, ((const ManifestPlace *)g_ptr_array_index(places, places->len - 1))->line, wanted, wanted == 1 ? "is" : "are");
    error_state(error, "nothing was changed");
    error_fix(error, "make the pattern in slipway.yaml more exact, or say how often it stands there: count: %u", MAX(places->len, 1));
    return false;
}

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    const char *path = query->path, *pattern = query->pattern;
    const char *hole = pattern != NULL ? strstr(pattern, "{version}") : NULL;
    if (hole == NULL) {
        bad_pattern(path, pattern, error);
        return NULL;
    }
    gsize length = 0;
    const char *text = g_bytes_get_data(query->bytes, &length);
    gsize before = (gsize)(hole - pattern);
    const char *behind = hole + strlen("{version}");
    g_autoptr(GPtrArray) places = manifest_places_new();
    for (gsize at = 0; at + before < length; at++) {
        if (before > 0 && memcmp(text + at, pattern, before) != 0)
            continue;
        gsize run = g_ascii_isdigit(text[at + before]) ? version_length(text, length, at + before, behind) : 0;
        if (run == 0)
            continue;
        manifest_places_add(places, text, at + before, run);
        at += before + run - 1;
    }
    return check_count(query, places, error) ? g_steal_pointer(&places) : NULL;
}

const ManifestFormat manifest_format_rule = {
    .name = "rule",
    .doc = "any file by a rule: a pattern with {version}",
    .find = find,
};
