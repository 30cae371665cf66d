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
    char *own; /* the version that this very file gives; NULL: none */
} Finder;

static bool is_own_version(const TomlValue *value) {
    return g_str_equal(value->path, "package.version") || g_str_equal(value->path, "workspace.package.version");
}

static bool take_own(const TomlValue *value, void *data) {
    Finder *finder = data;
    if (finder->own == NULL && value->is_string && is_own_version(value))
        finder->own = g_strndup(finder->text + value->offset, value->length);
    return true;
}

/* Behind the first part of a path and its dot; a part that holds dots is in quotes. */
static const char *behind_part(const char *path) {
    const char *close = *path == '"' ? strchr(path + 1, '"') : path;
    const char *dot = close != NULL ? strchr(close, '.') : NULL;
    return dot != NULL ? dot + 1 : "";
}

/* "…dependencies.NAME.version" of one of our own crates, exact to the last number: "0.4" is a range that may go on to hold. */
static bool is_own_dependency(const Finder *finder, const TomlValue *value) {
    static const char *const tables[] = {"dependencies.", "dev-dependencies.", "build-dependencies.", "workspace.dependencies."};
    const char *name = NULL, *inner = value->path;
    /* target.'cfg(unix)'.dependencies.NAME.version */
    if (g_str_has_prefix(inner, "target."))
        inner = behind_part(inner + strlen("target."));
    for (guint i = 0; i < G_N_ELEMENTS(tables); i++) {
        if (g_str_has_prefix(inner, tables[i]))
            name = inner + strlen(tables[i]);
    }
    if (name == NULL || finder->names == NULL || !g_str_has_suffix(name, ".version"))
        return false;
    g_autofree char *crate = g_strndup(name, strlen(name) - strlen(".version"));
    guint dots = 0;
    for (gsize i = 0; i < value->length; i++)
        dots += finder->text[value->offset + i] == '.' ? 1 : 0;
    return dots >= 2 && g_strv_contains(finder->names, crate);
}

/* A requirement that says another version than the file is a lower bound that was chosen: it stays. */
static bool take_version(const TomlValue *value, void *data) {
    Finder *finder = data;
    const char *text = finder->text + value->offset;
    bool required = !is_own_version(value) && is_own_dependency(finder, value);
    if (!value->is_string || (!required && !is_own_version(value)))
        return true;
    gsize mark = value->length > 0 && strchr("=^~", *text) != NULL ? 1 : 0;
    g_autofree char *said = g_strndup(text + mark, value->length - mark);
    bool counts = !required || g_strcmp0(said, finder->own) == 0;
    if (counts && manifest_is_value(said, value->length - mark))
        manifest_places_add(finder->places, finder->text, value->offset + mark, value->length - mark);
    return true;
}

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    gsize length = 0;
    const char *text = g_bytes_get_data(query->bytes, &length);
    g_autoptr(GPtrArray) places = manifest_places_new();
    Finder finder = {.text = text, .names = query->names, .places = places};
    guint line = 0;
    bool read = toml_walk(text, length, take_own, &finder, &line) && toml_walk(text, length, take_version, &finder, &line);
    g_free(finder.own);
    return read ? g_steal_pointer(&places) : manifest_broken(query->path, line, "TOML", error);
}

/* ---- what else it says ---- */

static bool take_rest(const TomlValue *value, void *data) {
    ManifestRest *rest = data;
    if (value->is_string && g_str_equal(value->path, "package.name"))
        manifest_rest_add_name(rest, value->offset, value->length);
    if (value->is_string && g_str_equal(value->path, "workspace.members[]"))
        manifest_rest_add_folder(rest, value->offset, value->length);
    return true;
}

static ManifestRest read_rest(GBytes *bytes) {
    gsize length = 0;
    ManifestRest rest = manifest_rest_begin(bytes, &length);
    guint line = 0;
    toml_walk(rest.text, length, take_rest, &rest, &line);
    return rest;
}

static char *package(GBytes *bytes) {
    ManifestRest rest = read_rest(bytes);
    return manifest_rest_name(&rest);
}

static char **members(GBytes *bytes) {
    ManifestRest rest = read_rest(bytes);
    return manifest_rest_folders(&rest);
}

const ManifestFormat manifest_format_cargo = {
    .name = "cargo",
    .doc = "Cargo.toml: [package] version, [workspace.package] version",
    .claims = claims,
    .find = find,
    .package = package,
    .members = members,
};
