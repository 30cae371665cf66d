#include "docs/web.h"

#include "base/clock.h"
#include "base/http.h"
#include "docs/web_cache.h"

#include <fnmatch.h>
#include <string.h>

#define HOSTS 8
#define TRIES 3
#define REDIRECTS 10
/* Between two calls of one host. */
#define PAUSE_US 100000
/* Longer is not waited for one host that says it is busy. */
#define PATIENCE_US (20 * G_USEC_PER_SEC)
#define SLICE_US 50000
/* A host that did not answer so often is not asked again. */
#define SILENCE 2

typedef enum { WEB_UNKNOWN, WEB_FINE, WEB_CACHED, WEB_BROKEN, WEB_DENIED, WEB_UNCHECKED } WebState;

typedef struct {
    const char *url; /* borrowed */
    WebState state;
    char *why;
} Asked;

/* What is asked of one host, in order. */
typedef struct {
    const char *name;
    GPtrArray *asked;
    guint silent;    /* how often it did not answer */
    gint64 patience; /* left, µs */
} Host;

typedef struct {
    const DocsWeb *web;
    GHashTable *urls;  /* url → Asked* */
    GHashTable *hosts; /* authority → Host* */
    GPtrArray *order;  /* of Host* */
    json_t *cache;
    gint64 end; /* monotonic */
} Round;

static void asked_free(Asked *asked) {
    g_free(asked->why);
    g_free(asked);
}

static void host_free(Host *host) {
    g_ptr_array_unref(host->asked);
    g_free(host);
}

/* ---- one address ---- */

static bool is_stopped(const Round *round) {
    return (round->web->cancel != NULL && g_atomic_int_get(round->web->cancel) != 0) || clock_monotonic_us() >= round->end;
}

static void wait_for(const Round *round, gint64 microseconds) {
    for (gint64 left = microseconds; left > 0 && !is_stopped(round); left -= SLICE_US)
        g_usleep((gulong)MIN(left, SLICE_US));
}

static void settle(Asked *asked, WebState state, const char *why) {
    asked->state = state;
    g_free(asked->why);
    asked->why = g_strdup(why);
}

static bool call(const Round *round, const Asked *asked, const char *method, HttpAnswer *answer, GError **error) {
    HttpRequest request = {
        .method = method,
        .url = asked->url,
        .connect_seconds = MIN(10, round->web->seconds),
        .seconds = round->web->seconds,
        .redirects = REDIRECTS,
        .private_hosts = round->web->local,
        .cancel = round->web->cancel,
    };
    if (round->web->told != NULL)
        round->web->told(asked->url, round->web->data);
    return http_call(&request, answer, NULL, error);
}

/* What an answer says of the address. True: it is worth asking again. */
static bool judge_status(Asked *asked, long status) {
    g_autofree char *why = g_strdup_printf("HTTP %ld", status);
    bool gone = status == 404 || status == 410;
    settle(asked, status >= 200 && status < 400 ? WEB_FINE : gone ? WEB_BROKEN : WEB_UNKNOWN, why);
    return status == 429 || status >= 500;
}

/* True: it is worth asking again; who let it wait to the end is not. */
static bool judge_error(Asked *asked, const GError *error) {
    const char *why = error_get_why(error);
    settle(asked, error_is(error, ERROR_ADDRESS) ? WEB_UNCHECKED : WEB_UNKNOWN, why != NULL ? why : error->message);
    return error_is(error, ERROR_NETWORK);
}

typedef enum { ASK_SETTLED, ASK_AGAIN, ASK_SILENT, ASK_SILENT_AGAIN } AskEnd;

/* HEAD, and GET where a host does not like that. */
static AskEnd ask_once(const Round *round, Asked *asked, gint64 *wait) {
    static const char *const methods[] = {"HEAD", "GET"};
    bool again = false;
    for (guint i = 0; i < G_N_ELEMENTS(methods); i++) {
        g_autoptr(GError) problem = NULL;
        g_auto(HttpAnswer) answer = {0};
        if (!call(round, asked, methods[i], &answer, &problem)) {
            again = judge_error(asked, problem);
            return asked->state == WEB_UNCHECKED ? ASK_SETTLED : again ? ASK_SILENT_AGAIN : ASK_SILENT;
        }
        again = judge_status(asked, answer.status);
        *wait = answer.retry_after >= 0 ? answer.retry_after * G_USEC_PER_SEC : *wait;
        if (asked->state == WEB_FINE || answer.status == 429 || is_stopped(round))
            break;
    }
    return again ? ASK_AGAIN : ASK_SETTLED;
}

static void ask(const Round *round, Host *host, Asked *asked) {
    AskEnd end = ASK_SETTLED;
    if (is_stopped(round) || host->silent >= SILENCE) {
        settle(asked, WEB_UNKNOWN, host->silent >= SILENCE ? "its host does not answer" : "there was no time left to ask");
        return;
    }
    for (guint tries = 1;; tries++) {
        gint64 wait = (gint64)(G_USEC_PER_SEC / 4) << tries;
        end = ask_once(round, asked, &wait);
        bool again = end == ASK_AGAIN || end == ASK_SILENT_AGAIN;
        if (!again || tries == TRIES || wait > host->patience || is_stopped(round))
            break;
        host->patience -= wait;
        wait_for(round, wait);
    }
    host->silent = end == ASK_SILENT || end == ASK_SILENT_AGAIN ? host->silent + 1 : 0;
}

static void ask_host(gpointer item, gpointer data) {
    Host *host = item;
    const Round *round = data;
    for (guint i = 0; i < host->asked->len; i++) {
        if (i > 0)
            wait_for(round, PAUSE_US);
        ask(round, host, g_ptr_array_index(host->asked, i));
    }
}

/* ---- all of them ---- */

static bool is_named(const char *const *globs, const char *text) {
    for (guint i = 0; globs != NULL && globs[i] != NULL; i++) {
        if (fnmatch(globs[i], text, 0) == 0)
            return true;
    }
    return false;
}

static WebState state_before(const Round *round, const char *url) {
    const DocsWeb *web = round->web;
    bool none = web->allow == NULL || web->allow[0] == NULL;
    if (is_named(web->deny, url) || (!none && !is_named(web->allow, url)))
        return WEB_DENIED;
    if (web->offline)
        return WEB_UNCHECKED;
    return web->cache_seconds > 0 && docs_web_cache_has(round->cache, url, web->now - web->cache_seconds) ? WEB_CACHED : WEB_UNKNOWN;
}

static void put_to_host(Round *round, Asked *asked) {
    g_autofree char *authority = http_authority(asked->url);
    if (authority == NULL) {
        settle(asked, WEB_BROKEN, "it is no valid address");
        return;
    }
    Host *host = g_hash_table_lookup(round->hosts, authority);
    if (host == NULL) {
        host = g_new0(Host, 1);
        *host = (Host){.asked = g_ptr_array_new(), .patience = PATIENCE_US};
        g_hash_table_insert(round->hosts, g_steal_pointer(&authority), host);
        g_ptr_array_add(round->order, host);
    }
    g_ptr_array_add(host->asked, asked);
}

static void gather(Round *round) {
    for (guint i = 0; i < round->web->addresses->len; i++) {
        const DocsAddress *address = g_ptr_array_index(round->web->addresses, i);
        if (g_hash_table_contains(round->urls, address->url))
            continue;
        Asked *asked = g_new0(Asked, 1);
        *asked = (Asked){.url = address->url, .state = state_before(round, address->url)};
        g_hash_table_insert(round->urls, address->url, asked);
        if (asked->state == WEB_UNKNOWN)
            put_to_host(round, asked);
    }
}

/* Those with most to ask come first. */
static int by_length(gconstpointer a, gconstpointer b) {
    guint one = (*(const Host *const *)a)->asked->len, other = (*(const Host *const *)b)->asked->len;
    return one == other ? 0 : one < other ? 1 : -1;
}

static bool ask_all(Round *round, GError **error) {
    if (round->order->len == 0)
        return true;
    /* Exclusive: its threads are made here, as many as there are to have. With none this one asks. */
    GThreadPool *pool = g_thread_pool_new(ask_host, round, (gint)MIN(HOSTS, round->order->len), TRUE, NULL);
    bool alone = g_thread_pool_get_num_threads(pool) == 0;
    g_ptr_array_sort(round->order, by_length);
    for (guint i = 0; i < round->order->len; i++) {
        if (alone)
            ask_host(g_ptr_array_index(round->order, i), round);
        else
            g_thread_pool_push(pool, g_ptr_array_index(round->order, i), NULL);
    }
    g_thread_pool_free(pool, FALSE, TRUE);
    bool cancelled = round->web->cancel != NULL && g_atomic_int_get(round->web->cancel) != 0;
    return !cancelled || error_set(error, ERROR_INTERRUPTED, "the check was ended, because the run is being stopped");
}

/* ---- what came of it ---- */

static void count(Round *round, DocsWebResult *result) {
    guint *counts[] = {&result->unknown, &result->fine, &result->cached, &result->broken, &result->denied, &result->unchecked};
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, round->urls);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const Asked *asked = value;
        ++*counts[asked->state];
        if (asked->state == WEB_FINE)
            json_object_set_new(round->cache, asked->url, json_integer(round->web->now));
    }
}

static void report(const Round *round, DocsWebResult *result) {
    for (guint i = 0; i < round->web->addresses->len; i++) {
        const DocsAddress *address = g_ptr_array_index(round->web->addresses, i);
        const Asked *asked = g_hash_table_lookup(round->urls, address->url);
        if (asked->state != WEB_BROKEN && asked->state != WEB_UNKNOWN && (asked->state != WEB_UNCHECKED || asked->why == NULL))
            continue;
        const char *words = asked->state == WEB_BROKEN ? "is broken" : asked->state == WEB_UNKNOWN ? "is unknown" : "is not checked";
        g_autofree char *what = g_strdup_printf("%s %s: %s", address->url, words, asked->why != NULL ? asked->why : "it was not asked");
        DocsFinding finding = {.path = address->path, .line = address->line, .column = address->column, .code = "url", .what = what};
        finding.warning = asked->state != WEB_BROKEN;
        docs_findings_add(result->findings, &finding);
    }
}

bool docs_web(const DocsWeb *web, DocsWebResult *result, GError **error) {
    *result = (DocsWebResult){.findings = docs_findings_new()};
    g_autoptr(json_t) cache = docs_web_cache_read(web->cache);
    g_autoptr(GHashTable) urls = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)asked_free);
    g_autoptr(GHashTable) hosts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)host_free);
    g_autoptr(GPtrArray) order = g_ptr_array_new();
    Round round = {.web = web, .urls = urls, .hosts = hosts, .order = order, .cache = cache};
    round.end = clock_monotonic_us() + (gint64)web->budget_seconds * G_USEC_PER_SEC;
    gather(&round);
    if (!ask_all(&round, error))
        return false;
    count(&round, result);
    report(&round, result);
    bool keeps = web->cache != NULL && result->fine > 0 && web->cache_seconds > 0;
    return !keeps || docs_web_cache_write(web->cache, cache, web->now - web->cache_seconds, error);
}

void docs_web_result_clear(DocsWebResult *result) {
    g_clear_pointer(&result->findings, g_ptr_array_unref);
}
