/* package-lock.json and npm-shrinkwrap.json (docs.npmjs.com, "package-lock.json"): the top-level version, and from format 2 on, under packages, the root's own
 * and those of the folders that are members of its workspace. */
#include "manifest/json.h"
#include "manifest/place.h"

#include <string.h>

static bool claims(const char *path) {
    return manifest_is_named(path, "package-lock.json") || manifest_is_named(path, "npm-shrinkwrap.json");
}

typedef struct {
    const char *text;
    const char *const *names;
    GPtrArray *places;
    char *folder; /* of the member that is being read */
    char *name;
    gsize offset, length; /* of its version */
} Finder;

/* What npm takes for the name where the entry says none: the folder's, with the scope before it. */
static char *folder_name(const char *folder) {
    const char *slash = strrchr(folder, '/');
    const char *scope = slash;
    while (scope != NULL && scope > folder && scope[-1] != '/')
        scope--;
    return g_strdup(slash == NULL ? folder : *scope == '@' ? scope : slash + 1);
}

static void finish(Finder *finder) {
    g_autofree char *folder = g_steal_pointer(&finder->folder);
    g_autofree char *name = g_steal_pointer(&finder->name);
    if (folder == NULL || finder->length == 0)
        return;
    name = name != NULL ? name : folder_name(folder);
    if (g_strv_contains(finder->names, name) && manifest_is_value(finder->text + finder->offset, finder->length))
        manifest_places_add(finder->places, finder->text, finder->offset, finder->length);
    finder->length = 0;
}

/* Is this "packages", a folder of the project's own, and a key of it? The key; *size: the folder's length in `path`. */
static const char *member_key(const char *path, gsize *size) {
    static const char prefix[] = "packages\n";
    const char *folder = g_str_has_prefix(path, prefix) ? path + sizeof prefix - 1 : NULL;
    const char *end = folder != NULL ? strchr(folder, '\n') : NULL;
    if (end == NULL || end == folder)
        return NULL;
    *size = (gsize)(end - folder);
    return g_strstr_len(folder, (gssize)*size, "node_modules/") == NULL ? end + 1 : NULL;
}

static void take_member(Finder *finder, const JsonValue *value) {
    gsize size = 0;
    const char *key = finder->names != NULL ? member_key(value->path, &size) : NULL;
    const char *folder = value->path + strlen("packages\n");
    bool same = key != NULL && finder->folder != NULL && strlen(finder->folder) == size && memcmp(finder->folder, folder, size) == 0;
    if (!same)
        finish(finder);
    if (!same && key != NULL)
        finder->folder = g_strndup(folder, size);
    if (key == NULL || !value->is_string)
        return;
    if (g_str_equal(key, "version")) {
        finder->offset = value->offset;
        finder->length = value->length;
    } else if (g_str_equal(key, "name") && finder->name == NULL)
        finder->name = g_strndup(finder->text + value->offset, value->length);
}

static bool take(const JsonValue *value, void *data) {
    Finder *finder = data;
    bool own = value->is_string && (g_str_equal(value->path, "version") || g_str_equal(value->path, "packages\n\nversion"));
    take_member(finder, value);
    if (own && manifest_is_value(finder->text + value->offset, value->length))
        manifest_places_add(finder->places, finder->text, value->offset, value->length);
    return true;
}

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    gsize length = 0;
    const char *text = g_bytes_get_data(query->bytes, &length);
    g_autoptr(GPtrArray) places = manifest_places_new();
    Finder finder = {.text = text, .names = query->names, .places = places};
    guint line = 0;
    bool read = json_walk(text, length, take, &finder, &line);
    finish(&finder);
    return read ? g_steal_pointer(&places) : manifest_broken(query->path, line, "JSON", error);
}

const ManifestFormat manifest_format_npm_lock = {
    .name = "npm_lock",
    .doc = "package-lock.json, npm-shrinkwrap.json: version of the root package and of workspace members",
    .lock = true,
    .claims = claims,
    .find = find,
};
