#include "cli/interrupt.h"

#include "base/fault.h"
#include "base/fs.h"
#include "base/process.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static gint flag, heeded;
static sigset_t watched;

/* Not through stdio, whose locks somebody may hold for ever. */
static G_GNUC_NORETURN void leave(void) {
    static const char words[] = "\nerror[INTERRUPTED]: interrupted; what slipway waited for was cut off\n"
                                "why:   a signal asked it to end\n"
                                "state: not looked at; what a release had begun is in its journal\n"
                                "fix:   slipway status, which says where it stands and how to go on\n"
                                "rerun: safe\n";
    process_end_children();
    fs_remove_temp_dirs();
    if (write(STDERR_FILENO, words, strlen(words)) < 0)
        _exit(130);
    _exit(130);
}

static gint64 patience(void) {
    const char *seconds = fault_setting("SLIPWAY_TEST_PATIENCE");
    return seconds != NULL ? g_ascii_strtoll(seconds, NULL, 10) : INTERRUPT_PATIENCE;
}

static gpointer wait_for_signals(gpointer data) {
    (void)data;
    int number = 0;
    while (sigwait(&watched, &number) != 0)
        continue;
    g_atomic_int_set(&flag, 1);
    if (g_atomic_int_get(&heeded) == 0)
        leave();
    const struct timespec longest = {.tv_sec = patience()};
    while (sigtimedwait(&watched, NULL, &longest) < 0 && errno == EINTR)
        continue;
    leave();
}

bool interrupt_watch(void) {
    sigemptyset(&watched);
    const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (guint i = 0; i < G_N_ELEMENTS(signals); i++)
        sigaddset(&watched, signals[i]);
    pthread_sigmask(SIG_BLOCK, &watched, NULL);
    GThread *thread = g_thread_try_new("signals", wait_for_signals, NULL, NULL);
    if (thread != NULL)
        g_thread_unref(thread);
    return thread != NULL;
}

const gint *interrupt_flag(void) {
    return &flag;
}

void interrupt_heed(bool heeds) {
    g_atomic_int_set(&heeded, heeds);
}
