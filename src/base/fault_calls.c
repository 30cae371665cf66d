/* In a test build: system calls that fail (base/fault_calls.h). fsync and fdatasync, which SQLite calls by themselves, are this program's own here and go by
 * the file that they are called for. */
#include "base/fault_calls.h"

#ifdef SLIPWAY_FAULT_POINTS

#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int fsync(int fd);
int fdatasync(int fd);

static gint count;

static void write_line(const char *path, const char *line) {
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0)
        return;
    if (syscall(SYS_write, fd, line, strlen(line)) < 0)
        g_printerr("fault calls: cannot write\n");
    close(fd);
}

/* Is it this one's turn to fail? errno says why. */
bool fault_call_fails(const char *name) {
    const char *log = fault_setting("SLIPWAY_FAULT_CALLS"), *wanted = fault_setting("SLIPWAY_FAULT_CALL");
    guint number = (guint)g_atomic_int_add(&count, 1) + 1, which = 0;
    int problem = 0;
    g_autofree char *line = g_strdup_printf("%u %s\n", number, name);
    if (log != NULL)
        write_line(log, line);
    if (wanted == NULL || sscanf(wanted, "%u %d", &which, &problem) != 2 || which != number)
        return false;
    errno = problem;
    return true;
}

bool fault_start_fails(const char *what) {
    static GMutex lock;
    static GHashTable *started; /* what → how many */
    const char *log = fault_setting("SLIPWAY_FAULT_STARTS"), *wanted = fault_setting("SLIPWAY_FAULT_START");
    g_autofree char *line = g_strconcat(what, "\n", NULL);
    g_mutex_lock(&lock);
    started = started != NULL ? started : g_hash_table_new(g_str_hash, g_str_equal);
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(started, what)) + 1;
    g_hash_table_insert(started, (char *)what, GUINT_TO_POINTER(number));
    if (log != NULL)
        write_line(log, line);
    g_mutex_unlock(&lock);
    g_autofree char *key = g_strdup_printf("%s %u", what, number);
    return g_strcmp0(wanted, key) == 0;
}

static bool is_journal(int fd) {
    g_autofree char *link = g_strdup_printf("/proc/self/fd/%d", fd);
    g_autofree char *path = g_file_read_link(link, NULL);
    return path != NULL && (strstr(path, "/slipway/journal.db") != NULL || g_str_has_suffix(path, "/.git/slipway"));
}

int fsync(int fd) {
    return is_journal(fd) && fault_call_fails("fsync") ? -1 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
    return is_journal(fd) && fault_call_fails("fdatasync") ? -1 : (int)syscall(SYS_fdatasync, fd);
}

#endif
