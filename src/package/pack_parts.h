/* What the writers of archives share. Private to this folder. */
#pragma once

#include "base/fs_writer.h"
#include "package/pack.h"

/* Where an entry's bytes come from. */
typedef struct {
    const char *path;
    int fd;       /* -1: none */
    GBytes *held; /* borrowed, or NULL */
    guint64 size;
} PackSource;
bool package_source_open(PackSource *source, const PackageSpec *spec, const PackageEntry *entry, GError **error);
void package_source_clear(PackSource *source);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PackSource, package_source_clear)
/* Takes one piece; false: writing failed (the FsWriter knows why). */
typedef bool (*PackTake)(void *data, const guint8 *bytes, gsize length);
/* Exactly source->size bytes in pieces; error IO when the file has grown shorter or longer meanwhile. */
bool package_source_pour(PackSource *source, PackTake take, void *data, GError **error);

/* Writes the sorted, checked entries. False without an error set: the FsWriter knows why. */
typedef bool (*PackWrite)(const PackageSpec *spec, const PackageEntry *const *sorted, FsWriter *out, GError **error);
bool package_pack_tar_gz(const PackageSpec *spec, const PackageEntry *const *sorted, FsWriter *out, GError **error);
bool package_pack_tar_zst(const PackageSpec *spec, const PackageEntry *const *sorted, FsWriter *out, GError **error);
bool package_pack_zip(const PackageSpec *spec, const PackageEntry *const *sorted, FsWriter *out, GError **error);
