/* Cargo.toml (doc.rust-lang.org/cargo, "The Manifest Format"): [package] version, [workspace.package] version; and the requirements of path dependencies on
 * the project's own crates, which cargo publish checks. */
#include "manifest/place.h"
#include "manifest/toml.h"

#include <string.h>

static bool claims(const char *path) {
    return manifest_is_named(path, "Cargo.toml");
}

typedef struct {
    const char *text;
    const char *const *names;
    GPtrArray *places;
} Finder;

/* "…dependencies.NAME.version" of one of our own crates, exact to the last number: "0.4" is a range that may go on to hold. */
static bool is_own_dependency(const Finder *finder, const TomlValue *value) {
    static const char *const tables[] = {"dependencies.", "dev-dependencies.", "build-dependencies.", "workspace.dependencies."};
    const char *name = NULL;
    for (guint i = 0; i < G_N_ELEMENTS(tables); i++) {
        if (g_str_has_prefix(value->path, tables[i]))
            name = value->path + strlen(tables[i]);
    }
    if (name == NULL || finder->names == NULL || !g_str_has_suffix(name, ".version"))
        return false;
    g_autofree char *crate = g_strndup(name, strlen(name) - strlen(".version"));
    guint dots = 0;
    for (gsize i = 0; i < value->length; i++)
        dots += finder->text[value->offset + i] == '.' ? 1 : 0;
    return dots >= 2 && g_strv_contains(finder->names, crate);
}

static bool take_version(const TomlValue *value, void *data) {
    Finder *finder = data;
    const char *text = finder->text + value->offset;
    bool own = g_str_equal(value->path, "package.version") || g_str_equal(value->path, "workspace.package.version") || is_own_dependency(finder, value);
    gsize exact = own && value->is_string && value->length > 0 && *text == '=' ? 1 : 0;
    if (own && value->is_string && manifest_is_value(text + exact, value->length - exact))
        manifest_places_add(finder->places, finder->text, value->offset + exact, value->length - exact);
    return true;
}

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    gsize length = 0;
    const char *text = g_bytes_get_data(query->bytes, &length);
    g_autoptr(GPtrArray) places = manifest_places_new();
    guint line = 0;
    if (toml_walk(text, length, take_version, &(Finder){text, query->names, places}, &line))
        return g_steal_pointer(&places);
    return manifest_broken(query->path, line, "TOML", error);
}

/* ---- what else it says ---- */

typedef struct {
    const char *text;
    char *name;
    GPtrArray *folders;
} Reader;

static bool take_rest(const TomlValue *value, void *data) {
    Reader *reader = data;
    if (reader->name == NULL && value->is_string && g_str_equal(value->path, "package.name"))
        reader->name = g_strndup(reader->text + value->offset, value->length);
    if (value->is_string && g_str_equal(value->path, "workspace.members[]"))
        g_ptr_array_add(reader->folders, g_strndup(reader->text + value->offset, value->length));
    return true;
}

static Reader read_all(GBytes *bytes) {
    gsize length = 0;
    Reader reader = {.text = g_bytes_get_data(bytes, &length), .folders = g_ptr_array_new()};
    guint line = 0;
    toml_walk(reader.text, length, take_rest, &reader, &line);
    return reader;
}

static char *package(GBytes *bytes) {
    Reader reader = read_all(bytes);
    g_ptr_array_set_free_func(reader.folders, g_free);
    g_ptr_array_unref(reader.folders);
    return reader.name;
}

static char **members(GBytes *bytes) {
    Reader reader = read_all(bytes);
    g_free(reader.name);
    g_ptr_array_add(reader.folders, NULL);
    return (char **)g_ptr_array_free(reader.folders, FALSE);
}

const ManifestFormat manifest_format_cargo = {
    .name = "cargo",
    .doc = "Cargo.toml: [package] version, [workspace.package] version",
    .claims = claims,
    .find = find,
    .package = package,
    .members = members,
};
