#include "effects/repository.h"

static char *describe(const json_t *params) {
    g_autofree char *at = effects_value(params, "at");
    return g_strdup_printf("delete the local branch %s (at %s)", jsonx_string(params, "branch"), at);
}

static Observed inspect(EffectRun *run, GError **error) {
    g_autofree char *ref = NULL, *id = NULL;
    if (!effects_find_branch(run, &ref, &id, error))
        return OBSERVED_UNKNOWN;
    const char *at = jsonx_string(run->params, "at");
    if (id == NULL)
        return OBSERVED_SAME;
    return g_strcmp0(id, at) == 0 ? OBSERVED_ABSENT
                                  : effect_saw(run, OBSERVED_DIFFERENT, "%s is at %.12s, not at %.12s: it holds commits of another hand", ref, id, at);
}

static bool apply(EffectRun *run, GError **error) {
    g_autoptr(Git) git = effects_git(run, error);
    g_autofree char *ref = effects_branch_ref(jsonx_string(run->params, "branch"));
    return git_move_ref(git, ref, jsonx_string(run->params, "at"), NULL, "slipway: released", error);
}

static bool undo(EffectRun *run, GError **error) {
    Observed seen = inspect(run, error);
    if (seen == OBSERVED_ABSENT)
        return true;
    if (seen == OBSERVED_UNKNOWN)
        return false;
    if (seen == OBSERVED_DIFFERENT)
        return error_set(error, ERROR_CONFLICT, "%s", run->seen);
    g_autoptr(Git) git = effects_git(run, error);
    g_autofree char *ref = effects_branch_ref(jsonx_string(run->params, "branch"));
    return git_move_ref(git, ref, NULL, jsonx_string(run->params, "at"), "slipway: abort", error);
}

const EffectKind effect_kind_delete_branch = {
    .name = "delete-branch",
    .doc = "deletes a local branch that has done its work",
    .describe = describe,
    .shown = "branch at",
    .inspect = inspect,
    .apply = apply,
    .undo = undo,
    .undo_note = "the branch is made again where it was",
    .here = true,
};
