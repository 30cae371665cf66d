/* Parameters: remote, refs; forge, tag, files, draft: the draft that is published afterwards, which must stand there still (none: nothing is). */
#include "effects/release.h"
#include "effects/repository.h"

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

static Observed inspect(EffectRun *run, GError **error) {
    g_autoptr(Git) git = effects_git(run, error);
    git->cancel = run->cancel;
    g_autoptr(GHashTable) there = git_remote_refs(git, jsonx_string(run->params, "remote"), NULL, error);
    if (there == NULL)
        return OBSERVED_UNKNOWN;
    g_autoptr(GArray) refs = refs_of(run);
    guint arrived = 0, before = 0, made = 0, moved_on = 0;
    g_autoptr(GString) words = g_string_new(NULL);
    for (guint i = 0; i < refs->len; i++) {
        const GitPushRef *ref = &g_array_index(refs, GitPushRef, i);
        const char *id = g_hash_table_lookup(there, ref->ref);
        arrived += ref->after != NULL && g_strcmp0(id, ref->after) == 0 ? 1 : 0;
        bool here = ref->after != NULL && g_strcmp0(id, ref->after) == 0, still = g_strcmp0(id, ref->before) == 0;
        before += still ? 1 : 0;
        made += here && ref->before == NULL ? 1 : 0;
        moved_on += !here && !still && id != NULL ? 1 : 0;
        g_string_append_printf(words, "%s%s is %.12s (planned from %.12s)", i > 0 ? ", " : "", ref->ref, id != NULL ? id : "absent",
                               ref->before != NULL ? ref->before : "absent");
    }
    if (arrived == refs->len)
        return OBSERVED_SAME;
    /* One push, all or nothing: what it made is there, so the rest arrived with it, and others have pushed on top since. */
    if (made > 0 && arrived + moved_on == refs->len)
        return effect_saw(run, OBSERVED_SAME, "it arrived, and others have pushed since: %s", words->str);
    if (before == refs->len)
        return OBSERVED_ABSENT;
    error_set(error, ERROR_REMOTE_MOVED, "%s is not where the plan saw it", jsonx_string(run->params, "remote"));
    error_why(error, "%s", words->str);
    error_state(error, "nothing was pushed by this release");
    return effect_saw(run, OBSERVED_DIFFERENT, "%s", words->str);
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
    if (is->state != FORGE_DRAFT)
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

static bool apply(EffectRun *run, GError **error) {
    if (!is_reviewed_draft(run, error))
        return false;
    g_autoptr(Git) git = effects_git(run, error);
    g_autoptr(GArray) refs = refs_of(run);
    git->cancel = run->cancel;
    return git_push(git, jsonx_string(run->params, "remote"), (const GitPushRef *)(void *)refs->data, refs->len, error);
}

const EffectKind effect_kind_push = {
    .name = "push",
    .doc = "pushes refs in one atomic push, each leased to what the plan saw",
    .describe = describe,
    .inspect = inspect,
    .apply = apply,
    .undo_note = "cannot be undone, because others may have fetched it",
};
