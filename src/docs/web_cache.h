/* When which address was fine: {"schema": 1, "fine": {URL: seconds since 1970}}. A cache that cannot be read is an empty one. */
#pragma once

#include "base/error.h"
#include "base/jsonx.h"

/* Never NULL. New reference to {URL: when}. */
json_t *docs_web_cache_read(const char *path);
bool docs_web_cache_has(const json_t *cache, const char *url, gint64 since);
/* Entries older than `since` are left out. */
bool docs_web_cache_write(const char *path, const json_t *cache, gint64 since, GError **error);
