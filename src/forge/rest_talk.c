/* Comments: once, by the mark. */
#include "forge/rest.h"

#include <string.h>

char *rest_marked(const char *body, const char *mark) {
    const char *text = body != NULL ? body : "";
    return strstr(text, mark) != NULL ? g_strdup(text) : g_strdup_printf("%s\n\n<!-- %s -->\n", text, mark);
}

bool rest_has_mark(const json_t *json, const char *mark) {
    const char *body = jsonx_string(json, "body");
    return body != NULL && strstr(body, mark) != NULL;
}

bool rest_has_comment(const RestComments *comments, const char *mark, bool *has, GError **error) {
    Rest *rest = comments->rest;
    g_autoptr(json_t) list = NULL;
    *has = false;
    if (comments->path == NULL)
        return false;
    if (!(comments->one_page ? rest_get(rest, comments->path, &list, error) : rest_list(rest, comments->path, NULL, &list, error)))
        return false;
    if (!json_is_array(list))
        return error_set(error, ERROR_CONFLICT, "there is nothing on %s to comment on: %s", rest->host, comments->path);
    for (gsize i = 0; i < json_array_size(list) && !*has; i++)
        *has = rest_has_mark(json_array_get(list, i), mark);
    return true;
}

static bool look_for_comment(const RestComments *comments, const char *mark, GError **error) {
    gint64 began = 0;
    do {
        bool has = false;
        if (rest_has_comment(comments, mark, &has, NULL) && has) {
            g_clear_error(error);
            return true;
        }
    } while (rest_wait(comments->rest, &began));
    return rest_lost(error);
}

bool rest_comment(const RestComments *comments, const char *body, const char *mark, GError **error) {
    bool has = false;
    if (!rest_has_comment(comments, mark, &has, error) || has)
        return has;
    g_autofree char *text = rest_marked(body, mark);
    g_autoptr(json_t) json = json_pack("{s:o}", "body", jsonx_text(text));
    g_autoptr(json_t) answer = NULL;
    RestChange change = {.method = "POST", .path = comments->path, .json = json};
    long status = 0;
    switch (rest_change(comments->rest, &change, &status, &answer, error)) {
    case REST_DONE:
        return true;
    case REST_LOST:
        return look_for_comment(comments, mark, error);
    case REST_REFUSED:
        return rest_refused(comments->rest, &change, status, answer, error);
    case REST_FAILED:
        break;
    }
    return false;
}
