/* setup.py: version="…" as an argument of setup(), only where it is a literal. */
#include "manifest/place.h"

#include <string.h>

static bool claims(const char *path) {
    g_autofree char *name = g_path_get_basename(path);
    return g_str_equal(name, "setup.py");
}

/* Comments are passed over by the first alternative, so that a commented argument does not count. */
static GPtrArray *find(const ManifestQuery *query, GError **error) {
    (void)error;
    gsize length = 0;
    const char *text = g_bytes_get_data(query->bytes, &length);
    GPtrArray *places = manifest_places_new();
    g_autoptr(GRegex) form = g_regex_new("#[^\\n]*|(?:^|[(,])[ \\t]*\\n?[ \\t]*version[ \\t]*=[ \\t]*(?:\"([0-9][^\"\\\\\\n]*)\"|'([0-9][^'\\\\\\n]*)')",
                                         G_REGEX_RAW | G_REGEX_MULTILINE, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    const char *call = g_strstr_len(text, (gssize)length, "setup(");
    g_regex_match_full(form, text, (gssize)length, call != NULL ? (gint)(call - text) + 5 : (gint)length, 0, &match, NULL);
    while (call != NULL && g_match_info_matches(match)) {
        gint from = -1, to = -1;
        if (!g_match_info_fetch_pos(match, 1, &from, &to) || from < 0)
            g_match_info_fetch_pos(match, 2, &from, &to);
        if (from >= 0 && places->len == 0)
            manifest_places_add(places, text, (gsize)from, (gsize)(to - from));
        g_match_info_next(match, NULL);
    }
    return places;
}

const ManifestFormat manifest_format_setup_py = {
    .name = "setup_py",
    .doc = "setup.py: version=\"…\" as a literal argument of setup()",
    .scheme = MANIFEST_PEP440,
    .claims = claims,
    .find = find,
};
