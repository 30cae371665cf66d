#include "package/parts.h"

#include <string.h>

typedef struct {
    Package *package;
    const PackageMembers *members;
    char *stem; /* the file name without .tar.gz */
    char *top;  /* the one top folder, or NULL */
} Sdist;

static void sdist_clear(Sdist *sdist) {
    g_free(sdist->stem);
    g_free(sdist->top);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sdist, sdist_clear)

static bool wanted(const char *path) {
    const char *slash = strchr(path, '/');
    return slash != NULL && strcmp(slash, "/PKG-INFO") == 0;
}

static void check_top_folder(Sdist *sdist) {
    for (guint i = 0; i < sdist->members->members->len; i++) {
        const PackageMember *member = sdist->members->members->pdata[i];
        g_auto(GStrv) parts = g_strsplit(member->path, "/", 2);
        if (parts[1] == NULL && !member->folder)
            package_report(sdist->package, PACKAGE_CHECK_SDIST_TOP, "%.300s stands outside the top folder", member->path);
        else if (sdist->top == NULL)
            sdist->top = g_strdup(parts[0]);
        else if (strcmp(sdist->top, parts[0]) != 0)
            package_report(sdist->package, PACKAGE_CHECK_SDIST_TOP, "%.300s stands outside the top folder %.100s", member->path, sdist->top);
    }
    if (sdist->top == NULL)
        package_report(sdist->package, PACKAGE_CHECK_SDIST_TOP, "it has no top folder");
    else if (strcmp(sdist->top, sdist->stem) != 0)
        package_report(sdist->package, PACKAGE_CHECK_SDIST_TOP, "its top folder is %.200s; by its file name it is %.200s", sdist->top, sdist->stem);
}

static void check_metadata(Sdist *sdist) {
    if (sdist->top == NULL)
        return;
    g_autofree char *path = g_strconcat(sdist->top, "/PKG-INFO", NULL);
    g_autofree char *licenses = g_strconcat(sdist->top, "/", NULL);
    package_take_metadata(sdist->package, sdist->members, path, licenses);
}

/* The name may hold "-" in files of older backends: the version is what stands behind the last one. */
static void check_names(Sdist *sdist) {
    Package *package = sdist->package;
    const char *dash = strrchr(sdist->stem, '-');
    if (dash == NULL || dash == sdist->stem || dash[1] == '\0') {
        package_report(package, PACKAGE_CHECK_FILE_NAME, "the file name is not NAME-VERSION.tar.gz");
        return;
    }
    if (package->name == NULL || package->version == NULL)
        return;
    g_autofree char *stem = g_strndup(sdist->stem, (gsize)(dash - sdist->stem));
    g_autofree char *named = package_normalise(stem);
    g_autofree char *said = package_normalise(package->name);
    if (strcmp(named, said) != 0)
        package_report(package, PACKAGE_CHECK_FILE_NAME_OTHER, "the metadata has the name %.100s, the file name %.100s", package->name, stem);
    else if (strcmp(stem, named) != 0)
        package_report(package, PACKAGE_CHECK_FILE_NAME_NORMALISED, "the file name has %.100s; indexes want it normalised: %s", stem, named);
    package_check_file_version(package, dash + 1);
}

static bool has(const Sdist *sdist, const char *name) {
    g_autofree char *path = g_strconcat(sdist->top, "/", name, NULL);
    return g_hash_table_contains(sdist->members->by_path, path);
}

static void check_buildable(Sdist *sdist) {
    if (sdist->top == NULL || has(sdist, "pyproject.toml"))
        return;
    if (has(sdist, "setup.py"))
        package_report(sdist->package, PACKAGE_CHECK_SDIST_NO_PYPROJECT,
                       "it has a setup.py and no pyproject.toml, which the standard of source archives asks for");
    else
        package_report(sdist->package, PACKAGE_CHECK_SDIST_BUILD, "it has neither pyproject.toml nor setup.py: nothing can be built from it");
}

/* ---- licence, strays ---- */

/* The path below the top folder. */
static const char *below(const char *path) {
    const char *slash = strchr(path, '/');
    return slash != NULL ? slash + 1 : "";
}

static void check_license(Sdist *sdist) {
    static const char *const words[] = {"licen", "copying", "notice", "unlicense"};
    for (guint i = 0; i < sdist->members->members->len; i++) {
        const char *path = below(((const PackageMember *)sdist->members->members->pdata[i])->path);
        for (guint w = 0; w < G_N_ELEMENTS(words); w++) {
            if (g_ascii_strncasecmp(path, words[w], strlen(words[w])) == 0)
                return;
        }
    }
    package_report(sdist->package, PACKAGE_CHECK_SDIST_NO_LICENSE, "no licence file stands in its top folder");
}

/* setuptools packs NAME.egg-info of its own; one of another name comes from an old build. */
static bool is_stray_folder(const Sdist *sdist, const char *folder) {
    static const char *const names[] = {"__pycache__",  ".tox",        ".nox",          ".venv",       "site-packages",
                                        "node_modules", ".mypy_cache", ".pytest_cache", ".ruff_cache", NULL};
    if (g_strv_contains(names, folder) || g_str_has_suffix(folder, ".dist-info"))
        return true;
    if (!g_str_has_suffix(folder, ".egg-info") || sdist->package->name == NULL)
        return false;
    g_autofree char *stem = g_strndup(folder, strlen(folder) - strlen(".egg-info"));
    g_autofree char *is = package_normalise(stem);
    g_autofree char *own = package_normalise(sdist->package->name);
    return strcmp(is, own) != 0;
}

/* The folder that is stray, or the virtual environment that a pyvenv.cfg marks; NULL: nothing. g_free. */
static char *stray_of(const Sdist *sdist, const char *path) {
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    gsize length = 0;
    for (guint i = 0; parts[i] != NULL; i++) {
        bool file = parts[i + 1] == NULL;
        if (file ? strcmp(parts[i], "pyvenv.cfg") == 0 && i > 0 : is_stray_folder(sdist, parts[i]))
            return g_strndup(path, length + (file ? 0 : strlen(parts[i]) + 1));
        length += strlen(parts[i]) + 1;
    }
    return g_str_has_suffix(path, ".pyc") ? g_strdup(path) : NULL;
}

/* Is it within a folder that was named already? */
static bool is_within(const char *path, const GPtrArray *named) {
    for (guint i = 0; i < named->len; i++) {
        if (g_str_has_prefix(path, named->pdata[i]))
            return true;
    }
    return false;
}

/* Environments first: what is in one need not be named too. */
static void check_stray(Sdist *sdist) {
    g_autoptr(GPtrArray) named = g_ptr_array_new_with_free_func(g_free);
    for (guint round = 0; round < 2; round++) {
        for (guint i = 0; i < sdist->members->members->len && named->len < 50; i++) {
            const PackageMember *member = sdist->members->members->pdata[i];
            const char *path = below(member->path);
            if (member->folder || (round == 0 && !g_str_has_suffix(path, "/pyvenv.cfg")) || is_within(path, named))
                continue;
            g_autofree char *stray = stray_of(sdist, path);
            if (stray == NULL)
                continue;
            package_report(sdist->package, PACKAGE_CHECK_SDIST_STRAY, "%.300s is %s; it does not belong into a source archive", stray,
                           round == 0 ? "a virtual environment" : "left over from building or testing");
            g_ptr_array_add(named, g_steal_pointer(&stray));
        }
    }
}

/* One check, one function, one row; in this order, each may use what earlier ones found. */
static void (*const checks[])(Sdist *sdist) = {check_top_folder, check_metadata, check_names, check_buildable, check_license, check_stray};

static void check(Package *package, const PackageMembers *members, const char *file) {
    g_auto(Sdist) sdist = {.package = package, .members = members};
    sdist.stem = g_strndup(file, strlen(file) - strlen(".tar.gz"));
    for (guint i = 0; members->whole && i < G_N_ELEMENTS(checks); i++)
        checks[i](&sdist);
}

/* Any .tar.gz could be one; a PKG-INFO tells, even where it is not in its place. What cannot be read whole is taken for one. */
static bool is_sdist(const PackageMembers *members) {
    bool found = !members->whole;
    for (guint i = 0; i < members->members->len && !found; i++)
        found = g_str_has_suffix(((const PackageMember *)members->members->pdata[i])->path, "/PKG-INFO");
    return found;
}

static const char *const suffixes[] = {".tar.gz", NULL};

const PackageKind package_kind_sdist = {.name = "sdist", .suffixes = suffixes, .wanted = wanted, .is = is_sdist, .check = check, .caches = true};
