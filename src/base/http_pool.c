/* Handles of libcurl that wait with an open connection. One is used by one thread at a time. */
#include "base/http_parts.h"

#define IDLE 16

typedef struct {
    char *key;
    CURL *curl;
} Idle;

static GMutex lock;
static Idle idle[IDLE]; /* the oldest first */
static guint count;

static CURL *remove_at(guint i) {
    CURL *curl = idle[i].curl;
    g_free(idle[i].key);
    for (count--; i < count; i++)
        idle[i] = idle[i + 1];
    return curl;
}

CURL *http_pool_take(const char *key) {
    CURL *curl = NULL;
    g_mutex_lock(&lock);
    for (guint i = count; i > 0 && curl == NULL; i--) {
        if (g_str_equal(idle[i - 1].key, key))
            curl = remove_at(i - 1);
    }
    g_mutex_unlock(&lock);
    return curl != NULL ? curl : curl_easy_init();
}

void http_pool_give(const char *key, CURL *curl) {
    CURL *oldest = NULL;
    curl_easy_reset(curl); /* keeps connections, and nothing else that matters */
    g_mutex_lock(&lock);
    if (count == IDLE)
        oldest = remove_at(0);
    idle[count++] = (Idle){.key = g_strdup(key), .curl = curl};
    g_mutex_unlock(&lock);
    if (oldest != NULL)
        curl_easy_cleanup(oldest);
}
