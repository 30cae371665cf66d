#include "base/fault.h"

#ifdef SLIPWAY_FAULT_POINTS

#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static GMutex lock;
static GHashTable *hits;

/* The key of this hit, counted. */
static char *next_key(const char *name, const char *object) {
    g_autofree char *stem = g_strdup_printf("%s %s", name, object != NULL ? object : "-");
    if (hits == NULL)
        hits = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(hits, stem)) + 1;
    g_hash_table_insert(hits, g_strdup(stem), GUINT_TO_POINTER(count));
    return g_strdup_printf("%s #%u", stem, count);
}

static void append_log(const char *path, const char *key) {
    g_autofree char *line = g_strdup_printf("%s\n", key);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0)
        return;
    if (write(fd, line, strlen(line)) < 0)
        g_printerr("fault log: cannot write\n");
    close(fd);
}

static bool asked(const char *variable, const char *key) {
    return g_strcmp0(g_getenv(variable), key) == 0;
}

static char *hit(const char *name, const char *object) {
    g_mutex_lock(&lock);
    char *key = next_key(name, object);
    const char *log = g_getenv("SLIPWAY_FAULT_LOG");
    if (log != NULL)
        append_log(log, key);
    g_mutex_unlock(&lock);
    return key;
}

void fault_point(const char *name, const char *object) {
    g_autofree char *key = hit(name, object);
    if (asked("SLIPWAY_FAULT_KILL", key))
        kill(getpid(), SIGKILL);
    if (asked("SLIPWAY_FAULT_STOP", key))
        kill(getpid(), SIGSTOP);
    if (asked("SLIPWAY_FAULT_HANG", key)) {
        g_printerr("%s hangs\n", key);
        for (;;)
            pause();
    }
}

bool fault_fails(const char *name, const char *object) {
    g_autofree char *key = hit(name, object);
    return asked("SLIPWAY_FAULT_FAIL", key);
}

const char *fault_setting(const char *variable) {
    return g_getenv(variable);
}

bool fault_bug(const char *name) {
    return g_strcmp0(g_getenv("SLIPWAY_BUG"), name) == 0;
}

#endif
