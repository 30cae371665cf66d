/* After publishing: look at it as a stranger would, and tidy up. */
#include "steps/published.h"
#include "steps/step.h"
#include "steps/talk.h"

#include <string.h>

/* As a stranger has it: what is installed comes from where it was published. */
static void add_installs(Plan *plan, const char *tag, json_t *forge) {
    guint count = plan->effects->len;
    for (guint i = 0; i < count; i++) {
        const Effect *proven = g_ptr_array_index(plan->effects, i);
        if (!g_str_has_prefix(proven->id, "prove/install/"))
            continue;
        json_t *install = json_deep_copy(proven->params);
        json_object_del(install, "folder");
        json_object_set(install, "forge", forge);
        json_object_set_new(install, "tag", json_string(tag));
        g_autofree char *id = g_strconcat("follow/", proven->id + strlen("prove/"), NULL);
        plan_add(plan, STAGE_FOLLOW, id, "install-test", install, "follow/published");
    }
}

static bool plan_follow(Release *release, Plan *plan, GError **error) {
    (void)error;
    g_autoptr(json_t) forge = release_strangers_forge(release->world, release->closed);
    json_t *files = release->assets != NULL ? plan_result(release->assets, "files") : json_array();
    json_t *params = json_pack("{s: O, s: s, s: o}", "forge", forge, "tag", release->tag, "files", files);
    if (release->tag_object != NULL && release->target != NULL)
        json_object_update_new(params, json_pack("{s: s, s: O}", "remote", release->world->remote, "target", release->target));
    plan_add(plan, STAGE_FOLLOW, "follow/published", "check-published", params, NULL);
    add_installs(plan, release->tag, forge);
    release_add_comments(release, plan);
    release_remove_worktrees(plan);
    return true;
}

const Step step_follow = {.name = "follow", .doc = "looks at the published release as a stranger would", .plan = plan_follow};
