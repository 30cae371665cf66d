#include "effects/release.h"
#include "package/package.h"

#include <string.h>

#define MAX_SUMS (4u << 20)

static void add_row(json_t *checked, const char *what, bool ok) {
    json_t *row = json_object();
    json_object_set_new(row, "what", json_string(what));
    json_object_set_new(row, "ok", json_boolean(ok));
    json_array_append_new(checked, row);
}

/* The list itself, and what signs it. */
static bool is_about_sums(const char *name) {
    return strcmp(name, EFFECTS_SUMS) == 0 || strcmp(name, EFFECTS_SUMS ".sig") == 0 || strcmp(name, EFFECTS_SUMS ".asc") == 0;
}

/* Every asset but the list itself stands in the list, with its digest, and nothing else does. */
static void compare_sums(const ForgeRelease *is, GHashTable *sums, GPtrArray *differences) {
    for (guint i = 0; i < is->assets->len; i++) {
        const ForgeAsset *asset = is->assets->pdata[i];
        if (is_about_sums(asset->name))
            continue;
        if (g_strcmp0(g_hash_table_lookup(sums, asset->name), asset->sha256) != 0)
            g_ptr_array_add(differences, g_strdup_printf(EFFECTS_SUMS ": no line, or another digest, for %s", asset->name));
    }
    GHashTableIter iter;
    gpointer name;
    g_hash_table_iter_init(&iter, sums);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        if (forge_release_asset(is, name) == NULL)
            g_ptr_array_add(differences, g_strdup_printf(EFFECTS_SUMS ": names %s, which is not at the forge", (char *)name));
    }
}

static bool check_sums(Forge *forge, const ForgeRelease *is, GPtrArray *differences, json_t *checked, GError **error) {
    const ForgeAsset *asset = forge_release_asset(is, EFFECTS_SUMS);
    if (asset == NULL)
        return true;
    g_autoptr(GBytes) bytes = forge_asset_bytes(forge, is, asset, MAX_SUMS, error);
    if (bytes == NULL)
        return false;
    g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    g_autoptr(GHashTable) sums = package_sums_parse(text, EFFECTS_SUMS, error);
    if (sums == NULL)
        return false;
    guint before = differences->len;
    compare_sums(is, sums, differences);
    add_row(checked, "the lines of " EFFECTS_SUMS, differences->len == before);
    return true;
}

static bool check(EffectRun *run, Forge *forge, const char *tag, GPtrArray *differences, GError **error) {
    g_autoptr(ForgeRelease) is = NULL;
    g_autoptr(json_t) checked = json_array();
    if (!effects_find(forge, tag, &is, error))
        return false;
    if (is == NULL || is->state != FORGE_PUBLIC) {
        g_ptr_array_add(differences, g_strdup_printf("the release: planned public, at the forge %s", is != NULL ? forge_state_name(is->state) : "not there"));
        return true;
    }
    if (!is->settled)
        g_ptr_array_add(differences, g_strdup("the pages: not up to date"));
    add_row(checked, "the release is public", is->settled);
    json_object_set(run->result, "checked", checked);
    const json_t *files = json_object_get(run->params, "files");
    return effects_compare_assets(forge, is, files, differences, checked, error) && check_sums(forge, is, differences, checked, error);
}

static bool apply(EffectRun *run, GError **error) {
    const char *tag = effects_tag(run, error);
    g_autoptr(Forge) forge = tag != NULL ? effects_forge(run, error) : NULL;
    g_autoptr(GPtrArray) differences = g_ptr_array_new_with_free_func(g_free);
    if (forge == NULL || !check(run, forge, tag, differences, error) || !effects_judge("the published release", differences, error))
        return false;
    effect_note(run, "%" G_GSIZE_FORMAT " assets read back", json_array_size(json_object_get(run->params, "files")));
    return true;
}

static char *describe(const json_t *params) {
    g_autofree char *tag = effects_shown_member(params, "tag");
    g_autofree char *files = effects_shown_member(params, "files");
    g_autofree char *forge = effects_shown_forge(params);
    if (*files == '\0')
        return g_strdup_printf("read the release %s back from %s as a stranger: public, without assets", tag, forge);
    return g_strdup_printf("read the release %s back from %s as a stranger: public, %s with their digests, " EFFECTS_SUMS " true", tag, forge, files);
}

const EffectKind effect_kind_check_published = {
    .name = "check-published",
    .doc = "reads the public release back and compares every digest",
    .describe = describe,
    .apply = apply,
    .undo = effects_undo_nothing,
    .undo_note = "nothing to undo: a check changes nothing",
    .volatile_outcome = true,
};
