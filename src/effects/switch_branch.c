#include "effects/repository.h"

static char *describe(const json_t *params) {
    return g_strdup_printf("switch the work tree from %s to %s", jsonx_string(params, "from"), jsonx_string(params, "to"));
}

static Observed inspect(EffectRun *run, GError **error) {
    g_autoptr(Git) git = effects_git(run, error);
    g_autofree char *branch = NULL;
    g_autofree char *id = NULL;
    if (!git_head(git, &branch, &id, error))
        return OBSERVED_UNKNOWN;
    g_autofree char *to = effects_branch_ref(jsonx_string(run->params, "to"));
    g_autofree char *from = effects_branch_ref(jsonx_string(run->params, "from"));
    if (g_strcmp0(branch, to) == 0)
        return OBSERVED_SAME;
    if (g_strcmp0(branch, from) == 0)
        return OBSERVED_ABSENT;
    return effect_saw(run, OBSERVED_DIFFERENT, "HEAD is %s, neither %s nor %s", branch != NULL ? branch : "detached", from, to);
}

static bool go(EffectRun *run, const char *key, GError **error) {
    g_autoptr(Git) git = effects_git(run, error);
    return git_write(git, error, "switch", "--quiet", "--no-guess", jsonx_string(run->params, key), NULL);
}

static bool apply(EffectRun *run, GError **error) {
    return go(run, "to", error);
}

/* git switch without force: changes that would be lost make it refuse. */
static bool undo(EffectRun *run, GError **error) {
    Observed seen = inspect(run, error);
    if (seen == OBSERVED_ABSENT)
        return true;
    if (seen == OBSERVED_SAME)
        return go(run, "from", error);
    if (seen == OBSERVED_UNKNOWN)
        return false;
    error_set(error, ERROR_CONFLICT, "another branch was checked out by another hand");
    error_why(error, "%s", run->seen);
    error_fix(error, "git switch %s, then: slipway abort", jsonx_string(run->params, "to"));
    return false;
}

const EffectKind effect_kind_switch_branch = {
    .name = "switch-branch",
    .doc = "checks a branch out in the user's work tree",
    .describe = describe,
    .shown = "to from",
    .inspect = inspect,
    .apply = apply,
    .undo = undo,
    .undo_note = "the former branch is checked out again",
    .here = true,
};
