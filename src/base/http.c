/* A call: redirects, and what is repeated. */
#include "base/http.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/http_parts.h"

#include <string.h>

#define SECONDS 60
/* The pause before the second try is a random part of the first, before each later one of twice as much. */
#define FIRST_PAUSE (G_USEC_PER_SEC / 2)
#define LONGEST_PAUSE (20 * G_USEC_PER_SEC)
#define SLICE (G_USEC_PER_SEC / 20)

static gpointer begin_curl(gpointer data) {
    (void)data;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    return NULL;
}

static bool is_cancelled(const HttpRequest *request) {
    return request->cancel != NULL && g_atomic_int_get(request->cancel) != 0;
}

static guint allowed_redirects(const HttpRequest *request) {
    return http_is_change(request) ? 0 : request->redirects;
}

/* All hops of one try. */
static bool follow(HttpCall *call, HttpAnswer *answer, GError **error) {
    const HttpRequest *request = call->request;
    gint64 end = clock_monotonic_us() + (gint64)(request->seconds > 0 ? request->seconds : SECONDS) * G_USEC_PER_SEC;
    g_autofree char *url = g_strdup(request->url);
    for (guint hops = 0;; hops++) {
        g_autofree char *next = NULL;
        g_autofree char *name = http_address_name(url);
        call->url = url;
        call->left = end - clock_monotonic_us();
        if (call->left <= 0)
            return error_set(error, ERROR_TIMEOUT, "%s did not answer in time", name);
        if (!http_exchange(call, answer, &next, error))
            return false;
        if (next == NULL || allowed_redirects(request) == 0)
            break;
        if (hops >= request->redirects) {
            call->final = true;
            error_set(error, ERROR_NETWORK, "%s leads from one redirect to the next", name);
            error_why(error, "%u redirects were followed", request->redirects);
            return false;
        }
        g_free(url);
        url = g_steal_pointer(&next);
    }
    answer->url = g_steal_pointer(&url);
    return true;
}

/* ---- again ---- */

static bool is_worth_repeating(const HttpCall *call, bool came, const HttpAnswer *answer, const GError *problem) {
    if (came)
        return answer->status == 429 || answer->status == 500 || (answer->status >= 502 && answer->status <= 504);
    bool half = call->taken && call->request->restart == NULL; /* the caller could not begin again */
    return !call->final && !half && (error_is(problem, ERROR_NETWORK) || error_is(problem, ERROR_TIMEOUT));
}

static bool pause_for(const HttpRequest *request, gint64 microseconds) {
    for (gint64 left = microseconds; left > 0 && !is_cancelled(request); left -= SLICE)
        g_usleep((gulong)MIN(left, SLICE));
    return !is_cancelled(request);
}

/* False: the pause that is due does not fit into the budget. */
static bool wait_to_repeat(const HttpRequest *request, guint tries, const HttpAnswer *answer, gint64 end) {
    gint64 longest = MIN((gint64)FIRST_PAUSE << MIN(tries - 1, 16), LONGEST_PAUSE);
    gint64 wait = (gint64)(g_random_double() * (double)longest);
    if (answer->retry_after >= 0)
        wait = answer->retry_after * G_USEC_PER_SEC + MIN(wait, G_USEC_PER_SEC / 2);
    return clock_monotonic_us() + wait < end && pause_for(request, wait);
}

static gint64 asked_wait(const HttpAnswer *answer) {
    const char *date = http_header(answer, "date");
    gint64 there = date != NULL ? (gint64)curl_getdate(date, NULL) : -1; /* both are by the server's clock */
    return http_retry_after(http_header(answer, "retry-after"), there >= 0 ? there : clock_now());
}

static bool interrupted(const HttpRequest *request, GError **error) {
    g_autofree char *name = http_address_name(request->url);
    return error_set(error, ERROR_INTERRUPTED, "%s was not asked again, because the run is being stopped", name);
}

static bool call_until(HttpCall *call, HttpAnswer *answer, GError **error) {
    const HttpRequest *request = call->request;
    gint64 end = clock_monotonic_us() + (gint64)request->budget_seconds * G_USEC_PER_SEC;
    for (guint tries = 1;; tries++) {
        g_autoptr(GError) problem = NULL;
        answer->tries = tries;
        answer->retry_after = -1;
        bool came = follow(call, answer, &problem);
        if (came)
            answer->retry_after = asked_wait(answer);
        bool again = request->budget_seconds > 0 && !http_is_change(request) && is_worth_repeating(call, came, answer, problem);
        if (!again || !wait_to_repeat(request, tries, answer, end)) {
            if (again && is_cancelled(request))
                return interrupted(request, error);
            if (!came && tries > 1)
                error_state(&problem, "it was asked %u times", tries);
            if (!came)
                g_propagate_error(error, g_steal_pointer(&problem));
            return came;
        }
        g_clear_pointer(&answer->url, g_free);
        if (request->restart != NULL)
            request->restart(request->data);
        call->taken = false;
    }
}

/* ---- the call ---- */

static bool refuse(const HttpRequest *request, const char *why, GError **error) {
    g_autofree char *name = http_address_name(request->url);
    error_set(error, ERROR_ADDRESS, "%s is not called", name);
    error_why(error, "%s", why);
    return false;
}

/* Nothing that would end a header, or go in clear over a network. */
static bool may_be_sent(const HttpRequest *request, GError **error) {
    g_autoptr(CurlUrl) url = http_address_parse(request->url);
    if (url == NULL)
        return refuse(request, "it is no valid address", error);
    for (guint i = 0; request->headers != NULL && request->headers[i] != NULL; i++) {
        if (strpbrk(request->headers[i], "\r\n") != NULL)
            return error_set(error, ERROR_INTERNAL, "a header holds the end of a line");
    }
    g_autofree char *scheme = http_address_part(url, CURLUPART_SCHEME, 0);
    g_autofree char *host = http_address_part(url, CURLUPART_HOST, 0);
    if (request->credential == NULL || g_str_equal(scheme, "https") || http_address_is_loopback(host))
        return true;
    refuse(request, "a token would go over http, in clear: that is done to this machine alone", error);
    error_fix(error, "use https for %s", host);
    return false;
}

bool http_call(const HttpRequest *request, HttpAnswer *answer, HttpSent *sent, GError **error) {
    static GOnce once = G_ONCE_INIT;
    g_once(&once, begin_curl, NULL);
    *answer = (HttpAnswer){.retry_after = -1};
    if (sent != NULL)
        *sent = HTTP_NOT_SENT;
    if (!may_be_sent(request, error))
        return false;
    g_autoptr(GByteArray) kept = g_byte_array_new();
    g_autofree char *origin = http_origin(request->url);
    answer->headers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    HttpCall call = {.request = request, .origin = origin, .kept = kept, .headers = answer->headers};
    bool came = call_until(&call, answer, error);
    if (sent != NULL)
        *sent = call.sent;
    if (came) {
        answer->body = g_bytes_new(kept->data, kept->len);
        return true;
    }
    if (http_is_change(request))
        error_state(error, call.sent == HTTP_NOT_SENT ? "nothing was sent" : "it was sent, and may have been done");
    http_answer_clear(answer);
    return false;
}
