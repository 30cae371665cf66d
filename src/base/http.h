/* HTTP, on libcurl: the one client of slipway.
 *
 * Reads (GET, HEAD) reuse connections of the whole process and HTTP/2, and are repeated where the answer did not come, was cut off, or is 429, 500, 502, 503
 * or 504, with growing, jittered pauses and what Retry-After asks for, inside a budget of time. Redirects are followed here, one by one.
 *
 * Changes (every other method) go out once, on a connection of their own that is not reused, are never redirected and never repeated: libcurl sends a POST
 * again by itself when a reused connection died, though the server had acted on it. An error tells by `sent` whether it may have arrived.
 *
 * Every call is bounded in time (to connect, without a byte, whole) and in what it keeps of the answer. `headers` and `credential` go to the origin (scheme,
 * host, port) of `url` alone: a redirect elsewhere gets neither, nor do those in an address; a credential is not sent over http except to this machine.
 * Certificates are checked against the system's (or SSL_CERT_FILE, SSL_CERT_DIR); proxies are what the environment says (https_proxy, no_proxy; http_proxy_for
 * names the one that a call would use). What leads to this machine or a private network is refused unless asked for (RFC 1918, 4193, 6598, 6890): by the
 * address that is connected to, and where a proxy connects, by name. Blocking; may be called on many threads. */
#pragma once

#include "base/secret.h"

#include <glib.h>
#include <stdbool.h>

/* What is sent with a change: bytes, or a file, which is read as it goes and never held. */
typedef struct {
    const char *type; /* of the content; NULL: application/json */
    GBytes *bytes;    /* or NULL */
    const char *path; /* or NULL; its length is sent before it (no chunks). A file that shrinks or grows meanwhile is an error */
    const char *form; /* multipart/form-data (RFC 7578) with this one field, a file; NULL: the bytes as they are */
    const char *file; /* its file name in the form */
} HttpBody;

typedef struct {
    const char *method; /* "HEAD", "GET": reads; "POST", "PUT", "PATCH", "DELETE": changes */
    const char *url;
    const char *const *headers; /* "Name: value", NULL-ended; or NULL */
    const Secret *credential;   /* or NULL */
    const char *credential_name /* "Authorization" */, *credential_scheme /* "Bearer"; NULL: none */;
    const HttpBody *body;                          /* of a change; or NULL */
    guint connect_seconds, stall_seconds, seconds; /* 0: 10, 15, 60; `seconds` is for all redirects together; a change with a `path` has none but the stall's */
    guint budget_seconds;                          /* a read is repeated for so long; 0: it is not */
    guint redirects;                               /* how many are followed at most; a change: none */
    gsize limit;                                   /* bytes of the body that are kept; what is beyond is not read */
    bool whole;                                    /* more than `limit` is TOO_LARGE instead of cut */
    /* Takes the body of a 2xx answer as it comes, in place of keeping it; `limit` holds for it too. False ends the call (INTERRUPTED). A read that is repeated
     * begins again: `restart` is called first. */
    bool (*take)(const char *bytes, gsize length, void *data);
    void (*restart)(void *data);
    void *data;
    const char *const *private_hosts; /* "host:port", globs, that may be called though they are private; NULL: none; {"*", NULL}: all */
    const gint *cancel;               /* or NULL */
} HttpRequest;

typedef struct {
    long status;         /* of the last answer */
    char *url;           /* it came from here */
    GHashTable *headers; /* name in lower case → value; of one that came twice the values joined by ", " */
    gint64 retry_after;  /* seconds (RFC 9110, 10.2.3), also from a date; -1: not said */
    GBytes *body;        /* never NULL after success */
    guint tries;         /* 1, or more where a read was repeated */
} HttpAnswer;

/* Did the request go out? What a change means when no answer came. */
typedef enum { HTTP_NOT_SENT /* refused, no name, no connection, TLS: it cannot have arrived */, HTTP_MAYBE_SENT } HttpSent;

/* Any status is an answer. Errors: NETWORK (why says which fault: reset, cut off, TLS, DNS, …), TIMEOUT, ADDRESS (no valid http(s) address, or one that is
 * refused, also by a redirect), TOO_LARGE, IO (the file of the body), INTERRUPTED. sent may be NULL. */
bool http_call(const HttpRequest *request, HttpAnswer *answer, HttpSent *sent, GError **error);
void http_answer_clear(HttpAnswer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HttpAnswer, http_answer_clear)
const char *http_header(const HttpAnswer *answer, const char *name); /* NULL: none. Borrowed */
/* The address that a Link header (RFC 8288) names for `relation` ("next"), made absolute. NULL: none. g_free. */
char *http_link(const HttpAnswer *answer, const char *relation);

/* Seconds that a Retry-After asks for, a number or a date (RFC 9110, 10.2.3 and 5.6.7), seen from `now`; -1: it says none. */
gint64 http_retry_after(const char *value, gint64 now);

/* A date as headers have it (RFC 9110, 5.6.7): seconds UTC; -1: none. */
gint64 http_date(const char *text);

/* "host:port" in lower case; NULL: no valid http(s) address. g_free. */
char *http_authority(const char *text);
/* "scheme://host:port": who gets what is for one alone. NULL: no valid address. g_free. */
char *http_origin(const char *text);
/* One segment of a path, percent-encoded ("release/1.2" → "release%2F1.2"). g_free. */
char *http_segment(const char *text);
/* Is it a name or number of this machine or of a private network? What a name resolves to is only seen when it is called. */
bool http_is_private(const char *host);
/* The proxy that the environment sets for an address, without its password; NULL: none. g_free. */
char *http_proxy_for(const char *url);
