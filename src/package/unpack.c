#include "package/unpack.h"

#include "base/fs.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_MEMBERS 100000
#define MAX_TOTAL (G_GUINT64_CONSTANT(1) << 30)
/* Beyond FREE bytes unpacked, an archive may unpack to RATIO times its own size, as where it is looked at. */
#define FREE_TOTAL (G_GUINT64_CONSTANT(64) << 20)
#define MAX_RATIO 50
#define MAX_PATH_BYTES 4096

typedef struct archive Archive;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Archive, archive_read_free)

typedef struct {
    Archive *archive;
    const char *name; /* of the archive, for errors */
    const char *into;
    guint64 file_size;
    guint members;
    guint64 total;
} Unpacking;

static Archive *open_archive(const char *path) {
    g_autoptr(Archive) archive = archive_read_new();
    archive_read_support_filter_gzip(archive);
    archive_read_support_filter_zstd(archive);
    archive_read_support_filter_xz(archive);
    archive_read_support_filter_bzip2(archive);
    archive_read_support_format_tar(archive);
    archive_read_support_format_zip_seekable(archive);
    archive_read_set_options(archive, "hdrcharset=UTF-8");
    archive_read_open_filename(archive, path, 1 << 16);
    return g_steal_pointer(&archive);
}

static bool G_GNUC_PRINTF(3, 4) refuse(const Unpacking *unpacking, GError **error, const char *format, ...) {
    va_list args;
    va_start(args, format);
    g_autofree char *why = g_strdup_vprintf(format, args);
    va_end(args);
    error_set(error, ERROR_PACKAGE, "%s cannot be unpacked", unpacking->name);
    error_why(error, "%s", why);
    return false;
}

static bool leads_out(const char *path) {
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    for (guint i = 0; parts[i] != NULL; i++) {
        if (*parts[i] == '\0' || strcmp(parts[i], "..") == 0 || strcmp(parts[i], ".") == 0)
            return true;
    }
    return strlen(path) > MAX_PATH_BYTES;
}

/* The path below the top, without "./" before it and "/" behind; NULL: it cannot be read. "" is the top itself. */
static char *path_of(struct archive_entry *entry) {
    const char *path = archive_entry_pathname_utf8(entry);
    if (path == NULL)
        path = archive_entry_pathname(entry);
    if (path == NULL)
        return NULL;
    while (g_str_has_prefix(path, "./"))
        path += 2;
    gsize length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    return length == 1 && *path == '.' ? g_strdup("") : g_strndup(path, length);
}

static bool write_piece(int file, const guchar *bytes, gsize length) {
    for (gsize done = 0; done < length;) {
        ssize_t wrote = write(file, bytes + done, length - done);
        if (wrote < 0 && errno != EINTR)
            return false;
        done += wrote > 0 ? (gsize)wrote : 0;
    }
    return true;
}

static bool copy_data(Unpacking *unpacking, const char *path, int file, GError **error) {
    g_autofree guchar *buffer = g_malloc(1 << 16);
    la_ssize_t got;
    while ((got = archive_read_data(unpacking->archive, buffer, 1 << 16)) > 0) {
        unpacking->total += (guint64)got;
        if (unpacking->total > MAX_TOTAL)
            return refuse(unpacking, error, "with %.300s it unpacks to more than 1 GiB", path);
        if (unpacking->total > FREE_TOTAL && unpacking->total / MAX_RATIO > unpacking->file_size)
            return refuse(unpacking, error, "with %.300s it unpacks to more than %d times its size", path, MAX_RATIO);
        if (!write_piece(file, buffer, (gsize)got))
            return error_errno(error, ERROR_IO, errno, "cannot write %.300s", path);
    }
    const char *words = archive_error_string(unpacking->archive);
    return got == 0 || refuse(unpacking, error, "%.300s cannot be read: %s", path, words != NULL ? words : "broken archive");
}

/* No link was ever made below `into`, so none can be followed; O_EXCL keeps a path from being there twice. */
static bool take_file(Unpacking *unpacking, struct archive_entry *entry, const char *path, GError **error) {
    g_autofree char *target = g_build_filename(unpacking->into, path, NULL);
    g_autofree char *folder = g_path_get_dirname(target);
    if (!fs_make_dirs(folder, 0755, error))
        return false;
    mode_t mode = (archive_entry_perm(entry) & 0100) != 0 ? 0755 : 0644;
    int file = open(target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (file < 0 && (errno == EEXIST || errno == EISDIR))
        return refuse(unpacking, error, "the path \"%.300s\" is there twice", path);
    if (file < 0)
        return error_errno(error, ERROR_IO, errno, "cannot write %.300s", target);
    bool done = copy_data(unpacking, path, file, error);
    return (close(file) == 0 || error_errno(error, ERROR_IO, errno, "cannot write %.300s", target)) && done;
}

static bool take(Unpacking *unpacking, struct archive_entry *entry, GError **error) {
    g_autofree char *path = path_of(entry);
    if (++unpacking->members > MAX_MEMBERS)
        return refuse(unpacking, error, "it has more than %d members", MAX_MEMBERS);
    if (path == NULL)
        return refuse(unpacking, error, "member %u has a name that cannot be read", unpacking->members);
    bool folder = archive_entry_filetype(entry) == AE_IFDIR;
    if (folder && *path == '\0')
        return true;
    if (leads_out(path))
        return refuse(unpacking, error, "the path \"%.300s\" is not a plain path below the archive's top", path);
    bool linked = archive_entry_hardlink(entry) != NULL || archive_entry_hardlink_utf8(entry) != NULL;
    if (!folder && (archive_entry_filetype(entry) != AE_IFREG || linked))
        return refuse(unpacking, error, "\"%.300s\" is neither a file nor a folder (a link, a device)", path);
    if (!folder)
        return take_file(unpacking, entry, path, error);
    g_autofree char *target = g_build_filename(unpacking->into, path, NULL);
    return fs_make_dirs(target, 0755, error);
}

bool package_unpack(const char *path, const char *into, GError **error) {
    struct stat info;
    if (stat(path, &info) != 0)
        return error_errno(error, ERROR_IO, errno, "cannot read %s", path);
    g_autoptr(Archive) archive = open_archive(path);
    g_autofree char *name = g_path_get_basename(path);
    Unpacking unpacking = {.archive = archive, .name = name, .into = into, .file_size = (guint64)info.st_size};
    struct archive_entry *entry;
    int status;
    while ((status = archive_read_next_header(archive, &entry)) == ARCHIVE_OK || status == ARCHIVE_WARN) {
        if (!take(&unpacking, entry, error))
            return false;
    }
    const char *words = archive_error_string(archive);
    return status == ARCHIVE_EOF || refuse(&unpacking, error, "it is no archive that can be read: %s", words != NULL ? words : "broken archive");
}
