#include "steps/install.h"

static json_t *module_of(const PackageRecipe *recipe) {
    const char *module = jsonx_string(recipe->settings, "module");
    return module != NULL && *module != '\0' ? json_string(module) : json_null();
}

void release_add_install(Release *release, Plan *plan, const PackageRecipe *recipe) {
    if (recipe->python == NULL || !jsonx_bool(recipe->settings, "install-test", true))
        return;
    g_autofree char *build = g_strconcat("prove/build/", recipe->name, NULL);
    json_t *install = json_pack("{s: o, s: o, s: o, s: s, s: s}", "folder", plan_result("prove/artifacts", "folder"), "files",
                                plan_result(build, "files"), "module", module_of(recipe), "version", release->written, "python", recipe->python);
    g_autofree char *id = g_strconcat("prove/install/", recipe->name, NULL);
    plan_add(plan, STAGE_PROVE, id, "install-test", install, "prove/packages");
}
