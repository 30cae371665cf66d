/* VERSION, VERSION.txt, version.txt: the whole file is one version; a leading v stays. */
#include "manifest/place.h"

#include <string.h>

#define SIZE_LIMIT 300

static bool claims(const char *path) {
    return manifest_is_named(path, "VERSION") || manifest_is_named(path, "VERSION.txt") || manifest_is_named(path, "version.txt") ||
           manifest_is_named(path, ".version");
}

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    (void)error;
    gsize length = 0;
    const char *text = g_bytes_get_data(query->bytes, &length);
    GPtrArray *places = manifest_places_new();
    gsize from = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0, to = length;
    if (length > SIZE_LIMIT)
        return places;
    while (from < to && g_ascii_isspace(text[from]))
        from++;
    while (to > from && g_ascii_isspace(text[to - 1]))
        to--;
    from += from + 1 < to && text[from] == 'v' ? 1 : 0;
    if (manifest_is_value(text + from, to - from) && memchr(text + from, '.', to - from) != NULL)
        manifest_places_add(places, text, from, to - from);
    return places;
}

const ManifestFormat manifest_format_version_file = {
    .name = "version_file",
    .doc = "VERSION, VERSION.txt, version.txt: the whole file",
    .claims = claims,
    .find = find,
};
