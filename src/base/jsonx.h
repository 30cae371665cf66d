/* What slipway adds to jansson: bounded reading, one canonical writing, bytes in JSON, getters that say what is missing. */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

/* Parses one document of at most `limit` bytes and depth 64; error PARSE names `where`, line and column. New reference. */
json_t *jsonx_parse(const char *text, gsize length, gsize limit, const char *where, GError **error);
/* Canonical: sorted keys, no white space, UTF-8 as it is. The bytes that hashes are taken over. Free with g_free. */
char *jsonx_canonical(const json_t *json);
char *jsonx_pretty(const json_t *json); /* two blanks of indent, keys in order of insertion, newline at the end */
char *jsonx_sha256(const json_t *json); /* digest of the canonical bytes */

/* Bytes that need not be UTF-8: a string when they are and hold no NUL, else {"base64": "…"}. New reference / free with g_free resp. g_bytes_unref. */
json_t *jsonx_bytes(const void *data, gsize length);
json_t *jsonx_path(const char *path);
GBytes *jsonx_get_bytes(const json_t *value);
char *jsonx_get_path(const json_t *value);

/* Getters for objects; a member that is missing or of another type gives NULL / fallback. Borrowed. */
const char *jsonx_string(const json_t *object, const char *key);
gint64 jsonx_int(const json_t *object, const char *key, gint64 fallback);
bool jsonx_bool(const json_t *object, const char *key, bool fallback);
/* A new array of strings from a NULL-ended list, and back (free with g_strfreev). */
json_t *jsonx_strv(const char *const *strings);
char **jsonx_to_strv(const json_t *array);
/* A string of text for people: what is not UTF-8 is replaced by U+FFFD. New reference. */
json_t *jsonx_text(const char *text);
/* The value with the secrets that secret_redact knows replaced in its texts and names: itself where there are none, else a copy. New reference. */
json_t *jsonx_redact(json_t *value);
