/* One request and what comes back. */
#include "base/clock.h"
#include "base/error.h"
#include "base/http_parts.h"

#include <fnmatch.h>
#include <openssl/x509_vfy.h>
#include <string.h>
#include <unistd.h>

#define AGENT "slipway/" SLIPWAY_VERSION
/* Of an answer that is no success, where a success would be taken as it comes. */
#define REFUSAL_LIMIT (1024 * 1024)

bool http_is_change(const HttpRequest *request) {
    return !g_str_equal(request->method, "GET") && !g_str_equal(request->method, "HEAD");
}

/* ---- what libcurl calls ---- */

static curl_socket_t open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address) {
    HttpCall *call = data;
    (void)purpose;
    if (!call->private_too && !call->proxied && http_address_is_private(&address->addr)) {
        call->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static long status_of(const HttpCall *call) {
    long status = 0;
    curl_easy_getinfo(call->curl, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

static size_t take_header(char *line, size_t size, size_t count, void *data) {
    HttpCall *call = data;
    gsize length = size * count;
    call->headers_size += length;
    if (call->headers_size > HTTP_HEADERS_LIMIT) {
        call->headers_too_large = true;
        return 0;
    }
    bool begins = length >= 5 && memcmp(line, "HTTP/", 5) == 0;
    if (begins)
        g_hash_table_remove_all(call->headers); /* an answer of its own: before it stood 100 or 103 */
    else
        http_headers_add(call->headers, line, length);
    call->headers_ended = !begins && (call->headers_ended || (length <= 2 && strchr("\r\n", *line) != NULL));
    return length;
}

/* The body of a redirect that is followed is nobody's. */
static bool is_passed_over(const HttpCall *call, long status) {
    return status >= 300 && status < 400 && status != 304 && call->request->redirects > 0 && !http_is_change(call->request);
}

static size_t take_body(char *bytes, size_t size, size_t count, void *data) {
    HttpCall *call = data;
    const HttpRequest *request = call->request;
    gsize got = size * count;
    long status = status_of(call);
    bool streams = request->take != NULL && status >= 200 && status < 300;
    guint64 limit = request->take != NULL && !streams ? MIN(request->limit, REFUSAL_LIMIT) : request->limit;
    gsize part = (gsize)MIN((guint64)got, limit - MIN(limit, call->got));
    call->cut = part < got;
    call->too_large = call->cut && request->whole && (streams || request->take == NULL) && !is_passed_over(call, status);
    call->got += part;
    if (streams && part > 0 && !call->too_large) {
        call->taken = true;
        call->ended = !request->take(bytes, part, request->data);
    } else if (!streams) {
        g_byte_array_append(call->kept, (const guint8 *)bytes, (guint)part);
    }
    return call->cut || call->ended ? 0 : got;
}

static int is_stopped(void *data, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
    const HttpCall *call = data;
    (void)a, (void)b, (void)c, (void)d;
    return call->request->cancel != NULL && g_atomic_int_get(call->request->cancel) != 0 ? 1 : 0;
}

/* ---- options ---- */

static void set_times(const HttpCall *call) {
    const HttpRequest *request = call->request;
    bool file = request->body != NULL && request->body->path != NULL;
    curl_easy_setopt(call->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(call->curl, CURLOPT_CONNECTTIMEOUT, (long)(request->connect_seconds > 0 ? request->connect_seconds : 10));
    curl_easy_setopt(call->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(call->curl, CURLOPT_LOW_SPEED_TIME, (long)(request->stall_seconds > 0 ? request->stall_seconds : 15));
    curl_easy_setopt(call->curl, CURLOPT_TIMEOUT_MS, file ? 0L : (long)MAX(call->left / 1000, 1));
}

/* The library knows neither variable; OpenSSL's own use of them is that they stand in place of the system's. */
static void set_trust(CURL *curl) {
    const char *file = g_getenv("SSL_CERT_FILE"), *folder = g_getenv("SSL_CERT_DIR");
    bool has_file = file != NULL && *file != '\0', has_folder = folder != NULL && *folder != '\0';
    if (has_file || has_folder)
        curl_easy_setopt(curl, CURLOPT_CAINFO, has_file ? file : NULL);
    if (has_folder)
        curl_easy_setopt(curl, CURLOPT_CAPATH, folder);
}

static void set_callbacks(HttpCall *call) {
    curl_easy_setopt(call->curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(call->curl, CURLOPT_OPENSOCKETDATA, call);
    curl_easy_setopt(call->curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(call->curl, CURLOPT_HEADERDATA, call);
    curl_easy_setopt(call->curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(call->curl, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(call->curl, CURLOPT_XFERINFOFUNCTION, is_stopped);
    curl_easy_setopt(call->curl, CURLOPT_XFERINFODATA, call);
    curl_easy_setopt(call->curl, CURLOPT_NOPROGRESS, 0L);
}

/* A change must not meet a connection that others used: where such a one died, libcurl sends the request again. HTTP/2 lets a server ask for that, too. */
static void set_connection(const HttpCall *call, CURLU *url, const char *proxy) {
    bool change = http_is_change(call->request);
    curl_easy_setopt(call->curl, CURLOPT_CURLU, url);
    curl_easy_setopt(call->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(call->curl, CURLOPT_USERAGENT, AGENT);
    curl_easy_setopt(call->curl, CURLOPT_PROXY, proxy != NULL ? proxy : "");
    curl_easy_setopt(call->curl, CURLOPT_NOPROXY, "");
    curl_easy_setopt(call->curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(call->curl, CURLOPT_HTTP_VERSION, (long)(change ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
    curl_easy_setopt(call->curl, CURLOPT_FRESH_CONNECT, (long)change);
    curl_easy_setopt(call->curl, CURLOPT_FORBID_REUSE, (long)change);
    if (!change)
        curl_easy_setopt(call->curl, CURLOPT_NOBODY, (long)g_str_equal(call->request->method, "HEAD"));
    set_trust(call->curl);
}

static CurlList *list_headers(const HttpCall *call) {
    const HttpRequest *request = call->request;
    CurlList *list = http_is_change(request) ? curl_slist_append(NULL, "Expect:") : NULL; /* else large bodies wait a second for 100 Continue */
    if (http_is_change(request) && request->body != NULL && request->body->form == NULL) {
        g_autofree char *type = g_strconcat("Content-Type: ", request->body->type != NULL ? request->body->type : "application/json", NULL);
        list = curl_slist_append(list, type);
    } else if (http_is_change(request) && request->body == NULL) {
        list = curl_slist_append(list, "Content-Type:");
    }
    for (guint i = 0; call->to_origin && request->headers != NULL && request->headers[i] != NULL; i++)
        list = curl_slist_append(list, request->headers[i]);
    if (call->to_origin && request->credential != NULL) {
        char *header = secret_header(request->credential, request->credential_name, request->credential_scheme);
        list = curl_slist_append(list, header);
        secret_wipe(header);
    }
    return list;
}

static void free_headers(CurlList *list) {
    for (CurlList *each = list; each != NULL; each = each->next)
        explicit_bzero(each->data, strlen(each->data));
    curl_slist_free_all(list);
}

/* ---- what went wrong ---- */

static bool refuse(const HttpCall *call, const char *why, GError **error) {
    g_autofree char *name = http_address_name(call->url);
    error_set(error, ERROR_ADDRESS, "%s is not called", name);
    error_why(error, "%s", why);
    return false;
}

/* May the request have gone out? What is not surely unsent, may. */
static HttpSent was_sent(const HttpCall *call, CURLcode code) {
    static const CURLcode never[] = {CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT,      CURLE_SSL_CONNECT_ERROR,
                                     CURLE_SSL_CACERT_BADFILE,   CURLE_SSL_CERTPROBLEM,       CURLE_SSL_ISSUER_ERROR,     CURLE_PEER_FAILED_VERIFICATION,
                                     CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT,         CURLE_SSL_INVALIDCERTSTATUS};
    long requested = 0, tunnel = 0;
    curl_easy_getinfo(call->curl, CURLINFO_REQUEST_SIZE, &requested);
    curl_easy_getinfo(call->curl, CURLINFO_HTTP_CONNECTCODE, &tunnel);
    for (guint i = 0; requested == 0 && i < G_N_ELEMENTS(never); i++) {
        if (code == never[i])
            return HTTP_NOT_SENT;
    }
    return requested == 0 || (tunnel != 0 && tunnel != 200) ? HTTP_NOT_SENT : HTTP_MAYBE_SENT;
}

static void explain_tls(long verified, const char *words, GError **error) {
    bool early = verified == X509_V_ERR_CERT_NOT_YET_VALID;
    g_autofree char *now = clock_timestamp(clock_now());
    if (early || verified == X509_V_ERR_CERT_HAS_EXPIRED) {
        error_why(error, "its certificate is %s, by the clock of this machine, which says %s", early ? "not valid yet" : "no longer valid", now);
        error_fix(error, early ? "set the clock (timedatectl status), then again"
                               : "see whether the clock is right (timedatectl status); else tell who runs the server");
    } else if (verified == X509_V_OK || verified == X509_V_ERR_UNSPECIFIED) { /* its name, which libcurl checks by itself */
        error_why(error, "%s", words);
        error_fix(error, "see whether the address is right; else tell who runs the server");
    } else {
        error_why(error, "its certificate is not trusted: %s", X509_verify_cert_error_string(verified));
        error_fix(error, "where the server is your own: set SSL_CERT_FILE to a file with the certificate of who signed it");
    }
}

/* How the connection failed. */
static bool explain_network(const HttpCall *call, CURLcode code, const char *words, GError **error) {
    g_autofree char *name = http_address_name(call->url);
    g_autofree char *proxy = http_proxy_for(call->url);
    long verified = 0;
    curl_easy_getinfo(call->curl, CURLINFO_SSL_VERIFYRESULT, &verified);
    bool began = code == CURLE_PARTIAL_FILE || (g_hash_table_size(call->headers) > 0 && code == CURLE_RECV_ERROR);
    error_set(error, code == CURLE_OPERATION_TIMEDOUT ? ERROR_TIMEOUT : ERROR_NETWORK, began ? "the answer of %s was cut off" : "%s did not answer", name);
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        explain_tls(verified, words, error);
    else
        error_why(error, "%s%s%s", words, proxy != NULL ? "; through the proxy " : "", proxy != NULL ? proxy : "");
    return false;
}

static bool explain(HttpCall *call, CURLcode code, const char *words, GError **error) {
    g_autofree char *name = http_address_name(call->url);
    call->final = true;
    if (call->send.broken != NULL) {
        error_set(error, ERROR_IO, "%s cannot be sent", call->request->body->path);
        error_why(error, "%s", call->send.broken);
        return false;
    }
    if (code == CURLE_ABORTED_BY_CALLBACK || call->ended)
        return error_set(error, ERROR_INTERRUPTED, "%s was not waited for, because the run is being stopped", name);
    if (call->refused)
        return refuse(call, "it leads to this machine or a private network", error);
    if (call->headers_too_large || call->too_large) {
        error_set(error, ERROR_TOO_LARGE, "the answer of %s is too large", name);
        if (call->too_large)
            error_why(error, "more than %" G_GSIZE_FORMAT " bytes are not read", call->request->limit);
        else
            error_why(error, "more than %d bytes of headers are not read", HTTP_HEADERS_LIMIT);
        return false;
    }
    call->final = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE;
    return explain_network(call, code, *words != '\0' ? words : curl_easy_strerror(code), error);
}

/* ---- the exchange ---- */

static bool is_named(const char *const *globs, const char *authority) {
    for (guint i = 0; globs != NULL && globs[i] != NULL; i++) {
        if (fnmatch(globs[i], authority, 0) == 0)
            return true;
    }
    return false;
}

static bool may_be_called(HttpCall *call, CURLU *url, GError **error) {
    if (url == NULL)
        return refuse(call, "it is no valid address", error);
    g_autofree char *host = http_address_part(url, CURLUPART_HOST, 0);
    g_autofree char *authority = http_authority(call->url);
    call->private_too = is_named(call->request->private_hosts, authority);
    return call->private_too || !http_is_private(host) || refuse(call, "it leads to this machine or a private network", error);
}

static bool perform(HttpCall *call, HttpAnswer *answer, char **next, GError **error) {
    char words[CURL_ERROR_SIZE] = "";
    char *redirect = NULL;
    CurlList *list = list_headers(call);
    curl_easy_setopt(call->curl, CURLOPT_ERRORBUFFER, words);
    curl_easy_setopt(call->curl, CURLOPT_HTTPHEADER, list);
    CURLcode code = curl_easy_perform(call->curl);
    if (code == CURLE_OK && !call->headers_ended) /* cut off among its headers: to libcurl that is an answer */
        code = CURLE_PARTIAL_FILE;
    if (code == CURLE_OUT_OF_MEMORY) /* what libcurl says of one header line of more than 100 KiB */
        call->headers_too_large = true;
    call->sent = code == CURLE_OK ? HTTP_MAYBE_SENT : was_sent(call, code);
    bool came = code == CURLE_OK || (code == CURLE_WRITE_ERROR && call->cut && !call->too_large && !call->headers_too_large);
    if (came) {
        answer->status = status_of(call);
        curl_easy_getinfo(call->curl, CURLINFO_REDIRECT_URL, &redirect);
        *next = g_strdup(redirect);
    }
    bool done = came || explain(call, code, words, error);
    curl_easy_setopt(call->curl, CURLOPT_HTTPHEADER, NULL);
    curl_easy_setopt(call->curl, CURLOPT_ERRORBUFFER, NULL);
    free_headers(list);
    return done;
}

bool http_exchange(HttpCall *call, HttpAnswer *answer, char **next, GError **error) {
    g_autoptr(CurlUrl) url = http_address_parse(call->url);
    call->sent = HTTP_NOT_SENT;
    call->final = true;
    if (!may_be_called(call, url, error))
        return false;
    bool change = http_is_change(call->request);
    g_autofree char *proxy = http_address_proxy(call->url);
    g_autofree char *origin = http_origin(call->url);
    g_autofree char *key = g_strdup_printf("%s %d", origin, call->private_too); /* what was connected for one that may is not used for one that may not */
    call->proxied = proxy != NULL;
    call->to_origin = g_str_equal(origin, call->origin);
    call->cut = call->too_large = call->headers_too_large = call->refused = call->ended = call->headers_ended = false;
    call->got = 0;
    call->headers_size = 0;
    g_byte_array_set_size(call->kept, 0);
    g_hash_table_remove_all(call->headers);
    call->curl = change ? curl_easy_init() : http_pool_take(key);
    set_times(call);
    set_callbacks(call);
    set_connection(call, url, proxy);
    bool done = (!change || http_send_open(&call->send, call->curl, call->request, error)) && perform(call, answer, next, error);
    if (change) {
        http_send_close(&call->send);
        curl_easy_cleanup(call->curl);
    } else {
        http_pool_give(key, call->curl);
    }
    call->curl = NULL;
    return done;
}
