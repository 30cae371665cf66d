#include "base/fault.h"
#include "effects/review.h"

static void put_result(EffectRun *run, const ForgeRelease *release) {
    json_object_set_new(run->result, "id", jsonx_text(release->id));
    json_object_set_new(run->result, "url", jsonx_path(release->url));
}

static Observed judge(EffectRun *run, const ForgeRelease *planned, const ForgeRelease *is) {
    if (is == NULL)
        return effect_saw(run, OBSERVED_ABSENT, "there is no release %s", planned->tag);
    if (!effects_is_own(run, is))
        return effect_saw(run, OBSERVED_DIFFERENT, "the release %s is there and belongs to another run (%s)", is->tag, effects_owner(is));
    g_autoptr(json_t) rows = json_array();
    effects_review_release(planned, is, rows);
    g_autofree char *wrong = effects_review_wrong(rows);
    if (wrong == NULL && is->state != FORGE_WITHDRAWN) {
        g_autofree char *edited = effects_edited_notes(planned, is);
        put_result(run, is);
        if (edited != NULL)
            effect_note(run, "its notes were edited at the forge and are kept");
        return effect_saw(run, OBSERVED_SAME, "the release %s is there as planned", is->tag);
    }
    if (is->state != FORGE_DRAFT)
        return effect_saw(run, OBSERVED_DIFFERENT, "the release %s is %s already", is->tag, forge_state_name(is->state));
    return effect_saw(run, OBSERVED_PARTIAL, "the draft %s is this run's and not as planned: %s", is->tag, wrong != NULL ? wrong : "");
}

static Observed inspect(EffectRun *run, GError **error) {
    g_autoptr(ForgeRelease) planned = effects_release(run, error);
    g_autoptr(Forge) forge = planned != NULL ? effects_forge(run, error) : NULL;
    if (forge == NULL)
        return OBSERVED_UNKNOWN;
    g_autoptr(ForgeRelease) is = NULL;
    GError *problem = NULL;
    if (!effects_find(forge, planned->tag, &is, &problem))
        return effects_trouble(run, problem, error);
    return judge(run, planned, is);
}

static bool apply(EffectRun *run, GError **error) {
    g_autoptr(ForgeRelease) planned = effects_release(run, error);
    g_autoptr(Forge) forge = planned != NULL ? effects_forge(run, error) : NULL;
    if (forge == NULL || !forge->kind->draft(forge, planned, error))
        return false;
    fault_point("draft-made", run->id);
    g_autoptr(ForgeRelease) is = NULL;
    if (!effects_find(forge, planned->tag, &is, error))
        return false;
    if (is == NULL)
        return error_set(error, ERROR_NOT_VERIFIED, "the draft %s was made and cannot be found", planned->tag);
    put_result(run, is);
    return effect_keep(run, "id", jsonx_text(is->id), error);
}

static bool undo(EffectRun *run, GError **error) {
    const char *tag = effects_tag(run, error);
    g_autoptr(Forge) forge = tag != NULL ? effects_forge(run, error) : NULL;
    return forge != NULL && forge->kind->remove_draft(forge, tag, effects_mark(run), error);
}

static char *describe(const json_t *params) {
    const json_t *release = json_object_get(params, "release");
    g_autofree char *forge = effects_shown_forge(params);
    g_autofree char *tag = effects_shown_member(release, "tag");
    g_autofree char *name = effects_shown_member(release, "name");
    g_autofree char *target = effects_shown_member(release, "target");
    const char *prerelease = jsonx_bool(release, "prerelease", false) ? "pre-release " : "";
    return g_strdup_printf("draft the %srelease %s (\"%s\") of %s on %s", prerelease, tag, name, target, forge);
}

/* The notes, as they will stand there. */
static char *detail(const json_t *params) {
    return g_strdup(jsonx_string(json_object_get(params, "release"), "notes"));
}

const EffectKind effect_kind_draft = {
    .name = "draft",
    .doc = "makes a draft of the release on the forge, which nobody else sees",
    .describe = describe,
    .detail = detail,
    .shown = "forge.kind forge.url release.tag release.name release.target release.prerelease release.notes",
    .inspect = inspect,
    .apply = apply,
    .undo = undo,
    .undo_note = "the draft is removed, if it carries this run's mark",
};
