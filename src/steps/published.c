#include "steps/published.h"

#include "base/limits.h"
#include "effects/artifact.h"
#include "effects/effects.h"
#include "package/package.h"
#include "steps/signature.h"

#include <string.h>

void published_clear(Published *published) {
    g_clear_pointer(&published->release, forge_release_free);
    g_clear_pointer(&published->files, json_decref);
    g_clear_pointer(&published->loose, json_decref);
}

/* ---- what is there ---- */

static GHashTable *read_sums(Forge *forge, const ForgeRelease *release, const ForgeAsset *asset, GError **error) {
    g_autoptr(GBytes) bytes = forge_asset_bytes(forge, release, asset, SUMS_LIMIT, error);
    g_autofree char *text = bytes != NULL ? g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)) : NULL;
    return text != NULL ? package_sums_parse(text, asset->name, error) : NULL;
}

static void take_assets(Published *published, GHashTable *sums) {
    for (guint i = 0; i < published->release->assets->len; i++) {
        const ForgeAsset *asset = g_ptr_array_index(published->release->assets, i);
        const char *listed = sums != NULL ? g_hash_table_lookup(sums, asset->name) : NULL;
        const char *sha256 = listed != NULL ? listed : asset->sha256;
        if (sha256 != NULL)
            json_array_append_new(published->files, effects_file_json(asset->name, asset->size, sha256));
        else
            json_array_append_new(published->loose, jsonx_text(asset->name));
    }
}

bool published_find(const json_t *params, const char *tag, Published *published, GError **error) {
    g_autoptr(Forge) forge = forge_open(params, error);
    GError *problem = NULL;
    published->release = forge != NULL ? forge->kind->find(forge, tag, &problem) : NULL;
    if (problem != NULL)
        g_propagate_error(error, problem);
    if (forge == NULL || problem != NULL)
        return false;
    if (published->release == NULL || published->release->state != FORGE_PUBLIC) {
        g_autofree char *place = forge->kind->place(forge, tag);
        error_set(error, ERROR_NO_RELEASE, "there is no public release %s", tag);
        error_why(error, "%s: %s", place != NULL ? place : forge->kind->title,
                  published->release != NULL ? forge_state_name(published->release->state) : "nothing is there that anybody can see");
        error_state(error, "nothing was changed");
        error_fix(error, "slipway status, or name a version that is out: slipway verify --published X.Y.Z");
        return false;
    }
    const ForgeAsset *asset = forge_release_asset(published->release, EFFECTS_SUMS);
    g_autoptr(GHashTable) sums = asset != NULL ? read_sums(forge, published->release, asset, error) : NULL;
    if (asset != NULL && sums == NULL)
        return false;
    published->files = json_array();
    published->loose = json_array();
    published->sums = sums != NULL;
    take_assets(published, sums);
    return true;
}

/* ---- the plan ---- */

json_t *release_strangers_forge(const World *world, bool closed) {
    json_t *forge = json_deep_copy(world->forge);
    const ForgeKind *kind = forge_kind(jsonx_string(forge, "kind"));
    if (!closed && kind != NULL && kind->needs_token)
        json_object_set_new(forge, "anonymous", json_true());
    return forge;
}

static bool has_forge(const World *world, GError **error) {
    if (world->forge_problem != NULL)
        g_propagate_error(error, g_error_copy(world->forge_problem));
    return world->forge_problem == NULL;
}

/* The highest public version among releases, pre-releases or the others. NULL: none. */
static Version *highest(const World *world, const GPtrArray *releases, bool prereleases) {
    g_autoptr(Version) newest = NULL;
    for (guint i = 0; i < releases->len; i++) {
        const ForgeRelease *release = g_ptr_array_index(releases, i);
        g_autoptr(Version) version = release->state == FORGE_PUBLIC ? version_from_tag(release->tag, world->tag_pattern) : NULL;
        if (version == NULL || version_is_prerelease(version) != prereleases || (newest != NULL && version_compare(version, newest) <= 0))
            continue;
        g_clear_pointer(&newest, version_free);
        newest = g_steal_pointer(&version);
    }
    return g_steal_pointer(&newest);
}

Version *published_newest(const World *world, GError **error) {
    if (!has_forge(world, error))
        return NULL;
    g_autoptr(json_t) params = release_strangers_forge(world, false);
    g_autoptr(Forge) forge = forge_open(params, error);
    g_autoptr(GPtrArray) releases = forge != NULL ? forge->kind->list(forge, error) : NULL;
    Version *newest = releases != NULL ? highest(world, releases, false) : NULL;
    if (newest != NULL || releases == NULL)
        return newest;
    g_autoptr(Version) before = highest(world, releases, true);
    g_autofree char *text = before != NULL ? version_to_string(before) : NULL;
    error_set(error, ERROR_NO_RELEASE, before != NULL ? "of %s only pre-releases are published" : "nothing of %s is published", world->project);
    error_state(error, "nothing was changed");
    if (before != NULL)
        error_fix(error, "slipway verify --published %s", text);
    return NULL;
}

static void add_signature(const World *world, const json_t *forge, const Published *published, const char *tag, Plan *plan) {
    bool ssh = forge_release_asset(published->release, EFFECTS_SUMS ".sig") != NULL;
    bool gpg = forge_release_asset(published->release, EFFECTS_SUMS ".asc") != NULL;
    GError *problem = NULL;
    g_autoptr(json_t) spec = release_signature(world, &problem);
    if (spec != NULL)
        release_signature_when(world, tag, spec, &problem);
    if (problem != NULL)
        plan_problem(plan, problem);
    else if (spec == NULL)
        plan_skip(plan, "signature",
                  ssh || gpg ? "it is signed, and which key is right is not said: set signature.kind and signature.key"
                             : "it is not signed, and signature.kind asks for none");
    if (spec == NULL || problem != NULL)
        return;
    json_t *params = json_pack("{s: O, s: s, s: s}", "forge", forge, "tag", tag, "file", EFFECTS_SUMS);
    json_object_update(params, spec);
    plan_add(plan, STAGE_FOLLOW, "follow/signature", "check-signature", params, "follow/published");
}

/* Against what the assets are held. */
static void say_source(const Published *published, const json_t *known, const char *why, Plan *plan) {
    bool assets = published->release->assets->len > 0;
    if (known != NULL)
        plan_note(plan, "digests",
                  json_array_size(known) > 0 ? "as this repository's journal has them, of what was tested"
                                             : "none: by this repository's journal the release has no packages");
    else
        plan_note(plan, "digests", "%s: %s",
                  !assets           ? "none, because the forge has no packages of it"
                  : published->sums ? "as the published " EFFECTS_SUMS " has them"
                                    : "as the forge itself says, and there is no " EFFECTS_SUMS,
                  why);
    for (gsize i = 0; known == NULL && i < json_array_size(published->loose); i++) {
        const char *name = json_string_value(json_array_get(published->loose, i));
        g_autofree char *step = g_strconcat("asset ", name, NULL);
        bool list = g_str_has_prefix(name, EFFECTS_SUMS);
        plan_skip(plan, step, list ? "it is the list itself, or what signs it" : "nobody says its digest, so there is nothing to hold it against");
    }
}

Plan *release_published_plan(const World *world, const Version *version, json_t *known, const char *why, GError **error) {
    g_auto(Release) release = {.world = world, .version = version};
    g_auto(Published) published = {0};
    g_autoptr(json_t) forge = release_strangers_forge(world, false);
    release.tag = world_tag(world, version);
    release.written = release_written(world, version, error);
    if (release.written == NULL || !has_forge(world, error) || !published_find(forge, release.tag, &published, error))
        return NULL;
    g_autoptr(Plan) plan = plan_new(effect_kinds(), "verify", world->now);
    g_autofree char *text = version_to_string(version);
    json_object_set_new(plan->release, "project", jsonx_text(world->project));
    json_object_set_new(plan->release, "version", json_string(text));
    json_t *files = known != NULL ? known : published.files;
    plan_add(plan, STAGE_FOLLOW, "follow/published", "check-published",
             json_pack("{s: O, s: s, s: O, s: O, s: s}", "forge", forge, "tag", release.tag, "files", files, "loose", published.loose, "fix",
                       "see at the forge who changed it, and tell those who have it; then: slipway release patch"),
             NULL);
    say_source(&published, known, why, plan);
    add_signature(world, forge, &published, release.tag, plan);
    release_add_published_installs(&release, plan, forge, files);
    plan_seal(plan);
    return g_steal_pointer(&plan);
}
