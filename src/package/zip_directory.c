#include "package/zip_directory.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define END_BYTES 22
#define LOCATOR_BYTES 20
#define END64_BYTES 56
#define CENTRAL_BYTES 46
#define MAX_COMMENT 65535
/* 100,000 entries with names of some length. */
#define MAX_DIRECTORY (48u << 20)
#define SATURATED16 0xffffu
#define SATURATED32 0xffffffffu
#define EXTRA_ZIP64 0x0001
#define EXTRA_UNICODE_PATH 0x7075
#define FLAG_ENCRYPTED 0x0001
#define FLAG_STRONG 0x0040
#define FLAG_MASKED 0x2000
/* Deflate's levels, the data descriptor, UTF-8 names. */
#define FLAGS_KNOWN (0x0002 | 0x0004 | 0x0008 | 0x0800)
#define FLAG_UTF8 0x0800
#define METHOD_STORED 0
#define METHOD_DEFLATED 8
#define MADE_BY_UNIX 3

typedef struct {
    PackageReading *reading;
    const ZipFile *file;
    guint64 entries, size, start; /* of the directory, as the end record has it */
    guint64 behind;               /* where it must end */
} End;

static bool problem(PackageReading *reading, const char *words) {
    package_problem(reading->package, "%s", words);
    return false;
}

const guint8 *package_zip_at(const ZipFile *file, guint64 offset, gsize length, guint8 *scratch) {
    if (offset > file->size || length > file->size - offset)
        return NULL;
    if (file->all != NULL)
        return file->all + offset;
    for (gsize done = 0; done < length;) {
        ssize_t got = pread(file->fd, scratch + done, length - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return NULL;
        done += (gsize)got;
    }
    return scratch;
}

void package_zip_directory_clear(ZipDirectory *directory) {
    g_clear_pointer(&directory->entries, g_array_unref);
}

static void entry_clear(gpointer entry) {
    g_free(((ZipEntry *)entry)->path);
}

/* ---- the end of the archive ---- */

/* Why there is no end record at the very end: a comment, or something that was put behind it. */
static bool explain_no_end(PackageReading *reading, const ZipFile *file) {
    gsize length = (gsize)MIN(file->size, END_BYTES + MAX_COMMENT);
    g_autofree guint8 *scratch = g_malloc(length + 1);
    const guint8 *tail = package_zip_at(file, file->size - length, length, scratch);
    for (gsize at = length; tail != NULL && at-- > END_BYTES;) {
        const guint8 *end = tail + at - END_BYTES;
        if (memcmp(end, "PK\5\6", 4) == 0 && zip_get16(end + 20) == length - at)
            return problem(reading, "it has an archive comment, in which anything can hide");
        if (memcmp(end, "PK\5\6", 4) == 0)
            return problem(reading, "data follows the end of the archive");
    }
    return problem(reading, "it is no archive that can be read: it has no end record of a zip archive");
}

/* The zip64 records, where the end record has no room; they must say the same wherever both speak. */
static bool read_end64(End *end, guint64 at, bool needed) {
    guint8 buffer[LOCATOR_BYTES], scratch[END64_BYTES];
    const guint8 *locator = at >= LOCATOR_BYTES ? package_zip_at(end->file, at - LOCATOR_BYTES, LOCATOR_BYTES, buffer) : NULL;
    bool there = locator != NULL && memcmp(locator, "PK\6\7", 4) == 0;
    if (!there)
        return !needed || problem(end->reading, "its end record points to zip64 records that are not there");
    guint64 offset = zip_get64(locator + 8);
    bool place = at >= LOCATOR_BYTES + END64_BYTES && offset == at - LOCATOR_BYTES - END64_BYTES;
    const guint8 *end64 = place ? package_zip_at(end->file, offset, END64_BYTES, scratch) : NULL;
    if (end64 == NULL || memcmp(end64, "PK\6\6", 4) != 0 || zip_get64(end64 + 4) != END64_BYTES - 12 || zip_get32(locator + 4) != 0 ||
        zip_get32(end64 + 16) != 0 || zip_get32(end64 + 20) != 0 || zip_get64(end64 + 24) != zip_get64(end64 + 32))
        return problem(end->reading, "its zip64 end record is not where it must be, or broken");
    bool same = (end->entries == SATURATED16 || end->entries == zip_get64(end64 + 32)) && (end->size == SATURATED32 || end->size == zip_get64(end64 + 40)) &&
                (end->start == SATURATED32 || end->start == zip_get64(end64 + 48));
    if (!same)
        return problem(end->reading, "its end record and its zip64 end record contradict each other");
    end->entries = zip_get64(end64 + 32);
    end->size = zip_get64(end64 + 40);
    end->start = zip_get64(end64 + 48);
    end->behind = offset;
    return true;
}

/* `git archive` writes the commit's id as a comment; no index takes a wheel that has one. */
static guint git_comment(const End *end) {
    static const guint lengths[] = {40, 64};
    for (guint i = 0; i < G_N_ELEMENTS(lengths) && strcmp(end->reading->package->kind, "wheel") != 0; i++) {
        guint8 scratch[END_BYTES + 64];
        gsize whole = END_BYTES + lengths[i];
        const guint8 *record = end->file->size > whole ? package_zip_at(end->file, end->file->size - whole, whole, scratch) : NULL;
        bool is = record != NULL && memcmp(record, "PK\5\6", 4) == 0 && zip_get16(record + 20) == lengths[i];
        for (guint k = END_BYTES; is && k < whole; k++)
            is = g_ascii_isxdigit((char)record[k]);
        if (is)
            return lengths[i];
    }
    return 0;
}

static bool read_end(End *end) {
    guint8 scratch[END_BYTES];
    guint comment = git_comment(end);
    guint64 at = end->file->size >= END_BYTES + comment ? end->file->size - END_BYTES - comment : 0;
    const guint8 *record = package_zip_at(end->file, at, END_BYTES, scratch);
    if (record == NULL || memcmp(record, "PK\5\6", 4) != 0 || zip_get16(record + 20) != comment)
        return explain_no_end(end->reading, end->file);
    if (zip_get16(record + 4) != 0 || zip_get16(record + 6) != 0 || zip_get16(record + 8) != zip_get16(record + 10))
        return problem(end->reading, "it is one part of several, or says so");
    end->entries = zip_get16(record + 10);
    end->size = zip_get32(record + 12);
    end->start = zip_get32(record + 16);
    end->behind = at;
    bool needed = end->entries == SATURATED16 || end->size == SATURATED32 || end->start == SATURATED32;
    if (!read_end64(end, at, needed))
        return false;
    if (end->entries > PACKAGE_MAX_MEMBERS) {
        package_problem(end->reading->package, "it has %" G_GUINT64_FORMAT " members, more than %u", end->entries, PACKAGE_MAX_MEMBERS);
        return false;
    }
    if (end->size > MAX_DIRECTORY || end->start > end->behind || end->size != end->behind - end->start)
        return problem(end->reading, "data was put before the archive or behind its directory, or its end record lies about where the directory is");
    return true;
}

/* ---- the entries ---- */

bool package_zip_extra(const guint8 *extra, gsize length, guint64 *size, guint64 *packed, guint64 *offset) {
    guint64 *values[] = {size, packed, offset};
    guint wanted = 0, seen = 0;
    for (guint i = 0; i < G_N_ELEMENTS(values); i++)
        wanted += values[i] != NULL && *values[i] == SATURATED32 ? 1 : 0;
    while (length > 0) {
        if (length < 4 || (gsize)zip_get16(extra + 2) + 4 > length)
            return false;
        gsize left = zip_get16(extra + 2);
        const guint8 *at = extra + 4;
        bool zip64 = zip_get16(extra) == EXTRA_ZIP64;
        if (zip_get16(extra) == EXTRA_UNICODE_PATH || (zip64 && seen++ > 0))
            return false;
        for (guint i = 0; zip64 && i < G_N_ELEMENTS(values); i++) {
            if (values[i] == NULL || *values[i] != SATURATED32 || left < 8)
                continue;
            *values[i] = zip_get64(at);
            at += 8;
            left -= 8;
            wanted--;
        }
        length -= (gsize)zip_get16(extra + 2) + 4;
        extra += (gsize)zip_get16(extra + 2) + 4;
    }
    return wanted == 0;
}

static const char *entry_fault(const ZipEntry *entry, const guint8 *central) {
    if ((entry->flags & (FLAG_ENCRYPTED | FLAG_STRONG | FLAG_MASKED)) != 0)
        return "is encrypted";
    if ((entry->flags & ~FLAGS_KNOWN) != 0)
        return "has flags that a package has no use for";
    if (entry->method != METHOD_STORED && entry->method != METHOD_DEFLATED)
        return "is packed by another method than stored or deflate";
    if (entry->method == METHOD_STORED && entry->packed != entry->size)
        return "is stored and yet has two sizes";
    if (zip_get16(central + 32) != 0)
        return "has a comment of its own";
    if (zip_get16(central + 34) != 0)
        return "stands in another part of the archive, or says so";
    if (strlen(entry->path) != entry->path_length)
        return "has a NUL byte in its name";
    return NULL;
}

/* A name that is not ASCII must be said to be UTF-8: else readers take it for code page 437. */
static bool name_is_marked(const ZipEntry *entry) {
    bool ascii = true;
    for (const char *at = entry->path; ascii && *at != '\0'; at++)
        ascii = (guchar)*at < 0x80;
    return ascii || (entry->flags & FLAG_UTF8) != 0;
}

static void entry_take(ZipEntry *entry, const guint8 *central) {
    entry->path_length = zip_get16(central + 28);
    entry->path = g_strndup((const char *)central + CENTRAL_BYTES, entry->path_length);
    entry->unix_made = central[5] == MADE_BY_UNIX;
    entry->flags = zip_get16(central + 8);
    entry->method = zip_get16(central + 10);
    entry->crc = zip_get32(central + 16);
    entry->time = zip_get32(central + 12);
    entry->packed = zip_get32(central + 20);
    entry->size = zip_get32(central + 24);
    entry->attributes = zip_get32(central + 38);
    entry->offset = zip_get32(central + 42);
}

/* Bytes of the entry; 0: said why. */
static gsize take_entry(PackageReading *reading, const guint8 *central, gsize left, GArray *entries) {
    if (left < CENTRAL_BYTES || memcmp(central, "PK\1\2", 4) != 0)
        return problem(reading, "its directory is broken: fewer members than its end record says, or what is no entry");
    gsize length = CENTRAL_BYTES + (gsize)zip_get16(central + 28) + zip_get16(central + 30) + zip_get16(central + 32);
    if (length > left)
        return problem(reading, "its directory is cut off");
    ZipEntry entry = {0};
    entry_take(&entry, central);
    g_array_append_val(entries, entry);
    const char *fault = entry_fault(&entry, central);
    if (!package_zip_extra(central + CENTRAL_BYTES + entry.path_length, zip_get16(central + 30), &entry.size, &entry.packed, &entry.offset))
        fault = "has broken extra fields: no zip64 sizes where they are needed, or a second name";
    g_array_index(entries, ZipEntry, entries->len - 1) = entry;
    if (fault == NULL && !name_is_marked(&entry))
        fault = "has a name that is not ASCII and not marked as UTF-8";
    if (fault == NULL)
        return length;
    package_problem(reading->package, "\"%.300s\" %s", entry.path, fault);
    return 0;
}

static int by_offset(gconstpointer a, gconstpointer b) {
    const ZipEntry *left = a, *right = b;
    return left->offset < right->offset ? -1 : left->offset > right->offset;
}

bool package_zip_directory_read(PackageReading *reading, const ZipFile *file, ZipDirectory *directory) {
    End end = {.reading = reading, .file = file};
    directory->entries = g_array_new(FALSE, FALSE, sizeof(ZipEntry));
    g_array_set_clear_func(directory->entries, entry_clear);
    if (!read_end(&end))
        return false;
    directory->start = end.start;
    g_autofree guint8 *scratch = g_malloc((gsize)end.size + 1);
    const guint8 *central = package_zip_at(file, end.start, (gsize)end.size, scratch);
    if (central == NULL)
        return problem(reading, "its directory cannot be read");
    gsize left = (gsize)end.size;
    for (guint64 i = 0; i < end.entries; i++) {
        gsize length = take_entry(reading, central, left, directory->entries);
        if (length == 0)
            return false;
        central += length;
        left -= length;
    }
    if (left > 0)
        return problem(reading, "its directory has more in it than its end record says");
    g_array_sort(directory->entries, by_offset);
    return true;
}
