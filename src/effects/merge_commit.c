#include "base/fault.h"
#include "effects/repository.h"

#include <string.h>

static char *describe(const json_t *params) {
    return g_strdup_printf("merge %s into %.12s as a commit of its own (--no-ff); no branch moves", jsonx_string(params, "branch_name"),
                           jsonx_string(params, "base"));
}

static bool is_planned(EffectRun *run, const Git *git, const char *commit, GError **error) {
    g_autofree char *object = git_read(git, error, "cat-file", "commit", commit, NULL);
    g_autofree char *tree = object != NULL ? git_peel(git, jsonx_string(run->params, "branch_commit"), "tree", error) : NULL;
    if (tree == NULL)
        return false;
    g_autofree char *head =
        g_strdup_printf("tree %s\nparent %s\nparent %s\nauthor ", tree, jsonx_string(run->params, "base"), jsonx_string(run->params, "branch_commit"));
    bool same = g_str_has_prefix(object, head) && effects_same_object(object, "author", run->params);
    if (same) {
        json_object_set_new(run->result, "commit", json_string(commit));
        json_object_set_new(run->result, "tree", json_string(tree));
    }
    return same;
}

/* No branch and no tag leads to it yet: git gc takes nothing that this ref leads to, and it names the commit where the journal has lost it. */
static char *own_ref(const EffectRun *run) {
    return g_strconcat(GIT_KEPT, run->site->run_id, NULL);
}

static Observed inspect(EffectRun *run, GError **error) {
    g_autoptr(Git) git = effects_git(run, error);
    g_autoptr(GError) gone = NULL;
    g_autofree char *ref = own_ref(run);
    g_autofree char *found = git_ref(git, ref, &gone);
    const char *commit = found != NULL || gone != NULL ? found : jsonx_string(run->kept, "commit");
    bool there = commit != NULL && is_planned(run, git, commit, &gone);
    if (git_gave_no_answer(gone)) {
        g_propagate_error(error, g_steal_pointer(&gone));
        return OBSERVED_UNKNOWN;
    }
    return there ? OBSERVED_SAME : OBSERVED_ABSENT;
}

/* The base must be an ancestor, so that the merge's tree is the branch's: what was proven is what is tagged. */
static bool check_base(EffectRun *run, const Git *git, GError **error) {
    bool ancestor = false;
    if (!git_is_ancestor(git, jsonx_string(run->params, "base"), jsonx_string(run->params, "branch_commit"), &ancestor, error))
        return false;
    return ancestor || error_set(error, ERROR_CONFLICT, "the release branch does not descend from %.12s", jsonx_string(run->params, "base"));
}

static bool apply(EffectRun *run, GError **error) {
    g_autoptr(Git) git = effects_git(run, error);
    if (!check_base(run, git, error))
        return false;
    g_autofree char *tree = git_peel(git, jsonx_string(run->params, "branch_commit"), "tree", error);
    const char *parents[] = {jsonx_string(run->params, "base"), jsonx_string(run->params, "branch_commit"), NULL};
    GitCommitSpec spec = {
        .tree = tree,
        .parents = parents,
        .message = jsonx_string(run->params, "message"),
        .when = jsonx_int(run->params, "when", 0),
        .name = jsonx_string(run->params, "name"),
        .email = jsonx_string(run->params, "email"),
        .sign = jsonx_bool(run->params, "sign", false),
    };
    g_autofree char *commit = tree != NULL ? git_make_commit(git, &spec, error) : NULL;
    if (commit == NULL)
        return false;
    fault_point("merge-made", run->id);
    g_autofree char *ref = own_ref(run);
    if (!git_write(git, error, "update-ref", ref, commit, NULL))
        return false;
    fault_point("merge-kept", run->id);
    return effect_keep(run, "commit", json_string(commit), error);
}

static bool undo(EffectRun *run, GError **error) {
    g_autoptr(Git) git = effects_git(run, error);
    g_autofree char *ref = own_ref(run);
    return git_write(git, error, "update-ref", "-d", ref, NULL);
}

const EffectKind effect_kind_merge_commit = {
    .name = "merge-commit",
    .doc = "makes the merge commit of a release; its tree is the release branch's",
    .describe = describe,
    .shown = "branch_name",
    .inspect = inspect,
    .apply = apply,
    .undo = undo,
    .undo_note = "the ref that keeps it is removed: no other leads to it",
    .here = true,
};
