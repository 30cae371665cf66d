#include "manifest/manifest.h"

#include "base/error.h"
#include "manifest/place.h"

#include <string.h>

#define MANIFEST_FORMAT(stem) extern const ManifestFormat manifest_format_##stem;
#include "manifest/formats.def"
#undef MANIFEST_FORMAT

static const ManifestFormat *const formats[] = {
#define MANIFEST_FORMAT(stem) &manifest_format_##stem,
#include "manifest/formats.def"
#undef MANIFEST_FORMAT
    NULL,
};

const ManifestFormat *const *manifest_formats(void) {
    return formats;
}

const ManifestFormat *manifest_format_by_name(const char *name) {
    for (guint i = 0; formats[i] != NULL; i++) {
        if (g_str_equal(formats[i]->name, name))
            return formats[i];
    }
    return NULL;
}

void manifest_place_free(ManifestPlace *place) {
    g_free(place->value);
    g_free(place);
}

GPtrArray *manifest_places_new(void) {
    return g_ptr_array_new_with_free_func((GDestroyNotify)manifest_place_free);
}

/* Places come in order: counting goes on from the one before. */
void manifest_places_add(GPtrArray *places, const char *text, gsize offset, gsize length) {
    const ManifestPlace *last = places->len > 0 ? g_ptr_array_index(places, places->len - 1) : NULL;
    bool on = last != NULL && last->offset <= offset;
    ManifestPlace *place = g_new0(ManifestPlace, 1);
    *place = (ManifestPlace){
        .offset = offset, .length = length, .line = on ? last->line : 1, .column = on ? last->column : 1, .value = g_strndup(text + offset, length)};
    for (gsize i = on ? last->offset : 0; i < offset; i++) {
        place->line += text[i] == '\n' ? 1 : 0;
        place->column = text[i] == '\n' ? 1 : place->column + 1;
    }
    g_ptr_array_add(places, place);
}

bool manifest_is_value(const char *text, gsize length) {
    if (length == 0 || length > 256 || !g_ascii_isdigit(*text))
        return false;
    for (gsize i = 0; i < length; i++) {
        if (text[i] == '\0' || (!g_ascii_isalnum(text[i]) && strchr(".-+!_", text[i]) == NULL))
            return false;
    }
    return true;
}

bool manifest_is_named(const char *path, const char *name) {
    const char *slash = strrchr(path, '/');
    return g_str_equal(slash != NULL ? slash + 1 : path, name);
}

guint manifest_line(const char *text, gsize offset) {
    guint line = 1;
    for (gsize i = 0; i < offset; i++)
        line += text[i] == '\n' ? 1 : 0;
    return line;
}

GPtrArray *manifest_broken(const char *path, guint line, const char *what, GError **error) {
    error_set(error, ERROR_PARSE, "%s:%u: this line is not %s", path, line, what);
    error_state(error, "nothing was changed");
    return NULL;
}

ManifestRest manifest_rest_begin(GBytes *bytes, gsize *length) {
    return (ManifestRest){.text = g_bytes_get_data(bytes, length), .folders = g_ptr_array_new_with_free_func(g_free)};
}

void manifest_rest_add_name(ManifestRest *rest, gsize offset, gsize length) {
    if (rest->name == NULL)
        rest->name = g_strndup(rest->text + offset, length);
}

void manifest_rest_add_folder(ManifestRest *rest, gsize offset, gsize length) {
    g_ptr_array_add(rest->folders, g_strndup(rest->text + offset, length));
}

char *manifest_rest_name(ManifestRest *rest) {
    g_ptr_array_unref(rest->folders);
    return rest->name;
}

char **manifest_rest_folders(ManifestRest *rest) {
    g_free(rest->name);
    g_ptr_array_add(rest->folders, NULL);
    return (char **)g_ptr_array_free(rest->folders, FALSE);
}

static bool check_values(const ManifestFile *file, const GPtrArray *places, const char *value, GError **error) {
    if (places->len == 0) {
        error_set(error, ERROR_VERSION_NOT_FOUND, "no version stands in %s", file->path);
        error_state(error, "nothing was changed");
        return false;
    }
    for (guint i = 0; i < places->len; i++) {
        const ManifestPlace *place = g_ptr_array_index(places, i);
        if (value == NULL || g_str_equal(place->value, value))
            continue;
        error_set(error, ERROR_VERSIONS_DISAGREE, "%s:%u:%u says %s, not %s", file->path, place->line, place->column, place->value, value);
        error_state(error, "nothing was changed");
        return false;
    }
    return true;
}

static GBytes *replace_all(GBytes *bytes, const GPtrArray *places, const char *value) {
    gsize size = 0;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    GByteArray *out = g_byte_array_new();
    gsize done = 0;
    for (guint i = 0; i < places->len; i++) {
        const ManifestPlace *place = g_ptr_array_index(places, i);
        g_byte_array_append(out, data + done, (guint)(place->offset - done));
        g_byte_array_append(out, (const guint8 *)value, (guint)strlen(value));
        done = place->offset + place->length;
    }
    g_byte_array_append(out, data + done, (guint)(size - done));
    g_byte_array_append(out, (const guint8 *)"", 1);
    g_autoptr(GBytes) whole = g_byte_array_free_to_bytes(out);
    return g_bytes_new_from_bytes(whole, 0, g_bytes_get_size(whole) - 1);
}

/* In a file that holds versions of other things, too, only those places count that say this one. */
static GPtrArray *places_of(const ManifestFile *file, GBytes *bytes, const char *value, GError **error) {
    ManifestQuery query = {.path = file->path, .bytes = bytes, .pattern = file->pattern, .count = file->count, .names = file->names};
    GPtrArray *places = file->format->find(&query, error);
    for (guint i = places != NULL && file->format->loose && value != NULL ? places->len : 0; i > 0; i--) {
        if (!g_str_equal(((const ManifestPlace *)g_ptr_array_index(places, i - 1))->value, value))
            g_ptr_array_remove_index(places, i - 1);
    }
    return places;
}

GBytes *manifest_set(const ManifestFile *file, GBytes *bytes, const char *old_value, const char *new_value, GError **error) {
    g_autoptr(GPtrArray) places = places_of(file, bytes, old_value, error);
    if (places == NULL || !check_values(file, places, old_value, error))
        return NULL;
    g_autoptr(GBytes) edited = replace_all(bytes, places, new_value);
    g_autoptr(GPtrArray) after = places_of(file, edited, new_value, error);
    if (after == NULL || !check_values(file, after, new_value, error))
        return NULL;
    if (after->len == places->len)
        return g_steal_pointer(&edited);
    error_set(error, ERROR_PARSE, "%s would not carry the version in the same places afterwards", file->path);
    error_state(error, "nothing was changed");
    return NULL;
}
