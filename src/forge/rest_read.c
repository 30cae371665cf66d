/* Reads: members, lists, bodies. */
#include "base/text.h"
#include "forge/rest_parts.h"

#include <string.h>

#define BUDGET 60 /* seconds in which a read is repeated */
#define JSON_LIMIT (32 * 1024 * 1024)
#define MAX_MEMBERS 10000
#define MAX_PAGES 1000
#define REDIRECTS 5
/* An asset of 2 GiB over a slow line. */
#define READ_SECONDS (24 * 3600)

/* ---- one answer ---- */

static char **headers_with(const Rest *rest, const char *accept, const char *etag) {
    g_autoptr(GStrvBuilder) list = g_strv_builder_new();
    for (guint i = 0; rest->kind->headers != NULL && rest->kind->headers[i] != NULL; i++) {
        bool replaced = accept != NULL && g_ascii_strncasecmp(rest->kind->headers[i], "Accept:", 7) == 0;
        if (!replaced)
            g_strv_builder_add(list, rest->kind->headers[i]);
    }
    g_autofree char *wanted = accept != NULL ? g_strconcat("Accept: ", accept, NULL) : NULL;
    g_autofree char *known = etag != NULL && strpbrk(etag, "\r\n") == NULL ? g_strconcat("If-None-Match: ", etag, NULL) : NULL;
    if (wanted != NULL)
        g_strv_builder_add(list, wanted);
    if (known != NULL)
        g_strv_builder_add(list, known);
    return g_strv_builder_end(list);
}

/* A redirect that leaves the API is not followed by trust: what answered there is not the forge. */
static bool came_from_api(const Rest *rest, const HttpAnswer *answer, GError **error) {
    g_autofree char *own = http_origin(rest->api);
    g_autofree char *origin = http_origin(answer->url);
    if (g_strcmp0(own, origin) == 0)
        return true;
    error_set(error, ERROR_ANSWER, "%s leads to %s", rest->host, origin);
    error_why(error, "an API answers for itself; the token was not sent there");
    error_fix(error, "correct the remote's address, or forge.api");
    return false;
}

static void adopt(HttpAnswer *answer, const RestCached *cached) {
    g_hash_table_unref(answer->headers);
    g_bytes_unref(answer->body);
    answer->headers = g_hash_table_ref(cached->headers);
    answer->body = g_bytes_ref(cached->body);
    answer->status = 200;
}

/* Once, conditionally. */
static bool ask_once(Rest *rest, const char *url, HttpAnswer *answer, GError **error) {
    g_auto(RestCached) cached = {0};
    g_autofree char *key = g_strconcat(rest->kind->title, " ", url, NULL); /* a kind always accepts the same */
    bool known = rest_cache_find(key, rest->token.secret, &cached);
    g_auto(GStrv) headers = headers_with(rest, NULL, known ? cached.etag : NULL);
    HttpRequest request = rest_request(rest, "GET", url, (const char *const *)headers);
    request.budget_seconds = BUDGET;
    request.redirects = REDIRECTS;
    request.limit = JSON_LIMIT;
    request.whole = true;
    if (!http_call(&request, answer, NULL, error))
        return false;
    if (!came_from_api(rest, answer, error)) {
        http_answer_clear(answer);
        return false;
    }
    if (answer->status == 304 && known)
        adopt(answer, &cached);
    else
        rest_cache_keep(key, rest->token.secret, answer);
    return true;
}

/* With limits obeyed. */
static bool ask(Rest *rest, const char *path, HttpAnswer *answer, GError **error) {
    g_autofree char *url = rest_address(rest, path, error);
    *answer = (HttpAnswer){0};
    for (gint64 waited = 0; url != NULL;) {
        if (!ask_once(rest, url, answer, error))
            return false;
        RestLimit limit = rest_obey_limit(rest, answer, &waited, error);
        if (limit == REST_NO_LIMIT)
            return true;
        http_answer_clear(answer);
        if (limit == REST_LIMIT_ERROR)
            return false;
    }
    return false;
}

/* NULL without error: an empty body. */
static bool parse(const Rest *rest, const HttpAnswer *answer, json_t **body, GError **error) {
    g_autoptr(GError) problem = NULL;
    gsize length;
    const char *text = g_bytes_get_data(answer->body, &length);
    *body = length > 0 ? jsonx_parse(text, length, JSON_LIMIT, rest->host, &problem) : NULL;
    if (problem == NULL)
        return true;
    g_autofree char *start = text_escape(text, (gssize)MIN(length, 60), false);
    error_set(error, ERROR_ANSWER, "%s answered with something that is no JSON", rest->host);
    error_why(error, "%s; it begins with: %s", problem->message, start);
    return false;
}

bool rest_ask(Rest *rest, const char *path, HttpAnswer *answer, json_t **body, GError **error) {
    *body = NULL;
    if (!ask(rest, path, answer, error))
        return false;
    if (answer->status < 500)
        return parse(rest, answer, body, answer->status < 300 ? error : NULL) || answer->status >= 300;
    rest_not_allowed(rest, answer, NULL, error);
    http_answer_clear(answer);
    return false;
}

/* *found false: 404. */
static bool get(Rest *rest, const char *path, HttpAnswer *answer, json_t **body, GError **error) {
    *body = NULL;
    if (!ask(rest, path, answer, error))
        return false;
    if (answer->status == 404)
        return true;
    if (answer->status < 200 || answer->status >= 300)
        return rest_not_allowed(rest, answer, NULL, error);
    if (!parse(rest, answer, body, error))
        return false;
    return *body != NULL || error_set(error, ERROR_ANSWER, "%s answered with nothing", rest->host);
}

bool rest_get(Rest *rest, const char *path, json_t **answer, GError **error) {
    g_auto(HttpAnswer) came = {0};
    return get(rest, path, &came, answer, error);
}

/* ---- lists ---- */

typedef struct {
    Rest *rest;
    const char *first; /* the path with the size of a page */
    const char *key;
    json_t *list;
    GHashTable *seen; /* addresses */
    guint page;
} Paging;

static bool add_page(Paging *paging, const char *path, const json_t *body, gsize *added, GError **error) {
    RestShape shape = {.rest = paging->rest, .path = path, .json = body};
    const json_t *members = body;
    if (paging->key != NULL && !rest_array(&shape, paging->key, &members, error))
        return false;
    if (!json_is_array(members)) {
        error_set(error, ERROR_ANSWER, "%s answered with something that is no list", paging->rest->host);
        error_why(error, "%.*s is documented as one", (int)strcspn(path, "?"), path);
        return false;
    }
    *added = json_array_size(members);
    json_array_extend(paging->list, (json_t *)members);
    if (json_array_size(paging->list) <= MAX_MEMBERS && paging->page < MAX_PAGES)
        return true;
    error_set(error, ERROR_TOO_LARGE, "a list of %s has more than %d members", paging->rest->host, MAX_MEMBERS);
    error_why(error, "%.*s", (int)strcspn(path, "?"), path);
    return false;
}

static char *numbered(const Paging *paging, guint64 page) {
    return g_strdup_printf("%s%cpage=%" G_GUINT64_FORMAT, paging->first, strchr(paging->first, '?') != NULL ? '&' : '?', page);
}

/* By Link; where there is none by x-next-page (GitLab), or by x-total-count until that many came or a page is empty (Gitea, whose pages may be smaller than was
 * asked). g_free; NULL: that was the last. */
static char *next_page(const Paging *paging, const HttpAnswer *answer, gsize added) {
    const char *total = http_header(answer, "x-total-count");
    const char *number = http_header(answer, "x-next-page");
    guint64 wanted = 0;
    if (http_header(answer, "link") != NULL)
        return http_link(answer, "next");
    if (number != NULL && g_ascii_string_to_unsigned(number, 10, 2, G_MAXUINT32, &wanted, NULL))
        return numbered(paging, wanted);
    bool counted = number == NULL && total != NULL && g_ascii_string_to_unsigned(total, 10, 0, G_MAXUINT32, &wanted, NULL);
    return counted && added > 0 && json_array_size(paging->list) < wanted ? numbered(paging, paging->page + 1) : NULL;
}

/* *path: the page that is read, then the next one or NULL. *found false: 404 of the first. */
static bool read_page(Paging *paging, char **path, bool *found, GError **error) {
    g_auto(HttpAnswer) answer = {0};
    g_autoptr(json_t) body = NULL;
    g_autofree char *now = g_steal_pointer(path);
    gsize added = 0;
    g_autofree char *address = rest_address(paging->rest, now, error);
    if (address == NULL)
        return false;
    if (!g_hash_table_add(paging->seen, g_steal_pointer(&address)))
        return error_set(error, ERROR_ANSWER, "the pages of a list of %s lead in a circle", paging->rest->host);
    if (!get(paging->rest, now, &answer, &body, error))
        return false;
    *found = body != NULL;
    if (body == NULL && paging->page > 0)
        return error_set(error, ERROR_ANSWER, "a page of a list of %s is not there", paging->rest->host);
    if (body == NULL)
        return true;
    paging->page++;
    if (!add_page(paging, now, body, &added, error))
        return false;
    *path = next_page(paging, &answer, added);
    return true;
}

bool rest_list(Rest *rest, const char *path, const char *key, json_t **list, GError **error) {
    const char *size = rest->kind->page_size;
    g_autofree char *first = size != NULL ? g_strdup_printf("%s%c%s", path, strchr(path, '?') != NULL ? '&' : '?', size) : g_strdup(path);
    g_autofree char *next = g_strdup(first);
    g_autoptr(json_t) all = json_array();
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Paging paging = {.rest = rest, .first = first, .key = key, .list = all, .seen = seen};
    bool found = true;
    *list = NULL;
    while (next != NULL && found) {
        if (!read_page(&paging, &next, &found, error))
            return false;
    }
    if (found)
        *list = g_steal_pointer(&all);
    return true;
}

/* ---- bodies ---- */

typedef struct {
    ForgeTake take;
    void *data;
    bool enough;
} Taking;

static bool pass_on(const char *bytes, gsize length, void *data) {
    Taking *taking = data;
    taking->enough = !taking->take(bytes, length, taking->data);
    return !taking->enough;
}

static bool judge_read(const Rest *rest, const HttpAnswer *answer, const char *path, GError **error) {
    if (answer->status >= 200 && answer->status < 300)
        return true;
    if (answer->status != 404)
        return rest_not_allowed(rest, answer, NULL, error);
    error_set(error, ERROR_CONFLICT, "%s does not have it", rest->host);
    error_why(error, "%.*s: not found", (int)strcspn(path, "?"), path);
    return false;
}

/* What was taken cannot be taken back: only what failed before is repeated. */
bool rest_read(Rest *rest, const char *path, const char *accept, ForgeTake take, void *data, GError **error) {
    g_autofree char *url = rest_address(rest, path, error);
    g_auto(GStrv) headers = headers_with(rest, accept, NULL);
    for (gint64 waited = 0; url != NULL;) {
        g_auto(HttpAnswer) answer = {0};
        g_autoptr(GError) problem = NULL;
        Taking taking = {.take = take, .data = data};
        HttpRequest request = rest_request(rest, "GET", url, (const char *const *)headers);
        request.budget_seconds = BUDGET;
        request.redirects = REDIRECTS;
        request.seconds = READ_SECONDS;
        request.limit = G_MAXSIZE;
        request.take = pass_on;
        request.data = &taking;
        if (!http_call(&request, &answer, NULL, &problem)) {
            if (!taking.enough)
                g_propagate_error(error, g_steal_pointer(&problem));
            return taking.enough;
        }
        RestLimit limit = rest_obey_limit(rest, &answer, &waited, error);
        if (limit != REST_WAITED)
            return limit == REST_NO_LIMIT && judge_read(rest, &answer, path, error);
    }
    return false;
}
