#include "base/fault.h"
#include "effects/newest.h"
#include "effects/release.h"

#include <string.h>

static Observed judge(EffectRun *run, const char *tag, const ForgeRelease *is) {
    if (is == NULL)
        return effect_saw(run, OBSERVED_ABSENT, "there is no draft %s", tag);
    if (!effects_is_own(run, is))
        return effect_saw(run, OBSERVED_DIFFERENT, "the release %s belongs to another run (%s)", tag, effects_owner(is));
    if (is->state != FORGE_PUBLIC)
        return effect_saw(run, OBSERVED_ABSENT, "the release %s is %s", tag, is->state == FORGE_DRAFT ? "a draft" : "withdrawn");
    if (!is->settled)
        return effect_saw(run, OBSERVED_PARTIAL, "the release %s is public, and not all that belongs to it is there yet", tag);
    json_object_set_new(run->result, "url", jsonx_path(is->url));
    return effect_saw(run, OBSERVED_SAME, "the release %s is public", tag);
}

static Observed inspect(EffectRun *run, GError **error) {
    const char *tag = effects_tag(run, error);
    g_autoptr(Forge) forge = tag != NULL ? effects_forge(run, error) : NULL;
    if (forge == NULL)
        return OBSERVED_UNKNOWN;
    g_autoptr(ForgeRelease) is = NULL;
    GError *problem = NULL;
    if (!effects_find(forge, tag, &is, &problem))
        return effects_trouble(run, problem, error);
    return judge(run, tag, is);
}

/* A forge that finds no such tag on the remote may make one itself, of another commit. */
static bool check_remote_tag(EffectRun *run, const char *tag, GError **error) {
    const char *remote = jsonx_string(run->params, "remote");
    const char *target = effects_text(run, "target", error);
    if (target == NULL || remote == NULL)
        return target != NULL;
    g_autofree char *is = NULL;
    if (!effects_remote_tag(run, remote, tag, &is, error))
        return false;
    if (g_strcmp0(is, target) == 0)
        return true;
    error_set(error, ERROR_REMOTE_MOVED, "the tag %s on %s is not the planned commit; the release stays a draft", tag, remote);
    error_why(error, "it is %s, planned is %s", is != NULL ? is : "not there", target);
    return false;
}

static bool decide_latest(EffectRun *run, Forge *forge, const char *tag, ForgePublish *publish, GError **error) {
    if (!jsonx_bool(run->params, "latest", false))
        return true;
    g_autoptr(GPtrArray) releases = forge->kind->list(forge, error);
    if (releases == NULL)
        return false;
    g_autofree char *newer = effects_newer_release(releases, tag);
    publish->latest = newer == NULL;
    return true;
}

static bool apply(EffectRun *run, GError **error) {
    const char *tag = effects_tag(run, error);
    g_autoptr(Forge) forge = tag != NULL ? effects_forge(run, error) : NULL;
    if (forge == NULL || !check_remote_tag(run, tag, error))
        return false;
    fault_point("publish-tag-seen", run->id);
    ForgePublish publish = {.when = jsonx_int(run->params, "when", run->site->now)};
    if (!decide_latest(run, forge, tag, &publish, error) || !forge->kind->publish(forge, tag, effects_mark(run), &publish, error))
        return false;
    g_autofree char *place = forge->kind->place(forge, tag);
    json_object_set_new(run->result, "url", jsonx_path(place));
    return true;
}

static bool undo(EffectRun *run, GError **error) {
    const char *tag = effects_tag(run, error);
    g_autoptr(Forge) forge = tag != NULL ? effects_forge(run, error) : NULL;
    g_autoptr(ForgeRelease) is = NULL;
    if (forge == NULL || !effects_find(forge, tag, &is, error))
        return false;
    if (is == NULL || is->state == FORGE_DRAFT)
        return true;
    return forge->kind->withdraw(forge, tag, effects_mark(run), error);
}

static char *describe(const json_t *params) {
    g_autofree char *tag = effects_shown_member(params, "tag");
    g_autofree char *forge = effects_shown_forge(params);
    const char *remote = jsonx_string(params, "remote");
    if (remote == NULL)
        return g_strdup_printf("publish the release %s on %s", tag, forge);
    g_autofree char *target = effects_shown_member(params, "target");
    return g_strdup_printf("publish the release %s on %s, once the tag on %s is %s", tag, forge, remote, target);
}

const EffectKind effect_kind_publish = {
    .name = "publish",
    .doc = "makes the draft public, with all its assets at once",
    .describe = describe,
    .shown = "forge.kind forge.url tag remote",
    .inspect = inspect,
    .apply = apply,
    .undo = undo,
    .undo_note = "the release is withdrawn: demoted, kept, never deleted",
};
