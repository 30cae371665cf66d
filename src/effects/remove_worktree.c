#include "base/fs.h"
#include "effects/worktree.h"

#include <string.h>

static char *describe(const json_t *params) {
    g_autofree char *path = effects_value(params, "path");
    return g_strdup_printf("remove the linked work tree %s of a build", path);
}

/* git still knows of it, or it still lies there. */
static bool is_known(const char *list, gsize length, const char *path) {
    g_autofree char *record = g_strconcat("worktree ", path, NULL);
    for (gsize at = 0; at < length; at += strlen(list + at) + 1) {
        if (g_str_equal(list + at, record))
            return true;
    }
    return false;
}

static Beneath *place_of(EffectRun *run, GError **error) {
    return effects_place_of_run(run, json_object_get(run->params, "path"), "path", error);
}

static Observed inspect(EffectRun *run, GError **error) {
    g_autoptr(Beneath) place = place_of(run, error);
    if (place == NULL)
        return OBSERVED_UNKNOWN;
    const char *path = beneath_path(place);
    g_autoptr(Git) git = effects_git(run, error);
    const char *words[] = {"worktree", "list", "--porcelain", "-z", NULL};
    gsize length = 0;
    GitCall call = {.read = true, .words = words, .length = &length};
    g_autofree char *list = effects_worktree_call(git, &call, error);
    if (list == NULL)
        return OBSERVED_UNKNOWN;
    bool known = is_known(list, length, path);
    return known || fs_exists(path) ? effect_saw(run, OBSERVED_ABSENT, "%s is still there", path) : OBSERVED_SAME;
}

static bool apply(EffectRun *run, GError **error) {
    g_autoptr(Beneath) place = place_of(run, error);
    return place != NULL && effects_remove_worktree(run, place, error);
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
    .shown = "path",
    .inspect = inspect,
    .apply = apply,
    .undo = undo,
    .undo_note = "nothing to undo: it was scratch",
    .here = true,
};
