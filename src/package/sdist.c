#include "package/parts.h"

#include <string.h>

typedef struct {
    Package *package;
    PackageMembers *members;
    char *stem; /* the file name without .tar.gz */
    char *top;  /* the one top folder, or NULL */
} Sdist;

static void sdist_clear(Sdist *sdist) {
    package_members_free(sdist->members);
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
            package_problem(sdist->package, "%.300s stands outside the top folder", member->path);
        else if (sdist->top == NULL)
            sdist->top = g_strdup(parts[0]);
        else if (strcmp(sdist->top, parts[0]) != 0)
            package_problem(sdist->package, "%.300s stands outside the top folder %.100s", member->path, sdist->top);
    }
    if (sdist->top == NULL)
        package_problem(sdist->package, "it has no top folder");
    else if (strcmp(sdist->top, sdist->stem) != 0)
        package_problem(sdist->package, "its top folder is %.200s; by its file name it is %.200s", sdist->top, sdist->stem);
}

static void check_metadata(Sdist *sdist) {
    if (sdist->top == NULL)
        return;
    g_autofree char *path = g_strconcat(sdist->top, "/PKG-INFO", NULL);
    const char *text = package_members_text(sdist->members, path);
    if (text == NULL)
        package_problem(sdist->package, "%.200s is missing", path);
    else
        package_take_metadata(sdist->package, text, path);
}

/* The name may hold "-" in files of older backends: the version is what stands behind the last one. */
static void check_names(Sdist *sdist) {
    Package *package = sdist->package;
    const char *dash = strrchr(sdist->stem, '-');
    if (dash == NULL || dash == sdist->stem || dash[1] == '\0') {
        package_problem(package, "the file name is not NAME-VERSION.tar.gz");
        return;
    }
    if (package->name == NULL || package->version == NULL)
        return;
    g_autofree char *stem = g_strndup(sdist->stem, (gsize)(dash - sdist->stem));
    g_autofree char *named = package_normalise(stem);
    g_autofree char *said = package_normalise(package->name);
    if (strcmp(named, said) != 0)
        package_problem(package, "the metadata has the name %.100s, the file name %.100s", package->name, stem);
    else if (strcmp(stem, named) != 0)
        package_warning(package, "the file name has %.100s; indexes want it normalised: %s", stem, named);
    if (strcmp(dash + 1, package->version) != 0)
        package_problem(package, "the metadata has the version %.100s, the file name %.100s", package->version, dash + 1);
}

static void check_buildable(Sdist *sdist) {
    static const char *const files[] = {"pyproject.toml", "setup.py"};
    for (guint i = 0; sdist->top != NULL && i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_strconcat(sdist->top, "/", files[i], NULL);
        if (g_hash_table_contains(sdist->members->by_path, path))
            return;
    }
    package_problem(sdist->package, "it has neither pyproject.toml nor setup.py: nothing can be built from it");
}

/* One check, one function, one row; in this order, each may use what earlier ones found. */
static void (*const checks[])(Sdist *sdist) = {check_top_folder, check_metadata, check_names, check_buildable};

bool package_read_sdist(Package *package, const char *path, GError **error) {
    g_auto(Sdist) sdist = {.package = package};
    sdist.stem = g_path_get_basename(path);
    sdist.stem[strlen(sdist.stem) - strlen(".tar.gz")] = '\0';
    sdist.members = package_members_read(package, path, PACKAGE_TAR_GZ, wanted, error);
    if (sdist.members == NULL)
        return false;
    for (guint i = 0; sdist.members->whole && i < G_N_ELEMENTS(checks); i++)
        checks[i](&sdist);
    return true;
}
