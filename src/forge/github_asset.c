/* Assets on GitHub: read and removed. */
#include "forge/github.h"

char *forge_github_asset_path(const ForgeGithub *github, const ForgeAsset *asset) {
    g_autofree char *segment = http_segment(asset->id);
    return g_strdup_printf("%s/releases/assets/%s", github->repo, segment);
}

bool forge_github_read_asset(Forge *forge, const ForgeRelease *release, const ForgeAsset *asset, ForgeTake take, void *data, GError **error) {
    ForgeGithub *github = (ForgeGithub *)forge;
    if (!forge_check_asset_name(asset->name, error))
        return false;
    if (asset->id == NULL || asset->half)
        return error_set(error, ERROR_CONFLICT, "the release %s of %s has no whole asset %s", release->tag, github->project, asset->name);
    if (github->rest.token.secret == NULL && asset->url != NULL) /* by the address that anybody has */
        return rest_read(&github->rest, asset->url, NULL, take, data, error);
    g_autofree char *path = forge_github_asset_path(github, asset);
    return rest_read(&github->rest, path, "application/octet-stream", take, data, error);
}

/* ---- removing ---- */

bool forge_github_remove_asset(Forge *forge, const char *tag, const char *mark, const char *name, GError **error) {
    ForgeGithub *github = (ForgeGithub *)forge;
    g_autoptr(ForgeGithubRelease) is = NULL;
    if (!forge_check_asset_name(name, error) || !forge_github_look_quick(github, tag, mark, &is, error))
        return false;
    const ForgeAsset *asset = is != NULL ? forge_release_asset(is->release, name) : NULL;
    if (is == NULL || (asset == NULL && is->release->state == FORGE_DRAFT))
        return true;
    if (is->release->state != FORGE_DRAFT) {
        error_set(error, ERROR_CONFLICT, "the release %s of %s is no draft: it is %s", tag, github->project, forge_state_name(is->release->state));
        error_why(error, "%s%s", is->release->url, is->immutable ? "; it is immutable" : "; what is public is never deleted");
        return false;
    }
    g_autofree char *path = forge_github_asset_path(github, asset);
    return forge_github_delete(github, path, error);
}
