#include "cli/command.h"
#include "cli/session.h"
#include "effects/effects.h"
#include "steps/step.h"

#include <stdio.h>

static gboolean json, events;

static bool has_commit(const World *world, GError **error) {
    if (world->head != NULL)
        return true;
    error_set(error, ERROR_REPOSITORY, "there is no commit to build");
    error_fix(error, "git commit");
    return false;
}

static bool has_version(const World *world, GError **error) {
    if (world->current != NULL && world->version_problem == NULL)
        return true;
    g_propagate_error(error, g_error_copy(world->version_problem));
    return false;
}

/* Where tags alone say the version, a commit behind the last one has none yet. */
static bool is_at_its_version(const World *world, GError **error) {
    const char *tagged = world->previous_tag != NULL ? g_hash_table_lookup(world->tags, world->previous_tag) : NULL;
    if (world->carriers->len > 0 || g_strcmp0(tagged, world->head) == 0)
        return true;
    error_set(error, ERROR_VERSION_NOT_FOUND, "this commit has no version: no file says one, and no tag is at it");
    error_why(error, "the last release before it is %s", world->previous_tag != NULL ? world->previous_tag : "none");
    error_state(error, "nothing was changed");
    error_fix(error, world->previous_tag != NULL ? "git checkout %s, to build that one; or: slipway rehearse patch" : "slipway rehearse 0.1.0%.0s",
              world->previous_tag);
    return false;
}

static int run(char **args, GError **error) {
    g_autoptr(World) world = world_open(".", &(WorldOptions){0}, error);
    if (world == NULL || !has_commit(world, error) || !has_version(world, error) || !is_at_its_version(world, error))
        return 0;
    g_auto(Release) release = {.world = world, .version = world->current, .target = json_string(world->head)};
    release.written = release_written(world, world->current, error);
    if (release.written == NULL)
        return 0;
    g_autoptr(Plan) plan = plan_new(effect_kinds(), "build", world->now);
    g_autofree char *version = version_to_string(world->current);
    json_object_update_new(plan->release, json_pack("{s: o, s: s}", "project", jsonx_text(world->project), "version", version));
    if (!release_add_build(&release, plan, &(BuildWish){.into = "dist", .names = (const char *const *)args}, error))
        return 0;
    if (release.assets == NULL && plan->problems->len == 0) {
        const char *reason = jsonx_string(json_array_get(plan->skipped, 0), "reason");
        error_set(error, ERROR_NOTHING_TO_RELEASE, "there is nothing to build");
        error_why(error, "%s", reason != NULL ? reason : "no package was recognised");
        error_fix(error, "name one under packages in slipway.yaml, with its kind or the command that builds it");
        return 0;
    }
    if (!session_check_plan(plan, error))
        return 0;
    release_remove_worktrees(plan);
    plan_seal(plan);
    return session_do(g_steal_pointer(&plan), (RunOutput){.json = json, .events = events, .takes_back = true, .makes = "dist/"}, error);
}

static GOptionEntry options[] = {
    {"events", 0, 0, G_OPTION_ARG_NONE, &events, "what happens, as JSON lines on standard output", NULL},
    {"json", 0, 0, G_OPTION_ARG_NONE, &json, "the result as JSON", NULL},
    G_OPTION_ENTRY_NULL,
};

const Command command_build = {
    .name = "build",
    .summary = "build the packages of the current commit into dist/",
    .help = "Builds the named packages, or all: those of `packages` in slipway.yaml or, without it, what the manifests tell of. Each in a linked work\n"
            "tree of HEAD, so that nothing uncommitted gets in; checks them as `slipway verify` does, compares sources with the commit, tries to install\n"
            "them, and replaces dist/ with the result and its SHA256SUMS. What fails is taken back at once, its logs are kept;\n"
            "where build.reproducible: check found that two builds differ, both are kept to be compared until `slipway abort`.",
    .example = "slipway build\nslipway build tool",
    .options = options,
    .forms = (const Form[]){{.args = {.shown = "NAME…", .most = ARGUMENTS_ANY}, .acts = true, .run = run}, {0}},
};
