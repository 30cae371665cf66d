/* What tests/system/test_http.py calls the HTTP client and the REST layer with: reads {"calls": […], "parallel": bool}, answers {"answers": […], "peak": KiB}.
 * A call has "op" (http, get, list, ask, read, change, token) and what that takes; an answer has "ok", what came, or "error" as slipway prints it. */
#include "base/digest.h"
#include "base/http.h"
#include "base/jsonx.h"
#include "forge/rest.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

typedef struct {
    GString *bytes;
    guint64 size;
    guint64 enough; /* it ends behind so many; 0: never */
    guint restarts;
} Taken;

static bool take(const char *bytes, gsize length, void *data) {
    Taken *taken = data;
    taken->size += length;
    if (taken->bytes->len < 4096)
        g_string_append_len(taken->bytes, bytes, (gssize)MIN(length, 4096));
    return taken->enough == 0 || taken->size < taken->enough;
}

static void restart(void *data) {
    Taken *taken = data;
    taken->restarts++;
    taken->size = 0;
    g_string_truncate(taken->bytes, 0);
}

static json_t *failed(const GError *error) {
    g_autofree char *text = error_to_text(error);
    json_t *answer = json_pack("{s:b, s:o, s:o}", "ok", 0, "error", error_to_json(error), "text", jsonx_text(text));
    return answer;
}

static json_t *headers_json(const HttpAnswer *answer) {
    json_t *object = json_object();
    GHashTableIter iterator;
    gpointer name, value;
    g_hash_table_iter_init(&iterator, answer->headers);
    while (g_hash_table_iter_next(&iterator, &name, &value))
        json_object_set_new(object, name, jsonx_text(value));
    return object;
}

static json_t *came(const HttpAnswer *answer) {
    gsize length;
    const char *bytes = g_bytes_get_data(answer->body, &length);
    g_autofree char *text = g_strndup(length > 0 ? bytes : "", MIN(length, 65536));
    return json_pack("{s:b, s:I, s:s, s:o, s:I, s:o, s:I, s:I}", "ok", 1, "status", (json_int_t)answer->status, "url", answer->url, "headers",
                     headers_json(answer), "retry_after", (json_int_t)answer->retry_after, "body", jsonx_text(text), "size", (json_int_t)length, "tries",
                     (json_int_t)answer->tries);
}

static guint number(const json_t *call, const char *key) {
    return (guint)jsonx_int(call, key, 0);
}

typedef struct {
    guint milliseconds;
    gint flag;
} Cancel;

static gpointer set_flag(gpointer data) {
    Cancel *cancel = data;
    g_usleep(cancel->milliseconds * 1000); /* the call is on its way by then */
    g_atomic_int_set(&cancel->flag, 1);
    return NULL;
}

static json_t *op_http(const json_t *call) {
    Cancel cancel = {.milliseconds = number(call, "cancel")};
    g_auto(HttpAnswer) answer = {0};
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) headers = jsonx_to_strv(json_object_get(call, "headers"));
    g_auto(GStrv) private_hosts = jsonx_to_strv(json_object_get(call, "private"));
    const char *token = jsonx_string(call, "token"), *text = jsonx_string(call, "text");
    g_autoptr(Secret) secret = token != NULL ? secret_new(token, strlen(token)) : NULL;
    g_autoptr(GBytes) bytes = text != NULL ? g_bytes_new(text, strlen(text)) : NULL;
    g_autoptr(GString) kept = g_string_new(NULL);
    Taken taken = {.bytes = kept, .enough = number(call, "enough")};
    HttpBody body = {.type = jsonx_string(call, "type"),
                     .bytes = bytes,
                     .path = jsonx_string(call, "path"),
                     .form = jsonx_string(call, "form"),
                     .file = jsonx_string(call, "file")};
    HttpSent sent = HTTP_NOT_SENT;
    HttpRequest request = {
        .method = jsonx_string(call, "method"),
        .url = jsonx_string(call, "url"),
        .headers = (const char *const *)headers,
        .credential = secret,
        .credential_name = jsonx_string(call, "credential") != NULL ? jsonx_string(call, "credential") : "Authorization",
        .credential_scheme = jsonx_string(call, "scheme"),
        .body = bytes != NULL || body.path != NULL ? &body : NULL,
        .connect_seconds = number(call, "connect"),
        .stall_seconds = number(call, "stall"),
        .seconds = number(call, "seconds"),
        .budget_seconds = number(call, "budget"),
        .redirects = number(call, "redirects"),
        .limit = json_object_get(call, "limit") != NULL ? (gsize)jsonx_int(call, "limit", 0) : 1 << 20,
        .whole = jsonx_bool(call, "whole", false),
        .take = jsonx_bool(call, "take", false) ? take : NULL,
        .restart = jsonx_bool(call, "restart", false) ? restart : NULL,
        .data = &taken,
        .private_hosts = (const char *const *)private_hosts,
        .cancel = &cancel.flag,
    };
    GThread *canceller = cancel.milliseconds > 0 ? g_thread_new("cancel", set_flag, &cancel) : NULL;
    bool done = http_call(&request, &answer, &sent, &error);
    if (canceller != NULL)
        g_thread_join(canceller);
    json_t *said = done ? came(&answer) : failed(error);
    json_object_set_new(said, "sent", json_string(sent == HTTP_MAYBE_SENT ? "maybe" : "no"));
    json_object_set_new(said, "taken", jsonx_text(kept->str));
    json_object_set_new(said, "taken_size", json_integer((json_int_t)taken.size));
    json_object_set_new(said, "restarts", json_integer(taken.restarts));
    return said;
}

/* ---- rest ---- */

static const char *const rest_headers[] = {"Accept: application/json", "X-Own: header", NULL};
static const ForgeTokenRow rows[] = {{"TEST_TOKEN", "forge.example", "TEST_HOST"}, {"SECOND_TOKEN", "*.example.com", NULL}, {0}};

static gint64 limited(const HttpAnswer *answer) {
    if (answer->status != 403)
        return -1;
    return answer->retry_after >= 0 ? answer->retry_after : rest_until(answer, http_header(answer, "x-reset"));
}

static const RestKind kind = {
    .title = "Test", .headers = rest_headers, .credential_name = "PRIVATE-TOKEN", .tokens = rows, .page_size = "per_page=2", .limited = limited};

static json_t *read_body(Rest *rest, const json_t *call, GError **error) {
    g_autoptr(GString) kept = g_string_new(NULL);
    Taken taken = {.bytes = kept, .enough = number(call, "enough")};
    if (!rest_read(rest, jsonx_string(call, "path"), jsonx_string(call, "accept"), take, &taken, error))
        return NULL;
    return json_pack("{s:o, s:I}", "text", jsonx_text(kept->str), "size", (json_int_t)taken.size);
}

static json_t *change(Rest *rest, const json_t *call, GError **error) {
    static const char *const outcomes[] = {"done", "refused", "lost", "failed"};
    g_autoptr(json_t) answer = NULL;
    g_autoptr(GError) problem = NULL;
    const char *file = jsonx_string(call, "file");
    HttpBody body = {.path = file, .type = "application/octet-stream"};
    RestChange what = {
        .method = jsonx_string(call, "method"), .path = jsonx_string(call, "path"), .json = json_object_get(call, "json"), .body = file != NULL ? &body : NULL};
    long status = 0;
    RestOutcome outcome = rest_change(rest, &what, &status, &answer, &problem);
    if (outcome == REST_REFUSED)
        rest_refused(rest, &what, status, answer, &problem);
    if (outcome == REST_LOST && jsonx_bool(call, "lost", false))
        rest_lost(&problem);
    (void)error;
    json_t *said = json_pack("{s:s, s:I, s:O?}", "outcome", outcomes[outcome], "status", (json_int_t)status, "answer", answer);
    if (problem != NULL) {
        g_autofree char *text = error_to_text(problem);
        json_object_set_new(said, "error", error_to_json(problem));
        json_object_set_new(said, "text", jsonx_text(text));
    }
    return said;
}

static json_t *run_rest(Rest *rest, const json_t *call, GError **error) {
    const char *op = jsonx_string(call, "op"), *path = jsonx_string(call, "path");
    json_t *value = NULL;
    if (g_str_equal(op, "get"))
        return rest_get(rest, path, &value, error) ? (value != NULL ? value : json_null()) : NULL;
    if (g_str_equal(op, "list"))
        return rest_list(rest, path, jsonx_string(call, "key"), &value, error) ? (value != NULL ? value : json_null()) : NULL;
    if (g_str_equal(op, "read"))
        return read_body(rest, call, error);
    if (g_str_equal(op, "change"))
        return change(rest, call, error);
    if (g_str_equal(op, "token")) /* only that there is one, and whence */
        return json_pack("{s:s?, s:b}", "from", rest->token.from, "there", rest->token.secret != NULL);
    g_auto(HttpAnswer) answer = {0};
    if (!rest_ask(rest, path, &answer, &value, error))
        return NULL;
    json_t *said = came(&answer);
    json_object_set_new(said, "json", value != NULL ? value : json_null());
    return said;
}

static json_t *op_rest(const json_t *call) {
    g_autoptr(GError) error = NULL;
    Rest rest;
    if (!rest_open(&rest, &kind, json_object_get(call, "params"), &error))
        return failed(error);
    json_t *value = run_rest(&rest, call, &error);
    rest_close(&rest);
    return value != NULL ? json_pack("{s:b, s:o}", "ok", 1, "value", value) : failed(error);
}

static gpointer run(gpointer data) {
    const json_t *call = data;
    return g_strcmp0(jsonx_string(call, "op"), "http") == 0 ? op_http(call) : op_rest(call);
}

static json_t *run_all(const json_t *calls, bool parallel) {
    json_t *answers = json_array();
    g_autoptr(GPtrArray) threads = g_ptr_array_new();
    size_t i;
    json_t *call;
    json_array_foreach((json_t *)calls, i, call) {
        if (parallel)
            g_ptr_array_add(threads, g_thread_new("call", run, call));
        else
            json_array_append_new(answers, run(call));
    }
    for (guint k = 0; k < threads->len; k++)
        json_array_append_new(answers, g_thread_join(g_ptr_array_index(threads, k)));
    return answers;
}

int main(void) {
    json_error_t problem;
    g_autoptr(json_t) wanted = json_loadf(stdin, 0, &problem);
    struct rusage usage;
    signal(SIGPIPE, SIG_IGN);
    if (wanted == NULL) {
        fprintf(stderr, "%s\n", problem.text);
        return 2;
    }
    json_t *answers = run_all(json_object_get(wanted, "calls"), jsonx_bool(wanted, "parallel", false));
    getrusage(RUSAGE_SELF, &usage);
    g_autoptr(json_t) said = json_pack("{s:o, s:I}", "answers", answers, "peak", (json_int_t)usage.ru_maxrss);
    g_autofree char *text = jsonx_pretty(said);
    fputs(text, stdout);
    return 0;
}
