/* After publishing: look at it as a stranger would, and tidy up. */
#include "steps/install.h"

static bool plan_follow(Release *release, Plan *plan, GError **error) {
    (void)error;
    const World *world = release->world;
    json_t *files = release->artifacts ? plan_result("prove/artifacts", "files") : json_array();
    plan_add(plan, STAGE_FOLLOW, "follow/published", "check-published",
             json_pack("{s: O, s: s, s: o}", "forge", world->forge, "tag", release->tag, "files", files), NULL);
    release_repeat_installs(release, plan, "follow/published");
    if (plan_effect(plan, "prove/worktree") != NULL)
        plan_add(plan, STAGE_FOLLOW, "follow/worktree", "remove-worktree", json_pack("{s: o}", "path", plan_result("prove/worktree", "path")), NULL);
    return true;
}

const Step step_follow = {.name = "follow", .doc = "looks at the published release as a stranger would", .plan = plan_follow};
