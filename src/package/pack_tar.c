#include "base/error.h"
#include "package/pack_parts.h"

#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define BLOCK 512
#define OUT_BYTES (1u << 16)
#define GZIP_LEVEL 9
/* 19 and more ask whoever unpacks it for a large window. */
#define ZSTD_LEVEL 12
/* What a ustar field of eleven octal digits can say. */
#define MAX_OCTAL_11 G_GUINT64_CONSTANT(077777777777)

/* Takes the tar's bytes, compresses them into the file. */
typedef struct {
    FsWriter *out;
    guint8 buffer[OUT_BYTES];
    bool (*put)(void *squeeze, const guint8 *bytes, gsize length, bool last);
    z_stream deflate;
    guint64 taken;
    guint32 crc;
    ZSTD_CCtx *zstd;
} Squeeze;

/* ---- gzip (RFC 1952) and zstd (RFC 8878) ---- */

static bool put_gzip(void *data, const guint8 *bytes, gsize length, bool last) {
    Squeeze *squeeze = data;
    z_stream *stream = &squeeze->deflate;
    squeeze->crc = (guint32)crc32(squeeze->crc, bytes, (uInt)length);
    stream->next_in = (Bytef *)bytes;
    stream->avail_in = (uInt)length;
    do {
        stream->next_out = squeeze->buffer;
        stream->avail_out = OUT_BYTES;
        deflate(stream, last ? Z_FINISH : Z_NO_FLUSH);
        if (!fs_writer_put(squeeze->out, squeeze->buffer, OUT_BYTES - stream->avail_out))
            return false;
    } while (stream->avail_out == 0);
    return true;
}

static bool put_zstd(void *data, const guint8 *bytes, gsize length, bool last) {
    Squeeze *squeeze = data;
    ZSTD_inBuffer in = {.src = bytes, .size = length};
    gsize left;
    do {
        ZSTD_outBuffer out = {.dst = squeeze->buffer, .size = OUT_BYTES};
        left = ZSTD_compressStream2(squeeze->zstd, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left) || !fs_writer_put(squeeze->out, squeeze->buffer, out.pos))
            return false;
    } while (last ? left > 0 : in.pos < in.size);
    return true;
}

static bool squeeze_put(void *data, const guint8 *bytes, gsize length) {
    Squeeze *squeeze = data;
    squeeze->taken += length;
    return squeeze->put(squeeze, bytes, length, false);
}

/* ---- tar (POSIX.1-2017 pax, ustar) ---- */

static void octal(guint8 *field, guint digits, guint64 value) {
    for (guint i = digits; i-- > 0; value >>= 3)
        field[i] = (guint8)('0' + (value & 7));
    field[digits] = '\0';
}

/* Fields that are full have no NUL at their end. */
static void put_text(guint8 *field, const char *text, gsize length) {
    memcpy(field, text, length);
}

/* name[100] and prefix[155]; false: the path does not fit. */
static bool put_path(guint8 *header, const char *path) {
    gsize length = strlen(path);
    if (length <= 100) {
        put_text(header, path, length);
        return true;
    }
    const char *slash = length <= 256 ? strchr(path + length - 101, '/') : NULL;
    if (slash == NULL || slash - path > 155 || slash[1] == '\0')
        return false;
    put_text(header, slash + 1, strlen(slash + 1));
    put_text(header + 345, path, (gsize)(slash - path));
    return true;
}

static bool put_header(Squeeze *squeeze, guint8 *header, char type) {
    header[156] = (guint8)type;
    put_text(header + 257, "ustar\00000", 8);
    octal(header + 108, 7, 0);
    octal(header + 116, 7, 0);
    octal(header + 329, 7, 0);
    octal(header + 337, 7, 0);
    memset(header + 148, ' ', 8);
    guint sum = 0;
    for (guint i = 0; i < BLOCK; i++)
        sum += header[i];
    octal(header + 148, 6, sum);
    return squeeze_put(squeeze, header, BLOCK);
}

static bool put_padding(Squeeze *squeeze, guint64 size) {
    static const guint8 zeros[BLOCK];
    gsize rest = (gsize)(size % BLOCK);
    return rest == 0 || squeeze_put(squeeze, zeros, BLOCK - rest);
}

/* "LENGTH KEY=VALUE\n", where LENGTH counts itself. */
static void add_record(GString *out, const char *key, const char *value) {
    gsize rest = strlen(key) + strlen(value) + 3, length = rest, before;
    do {
        before = length;
        g_autofree char *digits = g_strdup_printf("%" G_GSIZE_FORMAT, length);
        length = rest + strlen(digits);
    } while (length != before);
    g_string_append_printf(out, "%" G_GSIZE_FORMAT " %s=%s\n", length, key, value);
}

static bool put_pax(Squeeze *squeeze, const GString *records, gint64 epoch) {
    guint8 header[BLOCK] = {0};
    put_text(header, "pax_header", strlen("pax_header"));
    octal(header + 100, 7, 0644);
    octal(header + 124, 11, records->len);
    octal(header + 136, 11, MIN((guint64)epoch, MAX_OCTAL_11));
    return put_header(squeeze, header, 'x') && squeeze_put(squeeze, (const guint8 *)records->str, records->len) && put_padding(squeeze, records->len);
}

static bool is_ascii(const char *text) {
    for (; *text != '\0'; text++) {
        if ((guchar)*text >= 0x80)
            return false;
    }
    return true;
}

static bool put_member(Squeeze *squeeze, const PackageEntry *entry, guint64 size, gint64 epoch) {
    g_autoptr(GString) records = g_string_new(NULL);
    guint8 header[BLOCK] = {0};
    if (!put_path(header, entry->path)) {
        memcpy(header, entry->path, 100);
        add_record(records, "path", entry->path);
    } else if (!is_ascii(entry->path)) {
        add_record(records, "path", entry->path);
    }
    if (entry->link != NULL) {
        memcpy(header + 157, entry->link, MIN(strlen(entry->link), 100));
        if (strlen(entry->link) > 100 || !is_ascii(entry->link))
            add_record(records, "linkpath", entry->link);
    }
    g_autofree char *whole = g_strdup_printf("%" G_GUINT64_FORMAT, size);
    if (size > MAX_OCTAL_11)
        add_record(records, "size", whole);
    g_autofree char *time = g_strdup_printf("%" G_GINT64_FORMAT, epoch);
    if ((guint64)epoch > MAX_OCTAL_11)
        add_record(records, "mtime", time);
    octal(header + 100, 7, entry->link != NULL ? 0777 : entry->executable ? 0755 : 0644);
    octal(header + 124, 11, size > MAX_OCTAL_11 ? 0 : size);
    octal(header + 136, 11, MIN((guint64)epoch, MAX_OCTAL_11));
    return (records->len == 0 || put_pax(squeeze, records, epoch)) && put_header(squeeze, header, entry->link != NULL ? '2' : '0');
}

static bool write_tar(Squeeze *squeeze, const PackageSpec *spec, const PackageEntry *const *sorted, GError **error) {
    for (gsize i = 0; i < spec->count; i++) {
        g_auto(PackSource) source = {.fd = -1};
        if (!package_source_open(&source, spec, sorted[i], error) || !put_member(squeeze, sorted[i], source.size, spec->epoch) ||
            !package_source_pour(&source, squeeze_put, squeeze, error) || !put_padding(squeeze, source.size))
            return false;
    }
    static const guint8 end[2 * BLOCK];
    return squeeze_put(squeeze, end, sizeof end) && squeeze->put(squeeze, end, 0, true);
}

static void little_endian(guint8 *to, guint32 value) {
    for (guint i = 0; i < 4; i++)
        to[i] = (guint8)(value >> (8 * i));
}

bool package_pack_tar_gz(const PackageSpec *spec, const PackageEntry *const *sorted, FsWriter *out, GError **error) {
    /* No name, no time; 2: packed best; 255: made by no system one could name. */
    static const guint8 header[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255};
    g_autofree Squeeze *squeeze = g_new0(Squeeze, 1);
    squeeze->out = out;
    squeeze->put = put_gzip;
    if (deflateInit2(&squeeze->deflate, GZIP_LEVEL, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        return error_set(error, ERROR_INTERNAL, "zlib cannot be started");
    fs_writer_put(out, header, sizeof header);
    bool done = write_tar(squeeze, spec, sorted, error);
    deflateEnd(&squeeze->deflate);
    guint8 trailer[8];
    little_endian(trailer, squeeze->crc);
    little_endian(trailer + 4, (guint32)squeeze->taken);
    return done && fs_writer_put(out, trailer, sizeof trailer);
}

bool package_pack_tar_zst(const PackageSpec *spec, const PackageEntry *const *sorted, FsWriter *out, GError **error) {
    g_autofree Squeeze *squeeze = g_new0(Squeeze, 1);
    squeeze->out = out;
    squeeze->put = put_zstd;
    squeeze->zstd = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(squeeze->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL);
    ZSTD_CCtx_setParameter(squeeze->zstd, ZSTD_c_checksumFlag, 1);
    bool done = write_tar(squeeze, spec, sorted, error);
    ZSTD_freeCCtx(squeeze->zstd);
    return done;
}
