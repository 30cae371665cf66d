/* Public: the forge's release, `latest`, and the local branches as the remote has them. */
#include "forge/forge.h"
#include "steps/step.h"

/* The newest stable release there will be: this one, unless the forge has a higher one already. NULL: this one is a pre-release and there is no other. */
static char *newest_stable(const Release *release) {
    const World *world = release->world;
    g_autoptr(Forge) forge = forge_open(world->forge, NULL);
    g_autoptr(GPtrArray) releases = forge != NULL ? forge->kind->list(forge, NULL) : NULL;
    bool own = !version_is_prerelease(release->version);
    g_autoptr(Version) best = NULL;
    g_autofree char *newest = own ? g_strdup(release->tag) : NULL;
    const Version *highest = own ? release->version : NULL;
    for (guint i = 0; releases != NULL && i < releases->len; i++) {
        const ForgeRelease *other = g_ptr_array_index(releases, i);
        g_autoptr(Version) version = version_from_tag(other->tag, world->tag_pattern);
        bool counts = version != NULL && other->state == FORGE_PUBLIC && !version_is_prerelease(version);
        if (!counts || (highest != NULL && version_compare(version, highest) <= 0))
            continue;
        g_free(newest);
        newest = g_strdup(other->tag);
        g_clear_pointer(&best, version_free);
        best = g_steal_pointer(&version);
        highest = best;
    }
    return g_steal_pointer(&newest);
}

static void add_latest(const Release *release, Plan *plan) {
    g_autofree char *newest = newest_stable(release);
    bool latest = g_strcmp0(newest, release->tag) == 0;
    if (newest == NULL) {
        plan_skip(plan, "latest", "a pre-release never becomes latest");
        return;
    }
    plan_add(plan, STAGE_PUBLISH, "publish/latest", "latest",
             json_pack("{s: O, s: s, s: b, s: s}", "forge", release->world->forge, "tag", release->tag, "latest", (int)latest, "newest", newest),
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
    plan_add(plan, STAGE_PUBLISH, "publish/release", "publish",
             json_pack("{s: O, s: s, s: I, s: O, s: s}", "forge", world->forge, "tag", release->tag, "when", (json_int_t)world->now, "target", release->target,
                       "remote", world->remote),
             NULL);
    add_latest(release, plan);
    if (release->own_branch)
        add_branches(release, plan);
    return true;
}

const Step step_publish = {.name = "publish", .doc = "makes the release public and moves latest", .plan = plan_publish};
