/* What forges answer of a release. The first byte says whose answer it is; the rest is JSON of any shape. */
#include "forge/gitea.h"
#include "forge/github.h"
#include "forge/gitlab.h"
#include "fuzz/fuzz.h"

#include <string.h>

#define HOST "forge.example"
#define API "https://" HOST "/api"
#define PATH "/releases/1"

static const RestKind kind = {.title = "Forge"};

static void check_release(const ForgeRelease *release, const GError *error) {
    PROMISE((release == NULL) == (error != NULL));
    if (release == NULL)
        return;
    PROMISE(release->tag != NULL && release->name != NULL && release->assets != NULL);
    for (guint i = 0; i < release->assets->len; i++)
        PROMISE(((const ForgeAsset *)release->assets->pdata[i])->name != NULL);
}

static void github(const json_t *json) {
    ForgeGithub forge = {.rest = {.kind = &kind, .api = (char *)API, .host = (char *)HOST}, .mark = (char *)"slipway:v1:0"};
    g_autoptr(GError) error = NULL;
    g_autoptr(ForgeGithubRelease) found = forge_github_parse(&forge, PATH, json, &error);
    check_release(found != NULL ? found->release : NULL, error);
}

static void gitea(const json_t *json) {
    Gitea forge = {.rest = {.kind = &kind, .api = (char *)API, .host = (char *)HOST}, .web = (char *)"https://" HOST, .project = (char *)"o/n"};
    g_autoptr(GError) error = NULL;
    ForgeRelease *release = gitea_parse_release(&forge, PATH, json, &error);
    check_release(release, error);
    g_clear_pointer(&release, forge_release_free);
}

static void gitlab(const json_t *json) {
    ForgeGitlab forge = {.rest = {.kind = &kind, .api = (char *)API, .host = (char *)HOST}, .url = (char *)"https://" HOST "/o/n"};
    g_autoptr(GError) error = NULL;
    g_autoptr(ForgeGitlabRelease) found = forge_gitlab_release_parse(&forge, json, PATH, &error);
    check_release(found != NULL ? found->release : NULL, error);
}

/* The file of a package by which GitLab's draft is known. */
static void record(const json_t *json) {
    g_autofree char *text = jsonx_canonical(json);
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    ForgeRelease *release = forge_gitlab_record_read(bytes, "v1.1.0");
    PROMISE(release == NULL || g_str_equal(release->tag, "v1.1.0"));
    g_clear_pointer(&release, forge_release_free);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static void (*const readers[])(const json_t *json) = {github, gitea, gitlab, record};
    if (size == 0)
        return 0;
    g_autoptr(json_t) json = jsonx_parse((const char *)data + 1, size - 1, 1 << 20, PATH, NULL);
    if (json != NULL)
        readers[data[0] % G_N_ELEMENTS(readers)](json);
    return 0;
}
