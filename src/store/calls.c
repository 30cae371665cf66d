/* The system calls that SQLite makes. It knows ENOSPC alone as a full disk; a quota that is used up is one, too.
 *
 * In a test build the N-th call by which it changes the journal fails once. SQLite lets its calls be replaced, for this very purpose; fsync and
 * fdatasync, which it calls by themselves, are this program's own here and go by the file that they are called for.
 *   SLIPWAY_FAULT_CALLS=FILE     append a line "N NAME" for each such call
 *   SLIPWAY_FAULT_CALL=N ERRNO   the N-th one (from 1 on) fails with the number ERRNO, once */
#include "store/journal_private.h"

#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef SLIPWAY_FAULT_POINTS

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
static bool fails(const char *name) {
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

static int own_open(const char *path, int flags, int mode) {
    bool changes = (flags & (O_WRONLY | O_RDWR)) != 0;
    return changes && fails("open") ? -1 : open(path, flags, mode);
}

static int own_ftruncate(int fd, off_t length) {
    return fails("ftruncate") ? -1 : ftruncate(fd, length);
}

static int own_unlink(const char *path) {
    return fails("unlink") ? -1 : unlink(path);
}

static bool is_journal(int fd) {
    g_autofree char *link = g_strdup_printf("/proc/self/fd/%d", fd);
    g_autofree char *path = g_file_read_link(link, NULL);
    return path != NULL && (strstr(path, "/slipway/journal.db") != NULL || g_str_has_suffix(path, "/.git/slipway"));
}

int fsync(int fd) {
    return is_journal(fd) && fails("fsync") ? -1 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
    return is_journal(fd) && fails("fdatasync") ? -1 : (int)syscall(SYS_fdatasync, fd);
}

#else

#define fails(name) false

#endif

static ssize_t told(ssize_t put) {
    if (put < 0 && errno == EDQUOT)
        errno = ENOSPC;
    return put;
}

static ssize_t own_write(int fd, const void *bytes, size_t length) {
    return told(fails("write") ? -1 : write(fd, bytes, length));
}

static ssize_t own_pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    return told(fails("pwrite") ? -1 : pwrite(fd, bytes, length, offset));
}

void journal_own_calls(void) {
    static const struct {
        const char *name;
        sqlite3_syscall_ptr call;
    } calls[] = {
        {"write", (sqlite3_syscall_ptr)own_write}, {"pwrite", (sqlite3_syscall_ptr)own_pwrite},       {"pwrite64", (sqlite3_syscall_ptr)own_pwrite},
#ifdef SLIPWAY_FAULT_POINTS
        {"open", (sqlite3_syscall_ptr)own_open},   {"ftruncate", (sqlite3_syscall_ptr)own_ftruncate}, {"unlink", (sqlite3_syscall_ptr)own_unlink},
#endif
    };
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    for (guint i = 0; vfs != NULL && i < G_N_ELEMENTS(calls); i++)
        vfs->xSetSystemCall(vfs, calls[i].name, calls[i].call);
}
