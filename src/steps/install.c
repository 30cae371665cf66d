#include "steps/install.h"

#include "base/process.h"
#include "effects/install.h"
#include "project/outside.h"
#include "steps/trusted.h"

#include <string.h>

#define PROVE "prove/install/"
#define UPGRADE "prove/upgrade/"

static json_t *setting(const PackageRecipe *recipe, const char *key) {
    return recipe->settings != NULL ? json_object_get(recipe->settings, key) : NULL;
}

static const char *text_setting(const PackageRecipe *recipe, const char *key) {
    const char *text = json_string_value(setting(recipe, key));
    return text != NULL && *text != '\0' ? text : NULL;
}

static json_t *text_or_null(const char *text) {
    return text != NULL ? jsonx_text(text) : json_null();
}

static const char *version_of(const Release *release, const PackageRecipe *recipe) {
    return recipe->version != NULL ? recipe->version : release->written;
}

static json_t *words_setting(const PackageRecipe *recipe, const char *key) {
    json_t *words = setting(recipe, key);
    return json_is_array(words) ? json_deep_copy(words) : json_array();
}

/* A glob with {version} put in. */
static json_t *artifact_glob(const PackageRecipe *recipe, const char *version) {
    const char *glob = text_setting(recipe, "install-artifact");
    if (glob == NULL)
        return json_null();
    g_autoptr(GString) text = g_string_new(glob);
    g_string_replace(text, "{version}", version, 0);
    return jsonx_text(text->str);
}

/* What a file must be to be installed: see effects_install_choose. */
static json_t *wish_of(const PackageRecipe *recipe, const char *version, const char *also) {
    return json_pack("{s: o, s: o, s: o, s: o}", "version", jsonx_text(version), "also", text_or_null(also), "package", text_or_null(recipe->package),
                     "artifact", artifact_glob(recipe, version));
}

/* Whose packages may stand in for what cannot be fetched: the project's own environment, which its gates use too. */
static json_t *dependencies_of(const Release *release, const PackageRecipe *recipe) {
    static const char *const names[] = {".venv/bin/python", "venv/bin/python"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(release->world->git->tree, names[i], NULL);
        if (g_file_test(path, G_FILE_TEST_IS_EXECUTABLE))
            return jsonx_path(path);
    }
    return recipe->python != NULL && g_path_is_absolute(recipe->python) ? jsonx_path(recipe->python) : json_null();
}

/* Its own files where its build is known by its name, else all there are. */
static json_t *files_of(const Plan *plan, const PackageRecipe *recipe) {
    g_autofree char *build = g_strconcat("prove/build/", recipe->name, NULL);
    return plan_result(plan_effect(plan, build) != NULL ? build : "prove/artifacts", "files");
}

/* Without what is installed: its files and where they lie. */
static json_t *params_of(const Release *release, const PackageRecipe *recipe, const Installer *installer) {
    g_autofree char *also = version_to_string(release->version);
    json_t *params = wish_of(recipe, version_of(release, recipe), also);
    json_object_set_new(params, "ecosystem", json_string(installer->name));
    json_object_set_new(params, "version_run", words_setting(recipe, "version-run"));
    json_object_set_new(params, "check_run", words_setting(recipe, "check-run"));
    json_object_set_new(params, "find_links", text_or_null(text_setting(recipe, "find-links")));
    if (json_is_integer(setting(recipe, "timeout")))
        json_object_set(params, "timeout", setting(recipe, "timeout"));
    if (g_str_equal(installer->name, "python")) {
        json_object_set_new(params, "module", text_or_null(text_setting(recipe, "module")));
        json_object_set_new(params, "python", json_string(recipe->python != NULL ? recipe->python : "/usr/bin/python3"));
        json_object_set_new(params, "dependencies", dependencies_of(release, recipe));
    }
    return params;
}

/* As it was just built. */
static json_t *built_params(const Release *release, const Plan *plan, const PackageRecipe *recipe, const Installer *installer) {
    json_t *params = params_of(release, recipe, installer);
    json_object_set_new(params, "files", files_of(plan, recipe));
    json_object_set_new(params, "folder", plan_result("prove/artifacts", "folder"));
    return params;
}

/* NULL: it is tried; else why not. */
static const char *why_not(const PackageRecipe *recipe, const Installer *installer) {
    const json_t *wanted = setting(recipe, "install-test");
    if (wanted != NULL && !json_is_true(wanted))
        return "install-test is false in slipway.yaml";
    if (installer == NULL)
        return "slipway cannot install such a package; name a command as its check-run in slipway.yaml";
    if (installer->needs_command && json_array_size(setting(recipe, "check-run")) == 0)
        return "nothing is known that could try it; name a command as its check-run in slipway.yaml";
    return NULL;
}

static bool has_program(const Release *release, Plan *plan, const PackageRecipe *recipe, const Installer *installer) {
    g_autofree char *found = installer->program != NULL ? process_find(installer->program, release->world->git->tree) : NULL;
    if (installer->program == NULL || found != NULL)
        return true;
    GError *error = NULL;
    error_set(&error, ERROR_PROGRAM_MISSING, "the package %s is to be installed on trial, but there is no %s here", recipe->name, installer->program);
    error_state(&error, "nothing was changed");
    error_fix(&error, "install %s, or set packages.%s.install-test: false in slipway.yaml", installer->program, recipe->name);
    plan_problem(plan, error);
    return false;
}

/* ---- the upgrade ---- */

/* The artifacts of a release that is out, of which another than the forge says what they are. New reference; NULL: there are none, because of *reason. */
static json_t *published_files(const Release *release, const char *tag, char **reason) {
    g_auto(Published) published = {0};
    g_autoptr(GError) problem = NULL;
    g_autofree char *why = NULL;
    bool is_out = published_find(release->world->forge, tag, &published, &problem);
    json_t *files = is_out ? release_trusted_files(release->world, tag, &published, &why) : NULL;
    if (!is_out && error_is(problem, ERROR_NO_RELEASE))
        *reason = g_strdup_printf("%s is not on the forge", tag);
    else if (!is_out)
        *reason = g_strdup_printf("%s could not be looked at: %s", tag, problem->message);
    else if (files == NULL)
        *reason =
            g_strdup_printf("nobody but the forge says what the files of %s are: %s, and there is no signature of " EFFECTS_SUMS " by signature.key", tag, why);
    return files;
}

static json_t *file_by_name(const json_t *files, const char *name) {
    for (gsize i = 0; i < json_array_size(files); i++) {
        if (g_strcmp0(jsonx_string(json_array_get(files, i), "name"), name) == 0)
            return json_array_get(files, i);
    }
    return NULL;
}

/* The highest final release below this one. Borrowed; NULL: none. */
static const WorldTag *release_before(const Release *release) {
    const GPtrArray *tags = release->world->versions;
    for (guint i = 0; i < tags->len; i++) {
        const WorldTag *tag = g_ptr_array_index(tags, i);
        if (!version_is_prerelease(tag->version) && version_compare(tag->version, release->version) < 0)
            return tag;
    }
    return NULL;
}

/* {tag, version, also, package, artifact, file}: what is upgraded. New reference; NULL: nothing, because of *reason (g_free). */
static json_t *previous_of(const Release *release, const PackageRecipe *recipe, const Installer *installer, char **reason) {
    const World *world = release->world;
    const WorldTag *before = release_before(release);
    if (before == NULL) {
        *reason = g_strdup("there is no release before this one");
        return NULL;
    }
    const char *tag = before->tag;
    if (release->mute) {
        *reason = g_strdup_printf("without a token the forge was not asked for %s", tag);
        return NULL;
    }
    g_autoptr(json_t) files = published_files(release, tag, reason);
    if (files == NULL)
        return NULL;
    g_autofree char *written = release_written(world, before->version, NULL);
    g_autofree char *also = version_to_string(before->version);
    g_autoptr(json_t) previous = wish_of(recipe, written != NULL ? written : also, also);
    const char *name = effects_install_choose(installer, previous, files, NULL);
    if (name == NULL) {
        *reason = g_strdup_printf("%s has no such artifact", tag);
        return NULL;
    }
    json_object_set_new(previous, "tag", json_string(tag));
    json_object_set(previous, "file", file_by_name(files, name));
    return g_steal_pointer(&previous);
}

static bool can_upgrade(const PackageRecipe *recipe, const Installer *installer, char **reason) {
    const json_t *wanted = setting(recipe, "upgrade-test");
    bool by_command = !installer->needs_command && json_array_size(setting(recipe, "check-run")) > 0;
    if (wanted != NULL && !json_is_true(wanted))
        *reason = g_strdup("upgrade-test is false in slipway.yaml");
    else if (installer->needs_command)
        *reason = g_strdup("an archive is not installed over another one");
    else if (installer->owned == NULL && !by_command)
        *reason = g_strdup("a build knows nothing of the one before; name a command as its check-run in slipway.yaml");
    return *reason == NULL;
}

static void add_upgrade(const Release *release, Plan *plan, const PackageRecipe *recipe, const Installer *installer) {
    g_autofree char *reason = NULL;
    json_t *previous = can_upgrade(recipe, installer, &reason) ? previous_of(release, recipe, installer, &reason) : NULL;
    if (previous == NULL) {
        g_autofree char *step = g_strconcat("upgrade ", recipe->name, NULL);
        plan_skip(plan, step, reason);
        return;
    }
    json_t *params = built_params(release, plan, recipe, installer);
    json_object_set_new(params, "previous", previous);
    json_object_set(params, "forge", release->world->forge);
    g_autofree char *id = g_strconcat(UPGRADE, recipe->name, NULL);
    plan_add(plan, STAGE_PROVE, id, "upgrade-test", params, "prove/packages");
}

/* ---- both ---- */

static void check_links(const Release *release, Plan *plan, const PackageRecipe *recipe) {
    const char *links = text_setting(recipe, "find-links");
    g_autofree char *what = g_strdup_printf("packages.%s.find-links", recipe->name);
    GError *error = NULL;
    if (links != NULL && !outside_check(release->world, what, links, &error))
        plan_problem(plan, error);
}

/* NULL: it is not tried, and the plan says why. */
static const Installer *installer_for(const Release *release, Plan *plan, const PackageRecipe *recipe) {
    const Installer *installer = effects_installer(recipe->kind);
    const char *reason = why_not(recipe, installer);
    g_autofree char *step = g_strconcat("install ", recipe->name, NULL);
    if (reason != NULL)
        plan_skip(plan, step, reason);
    else
        check_links(release, plan, recipe);
    return reason == NULL && has_program(release, plan, recipe, installer) ? installer : NULL;
}

void release_add_published_install(Release *release, Plan *plan, const PackageRecipe *recipe, const json_t *forge, json_t *files) {
    const Installer *installer = installer_for(release, plan, recipe);
    if (installer == NULL)
        return;
    json_t *params = params_of(release, recipe, installer);
    json_object_set(params, "files", files);
    json_object_set_new(params, "forge", json_deep_copy(forge));
    json_object_set_new(params, "tag", json_string(release->tag));
    g_autofree char *id = g_strconcat("follow/install/", recipe->name, NULL);
    plan_add(plan, STAGE_FOLLOW, id, "install-test", params, "follow/published");
}

void release_add_install(Release *release, Plan *plan, const PackageRecipe *recipe) {
    const Installer *installer = installer_for(release, plan, recipe);
    if (installer == NULL)
        return;
    g_autofree char *id = g_strconcat(PROVE, recipe->name, NULL);
    plan_add(plan, STAGE_PROVE, id, "install-test", built_params(release, plan, recipe, installer), "prove/packages");
    add_upgrade(release, plan, recipe, installer);
}
