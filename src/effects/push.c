/* Parameters: remote, refs; here: where this clone has the refs of the release, [{ref, at}]; forge, tag, files, draft: the draft that is published afterwards,
 * which must stand there still (none: nothing is). */
#include "effects/release.h"
#include "effects/repository.h"
#include "git/pushed.h"

#include <string.h>

static char *value_of(const json_t *row, const char *key) {
    g_autofree char *value = effects_value(row, key);
    return *value == '<' ? g_steal_pointer(&value) : g_strndup(value, 12);
}

static char *describe(const json_t *params) {
    const json_t *rows = json_object_get(params, "refs");
    GString *line = g_string_new(NULL);
    g_string_append_printf(line, "push to %s, all or nothing:", jsonx_string(params, "remote"));
    for (gsize i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        g_autofree char *before = value_of(row, "before");
        g_autofree char *after = value_of(row, "after");
        g_string_append_printf(line, "%s %s %s → %s", i > 0 ? "," : "", jsonx_string(row, "ref"), before, after);
    }
    return g_string_free(line, FALSE);
}

static GArray *refs_of(const EffectRun *run) {
    GArray *refs = g_array_new(FALSE, TRUE, sizeof(GitPushRef));
    const json_t *rows = json_object_get(run->params, "refs");
    for (gsize i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        GitPushRef ref = {.ref = jsonx_string(row, "ref"), .before = jsonx_string(row, "before"), .after = jsonx_string(row, "after")};
        g_array_append_val(refs, ref);
    }
    return refs;
}

static bool look(EffectRun *run, const Git *git, const GArray *refs, GitPushed *pushed, GError **error) {
    return git_pushed(git, jsonx_string(run->params, "remote"), (const GitPushRef *)(void *)refs->data, refs->len, pushed, error);
}

static bool moved(EffectRun *run, const GitPushed *pushed, GError **error) {
    const char *remote = jsonx_string(run->params, "remote");
    error_set(error, ERROR_REMOTE_MOVED, "%s is not where the plan saw it", remote);
    error_why(error, "%s", pushed->text);
    error_state(error, "nothing was pushed by this release");
    return false;
}

/* In a clone that has not made all of the commits yet, or does not know that it has: what is not as before may be the push of the very same release. */
static Observed inspect_unmade(EffectRun *run, const Git *git, const GArray *refs, GError **error) {
    g_autoptr(GHashTable) there = git_remote_refs(git, jsonx_string(run->params, "remote"), NULL, error);
    for (guint i = 0; there != NULL && i < refs->len; i++) {
        const GitPushRef *ref = &g_array_index(refs, GitPushRef, i);
        const char *is = g_hash_table_lookup(there, ref->ref);
        if (is != NULL && g_strcmp0(is, ref->after) == 0)
            return effect_saw(run, OBSERVED_PARTIAL, "%s is %.12s on the remote, as this release made it here", ref->ref, is);
        if (g_strcmp0(is, ref->before) != 0)
            return effect_saw(run, OBSERVED_UNKNOWN, "%s is %.12s on the remote (planned from %.12s), and what this release makes there is not made here yet",
                              ref->ref, is != NULL ? is : "absent", ref->before != NULL ? ref->before : "absent");
    }
    return there != NULL ? OBSERVED_ABSENT : OBSERVED_UNKNOWN;
}

static bool is_made(const GArray *refs) {
    for (guint i = 0; i < refs->len; i++) {
        if (g_array_index(refs, GitPushRef, i).after == NULL)
            return false;
    }
    return true;
}

static Observed inspect(EffectRun *run, GError **error) {
    g_autoptr(Git) git = effects_git(run, error);
    g_autoptr(GArray) refs = refs_of(run);
    g_auto(GitPushed) pushed = {0};
    if (git != NULL)
        git->cancel = run->cancel;
    if (git != NULL && !is_made(refs))
        return inspect_unmade(run, git, refs, error);
    if (git == NULL || !look(run, git, refs, &pushed, error))
        return OBSERVED_UNKNOWN;
    if (pushed.there == refs->len)
        return effect_saw(run, OBSERVED_SAME, "%s", pushed.text);
    if (pushed.there > 0)
        return effect_saw(run, OBSERVED_PARTIAL, "%s", pushed.text);
    if (pushed.moved == 0)
        return OBSERVED_ABSENT;
    moved(run, &pushed, error);
    return effect_saw(run, OBSERVED_DIFFERENT, "%s", pushed.text);
}

/* ---- the draft, for the last time ---- */

/* What is there of an asset, by what the forge says; NULL: as planned. */
static const char *wrong_asset(const ForgeRelease *is, const EffectsFile *file) {
    const ForgeAsset *asset = forge_release_asset(is, file->name);
    if (asset == NULL || asset->half)
        return asset == NULL ? "is not there" : "is only half there";
    bool same = asset->size == file->size && (asset->sha256 == NULL || strcmp(asset->sha256, file->sha256) == 0);
    return same ? NULL : "is another one";
}

static bool check_assets(EffectRun *run, const ForgeRelease *is, GError **error) {
    const json_t *files = json_object_get(run->params, "files");
    for (gsize i = 0; i < json_array_size(files); i++) {
        EffectsFile file;
        if (!effects_file(files, i, &file, error))
            return false;
        const char *wrong = wrong_asset(is, &file);
        if (wrong != NULL)
            return error_set(error, ERROR_NOT_VERIFIED, "the draft %s is not what was reviewed: its asset %s %s", is->tag, file.name, wrong);
    }
    if (is->assets->len == json_array_size(files))
        return true;
    return error_set(error, ERROR_NOT_VERIFIED, "the draft %s is not what was reviewed: it has %u assets", is->tag, is->assets->len);
}

static bool check_draft(EffectRun *run, GError **error) {
    const char *tag = effects_tag(run, NULL);
    g_autoptr(Forge) forge = NULL;
    g_autoptr(ForgeRelease) is = NULL;
    if (!effects_open_and_find(run, &forge, &is, error))
        return false;
    if (is == NULL)
        return error_set(error, ERROR_NOT_VERIFIED, "the draft %s is not at the forge any more", tag);
    if (!effects_is_own(run, is))
        return error_set(error, ERROR_NOT_VERIFIED, "the release %s at the forge belongs to another run (%s)", tag, effects_owner(is));
    if (is->state != FORGE_DRAFT && is->state != FORGE_PUBLIC) /* what somebody published by hand is finished */
        return error_set(error, ERROR_NOT_VERIFIED, "the release %s is %s at the forge, before its tag was pushed", tag, forge_state_name(is->state));
    return check_assets(run, is, error);
}

/* Between the review and this a person may have slept: what is pushed cannot be taken back, and without its draft could not be finished. */
static bool is_reviewed_draft(EffectRun *run, GError **error) {
    GError *problem = NULL;
    if (json_object_get(run->params, "forge") == NULL || check_draft(run, &problem))
        return true;
    if (error_is(problem, ERROR_NOT_VERIFIED)) {
        error_why(&problem, "somebody changed it there after it was reviewed");
        error_fix(&problem, "slipway abort, then release again");
    }
    error_state(&problem, "nothing was pushed by this release");
    g_propagate_error(error, problem);
    return false;
}

/* ---- pushing ---- */

/* A part of it is out, and the rest has no room: only a person can join the two histories. */
static bool has_no_room(EffectRun *run, const GArray *refs, const GitPushed *pushed, GError **error) {
    const char *remote = jsonx_string(run->params, "remote");
    error_set(error, ERROR_PUSH_UNKNOWN, "the push to %s arrived in part, and what is missing cannot be pushed", remote);
    error_why(error, "others have pushed something else since: %s", pushed->text);
    error_state(error, "what arrived stays there; nothing was pushed now");
    const char *branch = NULL, *after = NULL, *tag = NULL;
    for (guint i = 0; i < refs->len; i++) {
        const GitPushRef *ref = &g_array_index(refs, GitPushRef, i);
        bool is_moved = pushed->places[i] == GIT_REF_MOVED;
        if (is_moved && g_str_has_prefix(ref->ref, "refs/heads/")) {
            branch = ref->ref + strlen("refs/heads/");
            after = ref->after;
        } else if (is_moved) {
            tag = ref->ref;
        }
    }
    if (branch != NULL)
        error_fix(error,
                  "git fetch %s %s && git switch --detach FETCH_HEAD && git merge --no-edit %.12s && git push %s HEAD:%s && git switch -, then: slipway resume",
                  remote, branch, after, remote, branch);
    else
        error_fix(error, "see whose it is: git ls-remote %s %s; where nobody needs it: git push %s :%s, then: slipway resume", remote, tag, remote, tag);
    return false;
}

/* Of a push that arrived by half only what is missing goes, each still leased to where the plan saw it. */
static bool push_rest(EffectRun *run, const Git *git, const GArray *refs, const GitPushed *pushed, GError **error) {
    g_autoptr(GArray) rest = g_array_new(FALSE, TRUE, sizeof(GitPushRef));
    for (guint i = 0; i < refs->len; i++) {
        if (pushed->places[i] == GIT_REF_BEFORE)
            g_array_append_val(rest, g_array_index(refs, GitPushRef, i));
    }
    GError *problem = NULL;
    if (git_push(git, jsonx_string(run->params, "remote"), (const GitPushRef *)(void *)rest->data, rest->len, &problem))
        return true;
    if (pushed->there > 0)
        error_state(&problem, "of this release, a part is on the remote: %s", pushed->text);
    g_propagate_error(error, problem);
    return false;
}

/* ---- this clone, for the last time ---- */

static bool say_moved(const char *ref, const char *id, const char *at, GError **error) {
    error_set(error, ERROR_CONFLICT, "%s is at %.12s here, not at %.12s, where the release has it", ref, id != NULL ? id : "nothing", at);
    error_why(error, "somebody committed to it or moved it since; what was proven is pushed, and nothing else");
    error_state(error, "nothing was pushed by this release");
    if (id != NULL && g_str_has_prefix(ref, "refs/heads/"))
        error_fix(error, "git branch kept %.12s, put the branch back (on it: git reset --keep %.12s), then: slipway resume", id, at);
    else
        error_fix(error, "git update-ref %s %s, then: slipway resume", ref, at);
    return false;
}

static bool is_here_as_planned(EffectRun *run, const Git *git, GError **error) {
    const json_t *rows = json_object_get(run->params, "here");
    for (gsize i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *ref = jsonx_string(row, "ref"), *at = jsonx_string(row, "at");
        GError *problem = NULL;
        g_autofree char *id = ref != NULL && at != NULL ? git_ref(git, ref, &problem) : NULL;
        if (ref == NULL || at == NULL)
            return error_set(error, ERROR_PLAN_BROKEN, "the effect %s does not say where its refs are", run->id);
        if (problem == NULL && g_strcmp0(id, at) == 0)
            continue;
        if (problem == NULL)
            return say_moved(ref, id, at, error);
        g_propagate_error(error, problem);
        return false;
    }
    return true;
}

static bool apply(EffectRun *run, GError **error) {
    g_autoptr(Git) git = effects_git(run, error);
    g_autoptr(GArray) refs = refs_of(run);
    g_auto(GitPushed) pushed = {0};
    if (git != NULL)
        git->cancel = run->cancel;
    if (git == NULL || !look(run, git, refs, &pushed, error))
        return false;
    if (pushed.moved > 0)
        return pushed.there > 0 ? has_no_room(run, refs, &pushed, error) : moved(run, &pushed, error);
    /* Where a part is out, to finish is all that is left, whatever became of the draft. */
    bool fine = pushed.there > 0 || (is_reviewed_draft(run, error) && is_here_as_planned(run, git, error));
    return fine && push_rest(run, git, refs, &pushed, error);
}

const EffectKind effect_kind_push = {
    .name = "push",
    .doc = "pushes refs in one atomic push, each leased to what the plan saw",
    .describe = describe,
    .shown = "remote refs.ref",
    .inspect = inspect,
    .apply = apply,
    .undo_note = "cannot be undone, because others may have fetched it",
};
