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

static void write_line(const char *path, guint number, const char *name) {
    g_autofree char *line = g_strdup_printf("%u %s\n", number, name);
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
    if (log != NULL)
        write_line(log, number, name);
    if (wanted == NULL || sscanf(wanted, "%u %d", &which, &problem) != 2 || which != number)
        return false;
    errno = problem;
    return true;
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
