/* Assets on GitHub: read and removed. */
#include "forge/github.h"

#include <string.h>

/* An asset of 2 GiB over a slow line. */
#define READ_SECONDS (24 * 3600)
#define READ_STALL 60
#define BUDGET 60
#define REDIRECTS 5

char *forge_github_asset_path(const ForgeGithub *github, const ForgeAsset *asset) {
    g_autofree char *segment = http_segment(asset->id);
    return g_strdup_printf("%s/releases/assets/%s", github->repo, segment);
}

/* ---- as a stranger ---- */

typedef struct {
    ForgeTake take;
    void *data;
    bool enough;
} Taking;

static bool pass_on(const char *bytes, gsize length, void *data) {
    Taking *taking = data;
    taking->enough = !taking->take(bytes, length, taking->data);
    return !taking->enough;
}

/* By the address that anybody has, with nothing that tells who asks. What is private is reached only where GitHub itself is. */
static bool download(ForgeGithub *github, const ForgeAsset *asset, ForgeTake take, void *data, GError **error) {
    g_auto(HttpAnswer) answer = {0};
    g_autoptr(GError) problem = NULL;
    g_autofree char *own = http_authority(github->rest.api);
    const char *const private_hosts[] = {own, NULL};
    Taking taking = {.take = take, .data = data};
    HttpRequest request = {
        .method = "GET",
        .url = asset->url,
        .seconds = READ_SECONDS,
        .stall_seconds = READ_STALL,
        .budget_seconds = BUDGET,
        .redirects = REDIRECTS,
        .limit = G_MAXSIZE,
        .take = pass_on,
        .data = &taking,
        .private_hosts = http_is_private(github->rest.host) ? private_hosts : NULL,
        .cancel = github->base.cancel,
    };
    if (!http_call(&request, &answer, NULL, &problem)) {
        if (!taking.enough)
            g_propagate_error(error, g_steal_pointer(&problem));
        return taking.enough;
    }
    if (answer.status >= 200 && answer.status < 300)
        return true;
    error_set(error, answer.status == 404 ? ERROR_CONFLICT : ERROR_NETWORK, "%s cannot be downloaded", asset->name);
    error_why(error, "%s: status %ld", asset->url, answer.status);
    return false;
}

bool forge_github_read_asset(Forge *forge, const ForgeRelease *release, const ForgeAsset *asset, ForgeTake take, void *data, GError **error) {
    ForgeGithub *github = (ForgeGithub *)forge;
    if (!forge_check_asset_name(asset->name, error))
        return false;
    if (asset->id == NULL || asset->half)
        return error_set(error, ERROR_CONFLICT, "the release %s of %s has no whole asset %s", release->tag, github->project, asset->name);
    if (github->rest.token.secret == NULL && asset->url != NULL)
        return download(github, asset, take, data, error);
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
