/* A source archive of Go's, built with a module cache and a build cache of its own. */
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

static bool put(Install *install, GError **error) {
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

static bool takes(const char *file) {
    return g_str_has_suffix(file, ".tar.gz") || g_str_has_suffix(file, ".tgz") || g_str_has_suffix(file, ".tar.zst") || g_str_has_suffix(file, ".zip");
}

const Installer effects_install_go = {
    .name = "go",
    .doc = "by building it with fresh caches",
    .program = "go",
    .bin = "bin",
    .takes = takes,
    .put = put,
};
