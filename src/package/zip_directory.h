/* The central directory of a zip archive, read as strictly as an index does at upload (APPNOTE.TXT 6.3; PyPI's rules). Private to this folder. */
#pragma once

#include "package/reading.h"

/* Bytes of the archive: in memory when it is small, else read when asked for. */
typedef struct {
    int fd;
    guint64 size;
    guint8 *all; /* NULL: read */
} ZipFile;
/* The bytes at an offset: in memory, or read into `scratch`; NULL when there are not so many. */
const guint8 *package_zip_at(const ZipFile *file, guint64 offset, gsize length, guint8 *scratch);

typedef struct {
    char *path; /* as it stands there, with its "/" at the end */
    gsize path_length;
    guint64 packed, size, offset;
    guint32 crc, attributes;
    guint16 flags, method;
    bool unix_made;
} ZipEntry;

typedef struct {
    GArray *entries; /* of ZipEntry, in the order of their offsets */
    guint64 start;   /* where the directory begins */
} ZipDirectory;
void package_zip_directory_clear(ZipDirectory *directory);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ZipDirectory, package_zip_directory_clear)
/* False: said why. */
bool package_zip_directory_read(PackageReading *reading, const ZipFile *file, ZipDirectory *directory);
/* Sizes of 4 GiB and more stand in an extra field (0x0001); each that is saturated is replaced, in the order size, packed, offset (may be NULL). False: it is
 * missing or too short, or another extra field gives the member a second name. */
bool package_zip_extra(const guint8 *extra, gsize length, guint64 *size, guint64 *packed, guint64 *offset);

static inline guint16 zip_get16(const guint8 *at) {
    return (guint16)(at[0] | at[1] << 8);
}
static inline guint32 zip_get32(const guint8 *at) {
    return (guint32)zip_get16(at) | (guint32)zip_get16(at + 2) << 16;
}
static inline guint64 zip_get64(const guint8 *at) {
    return (guint64)zip_get32(at) | (guint64)zip_get32(at + 4) << 32;
}
