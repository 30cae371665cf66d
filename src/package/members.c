#include "package/names.h"
#include "package/reading.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void package_members_free(PackageMembers *members) {
    if (members == NULL)
        return;
    g_hash_table_unref(members->by_path);
    g_hash_table_unref(members->texts);
    g_ptr_array_unref(members->members);
    g_free(members->packed_name);
    g_free(members);
}

const char *package_members_text(const PackageMembers *members, const char *path) {
    GBytes *bytes = g_hash_table_lookup(members->texts, path);
    return bytes != NULL ? g_bytes_get_data(bytes, NULL) : NULL;
}

char *package_members_top(const PackageMembers *members) {
    g_autofree char *top = NULL;
    for (guint i = 0; i < members->members->len; i++) {
        const PackageMember *member = members->members->pdata[i];
        gsize length = strcspn(member->path, "/");
        if (member->path[length] == '\0' && !member->folder)
            return NULL;
        if (top == NULL)
            top = g_strndup(member->path, length);
        else if (strlen(top) != length || strncmp(top, member->path, length) != 0)
            return NULL;
    }
    return g_steal_pointer(&top);
}

static PackageMembers *members_new(void) {
    PackageMembers *members = g_new0(PackageMembers, 1);
    members->members = g_ptr_array_new_with_free_func((GDestroyNotify)package_member_free);
    members->by_path = g_hash_table_new(package_name_hash, g_str_equal);
    members->texts = g_hash_table_new_full(package_name_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
    return members;
}

PackageFormat package_format(const char *name) {
    static const struct {
        const char *suffix;
        PackageFormat format;
    } rows[] = {
        {".whl", PACKAGE_ZIP},     {".zip", PACKAGE_ZIP},    {".tar.gz", PACKAGE_TAR}, {".tgz", PACKAGE_TAR},
        {".tar.zst", PACKAGE_TAR}, {".tar.xz", PACKAGE_TAR}, {".tar", PACKAGE_TAR},    {".crate", PACKAGE_TAR},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (g_str_has_suffix(name, rows[i].suffix))
            return rows[i].format;
    }
    return PACKAGE_NO_ARCHIVE;
}

PackageMembers *package_members_read(Package *package, const char *path, PackageFormat format, const PackageReadRules *rules, GError **error) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        error_errno(error, ERROR_IO, errno, "cannot read %s", path);
        return NULL;
    }
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        close(fd);
        error_set(error, ERROR_IO, "%s is not a file", path);
        return NULL;
    }
    g_autoptr(PackageMembers) members = members_new();
    members->file_size = (guint64)info.st_size;
    g_auto(PackageReading) reading = {.package = package, .members = members, .rules = rules, .file_size = (guint64)info.st_size};
    reading.folded = g_hash_table_new_full(package_name_hash, g_str_equal, g_free, NULL);
    (format == PACKAGE_ZIP ? package_read_zip : package_read_tar)(&reading, fd);
    package_reading_finish(&reading);
    close(fd);
    return g_steal_pointer(&members);
}
