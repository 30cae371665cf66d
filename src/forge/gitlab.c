/* The forge GitLab: gitlab.com and others' servers, API v4. How drafts are made up is said in gitlab.h. */
#include "forge/gitlab.h"

#include "base/text.h"

#include <string.h>

/* ---- the service ---- */

static const ForgeTokenRow tokens[] = {
    {"GITLAB_TOKEN", "gitlab.com", "GITLAB_HOST"},
    {"GITLAB_TOKEN", NULL, "CI_SERVER_URL"},
    {NULL, NULL, NULL},
};

/* A limit is 429, with Retry-After or with the time when it ends; a bare "Retry later" has neither. */
static gint64 limited(const HttpAnswer *answer) {
    if (answer->status != 429)
        return -1;
    if (answer->retry_after >= 0)
        return answer->retry_after;
    gint64 seconds = rest_until(answer, http_header(answer, "ratelimit-reset"));
    return seconds >= 0 ? seconds : 60;
}

static void add_words(GString *words, const json_t *value, int depth) {
    const char *field;
    json_t *member;
    gsize index;
    if (json_is_string(value))
        g_string_append_printf(words, "%s%.300s", words->len > 0 ? " " : "", json_string_value(value));
    if (depth > 2 || words->len > 1000)
        return;
    json_array_foreach(value, index, member) add_words(words, member, depth + 1);
    json_object_foreach((json_t *)value, field, member) {
        g_string_append_printf(words, "%s%.100s:", words->len > 0 ? "; " : "", field);
        add_words(words, member, depth + 1);
    }
}

/* Five forms: {message: text}, {message: {field: [texts]}}, {message: [texts]}, {error: text}, {error: code, error_description: text, scope}. */
static char *refusal(const HttpAnswer *answer, const json_t *body) {
    GString *words = g_string_new(NULL);
    const char *scope = jsonx_string(body, "scope");
    (void)answer;
    add_words(words, json_object_get(body, "message"), 0);
    add_words(words, json_object_get(body, "error"), 0);
    add_words(words, json_object_get(body, "error_description"), 0);
    if (scope != NULL)
        g_string_append_printf(words, " (wanted is one of the scopes: %.100s)", scope);
    return g_string_free(words, words->len == 0);
}

static const RestKind rest_kind = {
    .title = "GitLab",
    .credential_name = "PRIVATE-TOKEN",
    .tokens = tokens,
    .page_size = "per_page=100",
    .limited = limited,
    .refusal = refusal,
};

/* ---- the project ---- */

static gint64 number_of_project(ForgeGitlab *gitlab, GError **error) {
    g_autofree char *segment = http_segment(gitlab->project);
    g_autofree char *path = g_strconcat("/projects/", segment, NULL);
    g_autoptr(json_t) project = NULL;
    gint64 id = 0;
    if (!rest_get(&gitlab->rest, path, &project, error))
        return 0;
    RestShape shape = {&gitlab->rest, path, project};
    if (project != NULL)
        return rest_int(&shape, "id", &id, error) ? id : 0;
    error_set(error, ERROR_PERMISSION, "%s shows no project %s", gitlab->rest.host, gitlab->project);
    error_why(error, "%s",
              gitlab->rest.token.secret != NULL ? "it is not there, or the token may not see it" : "it is not there, or not public, and there is no token");
    return 0;
}

char *forge_gitlab_path(ForgeGitlab *gitlab, GError **error, const char *format, ...) {
    g_mutex_lock(&gitlab->lock);
    gint64 id = gitlab->id;
    g_mutex_unlock(&gitlab->lock);
    if (id == 0) {
        id = number_of_project(gitlab, error);
        if (id == 0)
            return NULL;
        g_mutex_lock(&gitlab->lock);
        gitlab->id = id;
        g_mutex_unlock(&gitlab->lock);
    }
    va_list args;
    va_start(args, format);
    g_autofree char *below = g_strdup_vprintf(format, args);
    va_end(args);
    return g_strdup_printf("/projects/%" G_GINT64_FORMAT "%s", id, below);
}

bool forge_gitlab_check_mark(const char *tag, const char *is, const char *wanted, GError **error) {
    if (g_strcmp0(is, wanted) == 0)
        return true;
    error_set(error, ERROR_CONFLICT, "the release %s on GitLab belongs to %s", tag, is != NULL ? "another run" : "somebody else");
    error_why(error, "its mark is %.200s, this run's is %s", is != NULL ? is : "missing", wanted);
    return false;
}

/* ---- looking ---- */

static gint by_name(gconstpointer a, gconstpointer b) {
    return strcmp((*(const ForgeAsset *const *)a)->name, (*(const ForgeAsset *const *)b)->name);
}

/* Size and digest of linked files are known to the package. */
static void fill_assets(ForgeRelease *release, const ForgeGitlabPackage *package) {
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func((GDestroyNotify)forge_asset_free);
    forge_gitlab_package_assets(package, files);
    for (guint i = 0; package->record != NULL && i < files->len; i++) {
        const ForgeAsset *file = files->pdata[i];
        ForgeAsset *asset = forge_release_asset(release, file->name);
        if (asset == NULL)
            continue;
        asset->size = file->size;
        asset->sha256 = g_strdup(file->sha256);
    }
    g_ptr_array_sort(release->assets, by_name);
}

static ForgeRelease *draft_of(const ForgeGitlab *gitlab, ForgeGitlabPackage *package) {
    ForgeRelease *release = g_steal_pointer(&package->record);
    release->id = g_strdup_printf("%" G_GINT64_FORMAT, package->id);
    release->url = g_strdup_printf("%s/-/packages/%" G_GINT64_FORMAT, gitlab->url, package->id);
    release->settled = true;
    forge_gitlab_package_assets(package, release->assets);
    return release;
}

static ForgeRelease *gitlab_find(Forge *forge, const char *tag, GError **error) {
    ForgeGitlab *gitlab = (ForgeGitlab *)forge;
    g_auto(ForgeGitlabState) state = {0};
    if (!forge_gitlab_state_load(gitlab, tag, &state, error))
        return NULL;
    if (state.release == NULL && state.package.record != NULL)
        return draft_of(gitlab, &state.package);
    if (state.release == NULL) {
        /* Said now: the draft would fail. */
        if (state.package.files->len > 0)
            forge_gitlab_package_foreign(gitlab, tag, error);
        return NULL;
    }
    if (state.package.record != NULL && strcmp(state.release->release->tag, tag) == 0 &&
        g_strcmp0(state.release->release->mark, state.package.record->mark) != 0) {
        forge_gitlab_check_mark(tag, state.release->release->mark, state.package.record->mark, error);
        return NULL;
    }
    g_autoptr(GPtrArray) list = forge_gitlab_release_list(gitlab, error);
    if (list == NULL)
        return NULL;
    const ForgeGitlabRelease *newest = forge_gitlab_release_newest(list, NULL);
    g_autoptr(ForgeRelease) release = g_steal_pointer(&state.release->release);
    release->latest = newest != NULL && strcmp(newest->release->tag, tag) == 0;
    release->settled = true;
    if (state.package.record != NULL) {
        g_free(release->id);
        release->id = g_strdup_printf("%" G_GINT64_FORMAT, state.package.id);
        ForgeGitlabRelease linked = {.release = release};
        ForgeGitlabState both = {.package = state.package, .release = &linked};
        release->settled = forge_gitlab_state_settled(&both);
        fill_assets(release, &state.package);
    }
    return g_steal_pointer(&release);
}

static gint by_published(gconstpointer a, gconstpointer b) {
    const ForgeRelease *first = *(const ForgeRelease *const *)a, *second = *(const ForgeRelease *const *)b;
    return (first->published < second->published) - (first->published > second->published);
}

static GPtrArray *gitlab_list(Forge *forge, GError **error) {
    g_autoptr(GPtrArray) list = forge_gitlab_release_list((ForgeGitlab *)forge, error);
    if (list == NULL)
        return NULL;
    const ForgeGitlabRelease *newest = forge_gitlab_release_newest(list, NULL);
    GPtrArray *releases = g_ptr_array_new_with_free_func((GDestroyNotify)forge_release_free);
    for (guint i = 0; i < list->len; i++) {
        ForgeGitlabRelease *one = list->pdata[i];
        one->release->latest = one == newest;
        g_ptr_array_sort(one->release->assets, by_name);
        g_ptr_array_add(releases, one->release);
        one->release = NULL;
    }
    g_ptr_array_sort(releases, by_published);
    return releases;
}

static char *gitlab_latest(Forge *forge, GError **error) {
    g_autoptr(GPtrArray) list = forge_gitlab_release_list((ForgeGitlab *)forge, error);
    const ForgeGitlabRelease *newest = list != NULL ? forge_gitlab_release_newest(list, NULL) : NULL;
    return newest != NULL ? g_strdup(newest->release->tag) : NULL;
}

static bool gitlab_edit(Forge *forge, const char *tag, const char *mark, const char *name, const char *notes, GError **error) {
    ForgeGitlab *gitlab = (ForgeGitlab *)forge;
    g_auto(ForgeGitlabState) state = {0};
    if (!forge_gitlab_state_load(gitlab, tag, &state, error))
        return false;
    if (state.release == NULL)
        return forge_gitlab_state_is_draft(&state, tag, mark, error) && forge_gitlab_edit_draft(gitlab, &state.package, name, notes, error);
    ForgeRelease *release = state.release->release;
    if (!forge_gitlab_check_mark(tag, release->mark, mark, error))
        return false;
    if (strcmp(release->name, name) == 0 && strcmp(release->notes, notes) == 0)
        return true;
    g_free(release->notes);
    release->notes = g_strdup(notes);
    g_autofree char *body = forge_gitlab_release_body(release);
    g_autoptr(json_t) json = json_pack("{s:o, s:o}", "name", jsonx_text(name), "description", jsonx_text(body));
    return forge_gitlab_release_put(gitlab, tag, json, error);
}

/* The permanent address of a link by the API: that of the web wants a session where the project is not public. */
static char *by_api(ForgeGitlab *gitlab, const char *tag, const char *url, GError **error) {
    g_autofree char *segment = http_segment(tag);
    g_autofree char *begin = g_strdup_printf("%s/-/releases/%s/downloads/", gitlab->url, segment);
    if (!g_str_has_prefix(url, begin))
        return g_strdup(url);
    return forge_gitlab_path(gitlab, error, "/releases/%s/downloads/%s", segment, url + strlen(begin));
}

/* With a token by the package; a stranger, and of others' releases, by the release's link. */
static bool gitlab_read_asset(Forge *forge, const ForgeRelease *release, const ForgeAsset *asset, ForgeTake take, void *data, GError **error) {
    ForgeGitlab *gitlab = (ForgeGitlab *)forge;
    bool stranger = gitlab->rest.token.secret == NULL;
    bool ours = release->mark != NULL && (!stranger || asset->url == NULL);
    if (!forge_check_asset_name(asset->name, error))
        return false;
    if (!ours && asset->url == NULL)
        return error_set(error, ERROR_CONFLICT, "the release %s has no asset %s", release->tag, asset->name);
    g_autofree char *below = forge_gitlab_package_path(gitlab, release->tag, asset->name);
    g_autofree char *path = NULL;
    if (ours)
        path = forge_gitlab_path(gitlab, error, "%s", below);
    else
        path = stranger ? g_strdup(asset->url) : by_api(gitlab, release->tag, asset->url, error);
    return path != NULL && rest_read(&gitlab->rest, path, "*/*", take, data, error);
}

static char *gitlab_place(Forge *forge, const char *tag) {
    g_autofree char *segment = http_segment(tag);
    return g_strdup_printf("%s/-/releases/%s", ((ForgeGitlab *)forge)->url, segment);
}

/* ---- opening ---- */

extern const ForgeKind forge_kind_gitlab;

/* gitlab.com takes ssh at the port of https under a name of its own. */
static const char *web_host(const ForgeRemote *remote) {
    return strcmp(remote->host, "altssh.gitlab.com") == 0 ? "gitlab.com" : remote->host;
}

static bool gitlab_claims(const ForgeRemote *remote) {
    return g_str_has_prefix(web_host(remote), "gitlab.");
}

/* Of an installation below a path ("https://host/git/api/v4") the paths of its https addresses begin with that, those of ssh not. */
static json_t *gitlab_locate(const ForgeRemote *remote, const char *api) {
    g_autofree char *base = api != NULL ? g_strdup(api) : g_strdup_printf("%s://%s/api/v4", remote->scheme, web_host(remote));
    g_strchomp(base);
    while (g_str_has_suffix(base, "/"))
        base[strlen(base) - 1] = '\0';
    g_autofree char *top = g_str_has_suffix(base, "/api/v4") ? g_strndup(base, strlen(base) - strlen("/api/v4")) : g_strdup(base);
    const char *authority = strstr(top, "://");
    const char *below = authority != NULL ? strchr(authority + 3, '/') : NULL;
    g_autofree char *prefix = below != NULL && below[1] != '\0' ? g_strconcat(below + 1, "/", NULL) : NULL;
    const char *project = remote->path;
    if (prefix != NULL && g_str_has_prefix(project, prefix))
        project += strlen(prefix);
    return json_pack("{s:s, s:o, s:s, s:s, s:s}", "kind", "gitlab", "url", json_sprintf("%s/%s", top, project), "api", base, "project", project, "remote_host",
                     web_host(remote));
}

/* GitLab's own rule for paths of projects is inside that for names of packages; what is not becomes "-". */
static char *package_name(const char *project) {
    g_autofree char *base = g_path_get_basename(project);
    g_strcanon(base, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._+-", '-');
    return g_steal_pointer(&base);
}

static Forge *gitlab_open(const json_t *params, GError **error) {
    const char *project = jsonx_string(params, "project"), *url = jsonx_string(params, "url");
    if (project == NULL || url == NULL || *project == '\0') {
        error_set(error, ERROR_CONFIG, "the forge gitlab needs url, api and project");
        return NULL;
    }
    ForgeGitlab *gitlab = g_new0(ForgeGitlab, 1);
    gitlab->base.kind = &forge_kind_gitlab;
    gitlab->rest.cancel = &gitlab->base.cancel;
    g_mutex_init(&gitlab->lock);
    gitlab->project = g_strdup(project);
    gitlab->url = g_strdup(url);
    gitlab->tag = g_strdup(jsonx_string(params, "tag"));
    gitlab->package = package_name(project);
    gitlab->packages = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    gitlab->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    gitlab->releases = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (rest_open(&gitlab->rest, &rest_kind, params, error)) {
        gitlab->rest.cancel = &gitlab->base.cancel;
        return &gitlab->base;
    }
    forge_close(&gitlab->base);
    return NULL;
}

static void gitlab_close(Forge *forge) {
    ForgeGitlab *gitlab = (ForgeGitlab *)forge;
    rest_close(&gitlab->rest);
    g_mutex_clear(&gitlab->lock);
    g_hash_table_unref(gitlab->packages);
    g_hash_table_unref(gitlab->files);
    g_hash_table_unref(gitlab->releases);
    g_free(gitlab->package);
    g_free(gitlab->project);
    g_free(gitlab->url);
    g_free(gitlab->tag);
    g_free(gitlab);
}

static const char *const differences[] = {
    "GitLab has no drafts: the files are uploaded as a generic package and compared; after the push the release is made in one call, with links to them",
    "who may read the project's packages sees the files before that: of a hidden package GitLab neither lists nor removes files",
    "GitLab's latest release is the one with the newest date: a pre-release, an older line and a withdrawn release are dated before the newest stable one",
    "GitLab has no mark for pre-releases: it stands in the notes, with the planned date, on a line that is not shown",
    "taking back a draft removes its package, which GitLab allows maintainers only",
    NULL,
};

static char *token_hint(const char *host) {
    return forge_token_hint(tokens, host);
}

const ForgeKind forge_kind_gitlab = {
    .name = "gitlab",
    .title = "GitLab",
    .doc = "gitlab.com, or a server with GitLab's API v4; the token is GITLAB_TOKEN, with the scope api",
    .differences = differences,
    .sets_latest = true,
    .needs_token = true,
    .pull_sign = "!",
    .token_hint = token_hint,
    .pulls_apart = true,
    .max_asset = G_GUINT64_CONSTANT(5) << 30,
    .max_notes = 1000000,
    .claims = gitlab_claims,
    .locate = gitlab_locate,
    .open = gitlab_open,
    .know = forge_gitlab_know,
    .probe = forge_gitlab_probe,
    .find = gitlab_find,
    .list = gitlab_list,
    .draft = forge_gitlab_draft,
    .edit = gitlab_edit,
    .upload = forge_gitlab_upload,
    .read_asset = gitlab_read_asset,
    .remove_asset = forge_gitlab_remove_asset,
    .publish = forge_gitlab_publish,
    .withdraw = forge_gitlab_withdraw,
    .remove_draft = forge_gitlab_remove_draft,
    .latest = gitlab_latest,
    .set_latest = forge_gitlab_set_latest,
    .place = gitlab_place,
    .issues = forge_gitlab_issues,
    .create_issue = forge_gitlab_create_issue,
    .find_issue = forge_gitlab_find_issue,
    .comment = forge_gitlab_comment,
    .has_comment = forge_gitlab_has_comment,
    .pulls = forge_gitlab_pulls,
    .close = gitlab_close,
};
