#include "base/fault.h"
#include "effects/install.h"
#include "effects/release.h"

static bool apply(EffectRun *run, GError **error) {
    g_auto(Install) install = {0};
    if (!effects_install_begin(run, &install, error))
        return false;
    g_autofree char *path = effects_install_find(&install, error);
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
    g_autofree char *package = jsonx_string(params, "package") != NULL ? effects_shown_member(params, "package") : g_strdup("what is built, version");
    const char *from = json_object_get(params, "forge") != NULL ? forge : "the artifacts";
    return g_strdup_printf("install %s %s from %s without network %s%s%s", package, version, from, installer != NULL ? installer->doc : "somewhere",
                           shown != NULL ? ", then run " : "", shown != NULL ? shown : "");
}

const EffectKind effect_kind_install_test = {
    .name = "install-test",
    .doc = "installs an artifact into a fresh place, imports or runs it and asks for its version",
    .describe = describe,
    .shown = "forge.kind forge.url version package check_run",
    .apply = apply,
    .undo = effects_install_undo,
    .undo_note = "nothing to undo: a check changes nothing",
    .volatile_outcome = true,
};
