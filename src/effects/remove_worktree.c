#include "base/fs.h"
#include "effects/worktree.h"

static char *describe(const json_t *params) {
    (void)params;
    return g_strdup("remove the linked work tree of the build");
}

static Observed inspect(EffectRun *run, GError **error) {
    g_autofree char *path = jsonx_get_path(json_object_get(run->params, "path"));
    if (path == NULL) {
        error_set(error, ERROR_PLAN_BROKEN, "%s lacks its path", run->id);
        return OBSERVED_UNKNOWN;
    }
    g_autoptr(Git) git = effects_git(run, error);
    g_autofree char *list = git_read(git, error, "worktree", "list", "--porcelain", "-z", NULL);
    if (list == NULL)
        return OBSERVED_UNKNOWN;
    return fs_exists(path) ? OBSERVED_ABSENT : OBSERVED_SAME;
}

/* Only below the run's own scratch folder. */
static bool apply(EffectRun *run, GError **error) {
    g_autofree char *path = jsonx_get_path(json_object_get(run->params, "path"));
    g_autofree char *prefix = g_strconcat(run->site->work_dir, "/", NULL);
    if (!g_str_has_prefix(path, prefix))
        return error_set(error, ERROR_UNTRUSTED_PATH, "%s is not of this run", path);
    return effects_remove_worktree(run, path, error);
}

static bool undo(EffectRun *run, GError **error) {
    (void)run;
    (void)error;
    return true;
}

const EffectKind effect_kind_remove_worktree = {
    .name = "remove-worktree",
    .doc = "removes the linked work tree of a build",
    .describe = describe,
    .inspect = inspect,
    .apply = apply,
    .undo = undo,
    .undo_note = "nothing to undo: it was scratch",
};
