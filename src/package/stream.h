/* The bytes of a file, unpacked as they are asked for: plain, gzip (RFC 1952), zstd (RFC 8878) or xz, as its first bytes say. Memory is bounded: windows of at
 * most 128 MiB are followed. Private to this folder. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct PackageStream PackageStream;
/* Reads fd from its beginning; fd stays the caller's. */
PackageStream *package_stream_new(int fd, guint64 file_size);
void package_stream_free(PackageStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PackageStream, package_stream_free)

/* Up to `most` bytes that come next, borrowed until the next call; *got 0 at the end and after a fault. */
const guint8 *package_stream_take(PackageStream *stream, gsize most, gsize *got);
/* Exactly that many bytes; false when fewer are left. */
bool package_stream_exact(PackageStream *stream, guint8 *to, gsize length);
/* Bytes taken so far. */
guint64 package_stream_taken(const PackageStream *stream);
/* What went wrong: "the gzip data is broken". NULL: nothing so far. After the end: data behind the compressed data, a second gzip member. Borrowed. */
const char *package_stream_fault(const PackageStream *stream);
/* The gzip header's time (0: none) and name (NULL: none). */
gint64 package_stream_packed_time(const PackageStream *stream);
const char *package_stream_packed_name(const PackageStream *stream);
