/* One reading of an archive: what the readers of formats (zip, tar) tell the collector, which checks names, counts, hashes, keeps and scans. Private to this
 * folder.
 *
 * Order: for each member begin, data… (files only), end; package_reading_finish after the last. What answers false has said why; stop reading then. */
#pragma once

#include "base/digest.h"
#include "package/beside.h"
#include "package/parts.h"
#include "package/scan.h"

#define PACKAGE_MAX_MEMBERS 100000u
/* A member of 4 GiB and more cannot be read by all who read zip; all together take some seconds to hash. */
#define PACKAGE_MAX_MEMBER ((G_GUINT64_CONSTANT(4) << 30) - 1)
#define PACKAGE_MAX_TOTAL (G_GUINT64_CONSTANT(8) << 30)
/* Beyond FREE bytes unpacked, an archive may unpack to RATIO times its own size (PyPI's rule). */
#define PACKAGE_FREE_TOTAL (G_GUINT64_CONSTANT(64) << 20)
#define PACKAGE_MAX_RATIO 50

typedef struct {
    Package *package;
    PackageMembers *members;
    const PackageReadRules *rules;
    guint64 file_size;
    guint64 total;      /* bytes unpacked so far */
    guint64 name_bytes; /* of all paths and targets */
    guint64 kept;       /* bytes of texts */
    guint with_nul;     /* texts that hold a NUL */
    GHashTable *folded; /* case-folded path → path, borrowed from the member */
    /* Of the member that is being read. */
    PackageMember *now;
    guint64 done; /* of its bytes */
    bool with_crc;
    guint32 crc; /* of them, if asked for: CRC-32 */
    DigestStream *sha256, *blob;
    GByteArray *text;
    PackageScan *scan;
    PackageBeside *beside; /* scans large pieces while they are hashed; NULL until there is one */
    struct {
        const guint8 *bytes;
        gsize length;
        bool last;
    } piece; /* for it */
} PackageReading;
void package_reading_clear(PackageReading *reading);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PackageReading, package_reading_clear)

/* Takes the member. Its size is what the header says: it counts against the limits at once. */
bool package_reading_begin(PackageReading *reading, PackageMember *member);
void package_reading_data(PackageReading *reading, const guint8 *bytes, gsize length);
void package_reading_end(PackageReading *reading);
/* What can only be seen from all members together: links through links, members below what is no folder. */
void package_reading_finish(PackageReading *reading);
/* The path of the last member that was begun, for words about what comes behind it. Borrowed. */
const char *package_reading_last(const PackageReading *reading);
/* Whether so many bytes more may be unpacked for the member called `path`; false: said why. */
bool package_reading_fits(PackageReading *reading, guint64 more, const char *path);

/* The formats. fd is read from the beginning and stays the caller's. */
void package_read_zip(PackageReading *reading, int fd);
void package_read_tar(PackageReading *reading, int fd);
PackageMember *package_member_new(char *path);
void package_member_free(PackageMember *member);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PackageMember, package_member_free)
