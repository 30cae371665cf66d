#include "package/stream.h"

#include <errno.h>
#include <libdeflate.h>
#include <lzma.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define IN_BYTES (1u << 16)
#define OUT_BYTES (512u << 10)
/* A gzip file up to this size, that says it unpacks to no more than that, is unpacked at once, which is three times as fast. */
#define WHOLE_IN (8u << 20)
#define WHOLE_OUT (32u << 20)
#define GZIP_MIN 18
/* What zstd and xz themselves take without being asked. */
#define ZSTD_WINDOW_LOG 27
#define XZ_MEMORY (128u << 20)
#define MAX_NAME 255

typedef struct {
    const char *magic;
    gsize length;
    bool (*begin)(PackageStream *stream);
    /* Unpacks from in[] to out[]; sets ended, fault. */
    void (*step)(PackageStream *stream);
    void (*end)(PackageStream *stream);
} Filter;

struct PackageStream {
    int fd;
    guint64 file_size;
    const Filter *filter;
    guint8 *in;
    gsize in_at, in_length;
    bool in_ended;
    guint8 *out;
    gsize out_at, out_length, out_size;
    guint64 taken;
    bool ended;
    char *fault;
    z_stream gzip;
    gz_header header;
    guint8 name[MAX_NAME + 1];
    ZSTD_DCtx *zstd;
    lzma_stream xz;
};

static void fail(PackageStream *stream, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void fail(PackageStream *stream, const char *format, ...) {
    stream->ended = true;
    if (stream->fault != NULL)
        return;
    va_list args;
    va_start(args, format);
    stream->fault = g_strdup_vprintf(format, args);
    va_end(args);
}

static void fill_in(PackageStream *stream) {
    if (stream->in_at < stream->in_length || stream->in_ended)
        return;
    ssize_t got;
    do {
        got = read(stream->fd, stream->in, IN_BYTES);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        fail(stream, "it cannot be read: %s", g_strerror(errno));
    stream->in_at = 0;
    stream->in_length = got > 0 ? (gsize)got : 0;
    stream->in_ended = got <= 0;
}

/* ---- plain ---- */

static void step_plain(PackageStream *stream) {
    gsize length = MIN(stream->in_length - stream->in_at, stream->out_size);
    memcpy(stream->out, stream->in + stream->in_at, length);
    stream->in_at += length;
    stream->out_length = length;
    stream->ended = stream->in_ended;
}

/* ---- gzip ---- */

static bool begin_gzip(PackageStream *stream) {
    if (inflateInit2(&stream->gzip, 15 + 16) != Z_OK)
        return false;
    stream->header.name = stream->name;
    stream->header.name_max = MAX_NAME;
    inflateGetHeader(&stream->gzip, &stream->header);
    return true;
}

static void step_gzip(PackageStream *stream) {
    stream->gzip.next_in = stream->in + stream->in_at;
    stream->gzip.avail_in = (uInt)(stream->in_length - stream->in_at);
    stream->gzip.next_out = stream->out;
    stream->gzip.avail_out = (uInt)stream->out_size;
    int status = inflate(&stream->gzip, Z_NO_FLUSH);
    stream->in_at = stream->in_length - stream->gzip.avail_in;
    stream->out_length = stream->out_size - stream->gzip.avail_out;
    if (status == Z_STREAM_END)
        stream->ended = true;
    else if (status != Z_OK && status != Z_BUF_ERROR)
        fail(stream, "the gzip data is broken (%s)", stream->gzip.msg != NULL ? stream->gzip.msg : "zlib gives no reason");
    else if (stream->in_ended && stream->out_length == 0)
        fail(stream, "the gzip data is cut off");
}

static void end_gzip(PackageStream *stream) {
    inflateEnd(&stream->gzip);
}

/* ---- zstd ---- */

static bool begin_zstd(PackageStream *stream) {
    stream->zstd = ZSTD_createDCtx();
    return stream->zstd != NULL && !ZSTD_isError(ZSTD_DCtx_setParameter(stream->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG));
}

static void step_zstd(PackageStream *stream) {
    ZSTD_inBuffer in = {.src = stream->in + stream->in_at, .size = stream->in_length - stream->in_at};
    ZSTD_outBuffer out = {.dst = stream->out, .size = stream->out_size};
    gsize status = ZSTD_decompressStream(stream->zstd, &out, &in);
    stream->in_at += in.pos;
    stream->out_length = out.pos;
    if (ZSTD_isError(status))
        fail(stream, "the zstd data is broken (%s)", ZSTD_getErrorName(status));
    else if (status == 0)
        stream->ended = true;
    else if (stream->in_ended && out.pos == 0)
        fail(stream, "the zstd data is cut off");
}

static void end_zstd(PackageStream *stream) {
    ZSTD_freeDCtx(stream->zstd);
}

/* ---- xz ---- */

static bool begin_xz(PackageStream *stream) {
    return lzma_stream_decoder(&stream->xz, XZ_MEMORY, LZMA_TELL_UNSUPPORTED_CHECK) == LZMA_OK;
}

static void step_xz(PackageStream *stream) {
    stream->xz.next_in = stream->in + stream->in_at;
    stream->xz.avail_in = stream->in_length - stream->in_at;
    stream->xz.next_out = stream->out;
    stream->xz.avail_out = stream->out_size;
    lzma_ret status = lzma_code(&stream->xz, LZMA_RUN);
    stream->in_at = stream->in_length - stream->xz.avail_in;
    stream->out_length = stream->out_size - stream->xz.avail_out;
    if (status == LZMA_STREAM_END)
        stream->ended = true;
    else if (status == LZMA_MEMLIMIT_ERROR)
        fail(stream, "the xz data asks for more than %u MiB of memory", XZ_MEMORY >> 20);
    else if (status != LZMA_OK && status != LZMA_BUF_ERROR)
        fail(stream, "the xz data is broken");
    else if (stream->in_ended && stream->out_length == 0)
        fail(stream, "the xz data is cut off");
}

static void end_xz(PackageStream *stream) {
    lzma_end(&stream->xz);
}

static const Filter plain = {.step = step_plain};
static const Filter filters[] = {
    {"\x1f\x8b", 2, begin_gzip, step_gzip, end_gzip},
    {"\x28\xb5\x2f\xfd", 4, begin_zstd, step_zstd, end_zstd},
    {"\xfd"
     "7zXZ\0",
     6, begin_xz, step_xz, end_xz},
};

/* ---- at once ---- */

/* Whole, if the file is small and what its end says of its size is true. All else, lies too, is left to the slow way, which knows what to say. */
static bool unpack_whole(PackageStream *stream) {
    if (stream->filter->begin != begin_gzip || stream->file_size < GZIP_MIN || stream->file_size > WHOLE_IN)
        return false;
    gsize length = (gsize)stream->file_size;
    g_autofree guint8 *packed = g_malloc(length);
    if (pread(stream->fd, packed, length, 0) != (ssize_t)length)
        return false;
    gsize size = 0, used = 0, made = 0;
    for (guint i = 0; i < 4; i++)
        size |= (gsize)packed[length - 4 + i] << (8 * i);
    if (size == 0 || size > WHOLE_OUT)
        return false;
    g_autofree guint8 *out = g_malloc(size);
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    enum libdeflate_result status = libdeflate_gzip_decompress_ex(decompressor, packed, length, out, size, &used, &made);
    libdeflate_free_decompressor(decompressor);
    if (status != LIBDEFLATE_SUCCESS || used != length || made != size)
        return false;
    g_free(stream->out);
    stream->out = g_steal_pointer(&out);
    stream->out_size = stream->out_length = size;
    stream->in_ended = stream->ended = true;
    stream->in_at = stream->in_length;
    return true;
}

/* zlib reads the header from the first bytes, whichever way the rest goes. */
static void read_header(PackageStream *stream) {
    guint8 nothing[1];
    stream->gzip.next_in = stream->in;
    stream->gzip.avail_in = (uInt)stream->in_length;
    stream->gzip.next_out = nothing;
    stream->gzip.avail_out = 0;
    inflate(&stream->gzip, Z_BLOCK);
}

PackageStream *package_stream_new(int fd, guint64 file_size) {
    PackageStream *stream = g_new0(PackageStream, 1);
    stream->fd = fd;
    stream->file_size = file_size;
    stream->in = g_malloc(IN_BYTES);
    stream->out = g_malloc(OUT_BYTES);
    stream->out_size = OUT_BYTES;
    stream->filter = &plain;
    fill_in(stream);
    for (guint i = 0; i < G_N_ELEMENTS(filters); i++) {
        if (stream->in_length >= filters[i].length && memcmp(stream->in, filters[i].magic, filters[i].length) == 0)
            stream->filter = &filters[i];
    }
    if (stream->filter->begin != NULL && !stream->filter->begin(stream)) {
        fail(stream, "its compression cannot be started");
        return stream;
    }
    if (stream->filter->begin == begin_gzip) {
        read_header(stream);
        inflateReset(&stream->gzip);
        unpack_whole(stream);
    }
    return stream;
}

void package_stream_free(PackageStream *stream) {
    if (stream == NULL)
        return;
    if (stream->filter->end != NULL)
        stream->filter->end(stream);
    g_free(stream->in);
    g_free(stream->out);
    g_free(stream->fault);
    g_free(stream);
}

/* Behind the end of the compressed data the file must end. */
static void check_rest(PackageStream *stream) {
    fill_in(stream);
    gsize left = stream->in_length - stream->in_at;
    const Filter *filter = stream->filter;
    if (left == 0 || stream->fault != NULL)
        return;
    bool again = left >= filter->length && memcmp(stream->in + stream->in_at, filter->magic, filter->length) == 0;
    fail(stream, again ? "a second compressed stream follows the first" : "data follows the end of the compressed data");
}

static void fill_out(PackageStream *stream) {
    while (stream->out_at == stream->out_length && !stream->ended) {
        stream->out_at = stream->out_length = 0;
        fill_in(stream);
        if (stream->fault == NULL)
            stream->filter->step(stream);
        if (stream->ended && stream->fault == NULL && stream->filter != &plain)
            check_rest(stream);
    }
}

const guint8 *package_stream_take(PackageStream *stream, gsize most, gsize *got) {
    fill_out(stream);
    *got = MIN(most, stream->out_length - stream->out_at);
    const guint8 *bytes = stream->out + stream->out_at;
    stream->out_at += *got;
    stream->taken += *got;
    return bytes;
}

bool package_stream_exact(PackageStream *stream, guint8 *to, gsize length) {
    while (length > 0) {
        gsize got;
        const guint8 *bytes = package_stream_take(stream, length, &got);
        if (got == 0)
            return false;
        memcpy(to, bytes, got);
        to += got;
        length -= got;
    }
    return true;
}

guint64 package_stream_taken(const PackageStream *stream) {
    return stream->taken;
}

const char *package_stream_fault(const PackageStream *stream) {
    return stream->fault;
}

gint64 package_stream_packed_time(const PackageStream *stream) {
    return stream->header.done == 1 ? (gint64)stream->header.time : 0;
}

const char *package_stream_packed_name(const PackageStream *stream) {
    return stream->header.done == 1 && stream->name[0] != '\0' ? (const char *)stream->name : NULL;
}
