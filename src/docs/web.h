/* The addresses of the web that docs link to, asked one after the other of each host, several hosts at once.
 *
 * Only 404, 410 and what is no address are broken. Anything else that is not a success (401, 403, 429, 5xx, no network, too many redirects) is unknown: neither
 * passed nor failed. HEAD is asked first, GET where that fails. What was fine stays so for a while, in a cache. Anchors of pages elsewhere are not looked at.
 */
#pragma once

#include "docs/links.h"

typedef struct {
    const GPtrArray *addresses;             /* of DocsAddress* */
    const char *cache;                      /* path of the cache, or NULL */
    gint64 cache_seconds, now;              /* 0: nothing of the cache is believed */
    guint seconds;                          /* for one address, redirects included */
    guint budget_seconds;                   /* for all; what is not asked by then is unknown */
    const char *const *allow, *const *deny; /* globs of addresses (a star stands for anything); no allow: all. NULL-ended */
    const char *const *local;               /* "host:port" that may be called though it is private. NULL-ended */
    bool offline;                           /* ask nothing */
    const gint *cancel;
    void (*told)(const char *line, void *data); /* called on several threads: an address is being asked; or NULL */
    void *data;
} DocsWeb;

typedef struct {
    GPtrArray *findings; /* of DocsFinding*, sorted; what is unknown is a warning */
    guint fine, cached, broken, unknown;
    guint denied, unchecked; /* by allow and deny; offline, or private */
} DocsWebResult;

/* Counts are of different addresses. */
bool docs_web(const DocsWeb *web, DocsWebResult *result, GError **error);
void docs_web_result_clear(DocsWebResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(DocsWebResult, docs_web_result_clear)
