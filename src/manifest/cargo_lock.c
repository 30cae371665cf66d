/* Cargo.lock (doc.rust-lang.org/cargo, "Cargo.toml vs Cargo.lock"): the entries of the project's own crates, which have no source. */
#include "manifest/place.h"
#include "manifest/toml.h"

#include <string.h>

static bool claims(const char *path) {
    return manifest_is_named(path, "Cargo.lock");
}

/* One [[package]] while it is being read; its end is the next header. */
typedef struct {
    const char *text;
    const char *const *names;
    GPtrArray *places;
    char *name;
    gsize offset, length; /* of its version; length 0: none yet */
    bool foreign;         /* it has a source */
} Finder;

static void finish(Finder *finder) {
    bool ours = finder->name != NULL && !finder->foreign && (finder->names == NULL || g_strv_contains(finder->names, finder->name));
    if (ours && manifest_is_value(finder->text + finder->offset, finder->length))
        manifest_places_add(finder->places, finder->text, finder->offset, finder->length);
    g_clear_pointer(&finder->name, g_free);
    finder->length = 0;
    finder->foreign = false;
}

static bool take(const TomlValue *value, void *data) {
    Finder *finder = data;
    if (!value->is_string && g_str_equal(value->path, "package[]"))
        finish(finder);
    else if (g_str_equal(value->path, "package[].name")) {
        g_free(finder->name);
        finder->name = g_strndup(finder->text + value->offset, value->length);
    } else if (g_str_equal(value->path, "package[].version") && value->is_string) {
        finder->offset = value->offset;
        finder->length = value->length;
    } else if (g_str_equal(value->path, "package[].source"))
        finder->foreign = true;
    return true;
}

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    gsize length = 0;
    const char *text = g_bytes_get_data(query->bytes, &length);
    g_autoptr(GPtrArray) places = manifest_places_new();
    Finder finder = {.text = text, .names = query->names, .places = places};
    guint line = 0;
    bool read = toml_walk(text, length, take, &finder, &line);
    finish(&finder);
    return read ? g_steal_pointer(&places) : manifest_broken(query->path, line, "TOML", error);
}

const ManifestFormat manifest_format_cargo_lock = {
    .name = "cargo_lock",
    .doc = "Cargo.lock: the entries of the project's own crates",
    .lock = true,
    .claims = claims,
    .find = find,
};
