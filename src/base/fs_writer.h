/* A file that is written in pieces, whole or not at all: temporary file in the same folder, fsync, rename, fsync of the folder (as base/fs does for bytes that
 * are in memory). The first fault is kept and told by fs_writer_commit, so that callers need not look at each piece.
 *
 * Order: new, put… (and patch), commit, free. What was not committed leaves nothing behind. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

typedef struct FsWriter FsWriter;
/* The folder must be there; what stands at the path must be a regular file or nothing. mode is exact, whatever the umask. */
FsWriter *fs_writer_new(const char *path, mode_t mode, GError **error);
bool fs_writer_put(FsWriter *writer, const void *data, gsize length);
/* Writes over bytes that were put already. */
bool fs_writer_patch(FsWriter *writer, guint64 offset, const void *data, gsize length);
guint64 fs_writer_size(const FsWriter *writer); /* bytes put so far */
bool fs_writer_commit(FsWriter *writer, GError **error);
void fs_writer_free(FsWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FsWriter, fs_writer_free)
