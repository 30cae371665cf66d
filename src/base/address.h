/* Addresses of remotes, proxies and indexes, and what in them may be secret. What is secret is told by its place, however short it is: a password of three
 * letters is found as one of forty is. An address need not be a good one: what git or curl refuses is shown in their words all the same.
 *
 * Secret are: what stands before "@" (but "git" and the like before HOST:PATH), a port that is no number, everything from "?" or "#" on, what follows ";" in a
 * segment of the path, the whole command of "ext::" and of other transports, and a segment that is built as tokens are. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* The parts of TRANSPORT::SCHEME://USER@HOST/PATH?QUERY or, without a scheme, USER@HOST:PATH. Borrowed; an empty part has begin == end. */
typedef struct {
    const char *user, *user_end, *host, *host_end, *query, *end;
    bool scheme;  /* a URL, however its slashes are written */
    bool command; /* from `host` on it is what a transport is given */
} Address;

Address address_parts(const char *url);
/* The text is one address; its secret parts are left out, or "***". g_free. */
char *address_shown(const char *url);
/* Git's own words: each address in them as address_shown has it. g_free. */
char *address_redact(const char *text);
/* What any other program said: user and password of URLs, and the values of queries whose names are those of secrets. NULL: there are none. g_free. */
char *address_redact_users(const char *text);

/* Is it built as tokens are? */
bool address_is_token(const char *word, gsize length);
