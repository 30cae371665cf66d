#include "base/text.h"
#include "steps/preflight.h"

/* Of two servers one can take a push and the other refuse it: no push is atomic over both. */
static bool has_one_address(const World *world, Plan *plan) {
    GError *error = NULL;
    g_autoptr(GPtrArray) addresses = git_push_addresses(world->git, world->remote, &error);
    guint count = addresses != NULL ? addresses->len : 0;
    if (error != NULL)
        plan_problem(plan, error);
    if (count <= 1)
        return error == NULL;
    g_ptr_array_add(addresses, NULL);
    g_autofree char *list = g_strjoinv("\n", (char **)addresses->pdata);
    g_autofree char *clean = text_escape(list, -1, true);
    error_set(&error, ERROR_CONFIG, "%s has %u addresses to push to, and a release can be all or nothing at one only", world->remote, count);
    error_why(&error, "%s", clean);
    error_state(&error, "nothing was changed");
    error_fix(&error, "leave one: git config --unset-all remote.%s.pushurl, or name a remote with one address: git.remote in slipway.yaml", world->remote);
    plan_problem(plan, error);
    return false;
}

/* The release's commit is not made yet: HEAD stands for it, which the remote's base must contain or become. */
bool preflight_try_push(const World *world, const char *tag, GError **error) {
    g_autofree char *base = g_strconcat("refs/heads/", world->base, NULL);
    g_autofree char *name = g_strconcat("refs/tags/", tag, NULL);
    const GitPushRef refs[] = {{.ref = base, .before = world_remote_id(world, base), .after = world->head}, {.ref = name, .after = world->head}};
    return git_try_push(world->git, world->remote, refs, G_N_ELEMENTS(refs), error);
}

/* A push that could not arrive for other reasons is told by those. */
static bool can_be_tried(const Release *release, GError **error) {
    const World *world = release->world;
    g_autofree char *name = g_strconcat("refs/tags/", release->tag, NULL);
    g_autofree char *base = g_strconcat("refs/heads/", world->base, NULL);
    const char *theirs = world_remote_id(world, base);
    bool contained = false;
    if (world->remote_refs == NULL || world->head == NULL || world_remote_id(world, name) != NULL || git_name_objection(GIT_NAME_TAG, release->tag) != NULL)
        return false;
    g_autofree char *known = theirs != NULL ? git_peel(world->git, theirs, "commit", error) : NULL;
    return theirs == NULL || (known != NULL && git_is_ancestor(world->git, theirs, world->head, &contained, error) && contained);
}

void preflight_push(const Release *release, Plan *plan) {
    const World *world = release->world;
    GError *error = NULL;
    if (world->remote_url == NULL || !has_one_address(world, plan))
        return;
    if (can_be_tried(release, &error))
        preflight_try_push(world, release->tag, &error);
    if (error == NULL)
        return;
    if (!error_is(error, ERROR_PERMISSION)) {
        plan_problem(plan, error);
        return;
    }
    g_autofree char *why = text_escape(error_get_why(error) != NULL ? error_get_why(error) : "", -1, false);
    plan_note(plan, "push", "%s, so `slipway release` will refuse: %s", error->message, why);
    g_error_free(error);
}
