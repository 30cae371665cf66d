/* When a forge may be asked again. */
#include "base/clock.h"
#include "base/text.h"
#include "forge/rest_parts.h"

#define SLICE (G_USEC_PER_SEC / 20)
/* What is waited where a forge says that it is too much, and not for how long (GitHub's documentation: at least one minute). */
#define UNSAID 60
/* A longer wait than anybody means. */
#define LONGEST (365 * 24 * G_GINT64_CONSTANT(3600))

bool rest_is_stopped(const Rest *rest) {
    const gint *cancel = rest->cancel != NULL ? *rest->cancel : NULL;
    return cancel != NULL && g_atomic_int_get(cancel) != 0;
}

bool rest_sleep(const Rest *rest, gint64 microseconds) {
    gint64 end = clock_monotonic_us() + microseconds;
    for (gint64 left = microseconds; left > 0 && !rest_is_stopped(rest); left = end - clock_monotonic_us())
        g_usleep((gulong)MIN(left, SLICE));
    return !rest_is_stopped(rest);
}

char *rest_looked(const Rest *rest) {
    return rest_is_stopped(rest) ? g_strdup("until the run was stopped") : g_strdup_printf("for %" G_GINT64_FORMAT " s", rest->patience);
}

/* ---- pace ---- */

static GMutex lock;
static GHashTable *turns; /* authority → gint64*: when its next change may begin (monotonic, µs). Few: the forges of this process */

/* With the lock held. */
static gint64 *turn_of(const char *url) {
    g_autofree char *host = http_authority(url);
    if (turns == NULL)
        turns = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    gint64 *next = g_hash_table_lookup(turns, host);
    if (next == NULL) {
        next = g_new0(gint64, 1);
        g_hash_table_insert(turns, g_steal_pointer(&host), next);
    }
    return next;
}

/* Takes the next free moment of a host. */
static gint64 take_moment(const char *url, gint64 pace) {
    gint64 now = clock_monotonic_us();
    g_mutex_lock(&lock);
    gint64 *next = turn_of(url);
    gint64 mine = MAX(now, *next);
    *next = mine + pace;
    g_mutex_unlock(&lock);
    return mine - now;
}

/* A limit holds for all that this process would change there. */
static void hold_back(const char *url, gint64 wait) {
    g_mutex_lock(&lock);
    gint64 *next = turn_of(url);
    *next = MAX(*next, clock_monotonic_us() + wait);
    g_mutex_unlock(&lock);
}

bool rest_take_turn(const Rest *rest, const char *url, GError **error) {
    gint64 wait = take_moment(url, rest->pace * 1000);
    return rest_sleep(rest, wait) || error_set(error, ERROR_INTERRUPTED, "%s was not asked, because the run is being stopped", rest->host);
}

/* ---- limits ---- */

/* Seconds; -1: it is none. A server may name any number. */
static gint64 limit_of(const Rest *rest, const HttpAnswer *answer) {
    gint64 seconds = rest->kind->limited != NULL ? rest->kind->limited(answer) : -1;
    if (seconds < 0 && answer->status == 429)
        seconds = answer->retry_after >= 0 ? answer->retry_after : UNSAID;
    return MIN(seconds, LONGEST);
}

gint64 rest_until(const HttpAnswer *answer, const char *reset) {
    gint64 there = http_date(http_header(answer, "date"));
    guint64 when = 0;
    if (reset == NULL || !g_ascii_string_to_unsigned(reset, 10, 0, G_MAXINT64, &when, NULL))
        return -1;
    return MAX((gint64)when - (there >= 0 ? there : clock_now()), 1);
}

static RestLimit limited(const Rest *rest, const HttpAnswer *answer, gint64 seconds, GError **error) {
    g_autofree char *until = clock_timestamp(clock_now() + seconds);
    g_autofree char *words = rest_words(rest, answer, NULL);
    error_set(error, ERROR_LIMITED, "%s takes no more requests before %s", rest->host, until);
    if (words != NULL)
        error_why(error, "%s", words);
    error_state(error, "the last request was refused: nothing came of it");
    error_fix(error, "wait until %s, then run the same command again", until);
    return REST_LIMIT_ERROR;
}

/* A part of a second more than was said: not all come back at one moment. */
RestLimit rest_obey_limit(const Rest *rest, const HttpAnswer *answer, gint64 *waited, GError **error) {
    gint64 seconds = limit_of(rest, answer);
    if (seconds < 0)
        return REST_NO_LIMIT;
    if (answer->retry_after < 0)
        seconds += *waited; /* twice as long each time */
    if (*waited + seconds > REST_LIMIT_BUDGET)
        return limited(rest, answer, seconds, error);
    *waited += MAX(seconds, 1);
    gint64 wait = seconds * G_USEC_PER_SEC + (gint64)(g_random_double() * (double)G_USEC_PER_SEC / 4);
    hold_back(answer->url, wait);
    if (rest_sleep(rest, wait))
        return REST_WAITED;
    error_set(error, ERROR_INTERRUPTED, "%s was not asked again, because the run is being stopped", rest->host);
    return REST_LIMIT_ERROR;
}

bool rest_wait(const Rest *rest, gint64 *began) {
    gint64 now = clock_monotonic_us();
    if (*began == 0)
        *began = now;
    gint64 gone = now - *began, left = rest->patience * G_USEC_PER_SEC - gone;
    return left > 0 && rest_sleep(rest, MIN(gone + G_USEC_PER_SEC, left));
}
