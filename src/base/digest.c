#include "base/digest.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <openssl/evp.h>
#include <unistd.h>

typedef EVP_MD_CTX DigestContext;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DigestContext, EVP_MD_CTX_free)

static char *finish(DigestContext *context) {
    guchar hash[EVP_MAX_MD_SIZE];
    guint length = 0;
    EVP_DigestFinal_ex(context, hash, &length);
    static const char digits[] = "0123456789abcdef";
    char *hex = g_malloc(2 * length + 1);
    for (guint i = 0; i < length; i++) {
        hex[2 * i] = digits[hash[i] >> 4];
        hex[2 * i + 1] = digits[hash[i] & 15];
    }
    hex[2 * length] = '\0';
    return hex;
}

static DigestContext *begin(void) {
    DigestContext *context = EVP_MD_CTX_new();
    EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    return context;
}

char *digest_bytes(const void *data, gsize length) {
    g_autoptr(DigestContext) context = begin();
    EVP_DigestUpdate(context, data, length);
    return finish(context);
}

char *digest_string(const char *text) {
    return digest_bytes(text, strlen(text));
}

char *digest_file(const char *path, guint64 *size, GError **error) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        error_errno(error, ERROR_IO, errno, "cannot read %s", path);
        return NULL;
    }
    g_autoptr(DigestContext) context = begin();
    g_autofree guchar *buffer = g_malloc(1 << 18);
    guint64 total = 0;
    ssize_t got;
    while ((got = read(fd, buffer, 1 << 18)) > 0) {
        EVP_DigestUpdate(context, buffer, (gsize)got);
        total += (guint64)got;
    }
    int problem = got < 0 ? errno : 0;
    close(fd);
    if (problem != 0) {
        error_errno(error, ERROR_IO, problem, "cannot read %s", path);
        return NULL;
    }
    if (size != NULL)
        *size = total;
    return finish(context);
}

/* A DigestStream is libcrypto's context under another name, so that a header need not include theirs. */
DigestStream *digest_stream_new(void) {
    return (DigestStream *)begin();
}

DigestStream *digest_stream_new_blob(const char *format, guint64 size) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_DigestInit_ex(context, strcmp(format, "sha256") == 0 ? EVP_sha256() : EVP_sha1(), NULL);
    g_autofree char *head = g_strdup_printf("blob %" G_GUINT64_FORMAT, size);
    EVP_DigestUpdate(context, head, strlen(head) + 1);
    return (DigestStream *)context;
}

void digest_stream_update(DigestStream *stream, const void *data, gsize length) {
    EVP_DigestUpdate((EVP_MD_CTX *)stream, data, length);
}

char *digest_stream_finish(DigestStream *stream) {
    g_autoptr(DigestContext) context = (DigestContext *)stream;
    return finish(context);
}

void digest_stream_free(DigestStream *stream) {
    EVP_MD_CTX_free((EVP_MD_CTX *)stream);
}
