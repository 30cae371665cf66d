#include "package/pack.h"

#include "base/error.h"
#include "base/fs.h"
#include "package/names.h"
#include "package/pack_parts.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PIECE_BYTES (1u << 17)

typedef struct {
    PackFormat format;
    const char *suffix;
    PackWrite write;
} PackRow;

static const PackRow formats[] = {
    {PACK_TAR_GZ, ".tar.gz", package_pack_tar_gz},
    {PACK_TAR_GZ, ".tgz", package_pack_tar_gz},
    {PACK_TAR_ZST, ".tar.zst", package_pack_tar_zst},
    {PACK_ZIP, ".zip", package_pack_zip},
};

bool package_pack_format(const char *name, PackFormat *format) {
    for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (g_str_has_suffix(name, formats[i].suffix)) {
            *format = formats[i].format;
            return true;
        }
    }
    return false;
}

bool package_source_open(PackSource *source, const PackageSpec *spec, const PackageEntry *entry, GError **error) {
    *source = (PackSource){.path = entry->path, .fd = -1, .held = entry->bytes};
    if (entry->bytes != NULL)
        source->size = g_bytes_get_size(entry->bytes);
    if (entry->file == NULL)
        return true;
    struct stat info;
    source->fd = fs_open_beneath(spec->root, entry->file, &info, error);
    source->size = source->fd >= 0 ? (guint64)info.st_size : 0;
    return source->fd >= 0;
}

void package_source_clear(PackSource *source) {
    if (source->fd >= 0)
        close(source->fd);
    source->fd = -1;
}

static bool changed(const PackSource *source, GError **error) {
    return error_set(error, ERROR_IO, "%s changed while it was packed", source->path);
}

/* Up to a whole piece, however few bytes the system hands out at once; -1: errno says why. */
static gssize read_piece(int fd, guint8 *buffer) {
    gsize filled = 0;
    while (filled < PIECE_BYTES) {
        ssize_t got = read(fd, buffer + filled, PIECE_BYTES - filled);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        filled += (gsize)got;
    }
    return (gssize)filled;
}

static bool pour_file(PackSource *source, PackTake take, void *data, GError **error) {
    g_autofree guint8 *buffer = g_malloc(PIECE_BYTES);
    guint64 left = source->size;
    gssize got;
    while ((got = read_piece(source->fd, buffer)) > 0) {
        if ((guint64)got > left)
            return changed(source, error);
        left -= (guint64)got;
        if (!take(data, buffer, (gsize)got))
            return false;
    }
    if (got < 0)
        return error_errno(error, ERROR_IO, errno, "cannot read %s", source->path);
    return left == 0 || changed(source, error);
}

/* Always in the same pieces: a packer may pack otherwise what it gets otherwise. */
bool package_source_pour(PackSource *source, PackTake take, void *data, GError **error) {
    if (source->fd >= 0)
        return pour_file(source, take, data, error);
    gsize size = 0;
    const guint8 *bytes = source->held != NULL ? g_bytes_get_data(source->held, &size) : NULL;
    for (gsize at = 0; at < size; at += PIECE_BYTES) {
        if (!take(data, bytes + at, MIN(size - at, PIECE_BYTES)))
            return false;
    }
    return true;
}

static bool check_entry(const PackageSpec *spec, const PackageEntry *entry, GError **error) {
    const char *fault = package_name_fault(entry->path);
    if (fault != NULL)
        return error_set(error, ERROR_UNTRUSTED_PATH, "\"%.300s\" cannot be the path of an archive's member: %s", entry->path, fault);
    if ((entry->file != NULL) + (entry->bytes != NULL) + (entry->link != NULL) != 1)
        return error_set(error, ERROR_INTERNAL, "%s is packed from nothing, or from two things", entry->path);
    if (entry->link == NULL)
        return true;
    if (spec->format == PACK_ZIP)
        return error_set(error, ERROR_UNTRUSTED_PATH, "%s is a symbolic link, which a zip archive cannot hold for all who unpack it", entry->path);
    if (!package_link_stays(entry->path, entry->link))
        return error_set(error, ERROR_UNTRUSTED_PATH, "%s is a link to \"%.300s\", which leads out of the archive", entry->path, entry->link);
    return true;
}

static int by_path(gconstpointer a, gconstpointer b) {
    const PackageEntry *const *left = a, *const *right = b;
    return strcmp((*left)->path, (*right)->path);
}

/* "a" and "a/b" cannot both be files; "a-b" may stand between them. */
static bool check_places(const GPtrArray *sorted, GError **error) {
    g_autoptr(GHashTable) files = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < sorted->len; i++) {
        const PackageEntry *entry = sorted->pdata[i];
        if (!g_hash_table_add(files, (gpointer)entry->path))
            return error_set(error, ERROR_UNTRUSTED_PATH, "%s is to be packed twice", entry->path);
    }
    for (guint i = 0; i < sorted->len; i++) {
        g_autofree char *above = g_strdup(((const PackageEntry *)sorted->pdata[i])->path);
        for (char *slash = strrchr(above, '/'); slash != NULL; slash = strrchr(above, '/')) {
            *slash = '\0';
            if (g_hash_table_contains(files, above))
                return error_set(error, ERROR_UNTRUSTED_PATH, "%s is to be packed as a file and as a folder", above);
        }
    }
    return true;
}

static PackWrite writer_of(PackFormat format) {
    for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (formats[i].format == format)
            return formats[i].write;
    }
    return NULL;
}

bool package_pack(const PackageSpec *spec, GError **error) {
    if (spec->epoch < 0)
        return error_set(error, ERROR_USAGE, "an archive cannot be of a time before 1970");
    g_autoptr(GPtrArray) sorted = g_ptr_array_new();
    for (gsize i = 0; i < spec->count; i++) {
        if (!check_entry(spec, &spec->entries[i], error))
            return false;
        g_ptr_array_add(sorted, (gpointer)&spec->entries[i]);
    }
    g_ptr_array_sort(sorted, by_path);
    if (!check_places(sorted, error))
        return false;
    g_autoptr(FsWriter) out = fs_writer_new(spec->to, 0644, error);
    if (out == NULL)
        return false;
    g_autoptr(GError) problem = NULL;
    bool written = writer_of(spec->format)(spec, (const PackageEntry *const *)sorted->pdata, out, &problem);
    if (problem != NULL) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return false;
    }
    bool committed = fs_writer_commit(out, error);
    return committed && written;
}
