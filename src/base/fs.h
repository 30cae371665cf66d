/* Files. What a repository names is hostile: functions with `root` and `path` open beneath root, through no symbolic link
 * (openat2 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS), and refuse with UNTRUSTED_PATH. Writes are whole or not at all: temporary file in the same
 * folder, fsync, rename, fsync of the folder. Paths are bytes, not text. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

/* The whole file, at most `limit` bytes (TOO_LARGE beyond). A missing file is IO with errno's text: ask fs_exists first where that is no fault. */
GBytes *fs_read(const char *path, gsize limit, GError **error);
GBytes *fs_read_beneath(const char *root, const char *path, gsize limit, GError **error);
/* For reading in pieces: a descriptor of the regular file, the caller closes it; *info, if wanted, is its fstat. -1 and error as above. */
int fs_open_beneath(const char *root, const char *path, struct stat *info, GError **error);
/* For many files of one folder: the folder's descriptor (-1 with error; close it), and a file beneath it into a buffer that is used again (a NUL stands behind
 * its end, not counted). */
int fs_open_folder(const char *path, GError **error);
bool fs_read_into(int folder, const char *path, gsize limit, GByteArray *buffer, GError **error);
/* What stands at root/path: FS_MISSING, FS_FILE, FS_OTHER (a folder, a link, a device or a path through a link). */
typedef enum { FS_MISSING, FS_FILE, FS_OTHER } FsKind;
FsKind fs_kind_beneath(const char *root, const char *path);
bool fs_is_folder_beneath(const char *root, const char *path);
bool fs_exists(const char *path);

/* mode 0 keeps the mode of the file that is replaced, or 0644 for a new one. */
bool fs_write(const char *path, GBytes *bytes, mode_t mode, GError **error);
bool fs_write_beneath(const char *root, const char *path, GBytes *bytes, mode_t mode, GError **error);
bool fs_unlink_beneath(const char *root, const char *path, GError **error); /* a missing file is done */
bool fs_make_folder_beneath(const char *root, const char *path, GError **error);
bool fs_remove_beneath(const char *root, const char *path, GError **error); /* as fs_remove_tree */
/* A writer that was killed half-way leaves its temporary file (".NAME.slipway-tmp"); the next write replaces it, this removes it. */
void fs_drop_temporary_beneath(const char *root, const char *path);

bool fs_make_dirs(const char *path, mode_t mode, GError **error);
bool fs_copy(const char *from, const char *to, mode_t mode, GError **error); /* durable, whole or not at all */
/* Removes a folder and all in it, through no link; a missing one is done. */
bool fs_remove_tree(const char *path, GError **error);
bool fs_rename(const char *from, const char *to, GError **error); /* durable */
bool fs_sync_dir(const char *path, GError **error);
/* A new private folder below $TMPDIR; free with g_free, remove with fs_remove_tree. */
char *fs_make_temp_dir(const char *prefix, GError **error);
/* Removes those that this program made and did not remove: as its last act, however it ends. */
void fs_remove_temp_dirs(void);
/* The names in a folder, sorted by bytes; a missing folder is an empty list. */
GPtrArray *fs_list(const char *path, GError **error);
/* Free bytes for this user on the file system that holds path. */
guint64 fs_free_bytes(const char *path);
