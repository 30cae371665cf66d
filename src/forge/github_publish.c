/* What everybody sees of a release on GitHub. */
#include "forge/github.h"

#include <string.h>

/* ---- publishing ---- */

static bool none(ForgeGithub *github, const char *tag, const char *what, GError **error) {
    return error_set(error, ERROR_CONFLICT, "there is no %s %s in %s", what, tag, github->project);
}

/* A draft with half an asset is not whole. */
static bool check_whole(const ForgeRelease *release, GError **error) {
    for (guint i = 0; i < release->assets->len; i++) {
        const ForgeAsset *asset = release->assets->pdata[i];
        if (asset->half) {
            error_set(error, ERROR_CONFLICT, "the draft %s is not published: its asset %s is not whole", release->tag, asset->name);
            error_why(error, "its upload did not end");
            return false;
        }
    }
    return true;
}

/* Of a withdrawn one the notes are put back, too, and of one that a person edited the mark. Which is the latest is always said; a pre-release cannot be it. */
static json_t *as_public(const ForgeGithubRelease *is, const char *mark, bool latest) {
    const ForgeRelease *release = is->release;
    json_t *json =
        json_pack("{s:b, s:b, s:s}", "draft", 0, "prerelease", release->prerelease ? 1 : 0, "make_latest", latest && !release->prerelease ? "true" : "false");
    g_autofree char *body = rest_notes_write(&(RestNotes){.mark = (char *)mark, .notes = release->notes});
    g_auto(RestNotes) there = {0};
    rest_notes_parse(is->body, &there);
    if (release->state == FORGE_WITHDRAWN || g_strcmp0(there.mark, mark) != 0)
        json_object_set_new(json, "body", jsonx_text(body));
    return json;
}

bool forge_github_publish(Forge *forge, const char *tag, const char *mark, const ForgePublish *publish, GError **error) {
    ForgeGithub *github = (ForgeGithub *)forge;
    g_auto(ForgeGithubFound) found = {0};
    if (!forge_github_look(github, tag, mark, &found, error))
        return false;
    if (found.is == NULL)
        return none(github, tag, "draft", error);
    if (found.is->release->state == FORGE_PUBLIC)
        return true;
    if (!check_whole(found.is->release, error) || !forge_github_drop_others(github, &found, true, error))
        return false;
    g_autoptr(json_t) json = as_public(found.is, mark, publish->latest);
    return forge_github_patch(github, found.is, json, error);
}

/* ---- taking back ---- */

bool forge_github_withdraw(Forge *forge, const char *tag, const char *mark, GError **error) {
    ForgeGithub *github = (ForgeGithub *)forge;
    g_autoptr(ForgeGithubRelease) is = NULL;
    if (!forge_github_look_quick(github, tag, mark, &is, error))
        return false;
    if (is == NULL || is->release->state == FORGE_DRAFT)
        return none(github, tag, "published release", error);
    if (is->release->state == FORGE_WITHDRAWN && is->flagged)
        return true;
    RestNotes notes = {.mark = (char *)mark, .notes = is->release->notes, .withdrawn = true, .was_prerelease = is->release->prerelease};
    g_autofree char *body = rest_notes_write(&notes);
    g_autoptr(json_t) json = json_pack("{s:b, s:s, s:o}", "prerelease", 1, "make_latest", "false", "body", jsonx_text(body));
    return forge_github_patch(github, is, json, error);
}

/* ---- latest ---- */

static bool put_latest(ForgeGithub *github, const ForgeGithubRelease *is, const char *value, GError **error) {
    g_autoptr(json_t) json = json_pack("{s:s}", "make_latest", value);
    return forge_github_patch(github, is, json, error);
}

bool forge_github_set_latest(Forge *forge, const char *tag, GError **error) {
    ForgeGithub *github = (ForgeGithub *)forge;
    GError *problem = NULL;
    g_autofree char *present = forge_github_latest(forge, &problem);
    g_auto(ForgeGithubFound) found = {0};
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    if (g_strcmp0(present, tag) == 0)
        return true;
    if (!forge_github_look(github, tag != NULL ? tag : present, NULL, &found, error))
        return false;
    if (found.is == NULL)
        return none(github, tag != NULL ? tag : present, "published release", error);
    if (tag == NULL)
        return put_latest(github, found.is, "false", error);
    const ForgeRelease *is = found.is->release;
    if (is->state != FORGE_PUBLIC || is->prerelease) {
        error_set(error, ERROR_CONFLICT, "%s cannot become the latest release of %s", tag, github->project);
        error_why(error, "it is %s", is->state == FORGE_PUBLIC ? "a pre-release" : is->state == FORGE_DRAFT ? "a draft" : "withdrawn");
        return false;
    }
    return put_latest(github, found.is, "true", error);
}
