#include "package/repack.h"

#include "base/error.h"
#include "package/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#define MAX_TOTAL (G_GUINT64_CONSTANT(512) << 20)
#define MAX_MEMBERS 100000

typedef struct archive Archive;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Archive, archive_read_free)

typedef struct {
    const char *path;
    Archive *archive;
    GArray *entries; /* of PackageEntry */
    guint64 total;
} Unpacking;

static void entry_clear(gpointer data) {
    PackageEntry *entry = data;
    g_free((char *)entry->path);
    g_free((char *)entry->link);
    g_clear_pointer(&entry->bytes, g_bytes_unref);
}

static bool refuse(const Unpacking *unpacking, const char *why, GError **error) {
    error_set(error, ERROR_PARSE, "%s cannot be written anew", unpacking->path);
    error_why(error, "%s", why != NULL ? why : "it is no .tar.gz that can be read");
    error_fix(error, "set packages.NAME.normalise to false in slipway.yaml, or correct the build");
    return false;
}

static GBytes *read_data(Unpacking *unpacking, GError **error) {
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autofree guint8 *buffer = g_malloc(1 << 16);
    la_ssize_t got;
    while ((got = archive_read_data(unpacking->archive, buffer, 1 << 16)) > 0) {
        unpacking->total += (guint64)got;
        if (unpacking->total > MAX_TOTAL) {
            error_set(error, ERROR_TOO_LARGE, "%s holds more than 512 MiB", unpacking->path);
            error_fix(error, "set packages.NAME.normalise to false in slipway.yaml");
            return NULL;
        }
        g_byte_array_append(bytes, buffer, (guint)got);
    }
    if (got < 0) {
        refuse(unpacking, archive_error_string(unpacking->archive), error);
        return NULL;
    }
    return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}

static bool take(Unpacking *unpacking, struct archive_entry *entry, GError **error) {
    const char *path = archive_entry_pathname_utf8(entry);
    mode_t type = archive_entry_filetype(entry);
    if (type == AE_IFDIR)
        return true;
    if (path == NULL || unpacking->entries->len >= MAX_MEMBERS || archive_entry_hardlink(entry) != NULL || (type != AE_IFREG && type != AE_IFLNK))
        return refuse(unpacking, "it holds a member that is no plain file, or too many", error);
    PackageEntry packed = {.path = g_strdup(path), .executable = (archive_entry_perm(entry) & 0100) != 0};
    if (type == AE_IFLNK)
        packed.link = g_strdup(archive_entry_symlink_utf8(entry));
    else
        packed.bytes = read_data(unpacking, error);
    g_array_append_val(unpacking->entries, packed);
    return packed.link != NULL || packed.bytes != NULL;
}

static bool take_all(Unpacking *unpacking, GError **error) {
    struct archive_entry *entry;
    int status;
    while ((status = archive_read_next_header(unpacking->archive, &entry)) == ARCHIVE_OK || status == ARCHIVE_WARN) {
        if (!take(unpacking, entry, error))
            return false;
    }
    return status == ARCHIVE_EOF || refuse(unpacking, archive_error_string(unpacking->archive), error);
}

bool package_repack(const char *path, gint64 epoch, GError **error) {
    g_autoptr(Archive) archive = archive_read_new();
    g_autoptr(GArray) entries = g_array_new(FALSE, TRUE, sizeof(PackageEntry));
    g_array_set_clear_func(entries, entry_clear);
    archive_read_support_filter_gzip(archive);
    archive_read_support_format_tar(archive);
    archive_read_set_options(archive, "hdrcharset=UTF-8");
    archive_read_open_filename(archive, path, 1 << 16); /* the first header says whether it went well */
    Unpacking unpacking = {.path = path, .archive = archive, .entries = entries};
    if (!take_all(&unpacking, error))
        return false;
    PackageSpec spec = {.format = PACK_TAR_GZ, .to = path, .epoch = epoch, .entries = (const PackageEntry *)(void *)entries->data, .count = entries->len};
    return package_pack(&spec, error);
}
