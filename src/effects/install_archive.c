/* Anything: the user's command tries it. */
#include "base/fault.h"
#include "effects/install.h"

static bool put(Install *install, GError **error) {
    if (effects_install_uses(install->run, "{dir}")) {
        char *top = effects_install_unpack(install, "unpacked", error);
        if (top == NULL)
            return false;
        g_free(install->root);
        install->root = top;
    }
    fault_point("install-test-installed", install->run->id);
    bool ran = false;
    g_autofree char *name = g_path_get_basename(install->artifact);
    if (!effects_install_version_run(install, &ran, error))
        return false;
    install->note = g_strdup_printf("%s: %s", name, ran ? "it says its version, and the command passed" : "the command passed");
    return true;
}

static bool takes(const char *file) {
    (void)file;
    return true;
}

const Installer effects_install_archive = {
    .name = "archive",
    .alias = "command",
    .doc = "into an empty folder",
    .needs_command = true,
    .takes = takes,
    .put = put,
};
