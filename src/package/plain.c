/* Archives that are no package of a language: one top folder, modes. */
#include "package/parts.h"

#include <sys/stat.h>

static void check_modes(Package *package, const PackageMembers *members) {
    for (guint i = 0; i < members->members->len; i++) {
        const PackageMember *member = members->members->pdata[i];
        if (member->link != NULL)
            continue;
        if ((member->mode & (S_ISUID | S_ISGID)) != 0)
            package_report(package, PACKAGE_CHECK_CONTENT_MODE, "\"%.300s\" would run with its owner's rights (mode %04o)", member->path, member->mode);
        else if ((member->mode & S_IWOTH) != 0 && (member->mode & S_ISVTX) == 0)
            package_report(package, PACKAGE_CHECK_CONTENT_MODE, "\"%.300s\" can be written by everybody (mode %04o)", member->path, member->mode);
    }
}

/* A tree of a Python project is a plain archive; whoever meant to hand out a source distribution forgot something. */
static void check_python(Package *package, const PackageMembers *members, const char *top, const char *file) {
    static const char *const files[] = {"pyproject.toml", "setup.py"};
    for (guint i = 0; g_str_has_suffix(file, ".tar.gz") && i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_strconcat(top, "/", files[i], NULL);
        if (!g_hash_table_contains(members->by_path, path))
            continue;
        package_report(package, PACKAGE_CHECK_CONTENT_NO_PKG_INFO, "%.300s is there and no PKG-INFO: it is no source distribution that an index takes", path);
        return;
    }
}

static void check(Package *package, const PackageMembers *members, const char *file) {
    if (!members->whole)
        return;
    g_autofree char *top = package_members_top(members);
    if (members->members->len == 0)
        package_problem(package, "there is nothing in it");
    else if (top == NULL)
        package_report(package, PACKAGE_CHECK_CONTENT_TOP, "it has no single top folder: unpacked, it strews its files about");
    check_modes(package, members);
    if (top != NULL)
        check_python(package, members, top, file);
}

static const char *const suffixes[] = {".tar.gz", ".tgz", ".tar.zst", ".tar.xz", ".tar", ".zip", NULL};

const PackageKind package_kind_plain = {.name = "archive", .suffixes = suffixes, .check = check, .links = true};
