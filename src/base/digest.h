/* SHA-256 in lower-case hex (FIPS 180-4), through libcrypto. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define DIGEST_HEX_LENGTH 64

char *digest_bytes(const void *data, gsize length); /* free with g_free */
char *digest_string(const char *text);
/* Reads the file in pieces; *size, if wanted, is its length in bytes. NULL and error on a read fault. */
char *digest_file(const char *path, guint64 *size, GError **error);

/* The same, of bytes that come in pieces. digest_stream_finish gives the hex (free with g_free) and frees the stream. */
typedef struct DigestStream DigestStream;
DigestStream *digest_stream_new(void);
void digest_stream_update(DigestStream *stream, const void *data, gsize length);
/* The id that git gives a file of these many bytes, which then must come: over "blob SIZE" NUL and the bytes. format: "sha1" or "sha256" (git's object format).
 */
DigestStream *digest_stream_new_blob(const char *format, guint64 size);
char *digest_stream_finish(DigestStream *stream);
void digest_stream_free(DigestStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DigestStream, digest_stream_free)
