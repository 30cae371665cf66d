#include "base/limits.h"
#include "effects/review.h"
#include "package/package.h"

#include <string.h>

/* The list itself, and what signs it. */
static bool is_about_sums(const char *name) {
    return strcmp(name, EFFECTS_SUMS) == 0 || strcmp(name, EFFECTS_SUMS ".sig") == 0 || strcmp(name, EFFECTS_SUMS ".asc") == 0;
}

/* Every asset but the list itself stands in the list, with its digest, and nothing else does. What does not, "; " between. */
static char *compare_sums(const ForgeRelease *is, const json_t *files, GHashTable *sums) {
    GString *wrong = g_string_new(NULL);
    for (gsize i = 0; i < json_array_size(files); i++) {
        const char *name = jsonx_string(json_array_get(files, i), "name"), *sha256 = jsonx_string(json_array_get(files, i), "sha256");
        if (!is_about_sums(name) && g_strcmp0(g_hash_table_lookup(sums, name), sha256) != 0)
            g_string_append_printf(wrong, "%sno line, or another digest, for %s", wrong->len > 0 ? "; " : "", name);
    }
    g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(sums), (GCompareFunc)strcmp);
    for (GList *name = names; name != NULL; name = name->next) {
        if (forge_release_asset(is, name->data) == NULL)
            g_string_append_printf(wrong, "%snames %s, which is not at the forge", wrong->len > 0 ? "; " : "", (char *)name->data);
    }
    return g_string_free(wrong, FALSE);
}

static bool check_sums(Forge *forge, const ForgeRelease *is, const json_t *files, json_t *rows, GError **error) {
    const ForgeAsset *asset = forge_release_asset(is, EFFECTS_SUMS);
    if (asset == NULL)
        return true;
    g_autoptr(GBytes) bytes = forge_asset_bytes(forge, is, asset, SUMS_LIMIT, error);
    if (bytes == NULL)
        return false;
    g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    g_autoptr(GHashTable) sums = package_sums_parse(text, EFFECTS_SUMS, error);
    if (sums == NULL)
        return false;
    static const char right[] = "every asset with its digest";
    g_autofree char *wrong = compare_sums(is, files, sums);
    effects_review_add(rows, "the lines of " EFFECTS_SUMS, right, *wrong != '\0' ? wrong : right, *wrong == '\0');
    return true;
}

static bool review(EffectRun *run, Forge *forge, const char *tag, json_t *rows, GError **error) {
    g_autoptr(ForgeRelease) is = NULL;
    if (!effects_find(forge, tag, &is, error))
        return false;
    bool public = is != NULL && is->state == FORGE_PUBLIC;
    effects_review_add(rows, "state", "public",
                       is == NULL               ? "not there"
                       : public && !is->settled ? "public, and not all that belongs to it is there yet"
                                                : forge_state_name(is->state),
                       public && is->settled);
    if (!public)
        return true;
    const json_t *files = json_object_get(run->params, "files");
    return effects_review_assets(forge, is, files, json_object_get(run->params, "loose"), rows, error) && check_sums(forge, is, files, rows, error);
}

/* What a stranger clones has the release, too: somebody may have taken the tag away from the remote. */
static bool review_tag(EffectRun *run, const char *tag, json_t *rows, GError **error) {
    const char *remote = jsonx_string(run->params, "remote"), *target = remote != NULL ? effects_text(run, "target", error) : NULL;
    g_autofree char *is = NULL;
    if (remote == NULL)
        return true;
    if (target == NULL || !effects_remote_tag(run, remote, tag, &is, error))
        return false;
    g_autofree char *what = g_strdup_printf("the tag on %s", remote);
    effects_review_add(rows, what, target, is != NULL ? is : "not there", g_strcmp0(is, target) == 0);
    return true;
}

/* A tag that is not there, and nothing else wrong: this clone has it. */
static void how_to_restore(const EffectRun *run, const char *tag, const json_t *rows, GError **error) {
    const char *remote = jsonx_string(run->params, "remote");
    gsize last = json_array_size(rows) - 1;
    for (gsize i = 0; remote != NULL && i < last; i++) {
        if (!jsonx_bool(json_array_get(rows, i), "ok", false))
            return;
    }
    if (remote != NULL && g_strcmp0(jsonx_string(json_array_get(rows, last), "is"), "not there") == 0)
        error_fix(error, "git push %s refs/tags/%s, then: slipway resume", remote, tag);
}

static bool apply(EffectRun *run, GError **error) {
    const char *tag = effects_tag(run, error);
    g_autoptr(Forge) forge = tag != NULL ? effects_forge(run, error) : NULL;
    g_autoptr(json_t) rows = json_array();
    json_object_set(run->result, "checked", rows);
    if (forge == NULL || !review(run, forge, tag, rows, error) || !review_tag(run, tag, rows, error))
        return false;
    if (!effects_review_judge("the published release", rows, error)) {
        const char *fix = jsonx_string(run->params, "fix"); /* of a run that cannot be resumed */
        if (fix != NULL)
            error_fix(error, "%s", fix);
        else
            how_to_restore(run, tag, rows, error);
        return false;
    }
    effect_note(run, "%" G_GSIZE_FORMAT " assets read back", json_array_size(json_object_get(run->params, "files")));
    return true;
}

static char *describe(const json_t *params) {
    g_autofree char *tag = effects_shown_member(params, "tag");
    g_autofree char *files = effects_shown_member(params, "files");
    g_autofree char *forge = effects_shown_forge(params);
    g_autofree char *target = effects_shown_member(params, "target");
    const char *remote = jsonx_string(params, "remote");
    g_autofree char *cloned = remote != NULL ? g_strdup_printf(", and its tag on %s is %s", remote, target) : g_strdup("");
    if (*files == '\0')
        return g_strdup_printf("read the release %s back from %s as a stranger: public, without assets%s", tag, forge, cloned);
    return g_strdup_printf("read the release %s back from %s as a stranger: public, %s with their digests, " EFFECTS_SUMS " true%s", tag, forge, files, cloned);
}

const EffectKind effect_kind_check_published = {
    .name = "check-published",
    .doc = "reads the public release back and compares every digest",
    .describe = describe,
    .shown = "forge.kind forge.url tag files files.name remote target",
    .apply = apply,
    .undo = effects_undo_nothing,
    .undo_note = "nothing to undo: a check changes nothing",
    .volatile_outcome = true,
};
