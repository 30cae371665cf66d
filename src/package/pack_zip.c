#include "base/error.h"
#include "package/pack_parts.h"

#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#define OUT_BYTES (1u << 16)
#define LEVEL 9
#define LOCAL_BYTES 30
#define CENTRAL_BYTES 46
#define END_BYTES 22
#define MAX_MEMBERS 65534
#define FLAG_UTF8 0x0800
#define DEFLATED 8
#define VERSION_DEFLATE 20
#define MADE_BY_UNIX (3 << 8)

typedef struct {
    FsWriter *out;
    z_stream deflate;
    guint32 crc;
    guint32 time; /* DOS date and time */
    GByteArray *central;
    guint8 buffer[OUT_BYTES];
} Zip;

static void put16(guint8 *to, guint value) {
    to[0] = (guint8)value;
    to[1] = (guint8)(value >> 8);
}

static void put32(guint8 *to, guint32 value) {
    put16(to, value & 0xffff);
    put16(to + 2, value >> 16);
}

/* Two seconds are one; there is no zone, UTC is what all agree on. */
static guint32 dos_time(gint64 epoch) {
    static const guint32 first = (1 << 21) | (1 << 16), last = (127u << 25) | (12 << 21) | (31 << 16) | (23 << 11) | (59 << 5) | 29;
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(epoch);
    if (when == NULL || g_date_time_get_year(when) > 2107)
        return last;
    if (g_date_time_get_year(when) < 1980)
        return first;
    guint date = (guint)(g_date_time_get_year(when) - 1980) << 9 | (guint)g_date_time_get_month(when) << 5 | (guint)g_date_time_get_day_of_month(when);
    guint time = (guint)g_date_time_get_hour(when) << 11 | (guint)g_date_time_get_minute(when) << 5 | (guint)g_date_time_get_second(when) / 2;
    return date << 16 | time;
}

/* What the local and the central header have alike, from "version needed" on. */
static void put_common(guint8 *to, const Zip *zip, const char *path, guint32 packed, guint32 size) {
    put16(to, VERSION_DEFLATE);
    put16(to + 2, FLAG_UTF8);
    put16(to + 4, DEFLATED);
    put32(to + 6, zip->time);
    put32(to + 10, zip->crc);
    put32(to + 14, packed);
    put32(to + 18, size);
    put16(to + 22, (guint)strlen(path));
    put16(to + 24, 0);
}

static bool squeeze(Zip *zip, const guint8 *bytes, gsize length, int flush) {
    zip->deflate.next_in = (Bytef *)bytes;
    zip->deflate.avail_in = (uInt)length;
    do {
        zip->deflate.next_out = zip->buffer;
        zip->deflate.avail_out = OUT_BYTES;
        deflate(&zip->deflate, flush);
        if (!fs_writer_put(zip->out, zip->buffer, OUT_BYTES - zip->deflate.avail_out))
            return false;
    } while (zip->deflate.avail_out == 0);
    return true;
}

static bool take(void *data, const guint8 *bytes, gsize length) {
    Zip *zip = data;
    zip->crc = (guint32)crc32_z(zip->crc, bytes, length);
    return squeeze(zip, bytes, length, Z_NO_FLUSH);
}

static void add_central(Zip *zip, const PackageEntry *entry, guint32 packed, guint32 size, guint32 offset) {
    guint8 header[CENTRAL_BYTES] = {'P', 'K', 1, 2};
    put16(header + 4, MADE_BY_UNIX | VERSION_DEFLATE);
    put_common(header + 6, zip, entry->path, packed, size);
    put32(header + 38, (guint32)(S_IFREG | (entry->executable ? 0755 : 0644)) << 16);
    put32(header + 42, offset);
    g_byte_array_append(zip->central, header, sizeof header);
    g_byte_array_append(zip->central, (const guint8 *)entry->path, (guint)strlen(entry->path));
}

static bool too_large(const char *what, GError **error) {
    error_set(error, ERROR_TOO_LARGE, "%s is too large for a zip archive (4 GiB)", what);
    error_fix(error, "write a .tar.gz or a .tar.zst");
    return false;
}

/* The local header goes out twice: as it must be only when the bytes have gone through. */
static bool add_member(Zip *zip, const PackageSpec *spec, const PackageEntry *entry, GError **error) {
    g_auto(PackSource) source = {.fd = -1};
    if (!package_source_open(&source, spec, entry, error))
        return false;
    guint64 offset = fs_writer_size(zip->out);
    if (source.size >= G_MAXUINT32 || offset >= G_MAXUINT32 - G_MAXUINT16)
        return too_large(entry->path, error);
    guint8 header[LOCAL_BYTES] = {'P', 'K', 3, 4};
    zip->crc = 0;
    fs_writer_put(zip->out, header, sizeof header);
    fs_writer_put(zip->out, entry->path, strlen(entry->path));
    guint64 start = fs_writer_size(zip->out);
    deflateReset(&zip->deflate);
    if (!package_source_pour(&source, take, zip, error) || !squeeze(zip, header, 0, Z_FINISH))
        return false;
    guint64 packed = fs_writer_size(zip->out) - start;
    if (packed >= G_MAXUINT32)
        return too_large(entry->path, error);
    put_common(header + 4, zip, entry->path, (guint32)packed, (guint32)source.size);
    add_central(zip, entry, (guint32)packed, (guint32)source.size, (guint32)offset);
    return fs_writer_patch(zip->out, offset, header, sizeof header);
}

static bool add_end(Zip *zip, gsize count) {
    guint8 end[END_BYTES] = {'P', 'K', 5, 6};
    put16(end + 8, (guint)count);
    put16(end + 10, (guint)count);
    put32(end + 12, zip->central->len);
    put32(end + 16, (guint32)fs_writer_size(zip->out));
    fs_writer_put(zip->out, zip->central->data, zip->central->len);
    return fs_writer_put(zip->out, end, sizeof end);
}

static bool write_zip(Zip *zip, const PackageSpec *spec, const PackageEntry *const *sorted, GError **error) {
    for (gsize i = 0; i < spec->count; i++) {
        if (!add_member(zip, spec, sorted[i], error))
            return false;
    }
    if (fs_writer_size(zip->out) >= G_MAXUINT32)
        return too_large(spec->to, error);
    return add_end(zip, spec->count);
}

bool package_pack_zip(const PackageSpec *spec, const PackageEntry *const *sorted, FsWriter *out, GError **error) {
    if (spec->count > MAX_MEMBERS)
        return error_set(error, ERROR_TOO_LARGE, "%" G_GSIZE_FORMAT " files are too many for a zip archive (%d)", spec->count, MAX_MEMBERS);
    g_autoptr(GByteArray) central = g_byte_array_new();
    g_autofree Zip *zip = g_new0(Zip, 1);
    zip->out = out;
    zip->time = dos_time(spec->epoch);
    zip->central = central;
    if (deflateInit2(&zip->deflate, LEVEL, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        return error_set(error, ERROR_INTERNAL, "zlib cannot be started");
    bool done = write_zip(zip, spec, sorted, error);
    deflateEnd(&zip->deflate);
    return done;
}
