#include "base/fault.h"
#include "effects/release.h"

static Observed inspect(EffectRun *run, GError **error) {
    g_autoptr(Forge) forge = NULL;
    g_autoptr(ForgeRelease) is = NULL;
    GError *problem = NULL;
    if (!effects_open_and_find(run, &forge, &is, &problem))
        return effects_trouble(run, problem, error);
    if (is == NULL || is->state == FORGE_DRAFT)
        return effect_saw(run, OBSERVED_DIFFERENT, "there is no published release to withdraw");
    if (!effects_is_own(run, is))
        return effect_saw(run, OBSERVED_DIFFERENT, "the release %s belongs to another run (%s)", is->tag, effects_owner(is));
    if (is->state == FORGE_PUBLIC)
        return effect_saw(run, OBSERVED_ABSENT, "the release %s is public", is->tag);
    return effect_saw(run, is->settled ? OBSERVED_SAME : OBSERVED_PARTIAL, "the release %s is withdrawn%s", is->tag,
                      is->settled ? "" : ", and not all that belongs to it is changed yet");
}

static bool apply(EffectRun *run, GError **error) {
    g_autoptr(Forge) forge = NULL;
    g_autoptr(ForgeRelease) is = NULL;
    if (!effects_open_and_find(run, &forge, &is, error))
        return false;
    if (is == NULL)
        return error_set(error, ERROR_CONFLICT, "there is no published release %s", effects_tag(run, NULL));
    bool first = json_object_get(run->kept, "latest") == NULL;
    if (first && !effect_keep(run, "latest", json_boolean(is->latest), error))
        return false;
    fault_point("withdraw-noted", run->id);
    return forge->kind->withdraw(forge, is->tag, effects_mark(run), error);
}

static bool undo(EffectRun *run, GError **error) {
    g_autoptr(Forge) forge = NULL;
    g_autoptr(ForgeRelease) is = NULL;
    if (json_object_get(run->kept, "latest") == NULL)
        return true;
    if (!effects_open_and_find(run, &forge, &is, error))
        return false;
    if (is == NULL || is->state == FORGE_DRAFT)
        return error_set(error, ERROR_CONFLICT, "the release %s is not there any more", effects_tag(run, NULL));
    ForgePublish publish = {.when = is->published, .latest = jsonx_bool(run->kept, "latest", false)};
    if (!forge->kind->publish(forge, is->tag, effects_mark(run), &publish, error))
        return false;
    fault_point("withdraw-published", run->id);
    g_autofree char *latest = forge->kind->latest(forge, error);
    if (latest != NULL || !jsonx_bool(run->kept, "latest", false))
        return error == NULL || *error == NULL;
    return forge->kind->set_latest(forge, is->tag, error);
}

static char *describe(const json_t *params) {
    g_autofree char *tag = effects_shown_member(params, "tag");
    g_autofree char *forge = effects_shown_forge(params);
    return g_strdup_printf("withdraw the release %s on %s: marked, no longer latest, kept", tag, forge);
}

const EffectKind effect_kind_withdraw = {
    .name = "withdraw",
    .doc = "demotes a public release: it stays, marked as withdrawn",
    .describe = describe,
    .shown = "forge.kind forge.url tag",
    .inspect = inspect,
    .apply = apply,
    .undo = undo,
    .undo_note = "the release is published again",
};
