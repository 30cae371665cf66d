/* The parts of rest. Private to them. */
#pragma once

#include "forge/rest.h"

/* Requests begin like this: credential, headers, whom they may reach. `url` is borrowed. */
HttpRequest rest_request(const Rest *rest, const char *method, const char *url, const char *const *headers);
/* The whole address of a path. ADDRESS for what is not at the API: the token goes nowhere else. g_free. */
char *rest_address(const Rest *rest, const char *path, GError **error);
bool rest_is_stopped(const Rest *rest);
/* The forge's own words for a refusal, escaped and bounded; g_free, may be NULL. */
char *rest_words(const Rest *rest, const HttpAnswer *answer, const json_t *body);
/* 401, 403 and other answers that are errors for whoever they are given to; `what`: "GET https://…". False. */
bool rest_not_allowed(const Rest *rest, const HttpAnswer *answer, const json_t *body, GError **error);

/* ---- limits and pace (rest_pace.c) ---- */

#define REST_LIMIT_BUDGET 120 /* seconds that are waited for limits in one call */
/* Sleeps; false: the run is being stopped. */
bool rest_sleep(const Rest *rest, gint64 microseconds);
/* Until this host may be changed again; INTERRUPTED. */
bool rest_take_turn(const Rest *rest, const char *url, GError **error);
typedef enum { REST_NO_LIMIT, REST_WAITED /* ask again */, REST_LIMIT_ERROR } RestLimit;
/* Is the answer a limit? Then it is waited for, if that fits. *waited: seconds so far, begins as 0. */
RestLimit rest_obey_limit(const Rest *rest, const HttpAnswer *answer, gint64 *waited, GError **error);

/* ---- what was read before (rest_cache.c) ---- */

typedef struct {
    char *key;      /* kind and address */
    Secret *secret; /* whose answer it is; NULL: anybody's */
    char *etag;
    GHashTable *headers;
    GBytes *body;
} RestCached;
/* A copy to be cleared; false: not known. */
bool rest_cache_find(const char *key, const Secret *secret, RestCached *cached);
void rest_cache_keep(const char *key, Secret *secret, const HttpAnswer *answer);
void rest_cached_clear(RestCached *cached);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RestCached, rest_cached_clear)
