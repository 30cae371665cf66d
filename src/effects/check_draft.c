#include "effects/release.h"

static bool compare(EffectRun *run, Forge *forge, const ForgeRelease *planned, GPtrArray *differences, GError **error) {
    g_autoptr(ForgeRelease) is = NULL;
    g_autoptr(json_t) checked = json_array();
    if (!effects_find(forge, planned->tag, &is, error))
        return false;
    if (is == NULL) {
        g_ptr_array_add(differences, g_strdup("the draft: not at the forge"));
        return true;
    }
    effects_compare_release(planned, is, differences);
    if (is->state != FORGE_DRAFT)
        g_ptr_array_add(differences, g_strdup_printf("state: planned draft, at the forge %s", forge_state_name(is->state)));
    json_t *row = json_object();
    json_object_set_new(row, "what", json_string("tag, name, notes, target, flags"));
    json_object_set_new(row, "ok", json_boolean(differences->len == 0));
    json_array_append_new(checked, row);
    json_object_set(run->result, "checked", checked);
    return effects_compare_assets(forge, is, json_object_get(run->params, "files"), differences, checked, error);
}

static bool apply(EffectRun *run, GError **error) {
    g_autoptr(ForgeRelease) planned = effects_release(run, error);
    g_autoptr(Forge) forge = planned != NULL ? effects_forge(run, error) : NULL;
    g_autoptr(GPtrArray) differences = g_ptr_array_new_with_free_func(g_free);
    if (forge == NULL || !compare(run, forge, planned, differences, error))
        return false;
    if (!effects_judge("the draft", differences, error)) {
        error_state(error, "nothing is public yet");
        error_fix(error, "slipway abort, then release again");
        return false;
    }
    effect_note(run, "%" G_GSIZE_FORMAT " assets read back", json_array_size(json_object_get(run->params, "files")));
    return true;
}

static char *describe(const json_t *params) {
    g_autofree char *tag = effects_shown_member(json_object_get(params, "release"), "tag");
    g_autofree char *files = effects_shown_member(params, "files");
    g_autofree char *forge = effects_shown_forge(params);
    return g_strdup_printf("read the draft %s back from %s: tag, target, notes, flags and %s as planned", tag, forge, *files != '\0' ? files : "no asset");
}

const EffectKind effect_kind_check_draft = {
    .name = "check-draft",
    .doc = "reads the draft and every asset back and compares them with the plan",
    .describe = describe,
    .apply = apply,
    .undo = effects_undo_nothing,
    .undo_note = "nothing to undo: a check changes nothing",
    .volatile_outcome = true,
};
