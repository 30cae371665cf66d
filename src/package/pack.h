/* Writes archives whose bytes depend on nothing but what is put in: not on the time, the user, the locale, the umask, the order of a folder.
 *
 * Members are sorted by the bytes of their paths; modes are 0644 and 0755; times are the epoch; uid and gid 0 without names. tar is ustar, with a pax header
 * only for what ustar cannot say (a path that does not fit or is not ASCII, 8 GiB and more); gzip has neither name nor time. zip: deflate, UTF-8 names, DOS
 * time of the epoch in UTC (1980 to 2107), no extra fields; a file of 4 GiB or more is refused. The level of compression is fixed. Files go through in pieces:
 * memory stays small however large they are. Rules: reproducible-builds.org "archives", POSIX.1-2017 pax, APPNOTE.TXT 6.3.
 *
 * Use:
 *     PackageEntry entries[] = {{.path = "demo-1.2.0/README.md", .file = "README.md"}, {.path = "demo-1.2.0/VERSION", .bytes = text}};
 *     PackageSpec spec = {.format = PACK_TAR_GZ, .to = "dist/demo-1.2.0.tar.gz", .root = tree, .epoch = 1767225600, .entries = entries, .count = 2};
 *     if (!package_pack(&spec, error)) return false; */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum { PACK_TAR_GZ, PACK_TAR_ZST, PACK_ZIP } PackFormat;

/* All borrowed. Exactly one of file, bytes and link. */
typedef struct {
    const char *path; /* in the archive: relative, UTF-8, "/" between its parts, no "." or ".." part */
    const char *file; /* path beneath the root; opened through no symbolic link */
    GBytes *bytes;
    const char *link; /* target of a symbolic link that stays inside the archive; tar only */
    bool executable;
} PackageEntry;

typedef struct {
    PackFormat format;
    const char *to;   /* written whole or not at all, durable, mode 0644; its folder must be there */
    const char *root; /* folder of the entries' files; may be NULL when there are none */
    gint64 epoch;     /* SOURCE_DATE_EPOCH: seconds since 1970, not negative */
    const PackageEntry *entries;
    gsize count;
} PackageSpec;

/* Errors: UNTRUSTED_PATH (a path that is not plain, is there twice, or leads through a link), TOO_LARGE, IO, DISK_FULL. */
bool package_pack(const PackageSpec *spec, GError **error);
/* By the end of a file's name (.tar.gz, .tgz, .tar.zst, .zip); false: none of them. */
bool package_pack_format(const char *name, PackFormat *format);
