#include "cli/interrupt.h"

#include "base/fs.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static gint flag;
static sigset_t watched;

/* A second signal means: now. */
static void leave(void) {
    fs_remove_temp_dirs();
    _exit(130);
}

static gpointer wait_for_signals(gpointer data) {
    (void)data;
    for (;;) {
        int number = 0;
        if (sigwait(&watched, &number) != 0)
            continue;
        if (g_atomic_int_add(&flag, 1) > 0)
            leave();
    }
    return NULL;
}

void interrupt_watch(void) {
    sigemptyset(&watched);
    const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (guint i = 0; i < G_N_ELEMENTS(signals); i++)
        sigaddset(&watched, signals[i]);
    pthread_sigmask(SIG_BLOCK, &watched, NULL);
    g_thread_unref(g_thread_new("signals", wait_for_signals, NULL));
}

const gint *interrupt_flag(void) {
    return &flag;
}
