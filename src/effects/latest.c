#include "base/fault.h"
#include "effects/newest.h"
#include "effects/release.h"

#include <string.h>

typedef struct {
    Forge *forge;
    const char *tag;
    bool wanted;  /* shall the tag be the latest? */
    char *newer;  /* published since: then it shall not */
    char *latest; /* what is */
    bool settled; /* the pages show it */
} Look;

static void look_clear(Look *look) {
    g_clear_pointer(&look->forge, forge_close);
    g_free(look->newer);
    g_free(look->latest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)

static bool open_look(EffectRun *run, Look *look, GError **error) {
    look->tag = effects_tag(run, error);
    look->forge = look->tag != NULL ? effects_forge(run, error) : NULL;
    if (look->forge == NULL)
        return false;
    GError *problem = NULL;
    g_autoptr(GPtrArray) releases = look->forge->kind->list(look->forge, &problem);
    look->latest = problem == NULL ? look->forge->kind->latest(look->forge, &problem) : NULL;
    g_autoptr(ForgeRelease) is = NULL;
    if (problem != NULL || !effects_find(look->forge, look->tag, &is, &problem)) {
        g_propagate_error(error, problem);
        return false;
    }
    look->newer = effects_newer_release(releases, look->tag);
    look->wanted = jsonx_bool(run->params, "latest", false) && look->newer == NULL;
    look->settled = is == NULL || is->settled;
    return true;
}

static Observed inspect(EffectRun *run, GError **error) {
    g_auto(Look) look = {0};
    GError *problem = NULL;
    if (!open_look(run, &look, &problem))
        return effects_trouble(run, problem, error);
    const char *shown = look.latest != NULL ? look.latest : "none";
    bool is = g_strcmp0(look.latest, look.tag) == 0;
    json_object_set_new(run->result, "latest", look.latest != NULL ? jsonx_text(look.latest) : json_null());
    if (is == look.wanted || !look.wanted)
        return effect_saw(run, look.settled ? OBSERVED_SAME : OBSERVED_PARTIAL, "the latest release is %s", shown);
    return effect_saw(run, OBSERVED_ABSENT, "the latest release is %s", shown);
}

static bool apply(EffectRun *run, GError **error) {
    g_auto(Look) look = {0};
    if (!open_look(run, &look, error))
        return false;
    if (look.newer != NULL)
        effect_note(run, "%s stays the latest: it is newer", look.newer);
    if (json_object_get(run->kept, "before") == NULL && !effect_keep(run, "before", json_string(look.latest != NULL ? look.latest : ""), error))
        return false;
    fault_point("latest-noted", run->id);
    if (look.wanted)
        return look.forge->kind->set_latest(look.forge, look.tag, error);
    return look.settled || look.forge->kind->set_latest(look.forge, look.latest, error);
}

static bool undo(EffectRun *run, GError **error) {
    const char *before = jsonx_string(run->kept, "before");
    g_auto(Look) look = {0};
    if (before == NULL)
        return true;
    if (!open_look(run, &look, error))
        return false;
    const char *now = look.latest != NULL ? look.latest : "";
    if (strcmp(now, before) == 0)
        return true;
    if (strcmp(now, look.tag) != 0 && *now != '\0')
        return error_set(error, ERROR_CONFLICT, "the latest release is %s now; it was set by somebody else", now);
    g_autoptr(ForgeRelease) old = NULL;
    if (*before != '\0' && !effects_find(look.forge, before, &old, error))
        return false;
    bool back = old != NULL && old->state == FORGE_PUBLIC;
    return look.forge->kind->set_latest(look.forge, back ? before : NULL, error);
}

static char *describe(const json_t *params) {
    g_autofree char *tag = effects_shown_member(params, "tag");
    g_autofree char *newest = effects_shown_member(params, "newest");
    g_autofree char *forge = effects_shown_forge(params);
    if (jsonx_bool(params, "latest", false))
        return g_strdup_printf("make %s the latest release on %s", tag, forge);
    return g_strdup_printf("leave the latest release on %s as it is: %s is not the newest stable one, %s is", forge, tag, newest);
}

const EffectKind effect_kind_latest = {
    .name = "latest",
    .doc = "points `latest` to the newest stable release, never back to an older one",
    .describe = describe,
    .shown = "forge.kind forge.url tag latest",
    .inspect = inspect,
    .apply = apply,
    .undo = undo,
    .undo_note = "the former latest release is the latest again",
};
