/* What is shipped of Go: a source archive, built with a module cache and a build cache of its own; or a program, which is put where programs are. */
#include "base/fault.h"
#include "base/fs.h"
#include "effects/install.h"

#include <string.h>

/* Modules come from the archive's vendor folder, or from this machine's module cache, which is read as an index; what is in neither is not fetched. */
static bool find_modules(Install *install, const char *top, GError **error) {
    if (fs_kind_beneath(top, "vendor/modules.txt") == FS_FILE)
        return true;
    static const char *const words[] = {"go", "mod", "download", NULL};
    InstallAnswer answer = {0};
    if (!effects_install_try(install, words, top, "go-modules", &answer, error))
        return false;
    g_autofree char *output = answer.output;
    if (answer.ok)
        return true;
    const char *said = g_str_has_prefix(output, "go: ") ? output + 4 : output;
    install->untried = g_strdup_printf("it needs modules, not here: %.*s", (int)MIN(strcspn(said, "\n"), 200), said);
    return true;
}

static bool build(Install *install, const char *top, GError **error) {
    bool vendored = fs_kind_beneath(top, "vendor/modules.txt") == FS_FILE;
    const char *from = vendored ? "-mod=vendor" : "-mod=mod";
    const char *const vet[] = {"go", "vet", from, "./...", NULL};
    const char *const programs[] = {"go", "install", from, "./...", NULL};
    return effects_install_run(install, vet, top, "go-vet", error) && effects_install_run(install, programs, top, "go-install", error);
}

static bool is_archive(const char *file) {
    return g_str_has_suffix(file, ".tar.gz") || g_str_has_suffix(file, ".tgz") || g_str_has_suffix(file, ".tar.zst") || g_str_has_suffix(file, ".zip");
}

static bool put_source(Install *install, GError **error) {
    g_autofree char *top = effects_install_unpack(install, "source", error);
    if (top == NULL)
        return false;
    if (fs_kind_beneath(top, "go.mod") != FS_FILE)
        return error_set(error, ERROR_PACKAGE, "there is no go.mod at the top of the source archive");
    if (!find_modules(install, top, error) || install->untried != NULL)
        return install->untried != NULL;
    if (!build(install, top, error))
        return false;
    fault_point("install-test-installed", install->run->id);
    bool ran = false;
    if (!effects_install_version_run(install, &ran, error))
        return false;
    install->note = ran ? g_strdup_printf("builds and says %s", install->version) : g_strdup("builds; no version-run is set, so that no program was asked");
    return true;
}

/* Whether a program works is known only by running it, and only the project knows how. */
static bool put_program(Install *install, GError **error) {
    g_autofree char *name = g_path_get_basename(install->artifact);
    g_autofree char *bin = g_build_filename(install->root, "bin", NULL);
    g_autofree char *path = g_build_filename(bin, name, NULL);
    bool ran = false;
    if (!fs_make_dirs(bin, 0755, error) || !fs_copy(install->artifact, path, 0755, error))
        return false;
    fault_point("install-test-installed", install->run->id);
    if (!effects_install_version_run(install, &ran, error))
        return false;
    if (!ran && json_array_size(json_object_get(install->run->params, "check_run")) == 0)
        install->untried = g_strdup_printf("%s was not run, for neither version-run nor check-run is set", name);
    install->note = ran ? g_strdup_printf("%s runs and says %s", name, install->version) : g_strdup_printf("%s: the command passed", name);
    return true;
}

static bool put(Install *install, GError **error) {
    return is_archive(install->artifact) ? put_source(install, error) : put_program(install, error);
}

/* Programs have no ending here, where they are built. */
static bool takes(const char *file) {
    return is_archive(file) || strchr(file, '.') == NULL;
}

const Installer effects_install_go = {
    .name = "go",
    .doc = "by building its sources with fresh caches, or by running the program",
    .program = "go",
    .bin = "bin",
    .takes = takes,
    .put = put,
};
