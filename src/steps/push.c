/* The point of no return: one atomic push of base branch and tag. */
#include "steps/step.h"

static json_t *pushed(const char *ref, const char *before, json_t *after) {
    return json_pack("{s: s, s: o, s: O}", "ref", ref, "before", before != NULL ? json_string(before) : json_null(), "after", after);
}

/* Where this clone has the refs of the release until it is pushed. */
static json_t *kept_here(const Release *release, const char *base, const char *tag) {
    json_t *rows = json_pack("[{s: s, s: s}, {s: s, s: O}]", "ref", base, "at", release->world->head, "ref", tag, "at", release->tag_object);
    g_autofree char *branch = g_strdup_printf("refs/heads/%s", release->branch);
    if (release->own_branch)
        json_array_append_new(rows, json_pack("{s: s, s: o}", "ref", branch, "at", plan_result("prepare/commit", "commit")));
    return rows;
}

static bool plan_push(Release *release, Plan *plan, GError **error) {
    (void)error;
    const World *world = release->world;
    if (release->tag_object == NULL)
        return true;
    g_autofree char *base = g_strdup_printf("refs/heads/%s", world->base);
    g_autofree char *tag = g_strdup_printf("refs/tags/%s", release->tag);
    const char *theirs = world_remote_id(world, base);
    json_t *refs = json_array();
    bool moves = release->own_branch || g_strcmp0(theirs, world->head) != 0;
    if (moves)
        json_array_append_new(refs, pushed(base, theirs, release->target));
    json_array_append_new(refs, pushed(tag, NULL, release->tag_object));
    json_t *params = json_pack("{s: s, s: o, s: o}", "remote", world->remote, "refs", refs, "here", kept_here(release, base, tag));
    if (plan_effect(plan, "stage/draft") != NULL) {
        json_t *files = release->assets != NULL ? plan_result(release->assets, "files") : json_array();
        json_object_update_new(params, json_pack("{s: O, s: s, s: o, s: o}", "forge", world->forge, "tag", release->tag, "files", files, "draft",
                                                 plan_result("stage/draft", "id")));
    }
    plan_add(plan, STAGE_PUSH, "push/refs", "push", params, NULL);
    return true;
}

const Step step_push = {.name = "push", .doc = "pushes base branch and tag in one atomic push", .plan = plan_push};
