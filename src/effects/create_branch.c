#include "effects/repository.h"

static char *describe(const json_t *params) {
    g_autofree char *at = effects_value(params, "at");
    return g_strdup_printf("create branch %s at %.12s", jsonx_string(params, "branch"), at);
}

static Observed inspect(EffectRun *run, GError **error) {
    g_autofree char *ref = NULL, *id = NULL;
    if (!effects_find_branch(run, &ref, &id, error))
        return OBSERVED_UNKNOWN;
    const char *at = jsonx_string(run->params, "at");
    if (id == NULL)
        return OBSERVED_ABSENT;
    return g_strcmp0(id, at) == 0 ? OBSERVED_SAME : effect_saw(run, OBSERVED_DIFFERENT, "%s is at %.12s, not at %.12s", ref, id, at);
}

static bool apply(EffectRun *run, GError **error) {
    g_autoptr(Git) git = effects_git(run, error);
    g_autofree char *ref = effects_branch_ref(jsonx_string(run->params, "branch"));
    return git_move_ref(git, ref, NULL, jsonx_string(run->params, "at"), "slipway: release branch", error);
}

/* Only where it was put: commits of another hand on it are not thrown away. */
static bool undo(EffectRun *run, GError **error) {
    Observed seen = inspect(run, error);
    if (seen == OBSERVED_ABSENT)
        return true;
    if (seen == OBSERVED_UNKNOWN)
        return false;
    const char *branch = jsonx_string(run->params, "branch");
    if (seen == OBSERVED_DIFFERENT) {
        error_set(error, ERROR_CONFLICT, "the branch %s was moved by another hand", branch);
        error_why(error, "%s", run->seen);
        error_fix(error, "git branch -m %s another-name, then: slipway abort", branch);
        return false;
    }
    g_autoptr(Git) git = effects_git(run, error);
    g_autofree char *ref = effects_branch_ref(branch);
    return git_move_ref(git, ref, jsonx_string(run->params, "at"), NULL, "slipway: abort", error);
}

const EffectKind effect_kind_create_branch = {
    .name = "create-branch",
    .doc = "makes a local branch",
    .describe = describe,
    .shown = "branch",
    .inspect = inspect,
    .apply = apply,
    .undo = undo,
    .undo_note = "the branch is deleted, if it is still where it was put",
    .here = true,
};
