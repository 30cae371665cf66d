#include "effects/review.h"

static bool review(EffectRun *run, Forge *forge, const ForgeRelease *planned, json_t *rows, GError **error) {
    g_autoptr(ForgeRelease) is = NULL;
    if (!effects_find(forge, planned->tag, &is, error))
        return false;
    effects_review_add(rows, "state", "draft", is != NULL ? forge_state_name(is->state) : "not there", is != NULL && is->state == FORGE_DRAFT);
    if (is == NULL)
        return true;
    effects_review_release(planned, is, rows);
    g_autofree char *edited = effects_edited_notes(planned, is);
    if (edited != NULL)
        json_object_set_new(run->result, "edited", jsonx_text(edited));
    if (is->url != NULL)
        json_object_set_new(run->result, "url", jsonx_path(is->url));
    return effects_review_assets(forge, is, json_object_get(run->params, "files"), NULL, rows, error);
}

/* What a person did to it meanwhile. */
static void explain(const char *tag, const char *state, GError **error) {
    if (g_strcmp0(state, forge_state_name(FORGE_PUBLIC)) != 0) {
        error_state(error, "nothing is public yet");
        error_fix(error, "slipway abort, then release again");
        return;
    }
    error_state(error, "the release %s is public: somebody published it at the forge, before slipway did", tag);
    error_fix(error, "if nobody needs it yet: delete that release there, and the tag %s that the forge made for it; then: slipway abort, and release again",
              tag);
}

static bool apply(EffectRun *run, GError **error) {
    g_autoptr(ForgeRelease) planned = effects_release(run, error);
    g_autoptr(Forge) forge = planned != NULL ? effects_forge(run, error) : NULL;
    g_autoptr(json_t) rows = json_array();
    json_object_set(run->result, "checked", rows);
    if (forge == NULL || !review(run, forge, planned, rows, error))
        return false;
    if (!effects_review_judge("the draft", rows, error)) {
        explain(planned->tag, jsonx_string(json_array_get(rows, 0), "is"), error);
        return false;
    }
    effect_note(run, "%" G_GSIZE_FORMAT " assets read back%s", json_array_size(json_object_get(run->params, "files")),
                json_object_get(run->result, "edited") != NULL ? "; the notes were edited at the forge and are kept" : "");
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
    .shown = "forge.kind forge.url release.tag files files.name",
    .apply = apply,
    .undo = effects_undo_nothing,
    .undo_note = "nothing to undo: a check changes nothing",
    .volatile_outcome = true,
};
