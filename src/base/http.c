#include "base/http.h"

#include "base/clock.h"
#include "base/error.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fnmatch.h>
#include <string.h>
#include <unistd.h>

#define AGENT "slipway/" SLIPWAY_VERSION

typedef CURL Curl;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Curl, curl_easy_cleanup)
typedef CURLU CurlUrl;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CurlUrl, curl_url_cleanup)

typedef struct {
    const HttpRequest *request;
    GByteArray *body;
    bool cut, refused, proxied;
    bool private_too; /* of this hop */
} Call;

/* ---- addresses ---- */

static bool is_private_v4(const guint8 *a) {
    return a[0] == 0 || a[0] == 10 || a[0] == 127 || (a[0] == 169 && a[1] == 254) || (a[0] == 172 && (a[1] & 0xf0) == 16) || (a[0] == 192 && a[1] == 168) ||
           (a[0] == 192 && a[1] == 0 && a[2] == 0) || (a[0] == 100 && (a[1] & 0xc0) == 64) || (a[0] == 198 && (a[1] & 0xfe) == 18) || a[0] >= 224;
}

static bool is_private_v6(const guint8 *a) {
    static const guint8 zero[12] = {0}, mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, translated[12] = {0, 0x64, 0xff, 0x9b};
    if (memcmp(a, zero, 12) == 0 || memcmp(a, mapped, 12) == 0 || memcmp(a, translated, 12) == 0)
        return memcmp(a, zero, 12) == 0 || is_private_v4(a + 12);
    bool to_v4 = a[0] == 0x20 && a[1] == 0x02; /* 6to4 */
    return (a[0] & 0xfe) == 0xfc || (a[0] == 0xfe && (a[1] & 0x80) != 0) || a[0] == 0xff || (to_v4 && is_private_v4(a + 2));
}

bool http_is_private(const char *host) {
    guint8 bytes[16];
    gsize length = strlen(host);
    g_autofree char *bare = *host == '[' && length > 2 ? g_strndup(host + 1, length - 2) : g_ascii_strdown(host, -1);
    g_strdelimit(bare, "%", '\0');
    while ((length = strlen(bare)) > 0 && bare[length - 1] == '.')
        bare[length - 1] = '\0';
    if (inet_pton(AF_INET6, bare, bytes) == 1)
        return is_private_v6(bytes);
    struct in_addr v4;
    if (inet_aton(bare, &v4) != 0) { /* also 127.1, 0x7f000001 and 2130706433, as resolvers do */
        memcpy(bytes, &v4, 4);
        return is_private_v4(bytes);
    }
    return *bare == '\0' || g_str_equal(bare, "localhost") || g_str_has_suffix(bare, ".localhost") || g_str_has_suffix(bare, ".local") ||
           g_str_has_suffix(bare, ".internal");
}

static char *part_of(CURLU *url, CURLUPart part, guint flags) {
    char *text = NULL;
    char *copy = curl_url_get(url, part, &text, flags) == CURLUE_OK ? g_strdup(text) : NULL;
    curl_free(text);
    return copy;
}

/* NULL: no address of http or https. */
static CURLU *parse(const char *text) {
    g_autoptr(CurlUrl) url = curl_url();
    if (curl_url_set(url, CURLUPART_URL, text, CURLU_URLENCODE) != CURLUE_OK)
        return NULL;
    g_autofree char *scheme = part_of(url, CURLUPART_SCHEME, 0);
    g_autofree char *host = part_of(url, CURLUPART_HOST, 0);
    if (host == NULL || *host == '\0' || (g_strcmp0(scheme, "http") != 0 && g_strcmp0(scheme, "https") != 0))
        return NULL;
    curl_url_set(url, CURLUPART_USER, NULL, 0);
    curl_url_set(url, CURLUPART_PASSWORD, NULL, 0);
    curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0);
    return g_steal_pointer(&url);
}

char *http_authority(const char *text) {
    g_autoptr(CurlUrl) url = parse(text);
    if (url == NULL)
        return NULL;
    g_autofree char *host = part_of(url, CURLUPART_HOST, 0);
    g_autofree char *port = part_of(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    g_autofree char *lower = g_ascii_strdown(host, -1);
    return g_strdup_printf("%s:%s", lower, port != NULL ? port : "");
}

/* ---- what libcurl calls ---- */

static curl_socket_t open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address) {
    Call *call = data;
    (void)purpose;
    bool v4 = address->family == AF_INET, v6 = address->family == AF_INET6;
    const guint8 *v4_bytes = (const guint8 *)&((const struct sockaddr_in *)&address->addr)->sin_addr;
    const guint8 *v6_bytes = ((const struct sockaddr_in6 *)(const void *)&address->addr)->sin6_addr.s6_addr;
    bool own = (v4 && is_private_v4(v4_bytes)) || (v6 && is_private_v6(v6_bytes)) || (!v4 && !v6);
    if (own && !call->private_too && !call->proxied) {
        call->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t take_body(char *bytes, size_t size, size_t count, void *data) {
    Call *call = data;
    gsize room = call->request->limit - call->body->len, got = size * count;
    g_byte_array_append(call->body, (const guint8 *)bytes, (guint)MIN(room, got));
    call->cut = got > room;
    return call->cut ? 0 : got;
}

static int is_stopped(void *data, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
    const Call *call = data;
    (void)a, (void)b, (void)c, (void)d;
    return call->request->cancel != NULL && g_atomic_int_get(call->request->cancel) != 0 ? 1 : 0;
}

static gpointer begin_curl(gpointer data) {
    (void)data;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    return NULL;
}

static bool has_proxy(void) {
    static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *value = g_getenv(names[i]);
        if (value != NULL && *value != '\0')
            return true;
    }
    return false;
}

/* ---- one exchange ---- */

static void set_options(CURL *curl, Call *call, CURLU *url, gint64 left) {
    const HttpRequest *request = call->request;
    curl_easy_setopt(curl, CURLOPT_CURLU, url);
    curl_easy_setopt(curl, CURLOPT_NOBODY, (long)g_str_equal(request->method, "HEAD"));
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_USERAGENT, AGENT);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)(request->connect_seconds > 0 ? request->connect_seconds : 10));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)(request->stall_seconds > 0 ? request->stall_seconds : 15));
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)MAX(left / 1000, 1));
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, call);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, is_stopped);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, call);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
}

static bool refuse(const char *url, const char *why, GError **error) {
    error_set(error, ERROR_ADDRESS, "%s is not called", url);
    error_why(error, "%s", why);
    return false;
}

static bool explain(const Call *call, CURLcode code, const char *words, const char *url, GError **error) {
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return error_set(error, ERROR_INTERRUPTED, "%s was not waited for, because the run is being stopped", url);
    if (call->refused)
        return refuse(url, "it leads to this machine or a private network", error);
    error_set(error, code == CURLE_OPERATION_TIMEDOUT ? ERROR_TIMEOUT : ERROR_NETWORK, "%s did not answer", url);
    error_why(error, "%s", *words != '\0' ? words : curl_easy_strerror(code));
    return false;
}

static bool is_named(const char *const *globs, const char *authority) {
    for (guint i = 0; globs != NULL && globs[i] != NULL; i++) {
        if (fnmatch(globs[i], authority, 0) == 0)
            return true;
    }
    return false;
}

/* One request; *next is where a redirect leads, or NULL. */
static bool exchange(Call *call, const char *text, gint64 left, HttpAnswer *answer, char **next, GError **error) {
    char words[CURL_ERROR_SIZE] = "";
    g_autoptr(CurlUrl) url = parse(text);
    g_autofree char *host = url != NULL ? part_of(url, CURLUPART_HOST, 0) : NULL;
    if (host == NULL)
        return refuse(text, "it is no valid address", error);
    g_autofree char *authority = http_authority(text);
    call->private_too = is_named(call->request->private_hosts, authority);
    if (!call->private_too && http_is_private(host))
        return refuse(text, "it leads to this machine or a private network", error);
    g_autoptr(Curl) curl = curl_easy_init();
    curl_off_t after = 0;
    char *redirect = NULL;
    set_options(curl, call, url, left);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);
    g_byte_array_set_size(call->body, 0);
    CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && call->cut))
        return explain(call, code, words, text, error);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
    curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &redirect);
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &after);
    answer->retry_after = after > 0 ? (gint64)after : -1;
    *next = g_strdup(redirect);
    return true;
}

bool http_call(const HttpRequest *request, HttpAnswer *answer, HttpSent *sent, GError **error) {
    (void)sent;
    static GOnce once = G_ONCE_INIT;
    g_once(&once, begin_curl, NULL);
    g_autoptr(GByteArray) body = g_byte_array_new();
    Call call = {.request = request, .body = body, .proxied = has_proxy()};
    gint64 end = clock_monotonic_us() + (gint64)(request->seconds > 0 ? request->seconds : 60) * G_USEC_PER_SEC;
    g_autofree char *url = g_strdup(request->url);
    *answer = (HttpAnswer){.retry_after = -1};
    for (guint hops = 0;; hops++) {
        g_autofree char *next = NULL;
        gint64 left = end - clock_monotonic_us();
        if (left <= 0)
            return error_set(error, ERROR_TIMEOUT, "%s did not answer in time", request->url);
        if (!exchange(&call, url, left, answer, &next, error))
            return false;
        if (next == NULL || request->redirects == 0)
            break;
        if (hops >= request->redirects) {
            error_set(error, ERROR_NETWORK, "%s leads from one redirect to the next", request->url);
            error_why(error, "%u redirects were followed", request->redirects);
            return false;
        }
        g_free(url);
        url = g_steal_pointer(&next);
    }
    answer->url = g_steal_pointer(&url);
    answer->body = g_bytes_new(body->data, body->len);
    return true;
}

void http_answer_clear(HttpAnswer *answer) {
    g_clear_pointer(&answer->url, g_free);
    g_clear_pointer(&answer->body, g_bytes_unref);
}
