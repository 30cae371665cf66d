/* Headers of tar: v7, ustar, GNU and pax (POSIX.1-2017, "pax interchange format"; GNU tar's manual, "basic tar format"). Private to this folder.
 *
 * Two readers must not see two things in one archive: what has two meanings is refused, not guessed. */
#pragma once

#include "package/parts.h"
#include "package/stream.h"

#define TAR_BLOCK 512u

/* One header with what the long-name and pax headers before it say. */
typedef struct {
    char type; /* typeflag */
    char *path, *link;
    guint64 size, uid, gid;
    gint64 mtime;
    guint32 mode;
    bool owner_named;
    char *fault; /* why the archive cannot be read further: the end of a sentence; or NULL */
} TarHeader;
void package_tar_header_clear(TarHeader *header);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TarHeader, package_tar_header_clear)

typedef enum { TAR_MEMBER, TAR_END, TAR_BROKEN } TarStatus;
/* The next member's header. TAR_END: the two blocks of zeros. TAR_BROKEN: see fault; path is set if it was known. */
TarStatus package_tar_next(PackageStream *stream, TarHeader *header);
