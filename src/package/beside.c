#include "package/beside.h"

#include <stdbool.h>

struct PackageBeside {
    GThread *thread;
    GMutex lock;
    GCond changed;
    void (*function)(gpointer data); /* NULL: nothing to do */
    gpointer data;
    bool ended;
};

static gpointer work(gpointer data) {
    PackageBeside *beside = data;
    g_mutex_lock(&beside->lock);
    while (true) {
        while (beside->function == NULL && !beside->ended)
            g_cond_wait(&beside->changed, &beside->lock);
        if (beside->function == NULL)
            break;
        g_mutex_unlock(&beside->lock);
        beside->function(beside->data);
        g_mutex_lock(&beside->lock);
        beside->function = NULL;
        g_cond_signal(&beside->changed);
    }
    g_mutex_unlock(&beside->lock);
    return NULL;
}

PackageBeside *package_beside_new(void) {
    if (g_get_num_processors() < 2)
        return NULL;
    PackageBeside *beside = g_new0(PackageBeside, 1);
    g_mutex_init(&beside->lock);
    g_cond_init(&beside->changed);
    beside->thread = g_thread_try_new("beside", work, beside, NULL);
    if (beside->thread == NULL)
        g_clear_pointer(&beside, package_beside_free);
    return beside;
}

void package_beside_start(PackageBeside *beside, void (*function)(gpointer data), gpointer data) {
    g_mutex_lock(&beside->lock);
    beside->function = function;
    beside->data = data;
    g_cond_signal(&beside->changed);
    g_mutex_unlock(&beside->lock);
}

void package_beside_wait(PackageBeside *beside) {
    g_mutex_lock(&beside->lock);
    while (beside->function != NULL)
        g_cond_wait(&beside->changed, &beside->lock);
    g_mutex_unlock(&beside->lock);
}

void package_beside_free(PackageBeside *beside) {
    if (beside->thread != NULL) {
        g_mutex_lock(&beside->lock);
        beside->ended = true;
        g_cond_signal(&beside->changed);
        g_mutex_unlock(&beside->lock);
        g_thread_join(beside->thread);
    }
    g_mutex_clear(&beside->lock);
    g_cond_clear(&beside->changed);
    g_free(beside);
}
