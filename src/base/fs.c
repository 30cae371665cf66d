#include "base/fs.h"

#include "base/error.h"
#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A descriptor that closes itself. */
typedef int Descriptor;
static void descriptor_clear(const Descriptor *fd) {
    if (*fd >= 0)
        close(*fd);
}
#define AUTO_FD __attribute__((cleanup(descriptor_clear))) Descriptor

static int open_beneath(int root, const char *path, guint64 flags, guint64 mode) {
    struct open_how how = {.flags = flags | O_CLOEXEC, .mode = mode, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

static bool leads_out(int errnum) {
    return errnum == ELOOP || errnum == EXDEV;
}

static GBytes *read_fd(int fd, const char *path, gsize limit, GError **error) {
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        error_set(error, ERROR_UNTRUSTED_PATH, "%s is not a regular file", path);
        return NULL;
    }
    if ((guint64)info.st_size > limit) {
        error_set(error, ERROR_TOO_LARGE, "%s has %" G_GINT64_FORMAT " bytes; at most %" G_GSIZE_FORMAT " are read", path, (gint64)info.st_size, limit);
        return NULL;
    }
    g_autoptr(GByteArray) bytes = g_byte_array_sized_new((guint)info.st_size + 1);
    guint8 buffer[1 << 16];
    ssize_t got;
    while ((got = read(fd, buffer, sizeof buffer)) > 0 && bytes->len <= limit)
        g_byte_array_append(bytes, buffer, (guint)got);
    if (got < 0) {
        error_errno(error, ERROR_IO, errno, "cannot read %s", path);
        return NULL;
    }
    /* The NUL behind the end lets callers use the bytes as text. */
    g_byte_array_append(bytes, (const guint8 *)"", 1);
    g_autoptr(GBytes) whole = g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
    return g_bytes_new_from_bytes(whole, 0, g_bytes_get_size(whole) - 1);
}

GBytes *fs_read(const char *path, gsize limit, GError **error) {
    AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        error_errno(error, ERROR_IO, errno, "cannot read %s", path);
        return NULL;
    }
    return read_fd(fd, path, limit, error);
}

static int open_root(const char *root, GError **error) {
    int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        error_errno(error, ERROR_IO, errno, "cannot open the folder %s", root);
    return fd;
}

static bool refuse_path(const char *path, int errnum, const char *verb, GError **error) {
    if (!leads_out(errnum))
        return error_errno(error, ERROR_IO, errnum, "cannot %s %s", verb, path);
    error_set(error, ERROR_UNTRUSTED_PATH, "%s leads through a symbolic link or out of the repository", path);
    error_why(error, "slipway reads and writes only regular files inside the repository");
    return false;
}

GBytes *fs_read_beneath(const char *root, const char *path, gsize limit, GError **error) {
    AUTO_FD dir = open_root(root, error);
    if (dir < 0)
        return NULL;
    AUTO_FD fd = open_beneath(dir, path, O_RDONLY | O_NONBLOCK, 0);
    if (fd < 0) {
        refuse_path(path, errno, "read", error);
        return NULL;
    }
    return read_fd(fd, path, limit, error);
}

int fs_open_beneath(const char *root, const char *path, struct stat *info, GError **error) {
    AUTO_FD dir = open_root(root, error);
    if (dir < 0)
        return -1;
    AUTO_FD fd = open_beneath(dir, path, O_RDONLY | O_NONBLOCK, 0);
    if (fd < 0) {
        refuse_path(path, errno, "read", error);
        return -1;
    }
    struct stat here;
    if (fstat(fd, &here) != 0 || !S_ISREG(here.st_mode)) {
        error_set(error, ERROR_UNTRUSTED_PATH, "%s is not a regular file", path);
        return -1;
    }
    if (info != NULL)
        *info = here;
    int result = fd;
    fd = -1;
    return result;
}

int fs_open_folder(const char *path, GError **error) {
    return open_root(path, error);
}

bool fs_read_into(int folder, const char *path, gsize limit, GByteArray *buffer, GError **error) {
    struct stat info;
    AUTO_FD fd = open_beneath(folder, path, O_RDONLY | O_NONBLOCK, 0);
    if (fd < 0)
        return refuse_path(path, errno, "read", error);
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
        return error_set(error, ERROR_UNTRUSTED_PATH, "%s is not a regular file", path);
    if ((guint64)info.st_size > limit)
        return error_set(error, ERROR_TOO_LARGE, "%s has %" G_GINT64_FORMAT " bytes; at most %" G_GSIZE_FORMAT " are read", path, (gint64)info.st_size, limit);
    gsize size = (gsize)info.st_size, have = 0;
    g_byte_array_set_size(buffer, (guint)size + 1);
    ssize_t got = 0;
    while (have < size && (got = read(fd, buffer->data + have, size - have)) > 0)
        have += (gsize)got;
    if (got < 0)
        return error_errno(error, ERROR_IO, errno, "cannot read %s", path);
    buffer->data[have] = '\0';
    g_byte_array_set_size(buffer, (guint)have);
    return true;
}

FsKind fs_kind_beneath(const char *root, const char *path) {
    AUTO_FD dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return FS_MISSING;
    AUTO_FD fd = open_beneath(dir, path, O_PATH, 0);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? FS_MISSING : FS_OTHER;
    struct stat info;
    return fstat(fd, &info) == 0 && S_ISREG(info.st_mode) ? FS_FILE : FS_OTHER;
}

bool fs_is_folder_beneath(const char *root, const char *path) {
    AUTO_FD dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    AUTO_FD fd = dir >= 0 ? open_beneath(dir, path, O_PATH | O_DIRECTORY, 0) : -1;
    return fd >= 0;
}

bool fs_exists(const char *path) {
    struct stat info;
    return lstat(path, &info) == 0;
}

static bool write_all(int fd, GBytes *bytes) {
    gsize left = 0;
    const char *data = g_bytes_get_data(bytes, &left);
    while (left > 0) {
        ssize_t put = write(fd, data, left);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        data += put;
        left -= (gsize)put;
    }
    return true;
}

/* The same name in every process, so that the writer after a killed one finds what that one left. */
static char *temporary_name(const char *name) {
    return g_strdup_printf(".%.200s.slipway-tmp", name);
}

/* Writes NAME in the open folder: temporary file, fsync, rename, fsync of the folder. */
static bool write_in(int dir, const char *name, const char *path, GBytes *bytes, mode_t mode, GError **error) {
    struct stat old;
    bool there = fstatat(dir, name, &old, AT_SYMLINK_NOFOLLOW) == 0;
    if (there && !S_ISREG(old.st_mode))
        return error_set(error, ERROR_UNTRUSTED_PATH, "%s is not a regular file", path);
    mode_t wanted = mode != 0 ? mode : there ? old.st_mode & 07777 : 0644;
    g_autofree char *temporary = temporary_name(name);
    unlinkat(dir, temporary, 0);
    AUTO_FD fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return error_errno(error, ERROR_IO, errno, "cannot write beside %s", path);
    bool done = write_all(fd, bytes) && fchmod(fd, wanted) == 0 && fsync(fd) == 0;
    fault_point("fs-write", name);
    done = done && renameat(dir, temporary, dir, name) == 0 && fsync(dir) == 0;
    if (done)
        return true;
    int problem = errno;
    unlinkat(dir, temporary, 0);
    return error_errno(error, ERROR_IO, problem, "cannot write %s", path);
}

bool fs_write(const char *path, GBytes *bytes, mode_t mode, GError **error) {
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *name = g_path_get_basename(path);
    AUTO_FD dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return error_errno(error, ERROR_IO, errno, "cannot open the folder of %s", path);
    return write_in(dir, name, path, bytes, mode, error);
}

/* The folder of PATH beneath ROOT, made if missing. */
static int open_parent(const char *root, const char *path, bool make, GError **error) {
    if (g_path_is_absolute(path)) {
        refuse_path(path, EXDEV, "write", error);
        return -1;
    }
    AUTO_FD top = open_root(root, error);
    if (top < 0)
        return -1;
    g_autofree char *folder = g_path_get_dirname(path);
    g_auto(GStrv) parts = g_strsplit(folder, "/", -1);
    AUTO_FD here = open_beneath(top, ".", O_RDONLY | O_DIRECTORY, 0);
    for (guint i = 0; parts[i] != NULL && here >= 0; i++) {
        if (*parts[i] == '\0' || strcmp(parts[i], ".") == 0)
            continue;
        if (make && mkdirat(here, parts[i], 0777) == 0)
            fsync(here);
        int next = open_beneath(here, parts[i], O_RDONLY | O_DIRECTORY, 0);
        int problem = errno;
        close(here);
        errno = problem;
        here = next;
    }
    if (here < 0)
        refuse_path(path, errno, "open the folder of", error);
    int result = here;
    here = -1;
    return result;
}

bool fs_write_beneath(const char *root, const char *path, GBytes *bytes, mode_t mode, GError **error) {
    AUTO_FD dir = open_parent(root, path, true, error);
    if (dir < 0)
        return false;
    g_autofree char *name = g_path_get_basename(path);
    return write_in(dir, name, path, bytes, mode, error);
}

bool fs_unlink_beneath(const char *root, const char *path, GError **error) {
    if (fs_kind_beneath(root, path) == FS_MISSING)
        return true;
    AUTO_FD dir = open_parent(root, path, false, error);
    if (dir < 0)
        return false;
    g_autofree char *name = g_path_get_basename(path);
    if (unlinkat(dir, name, 0) != 0 && errno != ENOENT)
        return error_errno(error, ERROR_IO, errno, "cannot remove %s", path);
    fsync(dir);
    return true;
}

bool fs_make_folder_beneath(const char *root, const char *path, GError **error) {
    g_autofree char *below = g_build_filename(path, ".", NULL);
    AUTO_FD dir = open_parent(root, below, true, error);
    return dir >= 0;
}

/* The folder that it stands in is held open: what its path leads to may change meanwhile, what is removed may not. */
bool fs_remove_beneath(const char *root, const char *path, GError **error) {
    if (fs_kind_beneath(root, path) == FS_MISSING)
        return true;
    AUTO_FD dir = open_parent(root, path, false, error);
    if (dir < 0)
        return false;
    g_autofree char *name = g_path_get_basename(path);
    g_autofree char *held = g_strdup_printf("/proc/self/fd/%d/%s", dir, name);
    return fs_remove_tree(held, error);
}

void fs_drop_temporary_beneath(const char *root, const char *path) {
    g_autofree char *name = g_path_get_basename(path);
    g_autofree char *temporary = temporary_name(name);
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *whole = g_build_filename(folder, temporary, NULL);
    fs_unlink_beneath(root, whole, NULL);
}

bool fs_make_dirs(const char *path, mode_t mode, GError **error) {
    if (g_mkdir_with_parents(path, (int)mode) != 0)
        return error_errno(error, ERROR_IO, errno, "cannot make the folder %s", path);
    return true;
}

static bool copy_bytes(int from, int to) {
    g_autofree char *buffer = g_malloc(1 << 18);
    ssize_t got;
    while ((got = read(from, buffer, 1 << 18)) > 0) {
        g_autoptr(GBytes) piece = g_bytes_new_static(buffer, (gsize)got);
        if (!write_all(to, piece))
            return false;
    }
    return got == 0;
}

bool fs_copy(const char *from, const char *to, mode_t mode, GError **error) {
    AUTO_FD source = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (source < 0)
        return error_errno(error, ERROR_IO, errno, "cannot read %s", from);
    g_autofree char *folder = g_path_get_dirname(to);
    g_autofree char *name = g_path_get_basename(to);
    g_autofree char *short_name = temporary_name(name);
    g_autofree char *temporary = g_build_filename(folder, short_name, NULL);
    g_unlink(temporary);
    AUTO_FD target = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (target < 0)
        return error_errno(error, ERROR_IO, errno, "cannot write %s", to);
    if (!copy_bytes(source, target) || fchmod(target, mode) != 0 || fsync(target) != 0 || rename(temporary, to) != 0) {
        int problem = errno;
        g_unlink(temporary);
        return error_errno(error, ERROR_IO, problem, "cannot write %s", to);
    }
    return fs_sync_dir(folder, error);
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *walk) {
    (void)info;
    (void)walk;
    if (type == FTW_DNR)
        chmod(path, 0700);
    return remove(path);
}

/* Read-only folders (Go's module cache makes them) would keep their entries; opened up on the way down. */
static int open_up(const char *path, const struct stat *info, int type, struct FTW *walk) {
    (void)walk;
    if ((type == FTW_D || type == FTW_DNR) && (info->st_mode & 0700) != 0700)
        chmod(path, 0700);
    return 0;
}

/* Those that are there, so that none outlives the program: path → itself. */
static GMutex temporary_lock;
static GHashTable *temporary;

static void know_temporary(const char *path, bool there) {
    g_mutex_lock(&temporary_lock);
    if (temporary == NULL)
        temporary = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (there)
        g_hash_table_add(temporary, g_strdup(path));
    else
        g_hash_table_remove(temporary, path);
    g_mutex_unlock(&temporary_lock);
}

bool fs_remove_tree(const char *path, GError **error) {
    if (!fs_exists(path))
        return true;
    nftw(path, open_up, 32, FTW_PHYS);
    if (nftw(path, remove_entry, 32, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT)
        return error_errno(error, ERROR_IO, errno, "cannot remove %s", path);
    know_temporary(path, false);
    return true;
}

bool fs_rename(const char *from, const char *to, GError **error) {
    if (rename(from, to) != 0)
        return error_errno(error, ERROR_IO, errno, "cannot move %s to %s", from, to);
    g_autofree char *folder = g_path_get_dirname(to);
    return fs_sync_dir(folder, error);
}

bool fs_sync_dir(const char *path, GError **error) {
    AUTO_FD fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        return error_errno(error, ERROR_IO, errno, "cannot make the folder %s durable", path);
    return true;
}

void fs_remove_temp_dirs(void) {
    g_mutex_lock(&temporary_lock);
    g_autofree gpointer *paths = temporary != NULL ? g_hash_table_get_keys_as_array(temporary, NULL) : NULL;
    g_autoptr(GHashTable) taken = g_steal_pointer(&temporary);
    g_mutex_unlock(&temporary_lock);
    for (guint i = 0; paths != NULL && paths[i] != NULL; i++)
        fs_remove_tree(paths[i], NULL);
}

char *fs_make_temp_dir(const char *prefix, GError **error) {
    g_autofree char *template = g_strdup_printf("%s/%s-XXXXXX", g_get_tmp_dir(), prefix);
    if (g_mkdtemp_full(template, 0700) == NULL) {
        error_errno(error, ERROR_IO, errno, "cannot make a folder in %s", g_get_tmp_dir());
        return NULL;
    }
    know_temporary(template, true);
    return g_steal_pointer(&template);
}

static int by_bytes(gconstpointer a, gconstpointer b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *fs_list(const char *path, GError **error) {
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    if (!fs_exists(path))
        return g_steal_pointer(&names);
    g_autoptr(GError) problem = NULL;
    g_autoptr(GDir) dir = g_dir_open(path, 0, &problem);
    if (dir == NULL) {
        error_set(error, ERROR_IO, "cannot list %s", path);
        error_why(error, "%s", problem->message);
        return NULL;
    }
    const char *name;
    while ((name = g_dir_read_name(dir)) != NULL)
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, by_bytes);
    return g_steal_pointer(&names);
}

guint64 fs_free_bytes(const char *path) {
    struct statvfs info;
    return statvfs(path, &info) == 0 ? (guint64)info.f_bavail * info.f_frsize : 0;
}
