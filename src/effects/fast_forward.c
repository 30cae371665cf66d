#include "effects/repository.h"

static char *describe(const json_t *params) {
    g_autofree char *before = effects_value(params, "before");
    g_autofree char *after = effects_value(params, "after");
    return g_strdup_printf("fast-forward the local branch %s: %.12s → %s", jsonx_string(params, "branch"), before, after);
}

static Observed inspect(EffectRun *run, GError **error) {
    g_autofree char *ref = NULL, *id = NULL;
    if (!effects_find_branch(run, &ref, &id, error))
        return OBSERVED_UNKNOWN;
    if (g_strcmp0(id, jsonx_string(run->params, "after")) == 0)
        return OBSERVED_SAME;
    if (g_strcmp0(id, jsonx_string(run->params, "before")) == 0)
        return OBSERVED_ABSENT;
    return effect_saw(run, OBSERVED_DIFFERENT, "%s is at %.12s: it was moved by another hand", ref, id != NULL ? id : "nothing");
}

static bool move(EffectRun *run, const char *from, const char *to, const char *why, GError **error) {
    g_autoptr(Git) git = effects_git(run, error);
    g_autofree char *ref = effects_branch_ref(jsonx_string(run->params, "branch"));
    return git_move_ref(git, ref, jsonx_string(run->params, from), jsonx_string(run->params, to), why, error);
}

static bool apply(EffectRun *run, GError **error) {
    return move(run, "before", "after", "slipway: released", error);
}

static bool undo(EffectRun *run, GError **error) {
    Observed seen = inspect(run, error);
    if (seen == OBSERVED_ABSENT)
        return true;
    if (seen == OBSERVED_UNKNOWN)
        return false;
    if (seen == OBSERVED_DIFFERENT)
        return error_set(error, ERROR_CONFLICT, "%s", run->seen);
    return move(run, "after", "before", "slipway: abort", error);
}

const EffectKind effect_kind_fast_forward = {
    .name = "fast-forward",
    .doc = "moves a local branch forward that is not checked out",
    .describe = describe,
    .shown = "branch after",
    .inspect = inspect,
    .apply = apply,
    .undo = undo,
    .undo_note = "the branch goes back to where it was",
    .here = true,
};
