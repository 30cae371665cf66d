#include "package/zip_directory.h"

#include <libdeflate.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define LOCAL_BYTES 30
/* A file up to this size is held in memory. */
#define WHOLE_FILE (16u << 20)
/* A member up to this size is unpacked at once, three times as fast as in pieces. */
#define WHOLE_MEMBER (8u << 20)
#define PIECE (512u << 10)
#define FLAG_DESCRIPTOR 0x0008
#define METHOD_STORED 0
#define MS_FOLDER 0x10

typedef struct {
    PackageReading *reading;
    ZipFile file;
    struct libdeflate_decompressor *fast;
    guint8 *out; /* what is unpacked */
    gsize out_size;
    guint8 *scratch; /* what is read */
} Zip;

static void zip_clear(Zip *zip) {
    g_free(zip->file.all);
    g_free(zip->out);
    g_free(zip->scratch);
    g_clear_pointer(&zip->fast, libdeflate_free_decompressor);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Zip, zip_clear)

static bool problem(Zip *zip, const ZipEntry *entry, const char *words) {
    package_problem(zip->reading->package, "\"%.300s\" %s", entry->path, words);
    return false;
}

/* ---- the local header, and what stands between members ---- */

/* With a data descriptor (bit 3) the local header may leave its numbers open. */
static const char *local_fault(const ZipEntry *entry, const guint8 *local, guint64 size, guint64 packed) {
    bool open = (entry->flags & FLAG_DESCRIPTOR) != 0;
    guint32 crc = zip_get32(local + 14);
    if (zip_get16(local + 26) != entry->path_length || memcmp(local + LOCAL_BYTES, entry->path, entry->path_length) != 0)
        return "has another name in its own header";
    if (zip_get16(local + 8) != entry->method)
        return "has another method in its own header than in the directory";
    if (zip_get16(local + 6) != entry->flags)
        return "has other flags in its own header than in the directory";
    if (crc != entry->crc && !(open && crc == 0))
        return "has another checksum in its own header than in the directory";
    if ((size != entry->size && !(open && size == 0)) || (packed != entry->packed && !(open && packed == 0)))
        return "has another size in its own header than in the directory";
    return NULL;
}

/* Where its data begins; 0: said why. */
static guint64 read_local(Zip *zip, const ZipEntry *entry) {
    guint8 *scratch = zip->scratch;
    const guint8 *local = package_zip_at(&zip->file, entry->offset, LOCAL_BYTES, scratch);
    if (local == NULL || memcmp(local, "PK\3\4", 4) != 0)
        return problem(zip, entry, "has no header of its own where the directory says");
    gsize names = (gsize)zip_get16(local + 26) + zip_get16(local + 28);
    local = package_zip_at(&zip->file, entry->offset, LOCAL_BYTES + names, scratch);
    if (local == NULL)
        return problem(zip, entry, "is cut off in its own header");
    guint64 size = zip_get32(local + 22), packed = zip_get32(local + 18);
    const char *fault = NULL;
    if (!package_zip_extra(local + LOCAL_BYTES + zip_get16(local + 26), zip_get16(local + 28), &size, &packed, NULL))
        fault = "has broken extra fields in its own header: no zip64 sizes where they are needed, or a second name";
    if (fault == NULL)
        fault = local_fault(entry, local, size, packed);
    return fault == NULL ? entry->offset + LOCAL_BYTES + names : problem(zip, entry, fault);
}

/* The descriptor's length at `at`: checksum and sizes once more, with or without a signature, of 32 or 64 bits. 0: there is none that is true. */
static guint64 descriptor_length(Zip *zip, const ZipEntry *entry, guint64 at) {
    for (guint form = 0; form < 4; form++) {
        guint signature = (form & 1) == 0 ? 4 : 0, width = (form & 2) == 0 ? 4 : 8;
        gsize length = signature + 4 + 2 * width;
        const guint8 *bytes = package_zip_at(&zip->file, at, length, zip->scratch);
        if (bytes == NULL || (signature != 0 && memcmp(bytes, "PK\7\10", 4) != 0))
            continue;
        bytes += signature;
        guint64 packed = width == 4 ? zip_get32(bytes + 4) : zip_get64(bytes + 4);
        guint64 size = width == 4 ? zip_get32(bytes + 8) : zip_get64(bytes + 12);
        if (zip_get32(bytes) == entry->crc && packed == entry->packed && size == entry->size)
            return length;
    }
    return 0;
}

/* ---- the data ---- */

static guint8 *room(Zip *zip, gsize size) {
    if (size > zip->out_size) {
        g_free(zip->out);
        zip->out_size = MAX(size, PIECE);
        zip->out = g_malloc(zip->out_size);
    }
    return zip->out;
}

static const char *const longer = "unpacks to more bytes than it says";
static const char *const shorter = "unpacks to fewer bytes than it says";
static const char *const broken = "cannot be unpacked: its data is broken";
static const char *const behind = "has bytes behind its compressed data";

static const char *unpack_whole(Zip *zip, const ZipEntry *entry, const guint8 *packed) {
    gsize used = 0, made = 0;
    guint8 *out = room(zip, (gsize)entry->size + 1);
    enum libdeflate_result status = libdeflate_deflate_decompress_ex(zip->fast, packed, (gsize)entry->packed, out, (gsize)entry->size, &used, &made);
    if (status != LIBDEFLATE_SUCCESS)
        return status == LIBDEFLATE_INSUFFICIENT_SPACE ? longer : broken;
    if (made != entry->size || used != entry->packed)
        return made != entry->size ? shorter : behind;
    if (made > 0)
        package_reading_data(zip->reading, out, made);
    return NULL;
}

static const char *unpack_piece(Zip *zip, z_stream *stream, const ZipEntry *entry, bool *ended) {
    int status;
    do {
        stream->next_out = zip->out;
        stream->avail_out = PIECE;
        status = inflate(stream, Z_NO_FLUSH);
        gsize made = PIECE - stream->avail_out;
        if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
            return broken;
        if (zip->reading->now->size < stream->total_out)
            return longer;
        if (made > 0)
            package_reading_data(zip->reading, zip->out, made);
    } while (stream->avail_out == 0 && status != Z_STREAM_END);
    *ended = status == Z_STREAM_END;
    return *ended && stream->avail_in > 0 ? behind : *ended && stream->total_out != entry->size ? shorter : NULL;
}

static const char *unpack_pieces(Zip *zip, const ZipEntry *entry, guint64 at) {
    z_stream stream = {0};
    if (inflateInit2(&stream, -15) != Z_OK)
        return "cannot be unpacked: zlib cannot be started";
    room(zip, PIECE);
    const char *fault = NULL;
    bool ended = false;
    for (guint64 left = entry->packed; left > 0 && fault == NULL;) {
        gsize length = (gsize)MIN(left, PIECE);
        const guint8 *bytes = package_zip_at(&zip->file, at, length, zip->scratch);
        stream.next_in = (Bytef *)bytes;
        stream.avail_in = (uInt)length;
        fault = bytes == NULL ? "is cut off" : ended ? behind : unpack_piece(zip, &stream, entry, &ended);
        at += length;
        left -= length;
    }
    inflateEnd(&stream);
    return fault != NULL || ended ? fault : broken;
}

static const char *copy_stored(Zip *zip, const ZipEntry *entry, guint64 at) {
    for (guint64 left = entry->size; left > 0;) {
        gsize length = (gsize)MIN(left, PIECE);
        const guint8 *bytes = package_zip_at(&zip->file, at, length, zip->scratch);
        if (bytes == NULL)
            return "is cut off";
        package_reading_data(zip->reading, bytes, length);
        at += length;
        left -= length;
    }
    return NULL;
}

static const char *read_data(Zip *zip, const ZipEntry *entry, guint64 at) {
    const char *fault;
    if (entry->method == METHOD_STORED)
        fault = copy_stored(zip, entry, at);
    else if (zip->file.all != NULL && entry->size <= WHOLE_MEMBER && entry->packed <= zip->file.size - at)
        fault = unpack_whole(zip, entry, zip->file.all + at);
    else
        fault = unpack_pieces(zip, entry, at);
    return fault != NULL ? fault : zip->reading->crc != entry->crc ? "has another checksum than the directory says" : NULL;
}

/* ---- members ---- */

static PackageMember *member_of(const ZipEntry *entry, const char **fault) {
    bool slash = entry->path_length > 1 && entry->path[entry->path_length - 1] == '/';
    guint32 mode = entry->unix_made ? entry->attributes >> 16 : 0;
    guint32 type = mode & S_IFMT;
    PackageMember *member = package_member_new(g_strndup(entry->path, slash ? entry->path_length - 1 : entry->path_length));
    member->type = slash ? MEMBER_FOLDER : MEMBER_FILE;
    member->size = slash ? 0 : entry->size;
    member->mode = mode & 07777;
    member->crc = entry->crc;
    if (type == S_IFLNK)
        *fault = "is neither a file nor a folder: it is a symbolic link";
    else if (type != 0 && type != S_IFREG && type != S_IFDIR)
        *fault = "is neither a file nor a folder: it is a device, a pipe or a socket";
    else if (slash && (entry->size > 0 || type == S_IFREG))
        *fault = entry->size > 0 ? "is a folder and yet has data" : "is called like a folder and marked as a file";
    else if (!slash && (type == S_IFDIR || (entry->attributes & MS_FOLDER) != 0))
        *fault = "is called like a file and marked as a folder";
    return member;
}

/* Members stand one behind the other: what overlaps or hides between them is refused. *next: where the next one must be. */
static bool take_entry(Zip *zip, const ZipEntry *entry, guint64 start, guint64 *next) {
    if (entry->offset < *next)
        return problem(zip, entry, "overlaps the member before it");
    if (entry->offset > *next)
        return problem(zip, entry, "has data before it that belongs to no member");
    guint64 data = read_local(zip, entry);
    if (data == 0)
        return false;
    if (entry->packed > start || data > start - entry->packed)
        return problem(zip, entry, "overlaps the directory");
    const char *fault = NULL;
    PackageMember *member = member_of(entry, &fault);
    if (!package_reading_begin(zip->reading, member))
        return false;
    const char *wrong = member->type == MEMBER_FILE ? read_data(zip, entry, data) : NULL;
    package_reading_end(zip->reading);
    if (fault != NULL)
        problem(zip, entry, fault);
    if (wrong != NULL)
        return problem(zip, entry, wrong);
    *next = data + entry->packed;
    if ((entry->flags & FLAG_DESCRIPTOR) == 0)
        return true;
    guint64 length = descriptor_length(zip, entry, *next);
    *next += length;
    return length > 0 || problem(zip, entry, "has other sizes behind its data than in the directory");
}

/* The sizes that the directory gives, before anything is unpacked: a bomb is known by what it says, or it lies and is found out by its first byte too many. */
static bool sizes_fit(PackageReading *reading, const GArray *entries) {
    guint64 total = 0;
    for (guint i = 0; i < entries->len; i++) {
        const ZipEntry *entry = &g_array_index(entries, ZipEntry, i);
        if (entry->size > PACKAGE_MAX_MEMBER) {
            package_problem(reading->package, "\"%.300s\" has %" G_GUINT64_FORMAT " bytes; members of 4 GiB and more are not read", entry->path, entry->size);
            return false;
        }
        total += entry->size;
        if (!package_reading_fits(reading, total, entry->path))
            return false;
    }
    return true;
}

static void read_members(Zip *zip, const ZipDirectory *directory) {
    guint64 next = 0;
    if (!sizes_fit(zip->reading, directory->entries))
        return;
    for (guint i = 0; i < directory->entries->len; i++) {
        if (!take_entry(zip, &g_array_index(directory->entries, ZipEntry, i), directory->start, &next))
            return;
    }
    zip->reading->members->whole = true;
    if (next != directory->start)
        package_problem(zip->reading->package, "data stands behind \"%.300s\" that belongs to no member", package_reading_last(zip->reading));
}

void package_read_zip(PackageReading *reading, int fd) {
    g_auto(Zip) zip = {.reading = reading, .file = {.fd = fd, .size = reading->file_size}};
    g_auto(ZipDirectory) directory = {0};
    zip.scratch = g_malloc(MAX(PIECE, LOCAL_BYTES + 2 * G_MAXUINT16));
    reading->with_crc = true;
    zip.fast = libdeflate_alloc_decompressor();
    if (reading->file_size <= WHOLE_FILE) {
        guint8 *all = g_malloc((gsize)reading->file_size + 1);
        zip.file.all = package_zip_at(&zip.file, 0, (gsize)reading->file_size, all) != NULL ? all : NULL;
        if (zip.file.all == NULL)
            g_free(all);
    }
    if (package_zip_directory_read(reading, &zip.file, &directory))
        read_members(&zip, &directory);
}
