#include "engine/effect.h"

#include <string.h>

/* A longer text that another effect shows whole is told by its length and digest. */
#define TEXT_LIMIT 200
static const struct {
    const char *name, *reason;
} told[] = {
    {"notes", "the draft shows them whole"},
};

/* ---- what the title and the detail leave out ---- */

static bool is_reference(const json_t *value) {
    return json_object_size(value) == 2 && jsonx_string(value, "result") != NULL && jsonx_string(value, "field") != NULL;
}

static bool is_container(const json_t *value) {
    bool bytes = json_object_size(value) == 1 && jsonx_string(value, "base64") != NULL;
    return (json_is_object(value) || json_is_array(value)) && !is_reference(value) && !bytes;
}

/* A list of texts or numbers is shown as one; whatever else stands in a place of one is not what the kind meant. */
static bool is_whole(const json_t *value) {
    bool whole = !json_is_object(value) || !is_container(value);
    for (gsize i = 0; whole && i < json_array_size(value); i++)
        whole = !is_container(json_array_get(value, i));
    return whole;
}

static json_t *rest_of(const json_t *value, const char *path, const char *const *shown);

static json_t *rest_of_object(const json_t *object, const char *path, const char *const *shown) {
    json_t *rest = json_object();
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)object, key, member) {
        g_autofree char *inner = *path != '\0' ? g_strdup_printf("%s.%s", path, key) : g_strdup(key);
        json_t *left = rest_of(member, inner, shown);
        if (left != NULL)
            json_object_set_new(rest, key, left);
    }
    return rest;
}

static json_t *rest_of_rows(const json_t *rows, const char *path, const char *const *shown) {
    json_t *rest = json_array();
    bool some = json_array_size(rows) == 0;
    for (gsize i = 0; i < json_array_size(rows); i++) {
        json_t *left = rest_of(json_array_get(rows, i), path, shown);
        some = some || left != NULL;
        json_array_append_new(rest, left != NULL ? left : json_object());
    }
    if (some)
        return rest;
    json_decref(rest);
    return NULL;
}

/* NULL: all of it is shown. */
static json_t *rest_of(const json_t *value, const char *path, const char *const *shown) {
    if (g_strv_contains(shown, path) && is_whole(value))
        return NULL;
    if (!is_container(value))
        return json_deep_copy(value);
    if (json_is_array(value))
        return rest_of_rows(value, path, shown);
    json_t *rest = rest_of_object(value, path, shown);
    if (json_object_size(rest) > 0 || json_object_size(value) == 0)
        return rest;
    json_decref(rest);
    return NULL;
}

/* ---- in words ---- */

static bool is_told(const char *name, const json_t *value) {
    bool is = false;
    for (guint i = 0; i < G_N_ELEMENTS(told); i++)
        is = is || (g_str_equal(told[i].name, name) && json_string_length(value) > TEXT_LIMIT);
    return is;
}

static int by_name(gconstpointer a, gconstpointer b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *sorted_names(const json_t *object) {
    GPtrArray *names = g_ptr_array_new();
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)object, key, member) g_ptr_array_add(names, (char *)key);
    g_ptr_array_sort(names, by_name);
    return names;
}

static void add_value(GString *out, const char *name, const json_t *value);

static void add_members(GString *out, const json_t *object, const char *between) {
    g_autoptr(GPtrArray) names = sorted_names(object);
    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        g_string_append_printf(out, "%s%s: ", i > 0 ? between : "", name);
        add_value(out, name, json_object_get(object, name));
    }
}

static void add_rows(GString *out, const json_t *rows) {
    g_string_append_c(out, '[');
    for (gsize i = 0; i < json_array_size(rows); i++) {
        g_string_append(out, i > 0 ? ", " : "");
        add_value(out, "", json_array_get(rows, i));
    }
    g_string_append_c(out, ']');
}

static void add_value(GString *out, const char *name, const json_t *value) {
    if (is_told(name, value)) {
        g_autofree char *digest = jsonx_sha256(value);
        g_string_append_printf(out, "(%" G_GSIZE_FORMAT " bytes, %s)", json_string_length(value), digest);
    } else if (is_reference(value)) {
        g_string_append_printf(out, "<%s.%s>", jsonx_string(value, "result"), jsonx_string(value, "field"));
    } else if (json_is_array(value)) {
        add_rows(out, value);
    } else if (json_is_object(value)) {
        g_string_append_c(out, '{');
        add_members(out, value, ", ");
        g_string_append_c(out, '}');
    } else {
        g_autofree char *text = jsonx_canonical(value);
        g_string_append(out, text);
    }
}

/* Left out of a plan and empty in it say the same. */
static bool is_nothing(const json_t *value) {
    return json_is_null(value) || json_is_false(value) || (json_is_string(value) && json_string_length(value) == 0) ||
           ((json_is_object(value) || json_is_array(value)) && json_object_size(value) + json_array_size(value) == 0);
}

char *effect_rest(const EffectKind *kind, const json_t *params) {
    g_auto(GStrv) shown = g_strsplit(kind->shown != NULL ? kind->shown : "", " ", -1);
    g_autoptr(json_t) rest = rest_of_object(params, "", (const char *const *)shown);
    g_autoptr(json_t) some = json_object();
    const char *key;
    json_t *member;
    json_object_foreach(rest, key, member) {
        if (!is_nothing(member))
            json_object_set(some, key, member);
    }
    GString *line = g_string_new(NULL);
    add_members(line, some, "; ");
    return g_string_free(line, line->len == 0);
}
