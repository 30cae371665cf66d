/* Addresses: their parts, whom they lead to, and through which proxy. */
#include "base/http_parts.h"

#include <arpa/inet.h>
#include <string.h>

/* ---- private addresses ---- */

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

bool http_address_is_private(const struct sockaddr *address) {
    if (address->sa_family == AF_INET)
        return is_private_v4((const guint8 *)&((const struct sockaddr_in *)(const void *)address)->sin_addr);
    return address->sa_family != AF_INET6 || is_private_v6(((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr);
}

/* In lower case, without brackets, zone and dots at its end. */
static char *bare_host(const char *host) {
    gsize length = strlen(host);
    char *bare = *host == '[' && length > 2 ? g_strndup(host + 1, length - 2) : g_ascii_strdown(host, -1);
    g_strdelimit(bare, "%", '\0');
    while ((length = strlen(bare)) > 0 && bare[length - 1] == '.')
        bare[length - 1] = '\0';
    return bare;
}

bool http_is_private(const char *host) {
    guint8 bytes[16];
    g_autofree char *bare = bare_host(host);
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

/* libcurl resolves "localhost" by itself, to the loopback numbers alone. */
bool http_address_is_loopback(const char *host) {
    static const guint8 one[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    guint8 bytes[16];
    g_autofree char *bare = bare_host(host);
    if (inet_pton(AF_INET6, bare, bytes) == 1)
        return memcmp(bytes, one, sizeof one) == 0;
    if (inet_pton(AF_INET, bare, bytes) == 1)
        return bytes[0] == 127;
    return g_str_equal(bare, "localhost");
}

/* ---- parts ---- */

char *http_address_part(CURLU *url, CURLUPart part, guint flags) {
    char *text = NULL;
    char *copy = curl_url_get(url, part, &text, flags) == CURLUE_OK ? g_strdup(text) : NULL;
    curl_free(text);
    return copy;
}

static bool is_web(CURLU *url) {
    g_autofree char *scheme = http_address_part(url, CURLUPART_SCHEME, 0);
    g_autofree char *host = http_address_part(url, CURLUPART_HOST, 0);
    return host != NULL && *host != '\0' && (g_strcmp0(scheme, "http") == 0 || g_strcmp0(scheme, "https") == 0);
}

CURLU *http_address_parse(const char *text) {
    g_autoptr(CurlUrl) url = curl_url();
    if (text == NULL || curl_url_set(url, CURLUPART_URL, text, CURLU_URLENCODE) != CURLUE_OK || !is_web(url))
        return NULL;
    curl_url_set(url, CURLUPART_USER, NULL, 0);
    curl_url_set(url, CURLUPART_PASSWORD, NULL, 0);
    curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0);
    return g_steal_pointer(&url);
}

char *http_authority(const char *text) {
    g_autoptr(CurlUrl) url = http_address_parse(text);
    if (url == NULL)
        return NULL;
    g_autofree char *host = http_address_part(url, CURLUPART_HOST, 0);
    g_autofree char *port = http_address_part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    g_autofree char *lower = g_ascii_strdown(host, -1);
    return g_strdup_printf("%s:%s", lower, port != NULL ? port : "");
}

char *http_origin(const char *text) {
    g_autoptr(CurlUrl) url = http_address_parse(text);
    g_autofree char *authority = url != NULL ? http_authority(text) : NULL;
    g_autofree char *scheme = url != NULL ? http_address_part(url, CURLUPART_SCHEME, 0) : NULL;
    return authority != NULL ? g_strconcat(scheme, "://", authority, NULL) : NULL;
}

char *http_address_name(const char *text) {
    g_autoptr(CurlUrl) url = http_address_parse(text);
    if (url == NULL)
        return g_strdup("an address that is none");
    g_autofree char *host = http_address_part(url, CURLUPART_HOST, 0);
    g_autofree char *port = http_address_part(url, CURLUPART_PORT, 0);
    return port != NULL ? g_strconcat(host, ":", port, NULL) : g_steal_pointer(&host);
}

char *http_address_resolve(const char *base, const char *reference) {
    g_autoptr(CurlUrl) url = http_address_parse(base);
    if (url == NULL || *reference == '\0' || curl_url_set(url, CURLUPART_URL, reference, CURLU_URLENCODE) != CURLUE_OK || !is_web(url))
        return NULL;
    return http_address_part(url, CURLUPART_URL, 0);
}

char *http_segment(const char *text) {
    GString *out = g_string_new(NULL);
    /* "." and ".." would be taken away by whoever makes the path plain. */
    bool dots = g_str_equal(text, ".") || g_str_equal(text, "..");
    for (const char *p = text; *p != '\0'; p++) {
        if (!dots && (g_ascii_isalnum(*p) || strchr("-._~", *p) != NULL))
            g_string_append_c(out, *p);
        else
            g_string_append_printf(out, "%%%02X", (guchar)*p);
    }
    return g_string_free(out, FALSE);
}

/* ---- proxies ---- */

static const char *first_of(const char *const *names) {
    for (; *names != NULL; names++) {
        const char *value = g_getenv(*names);
        if (value != NULL && *value != '\0')
            return value;
    }
    return NULL;
}

/* Is a number in a network as "10.0.0.0/8"? */
static bool is_in_network(const char *host, const char *network) {
    guint8 a[16], b[16];
    g_auto(GStrv) parts = g_strsplit(network, "/", 2);
    int family = strchr(host, ':') != NULL ? AF_INET6 : AF_INET;
    guint64 bits = family == AF_INET6 ? 128 : 32;
    if (parts[0] == NULL || (parts[1] != NULL && !g_ascii_string_to_unsigned(parts[1], 10, 0, bits, &bits, NULL)))
        return false;
    g_autofree char *bare = bare_host(parts[0]);
    if (inet_pton(family, host, a) != 1 || inet_pton(family, bare, b) != 1)
        return false;
    gsize whole = bits / 8;
    guint mask = (0xff00u >> (bits % 8)) & 0xff;
    return memcmp(a, b, whole) == 0 && (mask == 0 || (a[whole] & mask) == (b[whole] & mask));
}

/* As libcurl reads it: names stand for what is below them, too. */
static bool is_exempt(const char *host) {
    static const char *const names[] = {"no_proxy", "NO_PROXY", NULL};
    const char *list = first_of(names);
    g_auto(GStrv) words = g_strsplit_set(list != NULL ? list : "", ", \t", -1);
    for (guint i = 0; words[i] != NULL; i++) {
        const char *word = words[i] + (*words[i] == '.' ? 1 : 0);
        g_autofree char *name = bare_host(word);
        if (*name == '\0')
            continue;
        gsize length = strlen(host), tail = strlen(name);
        bool below = length > tail && host[length - tail - 1] == '.' && g_str_has_suffix(host, name);
        if (g_str_equal(name, "*") || g_str_equal(name, host) || below || is_in_network(host, word))
            return true;
    }
    return false;
}

/* Said to libcurl explicitly, so that what is named is what is used. This machine is never asked through another. */
char *http_address_proxy(const char *url) {
    static const char *const plain[] = {"http_proxy", "all_proxy", "ALL_PROXY", NULL}; /* not HTTP_PROXY: CGI sets that from a header */
    static const char *const secure[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};
    g_autoptr(CurlUrl) parsed = http_address_parse(url);
    if (parsed == NULL)
        return NULL;
    g_autofree char *scheme = http_address_part(parsed, CURLUPART_SCHEME, 0);
    g_autofree char *raw = http_address_part(parsed, CURLUPART_HOST, 0);
    g_autofree char *host = bare_host(raw);
    const char *proxy = first_of(g_str_equal(scheme, "https") ? secure : plain);
    return proxy == NULL || http_address_is_loopback(host) || is_exempt(host) ? NULL : g_strdup(proxy);
}

char *http_proxy_for(const char *url) {
    g_autofree char *proxy = http_address_proxy(url);
    if (proxy == NULL)
        return NULL;
    const char *scheme = strstr(proxy, "://");
    const char *at = strrchr(proxy, '@');
    const char *start = scheme != NULL ? scheme + 3 : proxy;
    return at == NULL || at < start ? g_strdup(proxy) : g_strdup_printf("%.*s%s", (int)(start - proxy), proxy, at + 1);
}
