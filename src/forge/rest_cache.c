/* Answers with an ETag, so that the same question costs nothing twice: a 304 does not count against most limits. */
#include "forge/rest_parts.h"

#define ENTRIES 128
#define BODY_LIMIT (2 * 1024 * 1024)
#define ALL_LIMIT (16 * 1024 * 1024)

static GMutex lock;
static RestCached entries[ENTRIES];
static guint next; /* the oldest is replaced */
static gsize held; /* bytes of all bodies */

void rest_cached_clear(RestCached *cached) {
    g_clear_pointer(&cached->key, g_free);
    g_clear_pointer(&cached->secret, secret_unref);
    g_clear_pointer(&cached->etag, g_free);
    g_clear_pointer(&cached->headers, g_hash_table_unref);
    g_clear_pointer(&cached->body, g_bytes_unref);
}

static RestCached *entry_of(const char *key, const Secret *secret) {
    for (guint i = 0; i < ENTRIES; i++) {
        if (g_strcmp0(entries[i].key, key) == 0 && secret_equal(entries[i].secret, secret))
            return &entries[i];
    }
    return NULL;
}

/* The headers are never changed once they are here, so that they may be shared. */
bool rest_cache_find(const char *key, const Secret *secret, RestCached *cached) {
    *cached = (RestCached){0};
    g_mutex_lock(&lock);
    const RestCached *entry = entry_of(key, secret);
    if (entry != NULL)
        *cached = (RestCached){.etag = g_strdup(entry->etag), .headers = g_hash_table_ref(entry->headers), .body = g_bytes_ref(entry->body)};
    g_mutex_unlock(&lock);
    return cached->etag != NULL;
}

static gsize size_of(const RestCached *cached) {
    return cached->body != NULL ? g_bytes_get_size(cached->body) : 0;
}

static void replace(RestCached *place, const RestCached *fresh) {
    held += size_of(fresh) - size_of(place);
    rest_cached_clear(place);
    *place = *fresh;
}

void rest_cache_keep(const char *key, Secret *secret, const HttpAnswer *answer) {
    const char *etag = http_header(answer, "etag");
    if (etag == NULL || answer->status != 200 || g_bytes_get_size(answer->body) > BODY_LIMIT)
        return;
    RestCached fresh = {
        .key = g_strdup(key),
        .secret = secret != NULL ? secret_ref(secret) : NULL,
        .etag = g_strdup(etag),
        .headers = g_hash_table_ref(answer->headers),
        .body = g_bytes_ref(answer->body),
    };
    g_mutex_lock(&lock);
    RestCached *place = entry_of(key, secret);
    replace(place != NULL ? place : &entries[next++ % ENTRIES], &fresh);
    for (guint i = 0; i < ENTRIES && held > ALL_LIMIT; i++) /* the oldest first */
        replace(&entries[(next + i) % ENTRIES], &(RestCached){0});
    g_mutex_unlock(&lock);
}
