#include "effects/worktree.h"
#include "base/fault.h"
#include "base/fs.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* Effects run side by side. */
static GMutex one_at_a_time;

static char *describe(const json_t *params) {
    g_autofree char *commit = effects_value(params, "commit");
    g_autofree char *path = effects_value(params, "path");
    return g_strdup_printf("check out %s in a linked work tree of its own, %s", commit, path);
}

static Beneath *place_of(EffectRun *run, GError **error) {
    return effects_place_of_run(run, json_object_get(run->params, "path"), "path", error);
}

/* Its `.git` is made a link to the folder that the file of this name tells of. git takes either, but what packs a whole folder (hatchling) leaves out only
 * folders called so, and would pack the file. */
static bool link_git(const char *path, GError **error) {
    g_autoptr(Git) there = git_open(path, error);
    g_autofree char *link = g_build_filename(path, ".git", NULL);
    g_autofree char *fresh = g_strconcat(link, ".slipway-tmp", NULL);
    if (there == NULL)
        return false;
    (void)unlink(fresh);
    return (symlink(there->git_dir, fresh) == 0 && rename(fresh, link) == 0) || error_errno(error, ERROR_IO, errno, "cannot link %s", link);
}

static bool is_linked(const char *path) {
    g_autofree char *link = g_build_filename(path, ".git", NULL);
    return g_file_test(link, G_FILE_TEST_IS_SYMLINK);
}

/* There, of this repository, at the commit, and clean. problem: what git says against it. */
static bool is_right(const EffectRun *run, const char *path, GError **problem) {
    g_autoptr(Git) there = git_open(path, problem);
    g_autofree char *branch = NULL;
    g_autofree char *id = NULL;
    if (there == NULL || !g_str_equal(there->common_dir, run->site->git_dir) || !is_linked(path) || !git_head(there, &branch, &id, problem))
        return false;
    g_autoptr(GPtrArray) dirt = git_dirt(there, false, 1, problem);
    return branch == NULL && g_strcmp0(id, jsonx_string(run->params, "commit")) == 0 && dirt != NULL && dirt->len == 0;
}

static Observed inspect(EffectRun *run, GError **error) {
    g_autoptr(Beneath) place = place_of(run, error);
    if (place == NULL)
        return OBSERVED_UNKNOWN;
    const char *path = beneath_path(place);
    json_object_set_new(run->result, "path", jsonx_path(path));
    if (!fs_exists(path))
        return OBSERVED_ABSENT;
    g_autoptr(GError) problem = NULL;
    bool right = is_right(run, path, &problem);
    if (git_gave_no_answer(problem)) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return OBSERVED_UNKNOWN;
    }
    return right ? OBSERVED_SAME : effect_saw(run, OBSERVED_PARTIAL, "%s is not the whole candidate", path);
}

char *effects_worktree_call(const Git *git, const GitCall *call, GError **error) {
    g_mutex_lock(&one_at_a_time);
    char *out = git_call(git, call, error);
    g_mutex_unlock(&one_at_a_time);
    return out;
}

bool effects_remove_worktree(EffectRun *run, const Beneath *place, GError **error) {
    g_autoptr(Git) git = effects_git(run, error);
    if (!beneath_remove(place, error))
        return false;
    fault_point("worktree-removed", run->id);
    /* Only what points to folders that are gone is pruned. */
    static const char *const words[] = {"worktree", "prune", "--expire=now", NULL};
    g_autofree char *out = effects_worktree_call(git, &(GitCall){.words = words}, error);
    return out != NULL;
}

/* It lies in this run's own scratch folder: what a killed attempt left there is ours. */
static bool apply(EffectRun *run, GError **error) {
    g_autoptr(Git) git = effects_git(run, error);
    g_autoptr(Beneath) place = place_of(run, error);
    const char *path = place != NULL ? beneath_path(place) : NULL;
    if (path == NULL || (fs_exists(path) && !effects_remove_worktree(run, place, error)))
        return false;
    /* Modes go into packages: they are the same whatever the user's umask is. */
    const char *words[] = {"worktree", "add", "--quiet", "--detach", "--force", path, jsonx_string(run->params, "commit"), NULL};
    GitCall call = {.words = words, .umask = 022};
    g_autofree char *out = effects_worktree_call(git, &call, error);
    if (out == NULL)
        return false;
    fault_point("worktree-added", run->id);
    return link_git(path, error);
}

static bool undo(EffectRun *run, GError **error) {
    g_autoptr(Beneath) place = place_of(run, error);
    return place != NULL && effects_remove_worktree(run, place, error);
}

const EffectKind effect_kind_worktree = {
    .name = "worktree",
    .doc = "checks a commit out in a linked work tree, apart from the user's",
    .describe = describe,
    .shown = "commit path",
    .inspect = inspect,
    .apply = apply,
    .undo = undo,
    .undo_note = "the linked work tree is removed",
    .here = true,
};
