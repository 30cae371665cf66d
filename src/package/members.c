#include "package/parts.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_MEMBERS 100000
#define MAX_TOTAL (G_GUINT64_CONSTANT(1) << 30)
/* Beyond FREE bytes unpacked, an archive may unpack to RATIO times its own size (PyPI's rule). */
#define FREE_TOTAL (G_GUINT64_CONSTANT(64) << 20)
#define MAX_RATIO 50
#define MAX_TEXT (16u << 20)

typedef struct archive Archive;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Archive, archive_read_free)

typedef struct {
    Package *package;
    PackageMembers *members;
    Archive *archive;
    bool (*wanted)(const char *path);
    guint64 file_size;
    guint64 total;
} Reading;

static void member_free(PackageMember *member) {
    g_free(member->path);
    g_free(member->sha256);
    g_free(member);
}

void package_members_free(PackageMembers *members) {
    if (members == NULL)
        return;
    g_hash_table_unref(members->by_path);
    g_hash_table_unref(members->texts);
    g_ptr_array_unref(members->members);
    g_free(members);
}

const char *package_members_text(const PackageMembers *members, const char *path) {
    GBytes *bytes = g_hash_table_lookup(members->texts, path);
    return bytes != NULL ? g_bytes_get_data(bytes, NULL) : NULL;
}

static Archive *open_archive(const char *path, PackageFormat format) {
    g_autoptr(Archive) archive = archive_read_new();
    if (format == PACKAGE_ZIP) {
        archive_read_support_format_zip_seekable(archive);
    } else {
        archive_read_support_filter_gzip(archive);
        archive_read_support_format_tar(archive);
    }
    archive_read_set_options(archive, "hdrcharset=UTF-8");
    /* The status is asked for again by the first header; opening fails for what is no archive too. */
    archive_read_open_filename(archive, path, 1 << 16);
    return g_steal_pointer(&archive);
}

static bool over_limits(Reading *reading) {
    if (reading->members->members->len > MAX_MEMBERS)
        package_problem(reading->package, "it has more than %d members", MAX_MEMBERS);
    else if (reading->total > MAX_TOTAL)
        package_problem(reading->package, "it unpacks to more than 1 GiB");
    else if (reading->total > FREE_TOTAL && reading->total / MAX_RATIO > reading->file_size)
        package_problem(reading->package, "it unpacks to more than %d times its size", MAX_RATIO);
    else
        return false;
    return true;
}

/* Reads one member's bytes into its digest, and into `text` if given. False: the archive cannot be read further. */
static bool read_data(Reading *reading, PackageMember *member, GByteArray *text) {
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree guchar *buffer = g_malloc(1 << 16);
    la_ssize_t got;
    while ((got = archive_read_data(reading->archive, buffer, 1 << 16)) > 0) {
        g_checksum_update(checksum, buffer, got);
        member->size += (guint64)got;
        reading->total += (guint64)got;
        if (over_limits(reading))
            return false;
        if (text != NULL && text->len <= MAX_TEXT)
            g_byte_array_append(text, buffer, (guint)got);
    }
    if (got < 0) {
        const char *words = archive_error_string(reading->archive);
        package_problem(reading->package, "%.300s cannot be read: %s", member->path, words != NULL ? words : "broken archive");
        return false;
    }
    member->sha256 = g_strdup(g_checksum_get_string(checksum));
    return true;
}

static void keep_text(Reading *reading, const PackageMember *member, GByteArray *text) {
    if (text->len > MAX_TEXT) {
        package_problem(reading->package, "%.300s is larger than %u MiB", member->path, MAX_TEXT >> 20);
        return;
    }
    /* Cut at a NUL: no text that is read here may hold one. */
    if (memchr(text->data, '\0', text->len) != NULL)
        package_problem(reading->package, "%.300s holds a NUL byte", member->path);
    g_byte_array_append(text, (const guint8 *)"", 1);
    g_hash_table_insert(reading->members->texts, g_strdup(member->path), g_bytes_new(text->data, text->len));
}

static bool leads_out(const char *path) {
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    for (guint i = 0; parts[i] != NULL; i++) {
        if (*parts[i] == '\0' || strcmp(parts[i], ".") == 0 || strcmp(parts[i], "..") == 0)
            return true;
    }
    return strchr(path, '\\') != NULL || (g_ascii_isalpha(path[0]) && path[1] == ':');
}

static char *path_of(struct archive_entry *entry) {
    const char *path = archive_entry_pathname_utf8(entry);
    if (path == NULL)
        path = archive_entry_pathname(entry);
    if (path == NULL)
        return NULL;
    gsize length = strlen(path);
    return g_strndup(path, length > 1 && path[length - 1] == '/' ? length - 1 : length);
}

/* False: stop reading. */
static bool take_entry(Reading *reading, struct archive_entry *entry) {
    g_autofree char *path = path_of(entry);
    if (path == NULL || *path == '\0') {
        package_problem(reading->package, "member %u has a name that cannot be read", reading->members->members->len + 1);
        return archive_read_data_skip(reading->archive) == ARCHIVE_OK;
    }
    if (leads_out(path))
        package_problem(reading->package, "the path \"%.300s\" is not a plain path below the archive's top", path);
    PackageMember *member = g_new0(PackageMember, 1);
    g_ptr_array_add(reading->members->members, member);
    member->path = g_steal_pointer(&path);
    if (!g_hash_table_insert(reading->members->by_path, member->path, member))
        package_problem(reading->package, "the path \"%.300s\" is there twice", member->path);
    member->folder = archive_entry_filetype(entry) == AE_IFDIR;
    bool regular = archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink_utf8(entry) == NULL && archive_entry_hardlink(entry) == NULL;
    if (!regular && !member->folder)
        package_problem(reading->package, "\"%.300s\" is neither a file nor a folder (a link, a device)", member->path);
    if (archive_entry_is_encrypted(entry))
        package_problem(reading->package, "\"%.300s\" is encrypted", member->path);
    if (!regular)
        return !over_limits(reading);
    bool wanted = reading->wanted(member->path);
    g_autoptr(GByteArray) text = wanted ? g_byte_array_new() : NULL;
    if (!read_data(reading, member, text))
        return false;
    if (wanted)
        keep_text(reading, member, text);
    return !over_limits(reading);
}

static void read_all(Reading *reading) {
    struct archive_entry *entry;
    int status;
    while ((status = archive_read_next_header(reading->archive, &entry)) == ARCHIVE_OK || status == ARCHIVE_WARN) {
        if (!take_entry(reading, entry))
            return;
    }
    reading->members->whole = status == ARCHIVE_EOF;
    if (!reading->members->whole) {
        const char *words = archive_error_string(reading->archive);
        package_problem(reading->package, "it is no archive that can be read: %s", words != NULL ? words : "broken archive");
    }
}

PackageMembers *package_members_read(Package *package, const char *path, PackageFormat format, bool (*wanted)(const char *path), GError **error) {
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode)) {
        error_set(error, ERROR_IO, "%s is not a file", path);
        return NULL;
    }
    g_autoptr(PackageMembers) members = g_new0(PackageMembers, 1);
    members->members = g_ptr_array_new_with_free_func((GDestroyNotify)member_free);
    members->by_path = g_hash_table_new(g_str_hash, g_str_equal);
    members->texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
    g_autoptr(Archive) archive = open_archive(path, format);
    Reading reading = {.package = package, .members = members, .archive = archive, .wanted = wanted, .file_size = (guint64)info.st_size};
    read_all(&reading);
    return g_steal_pointer(&members);
}
