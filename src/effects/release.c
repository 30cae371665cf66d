#include "effects/release.h"

#include "base/fs.h"
#include "base/text.h"

#include <glib/gstdio.h>
#include <string.h>

Forge *effects_forge(EffectRun *run, GError **error) {
    g_autoptr(json_t) params = json_copy(json_object_get(run->params, "forge"));
    if (effects_mark(run) != NULL)
        json_object_set_new(params, "mark", jsonx_text(effects_mark(run)));
    Forge *forge = forge_open(params, error);
    const char *draft = jsonx_string(run->params, "draft");
    draft = draft != NULL ? draft : jsonx_string(run->kept, "id");
    const char *tag = draft != NULL ? effects_tag(run, NULL) : NULL;
    if (forge == NULL)
        return NULL;
    forge->cancel = run->cancel;
    if (tag != NULL && forge->kind->know != NULL)
        forge->kind->know(forge, tag, draft);
    return forge;
}

const char *effects_tag(EffectRun *run, GError **error) {
    const char *tag = jsonx_string(run->params, "tag");
    if (tag == NULL)
        tag = jsonx_string(json_object_get(run->params, "release"), "tag");
    if (tag == NULL)
        error_set(error, ERROR_PLAN_BROKEN, "the effect %s has no tag", run->id);
    return tag;
}

const char *effects_mark(EffectRun *run) {
    const char *mark = jsonx_string(run->params, "mark");
    return mark != NULL ? mark : run->site->mark;
}

ForgeRelease *effects_release(EffectRun *run, GError **error) {
    const json_t *from = json_object_get(run->params, "release");
    g_autoptr(ForgeRelease) release = forge_release_new();
    release->tag = g_strdup(jsonx_string(from, "tag"));
    release->name = g_strdup(jsonx_string(from, "name"));
    release->notes = g_strdup(jsonx_string(from, "notes"));
    release->target = g_strdup(jsonx_string(from, "target"));
    release->mark = g_strdup(effects_mark(run));
    release->branch = g_strdup(jsonx_string(from, "branch"));
    release->prerelease = jsonx_bool(from, "prerelease", false);
    release->created = jsonx_int(from, "created", run->site->now);
    if (release->tag != NULL && release->name != NULL && release->notes != NULL && release->target != NULL)
        return g_steal_pointer(&release);
    error_set(error, ERROR_PLAN_BROKEN, "the effect %s has no whole release: tag, name, notes, target", run->id);
    return NULL;
}

bool effects_is_own(EffectRun *run, const ForgeRelease *is) {
    return g_strcmp0(is->mark, effects_mark(run)) == 0;
}

const char *effects_owner(const ForgeRelease *is) {
    return is->mark != NULL ? is->mark : "without a mark";
}

Observed effects_trouble(EffectRun *run, GError *problem, GError **error) {
    if (error_is(problem, ERROR_CONFLICT)) {
        Observed seen = effect_saw(run, OBSERVED_DIFFERENT, "%s", problem->message);
        g_propagate_error(error, problem); /* its why names what is there */
        return seen;
    }
    g_propagate_error(error, problem);
    return OBSERVED_UNKNOWN;
}

bool effects_remote_tag(EffectRun *run, const char *remote, const char *tag, char **commit, GError **error) {
    g_autoptr(Git) git = effects_git(run, error);
    if (git == NULL)
        return false;
    git->cancel = run->cancel;
    g_autofree char *ref = g_strconcat("refs/tags/", tag, NULL);
    g_autofree char *peeled = g_strconcat(ref, "^{}", NULL);
    const char *const patterns[] = {ref, peeled, NULL};
    g_autoptr(GHashTable) refs = git_remote_refs(git, remote, patterns, error);
    if (refs == NULL)
        return false;
    const char *is = g_hash_table_lookup(refs, peeled);
    *commit = g_strdup(is != NULL ? is : g_hash_table_lookup(refs, ref));
    return true;
}

bool effects_find(Forge *forge, const char *tag, ForgeRelease **release, GError **error) {
    GError *problem = NULL;
    *release = forge->kind->find(forge, tag, &problem);
    if (problem == NULL)
        return true;
    g_propagate_error(error, problem);
    return false;
}

bool effects_open_and_find(EffectRun *run, Forge **forge, ForgeRelease **release, GError **error) {
    const char *tag = effects_tag(run, error);
    *forge = tag != NULL ? effects_forge(run, error) : NULL;
    return *forge != NULL && effects_find(*forge, tag, release, error);
}

char *effects_fetch_asset(Forge *forge, const char *tag, const EffectsFile *file, const char *folder, GError **error) {
    g_autoptr(ForgeRelease) is = NULL;
    if (!effects_find(forge, tag, &is, error))
        return NULL;
    const ForgeAsset *asset = is != NULL ? forge_release_asset(is, file->name) : NULL;
    if (asset == NULL || asset->half) {
        error_set(error, ERROR_NOT_VERIFIED, "the forge has no whole asset %s of %s", file->name, tag);
        return NULL;
    }
    g_autofree char *path = g_build_filename(folder, file->name, NULL);
    g_autofree char *digest = NULL;
    ForgeWanted wanted = {.release = is, .asset = asset, .limit = file->size};
    if (!fs_make_dirs(folder, 0755, error) || !forge_asset_save(forge, &wanted, path, &digest, error))
        return NULL;
    if (strcmp(digest, file->sha256) == 0)
        return g_steal_pointer(&path);
    g_unlink(path);
    error_set(error, ERROR_NOT_VERIFIED, "%s on the forge is not what was uploaded", file->name);
    error_why(error, "its SHA-256 is %s, planned is %s", digest, file->sha256);
    return NULL;
}

char *effects_shown_forge(const json_t *params) {
    const json_t *forge = json_object_get(params, "forge");
    const ForgeKind *kind = forge_kind(jsonx_string(forge, "kind"));
    const char *url = jsonx_string(forge, "url");
    g_autofree char *path = effects_shown_member(forge, "path");
    g_autofree char *shown = url != NULL ? text_escape(url, -1, false) : g_strdup(path);
    const char *title = kind != NULL ? kind->title : "a forge that is not known";
    return url != NULL ? g_strdup_printf("%s (%s)", title, shown) : g_strdup_printf("the %s %s", title, shown);
}
