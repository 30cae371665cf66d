/* Paths of one clone in what others read: placeholders. */
#include "share/share.h"

#include <string.h>

typedef struct {
    const char *from, *to;
} Swap;

/* The longest first: a run's folder is below the git directory, which is below the tree. */
#define SWAPS 3
typedef struct {
    Swap swaps[SWAPS];
    bool bounded; /* only where a path's name ends */
} Swaps;

static bool ends_name(char next) {
    return next == '\0' || (!g_ascii_isalnum(next) && strchr("._-+~", next) == NULL);
}

static const Swap *swap_at(const Swaps *swaps, const char *text) {
    for (guint i = 0; i < SWAPS; i++) {
        const char *from = swaps->swaps[i].from;
        if (from != NULL && *from != '\0' && g_str_has_prefix(text, from) && (!swaps->bounded || ends_name(text[strlen(from)])))
            return &swaps->swaps[i];
    }
    return NULL;
}

static char *swap_text(const char *text, const Swaps *swaps) {
    GString *out = g_string_new(NULL);
    while (*text != '\0') {
        const Swap *swap = swap_at(swaps, text);
        g_string_append_len(out, swap != NULL ? swap->to : text, swap != NULL ? (gssize)strlen(swap->to) : 1);
        text += swap != NULL ? strlen(swap->from) : 1;
    }
    return g_string_free(out, FALSE);
}

static bool is_bytes(const json_t *json) {
    return json_object_size(json) == 1 && jsonx_string(json, "base64") != NULL;
}

/* A path that is no text stands as bytes in JSON. */
static json_t *swap_bytes(const json_t *json, const Swaps *swaps) {
    g_autoptr(GBytes) bytes = jsonx_get_bytes(json);
    gsize length = 0;
    const char *data = bytes != NULL ? g_bytes_get_data(bytes, &length) : NULL;
    if (data == NULL || memchr(data, '\0', length) != NULL)
        return json_deep_copy(json);
    g_autofree char *text = g_strndup(data, length);
    g_autofree char *swapped = swap_text(text, swaps);
    return jsonx_path(swapped);
}

static json_t *swap_json(const json_t *json, const Swaps *swaps) {
    if (is_bytes(json) || (json_is_string(json) && strlen(json_string_value(json)) == json_string_length(json)))
        return swap_bytes(json, swaps);
    if (json_is_array(json)) {
        json_t *array = json_array();
        for (gsize i = 0; i < json_array_size(json); i++)
            json_array_append_new(array, swap_json(json_array_get(json, i), swaps));
        return array;
    }
    if (!json_is_object(json))
        return json_deep_copy(json);
    json_t *object = json_object();
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)json, key, value) json_object_set_new(object, key, swap_json(value, swaps));
    return object;
}

json_t *share_places_out(const json_t *json, const SharePlaces *places) {
    Swaps swaps = {{{places->work_dir, "{slipway:work}"}, {places->git_dir, "{slipway:git}"}, {places->tree, "{slipway:tree}"}}, true};
    return swap_json(json, &swaps);
}

json_t *share_places_in(const json_t *json, const SharePlaces *places) {
    Swaps swaps = {{{"{slipway:work}", places->work_dir}, {"{slipway:git}", places->git_dir}, {"{slipway:tree}", places->tree}}, false};
    return swap_json(json, &swaps);
}
