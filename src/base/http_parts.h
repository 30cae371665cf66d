/* The parts of the HTTP client. Private to it. */
#pragma once

#include "base/http.h"

#include <curl/curl.h>

typedef CURL Curl;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Curl, curl_easy_cleanup)
typedef CURLU CurlUrl;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CurlUrl, curl_url_cleanup)
typedef struct curl_slist CurlList;

/* ---- addresses ---- */

CURLU *http_address_parse(const char *text);                         /* NULL: no address of http or https. Without user, password and fragment */
char *http_address_part(CURLU *url, CURLUPart part, guint flags);    /* g_free */
char *http_address_name(const char *text);                           /* its host, for words; never NULL. g_free */
char *http_address_resolve(const char *base, const char *reference); /* absolute; NULL: none. g_free */
bool http_address_is_private(const struct sockaddr *address);
bool http_address_is_loopback(const char *host); /* this machine by a name or number that cannot mean another */
char *http_address_proxy(const char *url);       /* as http_proxy_for, with its password */

/* ---- the body that is sent ---- */

typedef struct {
    const HttpBody *body;
    int fd;
    gint64 size, left;
    gint64 changed; /* when the file was last written, ns */
    curl_mime *form;
    char *broken; /* why the file cannot be sent; NULL: it can */
} HttpSend;
/* IO error: the file cannot be opened, or is none. */
bool http_send_open(HttpSend *send, CURL *curl, const HttpRequest *request, GError **error);
void http_send_close(HttpSend *send);

/* ---- connections ---- */

/* For a read: a handle that may hold a connection for `key`; given back, it keeps it. Any thread. */
CURL *http_pool_take(const char *key);
void http_pool_give(const char *key, CURL *curl);

/* ---- what came ---- */

#define HTTP_HEADERS_LIMIT (128 * 1024)
void http_headers_add(GHashTable *headers, const char *line, gsize length);

/* ---- one exchange ---- */

typedef struct {
    const HttpRequest *request;
    const char *url; /* of this hop */
    bool to_origin;  /* headers and credential go with it */
    gint64 left;     /* µs */
    char *origin;    /* of the first */
    GByteArray *kept;
    guint64 got; /* bytes of the body */
    bool taken;  /* the caller has got some of it */
    bool cut, too_large, headers_too_large, refused, proxied, private_too, ended, headers_ended;
    gsize headers_size;
    GHashTable *headers;
    CURL *curl;
    HttpSend send;
    HttpSent sent;
    bool final; /* asking again would not help */
} HttpCall;
/* One request, no redirect followed. *next: where one leads, or NULL; g_free. */
bool http_exchange(HttpCall *call, HttpAnswer *answer, char **next, GError **error);
bool http_is_change(const HttpRequest *request);
