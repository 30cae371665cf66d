/* Public: the forge's release, `latest`, and the local branches as the remote has them. */
#include "forge/forge.h"
#include "steps/latest.h"

static void add_latest(const Release *release, const ForgeKind *kind, const char *newest, Plan *plan) {
    if (newest == NULL) {
        plan_skip(plan, "latest", "a pre-release never becomes latest");
        return;
    }
    bool latest = g_str_equal(newest, release->tag);
    if (!kind->sets_latest) {
        g_autofree char *reason = g_strdup_printf("%s decides by itself which release is the latest%s", kind->title,
                                                  latest ? "" : ": it may be this one, though it is not the newest");
        plan_skip(plan, "latest", reason);
        return;
    }
    plan_add(plan, STAGE_PUBLISH, "publish/latest", "latest",
             json_pack("{s: O, s: s, s: b, s: s, s: o}", "forge", release->world->forge, "tag", release->tag, "latest", (int)latest, "newest", newest, "draft",
                       plan_result("stage/draft", "id")),
             "publish/release");
}

/* The tree's branch ends as the remote's: the merge has the release branch's tree, so no file changes by switching. */
static void add_branches(const Release *release, Plan *plan) {
    const World *world = release->world;
    plan_add(plan, STAGE_PUBLISH, "publish/base", "fast-forward",
             json_pack("{s: s, s: s, s: O}", "branch", world->base, "before", world->head, "after", release->target), "publish/release");
    plan_add(plan, STAGE_PUBLISH, "publish/switch", "switch-branch", json_pack("{s: s, s: s}", "to", world->base, "from", release->branch), "publish/base");
    if (config_bool(world->config, "git.keep-branch"))
        return;
    plan_add(plan, STAGE_PUBLISH, "publish/branch", "delete-branch",
             json_pack("{s: s, s: o}", "branch", release->branch, "at", plan_result("prepare/commit", "commit")), "publish/switch");
}

static bool plan_publish(Release *release, Plan *plan, GError **error) {
    (void)error;
    const World *world = release->world;
    if (release->target == NULL)
        return true;
    g_autofree char *newest = release_newest_stable(release);
    plan_add(plan, STAGE_PUBLISH, "publish/release", "publish",
             json_pack("{s: O, s: s, s: I, s: O, s: s, s: b, s: o}", "forge", world->forge, "tag", release->tag, "when", (json_int_t)world->now, "target",
                       release->target, "remote", world->remote, "latest", (int)(g_strcmp0(newest, release->tag) == 0), "draft",
                       plan_result("stage/draft", "id")),
             NULL);
    const ForgeKind *kind = forge_kind(jsonx_string(world->forge, "kind"));
    if (kind != NULL)
        add_latest(release, kind, newest, plan);
    if (release->own_branch)
        add_branches(release, plan);
    return true;
}

const Step step_publish = {.name = "publish", .doc = "makes the release public and moves latest", .plan = plan_publish};
