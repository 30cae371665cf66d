/* Changes: once, paced, and what an answer that did not come means. */
#include "base/text.h"
#include "forge/rest_parts.h"

#include <string.h>

#define ANSWER_LIMIT (32 * 1024 * 1024)
#define SECONDS 60
/* Behind an upload a forge may store for a while before it answers. */
#define UPLOAD_STALLS 4

static char **headers_of(const Rest *rest, const RestChange *change) {
    g_autoptr(GStrvBuilder) list = g_strv_builder_new();
    if (rest->kind->headers != NULL)
        g_strv_builder_addv(list, (const char **)rest->kind->headers);
    if (change->headers != NULL)
        g_strv_builder_addv(list, (const char **)change->headers);
    return g_strv_builder_end(list);
}

static bool send_once(const Rest *rest, const RestChange *change, const char *url, HttpAnswer *answer, HttpSent *sent, GError **error) {
    g_auto(GStrv) headers = headers_of(rest, change);
    g_autofree char *text = change->json != NULL ? jsonx_canonical(change->json) : NULL;
    g_autoptr(GBytes) bytes = text != NULL ? g_bytes_new(text, strlen(text)) : NULL;
    HttpBody body = {.bytes = bytes};
    HttpRequest request = rest_request(rest, change->method, url, (const char *const *)headers);
    bool upload = change->body != NULL && change->body->path != NULL;
    request.body = change->body != NULL ? change->body : bytes != NULL ? &body : NULL;
    request.seconds = SECONDS;
    request.stall_seconds = rest->stall * (upload ? UPLOAD_STALLS : 1);
    request.limit = ANSWER_LIMIT;
    request.whole = true;
    return http_call(&request, answer, sent, error);
}

static RestOutcome lost(const Rest *rest, const HttpAnswer *answer, const char *what, GError **error) {
    gsize length;
    const char *text = g_bytes_get_data(answer->body, &length);
    g_autofree char *start = text_escape(text != NULL ? text : "", (gssize)MIN(length, 60), false);
    error_set(error, answer->status >= 500 ? ERROR_NETWORK : ERROR_ANSWER, "%s answered with %s", rest->host, what);
    error_why(error, "status %ld%s%s", answer->status, *start != '\0' ? "; it begins with: " : "", start);
    return REST_LOST;
}

static RestOutcome judge(const Rest *rest, const HttpAnswer *came, json_t **body, GError **error) {
    gsize length;
    const char *text = g_bytes_get_data(came->body, &length);
    *body = length > 0 ? jsonx_parse(text, length, ANSWER_LIMIT, rest->host, NULL) : NULL;
    if (came->status >= 500)
        return lost(rest, came, "a failure of its own", error);
    if (came->status < 200 || came->status == 408)
        return lost(rest, came, "no answer to the request", error);
    if (came->status < 300)
        return length == 0 || *body != NULL ? REST_DONE : lost(rest, came, "something that is no JSON", error);
    if (came->status < 400)
        return lost(rest, came, "a redirect, which a change does not follow", error);
    if (came->status != 401 && came->status != 403)
        return REST_REFUSED;
    rest_not_allowed(rest, came, *body, error);
    return REST_FAILED;
}

/* A request that a limit refused was not acted on, so that it may be sent again. */
static RestOutcome change_at(Rest *rest, const RestChange *change, const char *url, HttpAnswer *came, GError **error) {
    for (gint64 waited = 0;;) {
        g_autoptr(GError) problem = NULL;
        HttpSent sent;
        if (!rest_take_turn(rest, url, error))
            return REST_FAILED;
        if (!send_once(rest, change, url, came, &sent, &problem)) {
            bool own = error_is(problem, ERROR_IO); /* the file: the request was cut before its end */
            g_propagate_error(error, g_steal_pointer(&problem));
            return sent == HTTP_NOT_SENT || own ? REST_FAILED : REST_LOST;
        }
        RestLimit limit = rest_obey_limit(rest, came, &waited, error);
        if (limit == REST_NO_LIMIT)
            return REST_DONE;
        http_answer_clear(came);
        if (limit == REST_LIMIT_ERROR)
            return REST_FAILED;
    }
}

RestOutcome rest_change(Rest *rest, const RestChange *change, long *status, json_t **answer, GError **error) {
    g_autofree char *url = rest_address(rest, change->path, error);
    g_auto(HttpAnswer) came = {0};
    *status = 0;
    *answer = NULL;
    if (url == NULL)
        return REST_FAILED;
    RestOutcome outcome = change_at(rest, change, url, &came, error);
    if (outcome != REST_DONE)
        return outcome;
    *status = came.status;
    outcome = judge(rest, &came, answer, error);
    if (outcome != REST_DONE && outcome != REST_REFUSED)
        g_clear_pointer(answer, json_decref);
    return outcome;
}

bool rest_refused(const Rest *rest, const RestChange *change, long status, const json_t *answer, GError **error) {
    g_autofree char *words = rest_words(rest, NULL, answer);
    error_set(error, ERROR_CONFLICT, "%s refuses %s %.*s", rest->host, change->method, (int)strcspn(change->path, "?"), change->path);
    error_why(error, "%s (%ld)", words != NULL ? words : "it does not say why", status);
    return false;
}

bool rest_lost(GError **error) {
    if (error == NULL)
        return false;
    g_autoptr(GError) before = g_steal_pointer(error);
    const char *why = before != NULL ? error_get_why(before) : NULL;
    error_set(error, ERROR_UNKNOWN_STATE, "it is not known whether it was done: %s", before != NULL ? before->message : "no answer came");
    if (why != NULL)
        error_why(error, "%s", why);
    error_state(error, "it may have been done, and was not seen yet");
    return false;
}
