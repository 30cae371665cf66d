/* Members of an answer, with what is wrong where they are not as documented. */
#include "forge/rest.h"

#include <string.h>

static bool has_not(const RestShape *shape, const char *type, const char *field, GError **error) {
    const char *path = shape->path, *api = *path == '/' ? shape->rest->api : "";
    error_set(error, ERROR_ANSWER, "the answer of %s%.*s has no %s %s", api, (int)strcspn(path, "?"), path, type, field);
    error_why(error, "%s documents it, so that the address is not its API, or it has changed", shape->rest->kind->title);
    return false;
}

static const json_t *member(const RestShape *shape, const char *field) {
    return json_object_get(shape->json, field);
}

bool rest_text(const RestShape *shape, const char *field, const char **value, GError **error) {
    *value = json_string_value(member(shape, field));
    return *value != NULL || has_not(shape, "text", field, error);
}

bool rest_text_or_null(const RestShape *shape, const char *field, const char **value, GError **error) {
    const json_t *found = member(shape, field);
    *value = json_string_value(found);
    return *value != NULL || ((found == NULL || json_is_null(found)) && json_is_object(shape->json)) || has_not(shape, "text", field, error);
}

bool rest_int(const RestShape *shape, const char *field, gint64 *value, GError **error) {
    const json_t *found = member(shape, field);
    *value = json_integer_value(found);
    return json_is_integer(found) || has_not(shape, "whole number", field, error);
}

bool rest_bool(const RestShape *shape, const char *field, bool *value, GError **error) {
    const json_t *found = member(shape, field);
    *value = json_is_true(found);
    return json_is_boolean(found) || has_not(shape, "true or false in", field, error);
}

bool rest_array(const RestShape *shape, const char *field, const json_t **value, GError **error) {
    *value = member(shape, field);
    return json_is_array(*value) || has_not(shape, "list", field, error);
}

bool rest_object(const RestShape *shape, const char *field, const json_t **value, GError **error) {
    *value = member(shape, field);
    return json_is_object(*value) || has_not(shape, "object", field, error);
}

gint64 rest_time(const char *text) {
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) time = text != NULL ? g_date_time_new_from_iso8601(text, utc) : NULL;
    gint64 seconds = time != NULL ? g_date_time_to_unix(time) : 0;
    return MAX(seconds, 0);
}
