#include "package/package.h"

#include "package/parts.h"
#include "package/scan.h"
#include "version/pep440.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What PyPI takes of one file where nobody has raised it. */
#define MAX_FILE_SIZE (G_GINT64_CONSTANT(100) << 20)
#define FILE_PIECE (1u << 18)

static const PackageKind *const kinds[] = {
#define PACKAGE_KIND(file) &package_kind_##file,
#include "package/kinds.def"
#undef PACKAGE_KIND
};

static bool is_called_so(const PackageKind *kind, const char *name) {
    for (guint i = 0; kind->suffixes[i] != NULL; i++) {
        if (g_str_has_suffix(name, kind->suffixes[i]))
            return true;
    }
    return false;
}

/* The first that the name fits, and the contents where there are some. */
static const PackageKind *kind_of(const char *name, const PackageMembers *members) {
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (is_called_so(kinds[i], name) && (members == NULL || kinds[i]->is == NULL || kinds[i]->is(members)))
            return kinds[i];
    }
    return NULL;
}

const char *package_kind(const char *name) {
    const PackageKind *kind = kind_of(name, NULL);
    return kind != NULL ? kind->name : "file";
}

void package_free(Package *package) {
    if (package == NULL)
        return;
    g_free(package->kind);
    g_free(package->name);
    g_free(package->version);
    g_free(package->summary);
    g_free(package->requires_python);
    g_free(package->rst);
    g_ptr_array_unref(package->requires);
    g_ptr_array_unref(package->top_level);
    g_ptr_array_unref(package->problems);
    g_ptr_array_unref(package->warnings);
    g_ptr_array_unref(package->findings);
    g_ptr_array_unref(package->unchecked);
    g_free(package);
}

static Package *new_package(const char *kind) {
    Package *package = g_new0(Package, 1);
    package->kind = g_strdup(kind);
    package->requires = g_ptr_array_new_with_free_func(g_free);
    package->top_level = g_ptr_array_new_with_free_func(g_free);
    package->findings = g_ptr_array_new_with_free_func((GDestroyNotify)package_finding_free);
    package->unchecked = g_ptr_array_new_with_free_func((GDestroyNotify)package_unchecked_free);
    package->problems = g_ptr_array_new();
    package->warnings = g_ptr_array_new();
    return package;
}

Package *package_lost(const char *name) {
    Package *package = new_package(package_kind(name));
    package_report(package, PACKAGE_CHECK_FILE_LOST, "SHA256SUMS names it, and it is not there");
    return package;
}

static void check_size(Package *package, const char *path) {
    struct stat info;
    if (stat(path, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > MAX_FILE_SIZE)
        package_report(package, PACKAGE_CHECK_FILE_TOO_LARGE, "it has %" G_GINT64_FORMAT " MiB; indexes take 100 MiB unless asked", (gint64)info.st_size >> 20);
}

/* Texts that any kind it could be may ask for: the archive is read once. */
static bool is_wanted(const char *path, const void *data) {
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (is_called_so(kinds[i], data) && kinds[i]->wanted != NULL && kinds[i]->wanted(path))
            return true;
    }
    return false;
}

static void check_links(Package *package, const PackageMembers *members) {
    for (guint i = 0; i < members->members->len; i++) {
        const PackageMember *member = members->members->pdata[i];
        if (member->link != NULL)
            package_problem(package, "\"%.300s\" is neither a file nor a folder: it is a %s link to \"%.300s\"", member->path,
                            member->type == MEMBER_SYMLINK ? "symbolic" : "hard", member->link);
    }
}

static bool read_archive(Package *package, const char *path, const PackageRules *rules, GError **error) {
    g_autofree char *name = g_path_get_basename(path);
    const PackageReadRules reading = {.wanted = is_wanted, .data = name, .scan = true, .allow_secrets = rules->allow_secrets};
    g_autoptr(PackageMembers) members = package_members_read(package, path, package_format(name), &reading, error);
    if (members == NULL)
        return false;
    const PackageKind *kind = kind_of(name, members);
    g_free(package->kind);
    package->kind = g_strdup(kind->name);
    if (!kind->links)
        check_links(package, members);
    kind->check(package, members, name);
    package_check_litter(package, members, !kind->caches);
    return true;
}

Package *package_contents_by(const char *path, const PackageReadRules *rules, PackageMembers **members, GError **error) {
    g_autofree char *name = g_path_get_basename(path);
    g_autoptr(Package) package = new_package("file");
    if (package_format(name) == PACKAGE_NO_ARCHIVE)
        return g_steal_pointer(&package);
    *members = package_members_read(package, path, package_format(name), rules, error);
    if (*members == NULL)
        return NULL;
    g_free(package->kind);
    package->kind = g_strdup(kind_of(name, *members)->name);
    return g_steal_pointer(&package);
}

Package *package_contents(const char *path, const char *object_format, PackageMembers **members, GError **error) {
    return package_contents_by(path, &(PackageReadRules){.object_format = object_format}, members, error);
}

/* A file that is no archive slipway reads: a program, a package of another system. It is searched for secrets; what else is in it is not known. */
static bool search_file(Package *package, int file, const PackageRules *rules, const char *name) {
    struct stat info;
    if (fstat(file, &info) != 0 || !S_ISREG(info.st_mode))
        return false;
    g_autofree guint8 *piece = g_malloc(FILE_PIECE);
    PackageScan *scan = package_scan_new(package, rules->allow_secrets);
    guint64 left = (guint64)info.st_size;
    ssize_t got = 0;
    package_scan_begin(scan, name);
    for (; left > 0 && (got = read(file, piece, (size_t)MIN(left, FILE_PIECE))) > 0; left -= (guint64)got)
        package_scan_data(scan, piece, (gsize)got, (guint64)got == left);
    package_scan_free(scan);
    package_not_checked(package, "file/contents", "what is in it, but for secrets", "slipway reads no archive of that name");
    return left == 0;
}

static bool read_file(Package *package, const char *path, const PackageRules *rules, GError **error) {
    g_autofree char *name = g_path_get_basename(path);
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool done = file >= 0 && search_file(package, file, rules, name);
    if (file >= 0)
        close(file);
    return done || error_set(error, ERROR_IO, "%s is not a file that can be read to its end", path);
}

Package *package_read_with(const char *path, const PackageRules *rules, GError **error) {
    g_autofree char *name = g_path_get_basename(path);
    g_autoptr(Package) package = new_package(package_kind(name));
    if (access(path, R_OK) != 0) {
        error_errno(error, ERROR_IO, errno, "cannot read %s", path);
        return NULL;
    }
    if (package_format(name) == PACKAGE_NO_ARCHIVE)
        return read_file(package, path, rules, error) ? g_steal_pointer(&package) : NULL;
    check_size(package, path);
    return read_archive(package, path, rules, error) ? g_steal_pointer(&package) : NULL;
}

Package *package_read(const char *path, GError **error) {
    return package_read_with(path, &(PackageRules){0}, error);
}

/* Both in their normal form and equal, or at least equal as versions. */
void package_check_file_version(Package *package, const char *version) {
    g_autofree char *said = g_strdelimit(g_strdup(package->version), "-", '_');
    if (strcmp(said, version) == 0)
        return;
    g_autofree char *spelled = g_strdelimit(g_strdup(version), "_", '-');
    g_autoptr(Pep440) named = pep440_parse(spelled, NULL);
    g_autoptr(Pep440) is = pep440_parse(package->version, NULL);
    g_autofree char *one = named != NULL ? pep440_to_string(named) : NULL;
    g_autofree char *other = is != NULL ? pep440_to_string(is) : NULL;
    if (one != NULL && g_strcmp0(one, other) == 0)
        package_report(package, PACKAGE_CHECK_FILE_VERSION_NORMALISED, "the file name spells the version %.100s %.100s", package->version, version);
    else
        package_report(package, PACKAGE_CHECK_FILE_VERSION, "the metadata has the version %.100s, the file name %.100s", package->version, version);
}

char *package_normalise(const char *name) {
    GString *out = g_string_new(NULL);
    for (const char *at = name; *at != '\0'; at++) {
        bool separator = strchr("-_.", *at) != NULL;
        bool again = separator && out->len > 0 && out->str[out->len - 1] == '_';
        if (!again)
            g_string_append_c(out, separator ? '_' : g_ascii_tolower(*at));
    }
    return g_string_free(out, FALSE);
}
