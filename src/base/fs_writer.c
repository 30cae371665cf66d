#include "base/fs_writer.h"

#include "base/error.h"
#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES (1u << 17)

struct FsWriter {
    char *path, *name, *temporary;
    int dir, fd;
    mode_t mode;
    guint8 *buffer;
    gsize filled;
    guint64 size; /* with what is in the buffer */
    int problem;  /* errno of the first fault */
    bool committed;
};

/* As base/fs names it, so that fs_drop_temporary_beneath finds what a killed writer left. */
static char *temporary_name(const char *name) {
    return g_strdup_printf(".%.200s.slipway-tmp", name);
}

FsWriter *fs_writer_new(const char *path, mode_t mode, GError **error) {
    g_autoptr(FsWriter) writer = g_new0(FsWriter, 1);
    writer->fd = -1;
    writer->path = g_strdup(path);
    writer->name = g_path_get_basename(path);
    writer->temporary = temporary_name(writer->name);
    writer->mode = mode;
    writer->buffer = g_malloc(BUFFER_BYTES);
    g_autofree char *folder = g_path_get_dirname(path);
    writer->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (writer->dir < 0) {
        error_errno(error, ERROR_IO, errno, "cannot open the folder of %s", path);
        return NULL;
    }
    struct stat old;
    if (fstatat(writer->dir, writer->name, &old, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(old.st_mode)) {
        error_set(error, ERROR_UNTRUSTED_PATH, "%s is not a regular file", path);
        return NULL;
    }
    unlinkat(writer->dir, writer->temporary, 0);
    writer->fd = openat(writer->dir, writer->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (writer->fd < 0) {
        error_errno(error, ERROR_IO, errno, "cannot write beside %s", path);
        return NULL;
    }
    return g_steal_pointer(&writer);
}

static bool write_out(FsWriter *writer, const guint8 *data, gsize length) {
    while (length > 0 && writer->problem == 0) {
        ssize_t put = write(writer->fd, data, length);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            writer->problem = put < 0 ? errno : EIO;
            break;
        }
        data += put;
        length -= (gsize)put;
    }
    return writer->problem == 0;
}

static bool flush_out(FsWriter *writer) {
    gsize filled = writer->filled;
    writer->filled = 0;
    return write_out(writer, writer->buffer, filled);
}

bool fs_writer_put(FsWriter *writer, const void *data, gsize length) {
    writer->size += length;
    if (length > BUFFER_BYTES - writer->filled && !flush_out(writer))
        return false;
    if (length >= BUFFER_BYTES)
        return write_out(writer, data, length);
    memcpy(writer->buffer + writer->filled, data, length);
    writer->filled += length;
    return writer->problem == 0;
}

bool fs_writer_patch(FsWriter *writer, guint64 offset, const void *data, gsize length) {
    g_assert(offset + length <= writer->size);
    if (!flush_out(writer))
        return false;
    ssize_t put = pwrite(writer->fd, data, length, (off_t)offset);
    if (put != (ssize_t)length)
        writer->problem = put < 0 ? errno : EIO;
    return writer->problem == 0;
}

guint64 fs_writer_size(const FsWriter *writer) {
    return writer->size;
}

bool fs_writer_commit(FsWriter *writer, GError **error) {
    bool done = flush_out(writer) && fchmod(writer->fd, writer->mode) == 0 && fsync(writer->fd) == 0;
    fault_point("fs-write", writer->name);
    done = done && renameat(writer->dir, writer->temporary, writer->dir, writer->name) == 0;
    writer->committed = done;
    if (done && fsync(writer->dir) == 0)
        return true;
    return error_errno(error, ERROR_IO, writer->problem != 0 ? writer->problem : errno, "cannot write %s", writer->path);
}

void fs_writer_free(FsWriter *writer) {
    if (writer == NULL)
        return;
    if (writer->fd >= 0 && !writer->committed)
        unlinkat(writer->dir, writer->temporary, 0);
    if (writer->fd >= 0)
        close(writer->fd);
    if (writer->dir >= 0)
        close(writer->dir);
    g_free(writer->path);
    g_free(writer->name);
    g_free(writer->temporary);
    g_free(writer->buffer);
    g_free(writer);
}
