#include "base/fault.h"
#include "effects/repository.h"

#include <string.h>

static char *describe(const json_t *params) {
    const char *message = jsonx_string(params, "message");
    g_auto(GStrv) lines = g_strsplit(message != NULL ? message : "?", "\n", 2);
    return g_strdup_printf("commit \"%s\" on %s (parent %.12s)", lines[0], jsonx_string(params, "branch"), jsonx_string(params, "parent"));
}

static GPtrArray *paths_of(const EffectRun *run) {
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    const json_t *rows = json_object_get(run->params, "paths");
    for (gsize i = 0; i < json_array_size(rows); i++)
        g_ptr_array_add(paths, jsonx_get_path(json_array_get(rows, i)));
    g_ptr_array_add(paths, NULL);
    return paths;
}

/* The user's index has the commit's entries for the paths. */
static bool index_is_current(const Git *git, const char *commit, const GPtrArray *paths, bool *current, GError **error) {
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    const char *head[] = {"diff-index", "--cached", "--quiet", commit, "--"};
    for (guint i = 0; i < G_N_ELEMENTS(head); i++)
        g_ptr_array_add(words, (char *)head[i]);
    for (guint i = 0; i < paths->len; i++)
        g_ptr_array_add(words, g_ptr_array_index(paths, i));
    GitEnd end = GIT_DONE;
    static const char *const literal[] = {"GIT_LITERAL_PATHSPECS=1", NULL};
    GitCall call = {.read = true, .words = (const char *const *)words->pdata, .end = &end, .env = literal};
    g_autofree char *out = git_call(git, &call, error);
    *current = end == GIT_DONE;
    return out != NULL;
}

/* Is the commit at the branch's tip ours: same parent, tree, message, person, date? */
static bool is_ours(EffectRun *run, const Git *git, const char *tip, const GPtrArray *paths, bool *ours, GError **error) {
    /* Named in the journal before the branch moved: what the work tree looks like since is no matter. */
    *ours = g_strcmp0(tip, jsonx_string(run->kept, "commit")) == 0;
    if (*ours) {
        g_autofree char *kept_tree = git_peel(git, tip, "tree", error);
        json_object_set_new(run->result, "commit", json_string(tip));
        json_object_set_new(run->result, "tree", kept_tree != NULL ? json_string(kept_tree) : json_null());
        return kept_tree != NULL;
    }
    g_autofree char *object = git_read(git, error, "cat-file", "commit", tip, NULL);
    g_autofree char *tree = object != NULL ? git_tree_with(git, jsonx_string(run->params, "parent"), (const char *const *)paths->pdata, error) : NULL;
    if (tree == NULL)
        return false;
    g_autofree char *head = g_strdup_printf("tree %s\nparent %s\nauthor ", tree, jsonx_string(run->params, "parent"));
    *ours = g_str_has_prefix(object, head) && effects_same_object(object, "author", run->params) && effects_same_object(object, "committer", run->params);
    if (*ours) {
        json_object_set_new(run->result, "commit", json_string(tip));
        json_object_set_new(run->result, "tree", json_string(tree));
    }
    return true;
}

static Observed inspect(EffectRun *run, GError **error) {
    g_autoptr(Git) git = effects_git(run, error);
    g_autoptr(GPtrArray) paths = paths_of(run);
    g_autofree char *ref = effects_branch_ref(jsonx_string(run->params, "branch"));
    GError *problem = NULL;
    g_autofree char *tip = git_ref(git, ref, &problem);
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return OBSERVED_UNKNOWN;
    }
    if (g_strcmp0(tip, jsonx_string(run->params, "parent")) == 0)
        return OBSERVED_ABSENT;
    if (tip == NULL)
        return effect_saw(run, OBSERVED_DIFFERENT, "the branch %s is gone", ref);
    bool ours = false, current = false;
    if (!is_ours(run, git, tip, paths, &ours, error))
        return OBSERVED_UNKNOWN;
    if (!ours)
        return effect_saw(run, OBSERVED_DIFFERENT, "%s is at %.12s, which is not the planned commit", ref, tip);
    if (!index_is_current(git, tip, paths, &current, error))
        return OBSERVED_UNKNOWN;
    return current ? OBSERVED_SAME : effect_saw(run, OBSERVED_PARTIAL, "the commit is there, the index is behind");
}

static bool update_index(const Git *git, const char *const *head, guint count, const GPtrArray *paths, GError **error) {
    g_autoptr(GByteArray) input = g_byte_array_new();
    for (guint i = 0; i + 1 < paths->len; i++) {
        const char *path = g_ptr_array_index(paths, i);
        g_byte_array_append(input, (const guint8 *)path, (guint)strlen(path) + 1);
    }
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (guint i = 0; i < count; i++)
        g_ptr_array_add(words, (char *)head[i]);
    g_ptr_array_add(words, NULL);
    g_autoptr(GBytes) bytes = g_byte_array_free_to_bytes(g_steal_pointer(&input));
    static const char *const literal[] = {"GIT_LITERAL_PATHSPECS=1", NULL};
    GitCall call = {.words = (const char *const *)words->pdata, .input = bytes, .env = literal};
    g_autofree char *out = git_call(git, &call, error);
    return out != NULL;
}

static bool make(EffectRun *run, const Git *git, const GPtrArray *paths, GError **error) {
    const char *parents[] = {jsonx_string(run->params, "parent"), NULL};
    g_autofree char *tree = git_tree_with(git, parents[0], (const char *const *)paths->pdata, error);
    if (tree == NULL)
        return false;
    fault_point("tree-made", run->id);
    GitCommitSpec spec = {
        .tree = tree,
        .parents = parents,
        .message = jsonx_string(run->params, "message"),
        .when = jsonx_int(run->params, "when", 0),
        .name = jsonx_string(run->params, "name"),
        .email = jsonx_string(run->params, "email"),
        .sign = jsonx_bool(run->params, "sign", false),
    };
    g_autofree char *commit = git_make_commit(git, &spec, error);
    if (commit == NULL)
        return false;
    fault_point("commit-made", run->id);
    if (!effect_keep(run, "commit", json_string(commit), error))
        return false;
    g_autofree char *ref = effects_branch_ref(jsonx_string(run->params, "branch"));
    return git_move_ref(git, ref, parents[0], commit, "slipway: commit", error);
}

static bool apply(EffectRun *run, GError **error) {
    g_autoptr(Git) git = effects_git(run, error);
    g_autoptr(GPtrArray) paths = paths_of(run);
    g_autofree char *ref = effects_branch_ref(jsonx_string(run->params, "branch"));
    GError *problem = NULL;
    g_autofree char *tip = git_ref(git, ref, &problem);
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    if (g_strcmp0(tip, jsonx_string(run->params, "parent")) == 0 && !make(run, git, paths, error))
        return false;
    fault_point("branch-moved", run->id);
    static const char *const words[] = {"update-index", "--add", "--remove", "-z", "--stdin"};
    return update_index(git, words, G_N_ELEMENTS(words), paths, error);
}

/* A person deleted it: there is nothing left to take back, and the index is not of it. False: it is there, or it cannot be seen. */
static bool is_gone(EffectRun *run) {
    g_autoptr(Git) git = effects_git(run, NULL);
    g_autofree char *ref = effects_branch_ref(jsonx_string(run->params, "branch"));
    GError *problem = NULL;
    g_autofree char *tip = git != NULL ? git_ref(git, ref, &problem) : NULL;
    bool gone = git != NULL && tip == NULL && problem == NULL;
    g_clear_error(&problem);
    return gone;
}

/* The work tree is not touched: write-files puts its files back. */
static bool undo(EffectRun *run, GError **error) {
    Observed seen = inspect(run, error);
    if (seen == OBSERVED_UNKNOWN)
        return false;
    if (seen == OBSERVED_DIFFERENT && is_gone(run))
        return true;
    if (seen == OBSERVED_DIFFERENT) {
        error_set(error, ERROR_CONFLICT, "the branch %s holds commits of another hand", jsonx_string(run->params, "branch"));
        error_why(error, "%s", run->seen);
        error_fix(error, "move them to a branch of their own, git reset --soft to the bump commit, then: slipway abort");
        return false;
    }
    g_autoptr(Git) git = effects_git(run, error);
    g_autoptr(GPtrArray) paths = paths_of(run);
    g_autofree char *ref = effects_branch_ref(jsonx_string(run->params, "branch"));
    const char *parent = jsonx_string(run->params, "parent");
    const char *commit = jsonx_string(run->result, "commit");
    if (seen != OBSERVED_ABSENT && !git_move_ref(git, ref, commit, parent, "slipway: abort", error))
        return false;
    fault_point("branch-moved-back", run->id);
    const char *const words[] = {"reset", "--quiet", "--pathspec-from-file=-", "--pathspec-file-nul", parent};
    return update_index(git, words, G_N_ELEMENTS(words), paths, error);
}

const EffectKind effect_kind_commit = {
    .name = "commit",
    .doc = "commits files of the work tree, without hooks, dated by the plan",
    .describe = describe,
    .shown = "branch",
    .inspect = inspect,
    .apply = apply,
    .undo = undo,
    .undo_note = "branch and index go back to the parent",
    .here = true,
};
