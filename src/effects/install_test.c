#include "base/fault.h"
#include "effects/install.h"
#include "effects/release.h"

#include <string.h>

static bool find_file(const json_t *files, const char *name, EffectsFile *file) {
    for (gsize i = 0; i < json_array_size(files); i++) {
        if (effects_file(files, i, file, NULL) && strcmp(file->name, name) == 0)
            return true;
    }
    return false;
}

/* As a stranger has it: from where it was published. g_free. */
static char *fetch(EffectRun *run, const Install *install, const EffectsFile *file, GError **error) {
    const char *tag = effects_tag(run, error);
    g_autoptr(Forge) forge = tag != NULL ? effects_forge(run, error) : NULL;
    return forge != NULL ? effects_fetch_asset(forge, tag, file, install->home, error) : NULL;
}

/* Where what is installed lies, proven to be what was built. g_free. */
static char *find_artifact(EffectRun *run, const Install *install, GError **error) {
    const json_t *files = json_object_get(run->params, "files");
    const char *name = effects_install_choose(install->installer, run->params, files, error);
    EffectsFile file;
    if (name == NULL || !find_file(files, name, &file))
        return NULL;
    if (json_object_get(run->params, "forge") != NULL)
        return fetch(run, install, &file, error);
    g_autofree char *folder = effects_path(run, "folder", error);
    if (folder == NULL)
        return NULL;
    if (effects_file_is_there(folder, &file))
        return g_build_filename(folder, file.name, NULL);
    error_set(error, ERROR_NOT_VERIFIED, "%s/%s is not what was built", folder, file.name);
    return NULL;
}

static bool apply(EffectRun *run, GError **error) {
    g_auto(Install) install = {0};
    if (!effects_install_begin(run, &install, error))
        return false;
    g_autofree char *path = find_artifact(run, &install, error);
    if (path == NULL || !effects_install_put(&install, path, run->params, error))
        return false;
    fault_point("install-test-tried", run->id);
    if (install.untried == NULL && !effects_install_check(&install, error))
        return false;
    effects_install_report(&install);
    return true;
}

static char *describe(const json_t *params) {
    const char *ecosystem = jsonx_string(params, "ecosystem");
    const Installer *installer = effects_installer(ecosystem != NULL ? ecosystem : "python");
    g_autofree char *version = effects_shown_member(params, "version");
    g_autofree char *forge = effects_shown_forge(params);
    const json_t *check = json_object_get(params, "check_run");
    g_autofree char *shown = json_array_size(check) > 0 ? effects_shown_words(check) : NULL;
    const char *from = json_object_get(params, "forge") != NULL ? forge : "the artifacts";
    return g_strdup_printf("without network, install what %s hold %s, version %s%s%s", from, installer != NULL ? installer->doc : "somewhere", version,
                           shown != NULL ? ", then run " : "", shown != NULL ? shown : "");
}

const EffectKind effect_kind_install_test = {
    .name = "install-test",
    .doc = "installs an artifact into a fresh place, imports or runs it and asks for its version",
    .describe = describe,
    .apply = apply,
    .undo = effects_install_undo,
    .undo_note = "nothing to undo: a check changes nothing",
    .volatile_outcome = true,
};
