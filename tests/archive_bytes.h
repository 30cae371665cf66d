/* Archives made byte by byte, with lies in them that no library would write. */
#pragma once

#include <glib.h>
#include <lzma.h>
#include <stdbool.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

static inline void bytes_put(GByteArray *out, const void *data, gsize length) {
    g_byte_array_append(out, data, (guint)length);
}
static inline void bytes_number(GByteArray *out, guint width, guint64 value) {
    for (guint i = 0; i < width; i++, value >>= 8)
        bytes_put(out, &(guint8){(guint8)value}, 1);
}

/* ---- zip ---- */

typedef struct {
    const char *name, *data; /* data NULL: none */
    gsize name_length;       /* 0: the name's */
    gsize zeros;             /* so many NULs in place of data */
    bool deflate;
    guint16 method; /* in place of what it is; 0: as it is */
    guint16 flags;
    guint32 attributes; /* external; made by Unix */
    const char *comment;
    /* What its own header has otherwise. */
    const char *local_name;
    guint16 local_method, local_flags;
    guint32 local_crc_more, local_size_more, local_packed_more;
    /* What the directory lies. */
    guint32 crc_more, size_more, packed_more, offset_more;
    gsize padding; /* bytes behind its data that are no member's */
    guint16 extra_id;
    guint8 extra_bytes[28];
    guint16 extra_length;
    bool descriptor, descriptor_lies;
} BytesZip;

typedef struct {
    const char *before, *after, *comment; /* of the whole archive */
    gint entries_more, size_more, start_more;
    bool zip64_lies, locator_only;
    guint64 zip64_entries; /* saturates the end record */
} BytesZipEnd;

static inline GByteArray *bytes_deflate(const guint8 *data, gsize length, int window) {
    z_stream stream = {0};
    GByteArray *out = g_byte_array_new();
    g_byte_array_set_size(out, (guint)(length / 2 + 4096));
    g_assert_cmpint(deflateInit2(&stream, 9, Z_DEFLATED, window, 9, Z_DEFAULT_STRATEGY), ==, Z_OK);
    stream.next_in = (Bytef *)data;
    stream.avail_in = (uInt)length;
    int status;
    do {
        g_byte_array_set_size(out, out->len + 4096);
        stream.next_out = out->data + stream.total_out;
        stream.avail_out = (uInt)(out->len - stream.total_out);
        status = deflate(&stream, Z_FINISH);
    } while (status == Z_OK);
    g_byte_array_set_size(out, (guint)stream.total_out);
    deflateEnd(&stream);
    return out;
}

static inline void bytes_zip_common(GByteArray *out, const BytesZip *part, const guint32 numbers[3], bool local) {
    guint16 method = part->deflate ? 8 : 0, flags = (guint16)(part->flags | (part->descriptor ? 8 : 0));
    method = part->method != 0 ? part->method : method;
    bytes_number(out, 2, 20);
    bytes_number(out, 2, local ? flags ^ part->local_flags : flags);
    bytes_number(out, 2, local ? method ^ part->local_method : method);
    bytes_number(out, 4, 0x5c210000);
    bytes_number(out, 4, numbers[0] + (local ? part->local_crc_more : part->crc_more));
    bytes_number(out, 4, numbers[1] + (local ? part->local_packed_more : part->packed_more));
    bytes_number(out, 4, numbers[2] + (local ? part->local_size_more : part->size_more));
    gsize length = part->name_length != 0 ? part->name_length : strlen(part->name);
    bytes_number(out, 2, local && part->local_name != NULL ? strlen(part->local_name) : length);
    bytes_number(out, 2, part->extra_id != 0 ? part->extra_length + 4u : 0);
}

static inline void bytes_zip_name(GByteArray *out, const BytesZip *part, bool local, const char *comment) {
    if (local && part->local_name != NULL)
        bytes_put(out, part->local_name, strlen(part->local_name));
    else
        bytes_put(out, part->name, part->name_length != 0 ? part->name_length : strlen(part->name));
    if (part->extra_id != 0) {
        bytes_number(out, 2, part->extra_id);
        bytes_number(out, 2, part->extra_length);
        bytes_put(out, part->extra_bytes, part->extra_length);
    }
    if (comment != NULL)
        bytes_put(out, comment, strlen(comment));
}

static inline void bytes_zip_part(GByteArray *out, GByteArray *central, const BytesZip *part) {
    g_autoptr(GByteArray) data = g_byte_array_new();
    if (part->data != NULL)
        bytes_put(data, part->data, strlen(part->data));
    g_byte_array_set_size(data, data->len + (guint)part->zeros);
    if (part->zeros > 0)
        memset(data->data + data->len - part->zeros, 0, part->zeros);
    g_autoptr(GByteArray) packed = part->deflate ? bytes_deflate(data->data, data->len, -15) : g_byte_array_ref(data);
    guint32 numbers[3] = {(guint32)crc32(0, data->data, data->len), packed->len, data->len}, open[3] = {0, 0, 0};
    guint32 offset = out->len;
    bytes_number(out, 4, 0x04034b50);
    bytes_zip_common(out, part, part->descriptor ? open : numbers, true);
    bytes_zip_name(out, part, true, NULL);
    bytes_put(out, packed->data, packed->len);
    if (part->descriptor) {
        bytes_number(out, 4, 0x08074b50);
        bytes_number(out, 4, numbers[0]);
        bytes_number(out, 4, numbers[1]);
        bytes_number(out, 4, numbers[2] + (part->descriptor_lies ? 1 : 0));
    }
    for (gsize i = 0; i < part->padding; i++)
        bytes_put(out, "x", 1);
    bytes_number(central, 4, 0x02014b50);
    bytes_number(central, 2, 3 << 8 | 20);
    bytes_zip_common(central, part, numbers, false);
    bytes_number(central, 2, part->comment != NULL ? strlen(part->comment) : 0);
    bytes_number(central, 4, 0);
    bytes_number(central, 4, part->attributes);
    bytes_number(central, 4, offset + part->offset_more);
    bytes_zip_name(central, part, false, part->comment);
}

static inline void bytes_zip_end(GByteArray *out, const GByteArray *central, guint count, const BytesZipEnd *end) {
    guint64 start = out->len;
    bytes_put(out, central->data, central->len);
    bool zip64 = end->zip64_lies || end->zip64_entries != 0;
    if (zip64) {
        guint64 at = out->len, entries = end->zip64_entries != 0 ? end->zip64_entries : count + 1u;
        bytes_number(out, 4, 0x06064b50);
        bytes_number(out, 8, 44);
        bytes_number(out, 4, 45 | 45 << 16);
        bytes_number(out, 8, 0);
        bytes_number(out, 8, entries);
        bytes_number(out, 8, entries);
        bytes_number(out, 8, central->len);
        bytes_number(out, 8, start);
        bytes_number(out, 4, 0x07064b50);
        bytes_number(out, 4, 0);
        bytes_number(out, 8, at);
        bytes_number(out, 4, 1);
    }
    guint shown = end->zip64_entries != 0 || end->locator_only ? 0xffff : (guint)((gint)count + end->entries_more);
    bytes_number(out, 4, 0x06054b50);
    bytes_number(out, 4, 0);
    bytes_number(out, 2, shown);
    bytes_number(out, 2, shown);
    bytes_number(out, 4, (guint64)((gint64)central->len + end->size_more));
    bytes_number(out, 4, (guint64)((gint64)start + end->start_more));
    bytes_number(out, 2, end->comment != NULL ? strlen(end->comment) : 0);
    if (end->comment != NULL)
        bytes_put(out, end->comment, strlen(end->comment));
}

static inline GByteArray *bytes_zip(const BytesZip *parts, guint count, const BytesZipEnd *end) {
    GByteArray *out = g_byte_array_new();
    g_autoptr(GByteArray) central = g_byte_array_new();
    if (end->before != NULL)
        bytes_put(out, end->before, strlen(end->before));
    for (guint i = 0; i < count && parts[i].name != NULL; i++)
        bytes_zip_part(out, central, &parts[i]);
    guint entries = 0;
    while (entries < count && parts[entries].name != NULL)
        entries++;
    bytes_zip_end(out, central, entries, end);
    if (end->after != NULL)
        bytes_put(out, end->after, strlen(end->after));
    return out;
}

/* ---- tar ---- */

typedef struct {
    const char *name, *data;
    const char *link;
    const char *size;  /* the twelve bytes of the field, in place of what it is */
    gsize claims;      /* bytes that the header claims beyond what is there */
    gsize data_length; /* 0: strlen(data) */
    guint mode;        /* 0: 0644 */
    char type;         /* 0: '0' */
    bool bad_checksum, gnu;
} BytesTar;

static inline void bytes_tar_header(GByteArray *out, const BytesTar *part, gsize size) {
    char header[512] = {0};
    strncpy(header, part->name, 100);
    g_snprintf(header + 100, 8, "%07o", part->mode != 0 ? part->mode : 0644);
    g_snprintf(header + 108, 8, "%07o", 0);
    g_snprintf(header + 116, 8, "%07o", 0);
    g_snprintf(header + 124, 12, "%011" G_GSIZE_MODIFIER "o", size + part->claims);
    if (part->size != NULL)
        memcpy(header + 124, part->size, 12);
    g_snprintf(header + 136, 12, "%011o", 1);
    header[156] = part->type != 0 ? part->type : '0';
    if (part->link != NULL)
        strncpy(header + 157, part->link, 100);
    memcpy(header + 257, part->gnu ? "ustar  " : "ustar\00000", 8);
    memset(header + 148, ' ', 8);
    guint sum = part->bad_checksum ? 1 : 0;
    for (guint i = 0; i < sizeof header; i++)
        sum += (guint8)header[i];
    g_snprintf(header + 148, 8, "%06o", sum);
    bytes_put(out, header, sizeof header);
}

static inline void bytes_tar_part(GByteArray *out, const BytesTar *part) {
    gsize size = part->data == NULL ? 0 : part->data_length != 0 ? part->data_length : strlen(part->data);
    static const char zeros[512];
    bytes_tar_header(out, part, size);
    if (size > 0)
        bytes_put(out, part->data, size);
    bytes_put(out, zeros, (512 - size % 512) % 512);
}

static inline void bytes_tar_zeros(GByteArray *out, gsize length) {
    guint before = out->len;
    g_byte_array_set_size(out, before + (guint)length);
    memset(out->data + before, 0, length);
}

static inline GByteArray *bytes_tar(const BytesTar *parts, guint count) {
    GByteArray *out = g_byte_array_new();
    for (guint i = 0; i < count && parts[i].name != NULL; i++)
        bytes_tar_part(out, &parts[i]);
    bytes_tar_zeros(out, 1024);
    return out;
}

static inline GByteArray *bytes_gzip(const GByteArray *data) {
    return bytes_deflate(data->data, data->len, 15 + 16);
}

static inline GByteArray *bytes_zstd(const GByteArray *data) {
    GByteArray *out = g_byte_array_new();
    g_byte_array_set_size(out, (guint)ZSTD_compressBound(data->len));
    gsize length = ZSTD_compress(out->data, out->len, data->data, data->len, 3);
    g_assert_false(ZSTD_isError(length));
    g_byte_array_set_size(out, (guint)length);
    return out;
}

static inline GByteArray *bytes_xz(const GByteArray *data) {
    GByteArray *out = g_byte_array_new();
    gsize length = 0;
    g_byte_array_set_size(out, (guint)lzma_stream_buffer_bound(data->len));
    g_assert_cmpint(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, data->data, data->len, out->data, &length, out->len), ==, LZMA_OK);
    g_byte_array_set_size(out, (guint)length);
    return out;
}
