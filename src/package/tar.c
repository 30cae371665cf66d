#include "package/reading.h"
#include "package/stream.h"
#include "package/tar_header.h"

#include <string.h>

typedef struct {
    PackageReading *reading;
    PackageStream *stream;
} Tar;

static const char *type_words(char type) {
    switch (type) {
    case '3':
        return "a character device";
    case '4':
        return "a block device";
    case '6':
        return "a named pipe";
    case 'M':
    case 'V':
    case 'N':
    case 'D':
        return "of a kind that only GNU tar's backups have";
    default:
        return "of a kind that no format of tar knows";
    }
}

/* `tar -C folder .` begins every name with "./"; without it they are the same names to every reader. */
static const char *without_dot(const char *path) {
    while (path[0] == '.' && path[1] == '/' && path[2] != '/')
        path += 2;
    return path;
}

static PackageMember *member_of(TarHeader *header) {
    const char *path = without_dot(header->path);
    gsize length = strlen(path);
    bool slash = length > 1 && path[length - 1] == '/';
    PackageMember *member = package_member_new(g_strndup(path, slash ? length - 1 : length));
    /* v7 has no folders: a slash at the end makes one. */
    member->type = header->type == '5' || (slash && header->type == '0') ? MEMBER_FOLDER
                   : header->type == '2'                                 ? MEMBER_SYMLINK
                   : header->type == '1'                                 ? MEMBER_HARDLINK
                                                                         : MEMBER_FILE;
    bool link = member->type == MEMBER_SYMLINK || member->type == MEMBER_HARDLINK;
    const char *target = header->link != NULL ? header->link : "";
    member->link = link ? g_strdup(member->type == MEMBER_HARDLINK ? without_dot(target) : target) : NULL;
    member->size = member->type == MEMBER_FILE ? header->size : 0;
    member->mtime = header->mtime;
    member->uid = header->uid;
    member->gid = header->gid;
    member->mode = header->mode;
    member->owner_named = header->owner_named;
    return member;
}

/* The member's bytes. False: the archive ends within them. */
static bool pour(Tar *tar, guint64 left) {
    while (left > 0) {
        gsize got;
        const guint8 *bytes = package_stream_take(tar->stream, (gsize)MIN(left, 1u << 20), &got);
        if (got == 0)
            return false;
        package_reading_data(tar->reading, bytes, got);
        left -= got;
    }
    return true;
}

static bool skip(Tar *tar, guint64 left) {
    gsize got = 1;
    for (; left > 0 && got > 0; left -= got)
        package_stream_take(tar->stream, (gsize)MIN(left, 1u << 20), &got);
    return left == 0;
}

static bool cut_off(Tar *tar, const char *path) {
    const char *fault = package_stream_fault(tar->stream);
    package_problem(tar->reading->package, "\"%.300s\" cannot be read: %s", path, fault != NULL ? fault : "the archive is cut off within it");
    return false;
}

/* False: stop reading. */
static bool take_member(Tar *tar, TarHeader *header) {
    PackageReading *reading = tar->reading;
    if (strchr("0125", header->type) == NULL) {
        package_problem(reading->package, "\"%.300s\" is neither a file nor a folder: it is %s", header->path, type_words(header->type));
        return package_reading_fits(reading, header->size, header->path) && (header->type >= '3' && header->type <= '6') && header->size == 0;
    }
    /* The folder that all stands in, which has no name of its own. */
    if (header->type == '5' && header->size == 0 && (strcmp(header->path, "./") == 0 || strcmp(header->path, ".") == 0))
        return true;
    PackageMember *member = member_of(header);
    guint64 size = member->size;
    bool stray = member->type != MEMBER_FILE && header->size > 0;
    if (!package_reading_begin(reading, member))
        return false;
    bool read = pour(tar, size);
    package_reading_end(reading);
    if (stray)
        package_problem(reading->package, "\"%.300s\" is no file and yet has %" G_GUINT64_FORMAT " bytes: readers disagree about what follows", header->path,
                        header->size);
    guint64 padding = (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK;
    if (!read || !skip(tar, padding))
        return cut_off(tar, header->path);
    return !stray;
}

/* Headers count too: an archive of nothing but headers is a bomb as well. */
static bool headers_fit(Tar *tar) {
    guint64 taken = package_stream_taken(tar->stream);
    return taken <= tar->reading->total || package_reading_fits(tar->reading, taken - tar->reading->total, package_reading_last(tar->reading));
}

/* Behind the end there may be zeros, up to the size of a tape's record. */
static void check_rest(Tar *tar) {
    gsize got;
    bool zeros = true;
    for (const guint8 *bytes = package_stream_take(tar->stream, 1u << 20, &got); got > 0 && zeros; bytes = package_stream_take(tar->stream, 1u << 20, &got)) {
        zeros = bytes[0] == 0 && memcmp(bytes, bytes + 1, got - 1) == 0;
        if (!headers_fit(tar))
            return;
    }
    const char *last = package_reading_last(tar->reading), *fault = package_stream_fault(tar->stream);
    if (!zeros)
        package_problem(tar->reading->package, "data stands behind the end of the archive, after \"%.300s\"", last);
    else if (fault != NULL)
        package_problem(tar->reading->package, "after \"%.300s\": %s", last, fault);
}

static void say_broken(Tar *tar, const TarHeader *header) {
    const PackageReading *reading = tar->reading;
    const char *fault = package_stream_fault(tar->stream);
    if (reading->members->members->len == 0 && header->path == NULL)
        package_problem(reading->package, "it is no archive that can be read: %s%s", fault != NULL ? "" : "its beginning ",
                        fault != NULL ? fault : header->fault);
    else if (fault != NULL)
        package_problem(reading->package, "after \"%.300s\": %s", package_reading_last(reading), fault);
    else
        package_problem(reading->package, "\"%.300s\" %s", header->path != NULL ? header->path : package_reading_last(reading), header->fault);
}

void package_read_tar(PackageReading *reading, int fd) {
    g_autoptr(PackageStream) stream = package_stream_new(fd, reading->file_size);
    Tar tar = {.reading = reading, .stream = stream};
    reading->members->packed_time = package_stream_packed_time(stream);
    reading->members->packed_name = g_strdup(package_stream_packed_name(stream));
    while (true) {
        g_auto(TarHeader) header = {0};
        TarStatus status = package_tar_next(stream, &header);
        if (status == TAR_BROKEN) {
            say_broken(&tar, &header);
            return;
        }
        if (status == TAR_END)
            break;
        if (!take_member(&tar, &header) || !headers_fit(&tar))
            return;
    }
    reading->members->whole = true;
    check_rest(&tar);
}
