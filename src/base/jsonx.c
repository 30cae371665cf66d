#include "base/jsonx.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/secret.h"

#include <string.h>

#define MAX_DEPTH 64

/* jansson's own depth limit is 2,048: too deep for the stack of a worker thread with sanitizers, and no document of ours needs it. */
static bool too_deep(const char *text, gsize length) {
    guint depth = 0;
    bool quoted = false;
    for (gsize i = 0; i < length; i++) {
        char c = text[i];
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '{' || c == '['))
            depth++;
        else if (!quoted && (c == '}' || c == ']') && depth > 0)
            depth--;
        if (depth > MAX_DEPTH)
            return true;
    }
    return false;
}

json_t *jsonx_parse(const char *text, gsize length, gsize limit, const char *where, GError **error) {
    if (length > limit) {
        error_set(error, ERROR_TOO_LARGE, "%s is larger than %" G_GSIZE_FORMAT " bytes", where, limit);
        return NULL;
    }
    if (too_deep(text, length)) {
        error_set(error, ERROR_PARSE, "%s is nested deeper than %d levels", where, MAX_DEPTH);
        return NULL;
    }
    json_error_t problem;
    json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &problem);
    if (json == NULL)
        error_set(error, ERROR_PARSE, "%s:%d:%d: %s", where, problem.line, problem.column, problem.text);
    return json;
}

char *jsonx_canonical(const json_t *json) {
    char *raw = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    char *text = g_strdup(raw != NULL ? raw : "null");
    free(raw);
    return text;
}

char *jsonx_pretty(const json_t *json) {
    char *raw = json_dumps(json, JSON_INDENT(2) | JSON_ENCODE_ANY);
    char *text = g_strconcat(raw != NULL ? raw : "null", "\n", NULL);
    free(raw);
    return text;
}

char *jsonx_sha256(const json_t *json) {
    g_autofree char *text = jsonx_canonical(json);
    return digest_string(text);
}

json_t *jsonx_bytes(const void *data, gsize length) {
    if (length == 0)
        return json_string("");
    if (memchr(data, '\0', length) == NULL && g_utf8_validate_len(data, length, NULL))
        return json_stringn(data, length);
    g_autofree char *encoded = g_base64_encode(data, length);
    json_t *object = json_object();
    json_object_set_new(object, "base64", json_string(encoded));
    return object;
}

json_t *jsonx_path(const char *path) {
    return jsonx_bytes(path, strlen(path));
}

GBytes *jsonx_get_bytes(const json_t *value) {
    if (json_is_string(value))
        return g_bytes_new(json_string_value(value), json_string_length(value));
    const char *encoded = jsonx_string(value, "base64");
    if (encoded == NULL)
        return NULL;
    gsize length = 0;
    guchar *data = g_base64_decode(encoded, &length);
    return g_bytes_new_take(data, length);
}

char *jsonx_get_path(const json_t *value) {
    g_autoptr(GBytes) bytes = jsonx_get_bytes(value);
    if (bytes == NULL)
        return NULL;
    return g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

json_t *jsonx_text(const char *text) {
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return json_string(valid);
}

const char *jsonx_string(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

gint64 jsonx_int(const json_t *object, const char *key, gint64 fallback) {
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? json_integer_value(value) : fallback;
}

bool jsonx_bool(const json_t *object, const char *key, bool fallback) {
    const json_t *value = json_object_get(object, key);
    return json_is_boolean(value) ? json_boolean_value(value) : fallback;
}

json_t *jsonx_strv(const char *const *strings) {
    json_t *array = json_array();
    for (guint i = 0; strings != NULL && strings[i] != NULL; i++)
        json_array_append_new(array, jsonx_text(strings[i]));
    return array;
}

char **jsonx_to_strv(const json_t *array) {
    GPtrArray *strings = g_ptr_array_new();
    for (gsize i = 0; i < json_array_size(array); i++) {
        const char *text = json_string_value(json_array_get(array, i));
        if (text != NULL)
            g_ptr_array_add(strings, g_strdup(text));
    }
    g_ptr_array_add(strings, NULL);
    return (char **)g_ptr_array_free(strings, FALSE);
}

static json_t *redact_text(json_t *value) {
    g_autofree char *clean = secret_redact(json_string_value(value));
    return clean != NULL ? jsonx_text(clean) : json_incref(value);
}

static json_t *redact_object(json_t *value) {
    json_t *copy = json_object();
    bool changed = false;
    const char *name;
    json_t *member;
    json_object_foreach(value, name, member) {
        g_autofree char *clean = secret_redact(name);
        json_t *new = jsonx_redact(member);
        changed = changed || clean != NULL || new != member;
        json_object_set_new(copy, clean != NULL ? clean : name, new);
    }
    if (changed)
        return copy;
    json_decref(copy);
    return json_incref(value);
}

static json_t *redact_array(json_t *value) {
    json_t *copy = json_array();
    bool changed = false;
    size_t i;
    json_t *member;
    json_array_foreach(value, i, member) {
        json_t *new = jsonx_redact(member);
        changed = changed || new != member;
        json_array_append_new(copy, new);
    }
    if (changed)
        return copy;
    json_decref(copy);
    return json_incref(value);
}

json_t *jsonx_redact(json_t *value) {
    if (!secret_is_known())
        return json_incref(value);
    if (json_is_string(value))
        return redact_text(value);
    if (json_is_object(value))
        return redact_object(value);
    return json_is_array(value) ? redact_array(value) : json_incref(value);
}
