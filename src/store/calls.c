/* The system calls that SQLite makes. It knows ENOSPC alone as a full disk; a quota that is used up is one, too. It lets its calls be replaced, for tests like
 * those that let each of them fail. */
#include "base/fault_calls.h"
#include "store/journal_private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int own_open(const char *path, int flags, int mode) {
    bool changes = (flags & (O_WRONLY | O_RDWR)) != 0;
    return changes && fault_call_fails("open") ? -1 : open(path, flags, mode);
}

static int own_ftruncate(int fd, off_t length) {
    return fault_call_fails("ftruncate") ? -1 : ftruncate(fd, length);
}

static int own_unlink(const char *path) {
    return fault_call_fails("unlink") ? -1 : unlink(path);
}

static ssize_t told(ssize_t put) {
    if (put < 0 && errno == EDQUOT)
        errno = ENOSPC;
    return put;
}

static ssize_t own_write(int fd, const void *bytes, size_t length) {
    return told(fault_call_fails("write") ? -1 : write(fd, bytes, length));
}

static ssize_t own_pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    return told(fault_call_fails("pwrite") ? -1 : pwrite(fd, bytes, length, offset));
}

void journal_own_calls(void) {
    static const struct {
        const char *name;
        sqlite3_syscall_ptr call;
    } calls[] = {
        {"write", (sqlite3_syscall_ptr)own_write}, {"pwrite", (sqlite3_syscall_ptr)own_pwrite},       {"pwrite64", (sqlite3_syscall_ptr)own_pwrite},
        {"open", (sqlite3_syscall_ptr)own_open},   {"ftruncate", (sqlite3_syscall_ptr)own_ftruncate}, {"unlink", (sqlite3_syscall_ptr)own_unlink},
    };
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    for (guint i = 0; vfs != NULL && i < G_N_ELEMENTS(calls); i++)
        vfs->xSetSystemCall(vfs, calls[i].name, calls[i].call);
}
