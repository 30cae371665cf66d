#include "forge/folder.h"

#include "base/fault.h"
#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* In .drafts: says that slipway made the forge's folder, and how many folders above and with it. */
#define MADE ".made"
#define WAIT_SECONDS 60

void forge_lock_clear(ForgeLock *lock) {
    if (lock->path != NULL)
        close(lock->fd);
    g_clear_pointer(&lock->path, g_free);
}

bool forge_folder_is_dir(const char *path) {
    struct stat info;
    return lstat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool forge_folder_is_leftover(const char *name) {
    return name[0] == '.' && g_str_has_suffix(name, ".slipway-tmp");
}

bool forge_folder_sweep(const char *path, GError **error) {
    g_autoptr(GPtrArray) names = fs_list(path, error);
    if (names == NULL)
        return false;
    for (guint i = 0; i < names->len; i++) {
        if (forge_folder_is_leftover(names->pdata[i]) && !fs_unlink_beneath(path, names->pdata[i], error))
            return false;
    }
    return true;
}

/* ---- the lock ---- */

/* The folder itself is locked: nothing is left behind. File systems that cannot lock a folder get a file. */
static int open_lock(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0 || errno == EWOULDBLOCK)
        return fd;
    int file = openat(fd, ".lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    close(fd);
    return file;
}

static bool take_lock(const char *path, ForgeLock *lock, GError **error) {
    int fd = open_lock(path);
    if (fd < 0) {
        error_errno(error, ERROR_IO, errno, "cannot open the forge's folder %s", path);
        return false;
    }
    *lock = (ForgeLock){.fd = fd, .path = g_strdup(path)};
    for (int tries = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; tries++) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return error_errno(error, ERROR_IO, errno, "cannot lock the forge's folder %s", path);
        if (tries >= WAIT_SECONDS * 20)
            return error_set(error, ERROR_LOCKED, "another process has been changing the forge's folder %s for %d s", path, WAIT_SECONDS);
        g_usleep(G_USEC_PER_SEC / 20);
    }
    return true;
}

/* False: while this process waited, the folder was removed or made anew. */
static bool still_there(const ForgeLock *lock) {
    struct stat held, named;
    if (fstat(lock->fd, &held) != 0 || stat(lock->path, &named) != 0)
        return false;
    return S_ISREG(held.st_mode) || (held.st_ino == named.st_ino && held.st_dev == named.st_dev);
}

/* ---- making and removing the folder ---- */

/* The nearest folder above that exists, and the first one that does not. */
static char *nearest_above(const char *path, char **first_missing, int *levels) {
    char *above = g_strdup(path);
    *first_missing = NULL;
    *levels = 0;
    while (!fs_exists(above) && strcmp(above, "/") != 0 && strcmp(above, ".") != 0) {
        g_free(*first_missing);
        *first_missing = above;
        above = g_path_get_dirname(above);
        (*levels)++;
    }
    return above;
}

static char *staging_of(const char *top) {
    g_autofree char *above = g_path_get_dirname(top);
    g_autofree char *name = g_path_get_basename(top);
    return g_strdup_printf("%s/.slipway-new-%s", above, name);
}

bool forge_folder_clear(const char *path, GError **error) {
    g_autofree char *first = NULL;
    int levels;
    g_autofree char *above = nearest_above(path, &first, &levels);
    g_autofree char *staging = first != NULL ? staging_of(first) : NULL;
    g_auto(ForgeLock) lock = {0};
    if (staging == NULL || !fs_exists(staging))
        return true;
    return take_lock(above, &lock, error) && fs_remove_tree(staging, error);
}

static bool sync_down_to(const char *path, int levels, GError **error) {
    g_autofree char *folder = g_strdup(path);
    for (int i = 0; i < levels; i++) {
        if (!fs_sync_dir(folder, error))
            return false;
        char *above = g_path_get_dirname(folder);
        g_free(folder);
        folder = above;
    }
    return true;
}

/* The folders are made beside and moved into place: so the note of who made them is there with them or they are not there. */
static bool make(const char *path, GError **error) {
    g_autofree char *first = NULL;
    int levels;
    g_autofree char *above = nearest_above(path, &first, &levels);
    g_auto(ForgeLock) lock = {0};
    if (!take_lock(above, &lock, error))
        return false;
    if (first == NULL || fs_exists(first))
        return true;
    g_autofree char *staging = staging_of(first);
    g_autofree char *drafts = g_build_filename(staging, path + strlen(first), FORGE_DRAFTS, NULL);
    g_autofree char *note = g_build_filename(drafts, MADE, NULL);
    g_autofree char *text = g_strdup_printf("%d\n", levels);
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    if (!fs_remove_tree(staging, error) || !fs_make_dirs(drafts, 0777, error))
        return false;
    fault_point("forge-folder-made", NULL);
    if (!fs_write(note, bytes, 0644, error))
        return false;
    fault_point("forge-folder-noted", NULL);
    return fs_rename(staging, first, error) && sync_down_to(path, levels, error);
}

static bool holds_only(const char *path, const char *name) {
    g_autoptr(GPtrArray) names = fs_list(path, NULL);
    return names != NULL && names->len == 1 && strcmp(names->pdata[0], name) == 0;
}

/* Moved aside in one step first: half removed, it would no longer say who made it. */
static bool unmake(const char *path, int levels, GError **error) {
    g_autofree char *top = g_strdup(path);
    for (int i = 1; i < levels; i++) {
        g_autofree char *above = g_path_get_dirname(top);
        g_autofree char *name = g_path_get_basename(top);
        if (!holds_only(above, name))
            break;
        g_free(top);
        top = g_steal_pointer(&above);
    }
    g_autofree char *staging = staging_of(top);
    if (!fs_remove_tree(staging, error) || !fs_rename(top, staging, error))
        return false;
    fault_point("forge-folder-aside", NULL);
    return fs_remove_tree(staging, error);
}

static int levels_made(const char *drafts) {
    g_autofree char *note = g_build_filename(drafts, MADE, NULL);
    g_autoptr(GBytes) bytes = fs_exists(note) ? fs_read(note, 16, NULL) : NULL;
    return bytes != NULL ? (int)g_ascii_strtoll(g_bytes_get_data(bytes, NULL), NULL, 10) : 0;
}

bool forge_folder_tidy(const char *path, GError **error) {
    g_autofree char *drafts = g_build_filename(path, FORGE_DRAFTS, NULL);
    if (!forge_folder_is_dir(drafts))
        return true;
    if (holds_only(drafts, MADE)) {
        if (holds_only(path, FORGE_DRAFTS))
            return unmake(path, levels_made(drafts), error);
        g_autofree char *note = g_build_filename(drafts, MADE, NULL);
        g_unlink(note);
    }
    if (g_rmdir(drafts) != 0 && errno != ENOTEMPTY && errno != EEXIST)
        return error_errno(error, ERROR_IO, errno, "cannot remove %s", drafts);
    return fs_sync_dir(path, error);
}

/* ---- entering ---- */

static bool remove_half_done(const char *path, GError **error) {
    g_autofree char *drafts = g_build_filename(path, FORGE_DRAFTS, NULL);
    g_autoptr(GPtrArray) names = forge_folder_is_dir(drafts) ? fs_list(drafts, error) : g_ptr_array_new();
    if (names == NULL)
        return false;
    /* Of the forge's own folder only these two files are slipway's. */
    fs_drop_temporary_beneath(path, "index.html");
    fs_drop_temporary_beneath(path, FORGE_LATEST);
    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        g_autofree char *whole = g_build_filename(drafts, name, NULL);
        bool half = g_str_has_prefix(name, ".new-") || g_str_has_prefix(name, ".gone-");
        if (half && !fs_remove_tree(whole, error))
            return false;
    }
    return true;
}

static bool make_drafts(const char *path, GError **error) {
    g_autofree char *drafts = g_build_filename(path, FORGE_DRAFTS, NULL);
    if (g_mkdir(drafts, 0777) != 0 && errno != EEXIST)
        return error_errno(error, ERROR_IO, errno, "cannot make the folder %s", drafts);
    if (!forge_folder_is_dir(drafts))
        return error_set(error, ERROR_CONFLICT, "%s is not a folder of slipway's", drafts);
    return fs_sync_dir(path, error);
}

bool forge_folder_enter(const char *path, bool make_it, ForgeLock *lock, GError **error) {
    for (int tries = 0; tries < 10; tries++) {
        if (make_it && !fs_exists(path) && !make(path, error))
            return false;
        if (!g_file_test(path, G_FILE_TEST_IS_DIR))
            return error_set(error, ERROR_CONFLICT, "the forge's folder %s is not there", path);
        if (!take_lock(path, lock, error))
            return false;
        if (still_there(lock))
            return remove_half_done(path, error) && (!make_it || make_drafts(path, error));
        forge_lock_clear(lock);
    }
    return error_set(error, ERROR_LOCKED, "the forge's folder %s is made and removed by other processes all the time", path);
}
