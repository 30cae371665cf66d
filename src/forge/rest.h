/* What the forges on a server share: JSON over HTTP with a token, pages, limits, answers checked in shape. Private to this folder.
 *
 * Reads are repeated inside a budget; a change goes out once. Changes to one host are at least `pace` apart in the whole process. What a forge says of its
 * limits is obeyed: a wait that fits the budget is waited, a longer one is LIMITED, which names the time. GETs are conditional (ETag) where the same address
 * was read before in this process by the same token. */
#pragma once

#include "base/http.h"
#include "forge/forge.h"
#include "forge/token.h"

typedef struct {
    const char *title;                               /* "GitHub" */
    const char *const *headers;                      /* to every call, NULL-ended */
    const char *credential_name, *credential_scheme; /* "Authorization", "Bearer" */
    const ForgeTokenRow *tokens;
    const char *page_size;                                          /* "per_page=100" */
    gint64 (*limited)(const HttpAnswer *answer);                    /* seconds to wait; -1: this is no limit; NULL: 429 and Retry-After alone */
    char *(*refusal)(const HttpAnswer *answer, const json_t *body); /* the forge's own words for what it refused, with the scope it wanted; g_free. NULL:
                                                                     * "message" and what is like it. answer is an empty one where only the body is at hand */
    const char *beside;                                             /* "uploads": https://uploads.X gets the token where the API is https://api.X; NULL: none */
} RestKind;

typedef struct {
    const RestKind *kind;
    char *api;          /* "https://api.github.com": no slash at the end */
    char *host;         /* of the API, for words */
    const char *own[2]; /* its authority, which may be called wherever it leads: the user named it; NULL-ended */
    ForgeToken token;
    gint64 patience;           /* seconds in which what was just made may not be seen yet */
    gint64 pace;               /* milliseconds between two changes */
    guint stall;               /* seconds without a byte after which a call is given up */
    const gint *const *cancel; /* the Forge's */
} Rest;
/* From a forge's params: api, patience (60), pace (1000), stall (30) and the token. */
bool rest_open(Rest *rest, const RestKind *kind, const json_t *params, GError **error);
void rest_close(Rest *rest);

/* A path begins with "/", or is a whole address of the same origin; without a token, of any. */
/* *answer NULL without error: 404. New reference. */
bool rest_get(Rest *rest, const char *path, json_t **answer, GError **error);
/* The same with the headers of the answer, to be cleared; any status but 5xx is an answer. For probes. */
bool rest_ask(Rest *rest, const char *path, HttpAnswer *answer, json_t **body, GError **error);
/* All pages of a list, at most 10,000 members, joined; `key`: the member that holds the list, NULL: the answer is the list. New reference; 404 is NULL without
 * error. */
bool rest_list(Rest *rest, const char *path, const char *key, json_t **list, GError **error);
/* A body as it comes, redirects followed. False with CONFLICT: 404. */
bool rest_read(Rest *rest, const char *path, const char *accept, ForgeTake take, void *data, GError **error);

typedef enum {
    REST_DONE,    /* 2xx, and the body is JSON or empty */
    REST_REFUSED, /* 4xx: nothing was done; *status and *answer say why; no error is set */
    REST_LOST,    /* no answer, half of one, 5xx, a redirect, no JSON: it may have been done; *error says what came */
    REST_FAILED,  /* it was not sent, or not allowed, or is LIMITED: *error */
} RestOutcome;
typedef struct {
    const char *method, *path;
    const json_t *json;   /* the body; or NULL */
    const HttpBody *body; /* the body, other than JSON; or NULL */
    const char *const *headers;
} RestChange;
/* *answer: new reference, or NULL where the body is empty or of a refusal that is no JSON. 401 and a 403 that is no limit are REST_FAILED with PERMISSION. */
RestOutcome rest_change(Rest *rest, const RestChange *change, long *status, json_t **answer, GError **error);
/* For a refusal nobody expects: CONFLICT with the forge's own words. Returns false. */
bool rest_refused(const Rest *rest, const RestChange *change, long status, const json_t *answer, GError **error);
/* After REST_LOST, where looking did not find it: turns the error into UNKNOWN_STATE. Returns false. */
bool rest_lost(GError **error);
/* Waits a little longer each time (1, 2, 4 … s, at most `patience` in all since *began, which starts as 0); false: the time is up, or the run is being
 * stopped. For `while`: look until seen. */
bool rest_wait(const Rest *rest, gint64 *began);
/* For words behind that: "for 60 s", or "until the run was stopped". g_free. */
char *rest_looked(const Rest *rest);

/* Seconds until a time that a header names (Unix), by the clock of who names it (its Date), which need not be this machine's; at least 1; -1: it is no time. */
gint64 rest_until(const HttpAnswer *answer, const char *reset);

/* Members of an answer; without the type that is named, ANSWER: "the answer of URL has no text FIELD". Borrowed. */
typedef struct {
    const Rest *rest;
    const char *path;
    const json_t *json;
} RestShape;
bool rest_text(const RestShape *shape, const char *field, const char **value, GError **error);
bool rest_text_or_null(const RestShape *shape, const char *field, const char **value, GError **error); /* missing: NULL too */
bool rest_int(const RestShape *shape, const char *field, gint64 *value, GError **error);
bool rest_bool(const RestShape *shape, const char *field, bool *value, GError **error);
bool rest_array(const RestShape *shape, const char *field, const json_t **value, GError **error);
bool rest_object(const RestShape *shape, const char *field, const json_t **value, GError **error);
gint64 rest_time(const char *text); /* RFC 3339 → seconds UTC; 0: none */

/* The mark stands in the notes that a forge keeps, on a last line that is not shown: "<!-- slipway:v1.1.0:9f86d081884c7d65 -->"; a release that was withdrawn
 * has " withdrawn" and what it was before behind it. */
typedef struct {
    char *mark;  /* NULL: none */
    char *notes; /* without the line */
    bool withdrawn, was_prerelease;
} RestNotes;
void rest_notes_parse(const char *body, RestNotes *notes);
void rest_notes_clear(RestNotes *notes);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RestNotes, rest_notes_clear)
/* The body as the forge gets it. A withdrawn one begins with a line that says so. g_free. */
char *rest_notes_write(const RestNotes *notes);

/* ---- talk ---- */

/* A text with its mark, on a line that is not shown, if it has none. body may be NULL. g_free. */
char *rest_marked(const char *body, const char *mark);
bool rest_has_mark(const json_t *json, const char *mark); /* in its member `body` */
/* The comments of one issue or pull request. path NULL: the error is set already. */
typedef struct {
    Rest *rest;
    const char *path;
    bool one_page; /* the list has no pages */
} RestComments;
bool rest_has_comment(const RestComments *comments, const char *mark, bool *has, GError **error);
/* Once: one that holds the mark already is the one. */
bool rest_comment(const RestComments *comments, const char *body, const char *mark, GError **error);
