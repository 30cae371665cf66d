/* HTTP, on libcurl: the one client of slipway. HEAD and GET so far.
 *
 * Every call is bounded in time (to connect, without a byte, whole) and in what it keeps of the answer. Redirects are followed here, one by one, and carry no
 * credentials; those in an address are dropped. Certificates are checked against the system's; proxies are what the environment says (https_proxy, no_proxy).
 * What leads to this machine or a private network is refused unless asked for (RFC 1918, 4193, 6598, 6890): by the address that is connected to, and where a
 * proxy connects, by name. Blocking; may be called on many threads. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    const char *method; /* "HEAD" or "GET" */
    const char *url;
    guint connect_seconds, stall_seconds, seconds; /* 0: 10, 15, 60; seconds is for all redirects together */
    guint redirects;                               /* how many are followed at most */
    gsize limit;                                   /* bytes of the body that are kept; what is beyond is not read */
    const char *const *private_hosts;              /* "host:port", globs, that may be called though they are private; NULL: none */
    const gint *cancel;                            /* or NULL */
} HttpRequest;

typedef struct {
    long status;        /* of the last answer */
    char *url;          /* it came from here */
    gint64 retry_after; /* seconds (RFC 9110, 10.2.3); -1: not said */
    GBytes *body;       /* never NULL after success */
} HttpAnswer;

/* Any status is an answer. Errors: NETWORK (why says which fault), TIMEOUT, ADDRESS (no valid http(s) address, or one that is refused), INTERRUPTED. */
bool http_call(const HttpRequest *request, HttpAnswer *answer, GError **error);
void http_answer_clear(HttpAnswer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HttpAnswer, http_answer_clear)

/* "host:port" in lower case; NULL: no valid http(s) address. g_free. */
char *http_authority(const char *text);
/* Is it a name or number of this machine or of a private network? What a name resolves to is only seen when it is called. */
bool http_is_private(const char *host);
