/* The forge GitHub. */
#include "forge/github.h"

#include "base/clock.h"

#include <string.h>

/* ---- the service ---- */

static const ForgeTokenRow tokens[] = {
    {"GH_TOKEN", "github.com *.ghe.com", NULL},
    {"GITHUB_TOKEN", "github.com *.ghe.com", NULL},
    {"GH_ENTERPRISE_TOKEN", NULL, "GH_HOST"},
    {"GH_ENTERPRISE_TOKEN", NULL, "GITHUB_SERVER_URL"},
    {"GITHUB_ENTERPRISE_TOKEN", NULL, "GH_HOST"},
    {"GITHUB_ENTERPRISE_TOKEN", NULL, "GITHUB_SERVER_URL"},
    {"GH_TOKEN", NULL, "GH_HOST"},
    {"GH_TOKEN", NULL, "GITHUB_SERVER_URL"},
    {"GITHUB_TOKEN", NULL, "GH_HOST"},
    {"GITHUB_TOKEN", NULL, "GITHUB_SERVER_URL"},
    {NULL, NULL, NULL},
};

#define SECONDARY "secondary rate limit"
#define SECONDARY_SECONDS 60

static bool says(const HttpAnswer *answer, const char *words) {
    gsize length;
    const char *text = g_bytes_get_data(answer->body, &length);
    g_autofree char *lower = text != NULL ? g_ascii_strdown(text, (gssize)length) : NULL;
    return lower != NULL && strstr(lower, words) != NULL;
}

/* The order of GitHub's documentation; a 403 with none of these is a refusal. */
static gint64 limited(const HttpAnswer *answer) {
    if (answer->status != 403 && answer->status != 429)
        return -1;
    if (answer->retry_after >= 0)
        return answer->retry_after;
    gint64 seconds = rest_until(answer, http_header(answer, "x-ratelimit-reset"));
    if (g_strcmp0(http_header(answer, "x-ratelimit-remaining"), "0") == 0 && seconds >= 0)
        return seconds;
    return answer->status == 429 || says(answer, SECONDARY) ? SECONDARY_SECONDS : -1;
}

static const char *word_of(const char *code) {
    static const char *const words[][2] = {
        {"already_exists", "exists already"}, {"missing_field", "is missing"},     {"missing", "is not there"},
        {"invalid", "is not valid"},          {"unprocessable", "cannot be used"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_strcmp0(words[i][0], code) == 0)
            return words[i][1];
    }
    return code;
}

/* {resource, field, code, message}, or a text. */
static void add_fault(GString *out, const json_t *fault) {
    const char *message = json_is_string(fault) ? json_string_value(fault) : jsonx_string(fault, "message");
    const char *field = jsonx_string(fault, "field"), *code = jsonx_string(fault, "code"), *resource = jsonx_string(fault, "resource");
    if (message == NULL && field == NULL && code == NULL)
        return;
    g_string_append(out, out->len > 0 ? "; " : "");
    if (message != NULL)
        g_string_append_printf(out, "%.300s", message);
    else
        g_string_append_printf(out, "%.100s of the %.100s %.100s", field != NULL ? field : "a field", resource != NULL ? resource : "request",
                               code != NULL ? word_of(code) : "is refused");
}

/* "contents=write" → "contents: write". */
static void add_wanted(GString *out, const HttpAnswer *answer) {
    const char *permissions = http_header(answer, "x-accepted-github-permissions"), *sso = http_header(answer, "x-github-sso");
    const char *scopes = http_header(answer, "x-accepted-oauth-scopes"), *has = http_header(answer, "x-oauth-scopes");
    if (answer->status != 403 && answer->status != 404)
        return;
    if (permissions != NULL && *permissions != '\0') {
        g_auto(GStrv) parts = g_strsplit(permissions, "=", -1);
        g_autofree char *shown = g_strjoinv(": ", parts);
        g_string_append_printf(out, "; wanted is the permission %.200s", shown);
    } else if (has != NULL && scopes != NULL && *scopes != '\0') {
        g_string_append_printf(out, "; wanted is one of the scopes %.200s, the token has %.200s", scopes, *has != '\0' ? has : "none");
    }
    if (sso != NULL)
        g_string_append_printf(out, "; single sign-on: %.300s", sso);
}

static char *refusal(const HttpAnswer *answer, const json_t *body) {
    const json_t *faults = json_object_get(body, "errors");
    const char *message = jsonx_string(body, "message");
    g_autoptr(GString) detail = g_string_new(json_is_string(faults) ? json_string_value(faults) : NULL);
    GString *out = g_string_new(message);
    gsize i;
    json_t *fault;
    json_array_foreach(faults, i, fault) add_fault(detail, fault);
    if (detail->len > 0)
        g_string_append_printf(out, "%s%s", out->len > 0 ? ": " : "", detail->str);
    add_wanted(out, answer);
    return g_string_free(out, out->len == 0);
}

static const char *const headers[] = {"Accept: application/vnd.github+json", "X-GitHub-Api-Version: 2022-11-28", NULL};
static const RestKind rest_kind = {
    .title = "GitHub",
    .headers = headers,
    .credential_name = "Authorization",
    .credential_scheme = "Bearer",
    .tokens = tokens,
    .page_size = "per_page=100",
    .limited = limited,
    .refusal = refusal,
    .beside = "uploads",
};

/* ---- what is known ---- */

void forge_github_known_clear(ForgeGithubKnown *known) {
    g_clear_pointer(&known->id, g_free);
    g_clear_pointer(&known->mark, g_free);
}

static void free_known(gpointer data) {
    forge_github_known_clear(data);
    g_free(data);
}

static void put_known(ForgeGithub *github, const char *tag, const char *id, const char *mark, gint64 changed) {
    g_mutex_lock(&github->lock);
    const ForgeGithubKnown *before = g_hash_table_lookup(github->known, tag);
    bool same = before != NULL && g_str_equal(before->id, id);
    ForgeGithubKnown *known = g_new0(ForgeGithubKnown, 1);
    known->id = g_strdup(id);
    known->mark = g_strdup(mark != NULL || !same ? mark : before->mark);
    known->changed = changed != 0 || !same ? changed : before->changed;
    known->seen = changed == 0 && same && before->seen;
    g_hash_table_replace(github->known, g_strdup(tag), known);
    g_mutex_unlock(&github->lock);
}

void forge_github_know(Forge *forge, const char *tag, const char *id) {
    guint64 number;
    if (id != NULL && g_ascii_string_to_unsigned(id, 10, 1, G_MAXINT64, &number, NULL))
        put_known((ForgeGithub *)forge, tag, id, NULL, 0);
}

void forge_github_remember(ForgeGithub *github, const ForgeRelease *release) {
    put_known(github, release->tag, release->id, release->mark, clock_monotonic_us());
}

void forge_github_saw(ForgeGithub *github, const char *tag, const char *id) {
    g_mutex_lock(&github->lock);
    ForgeGithubKnown *known = g_hash_table_lookup(github->known, tag);
    if (known != NULL && g_str_equal(known->id, id))
        known->seen = true;
    g_mutex_unlock(&github->lock);
}

void forge_github_forget(ForgeGithub *github, const char *tag) {
    g_mutex_lock(&github->lock);
    g_hash_table_remove(github->known, tag);
    g_mutex_unlock(&github->lock);
}

void forge_github_recall(ForgeGithub *github, const char *tag, ForgeGithubKnown *known) {
    *known = (ForgeGithubKnown){0};
    g_mutex_lock(&github->lock);
    const ForgeGithubKnown *is = g_hash_table_lookup(github->known, tag);
    if (is != NULL)
        *known = (ForgeGithubKnown){.id = g_strdup(is->id), .mark = g_strdup(is->mark), .changed = is->changed, .seen = is->seen};
    g_mutex_unlock(&github->lock);
}

/* ---- where it is ---- */

#define TENANTS ".ghe.com"

/* At ssh.github.com GitHub takes ssh through the port of https. */
static const char *web_host(const ForgeRemote *remote) {
    return g_str_equal(remote->host, "ssh.github.com") ? "github.com" : remote->host;
}

static bool is_tenant(const char *host) {
    gsize length = strlen(host);
    return g_str_has_suffix(host, TENANTS) && length > strlen(TENANTS) && strchr(host, '.') == host + length - strlen(TENANTS);
}

static bool github_claims(const ForgeRemote *remote) {
    const char *host = web_host(remote);
    return g_str_equal(host, "github.com") || is_tenant(host);
}

static json_t *github_locate(const ForgeRemote *remote, const char *api) {
    const char *host = web_host(remote);
    bool hosted = github_claims(remote);
    g_autofree char *rule = hosted ? g_strdup_printf("https://api.%s", host) : g_strdup_printf("%s://%s/api/v3", remote->scheme, host);
    g_autofree char *url = g_strdup_printf("%s://%s/%s", hosted ? "https" : remote->scheme, host, remote->path);
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", "github", "url", url, "api", api != NULL ? api : rule, "project", remote->path, "remote_host",
                     remote->host);
}

static char *github_place(Forge *forge, const char *tag) {
    g_autofree char *segment = http_segment(tag);
    return g_strdup_printf("%s/releases/tag/%s", ((ForgeGithub *)forge)->url, segment);
}

/* ---- opening ---- */

extern const ForgeKind forge_kind_github;

static void github_close(Forge *forge) {
    ForgeGithub *github = (ForgeGithub *)forge;
    rest_close(&github->rest);
    g_hash_table_unref(github->known);
    g_mutex_clear(&github->lock);
    g_free(github->project);
    g_free(github->repo);
    g_free(github->url);
    g_free(github->mark);
    g_free(github);
}

static bool set_project(ForgeGithub *github, const json_t *params, GError **error) {
    const char *project = jsonx_string(params, "project"), *url = jsonx_string(params, "url");
    g_auto(GStrv) parts = g_strsplit(project != NULL ? project : "", "/", -1);
    if (url == NULL)
        return error_set(error, ERROR_CONFIG, "the forge github needs url, api and project");
    if (g_strv_length(parts) != 2 || *parts[0] == '\0' || *parts[1] == '\0') {
        error_set(error, ERROR_CONFIG, "\"%.200s\" is no repository of GitHub", project != NULL ? project : "");
        error_why(error, "there they are named OWNER/NAME");
        error_fix(error, "correct the remote's address");
        return false;
    }
    g_autofree char *owner = http_segment(parts[0]);
    g_autofree char *name = http_segment(parts[1]);
    github->project = g_strdup(project);
    github->repo = g_strdup_printf("/repos/%s/%s", owner, name);
    github->url = g_strdup(url);
    github->mark = g_strdup(jsonx_string(params, "mark"));
    return true;
}

static Forge *github_open(const json_t *params, GError **error) {
    ForgeGithub *github = g_new0(ForgeGithub, 1);
    github->base.kind = &forge_kind_github;
    g_mutex_init(&github->lock);
    github->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_known);
    if (set_project(github, params, error) && rest_open(&github->rest, &rest_kind, params, error)) {
        github->rest.cancel = &github->base.cancel;
        return &github->base;
    }
    github_close(&github->base);
    return NULL;
}

static const char *const differences[] = {
    "on GitHub a draft has no tag: it is made for the branch, and published only when the pushed tag is the planned commit, because GitHub would tag the "
    "branch's head itself",
    "taking back a public release on GitHub marks it as a pre-release and in its notes; GitHub then shows as the latest one what was before",
    NULL,
};

static char *token_hint(const char *host) {
    return forge_token_hint(tokens, host);
}

const ForgeKind forge_kind_github = {
    .name = "github",
    .title = "GitHub",
    .doc = "github.com, tenants of ghe.com, and GitHub Enterprise Server; the token is GH_TOKEN or GITHUB_TOKEN, with the scope repo or contents: write",
    .differences = differences,
    .sets_latest = true,
    .needs_token = true,
    .pull_sign = "#",
    .token_hint = token_hint,
    .max_asset = (G_GUINT64_CONSTANT(2) << 30) - 1,
    .max_assets = 1000,
    .max_notes = 125000,
    .claims = github_claims,
    .locate = github_locate,
    .open = github_open,
    .know = forge_github_know,
    .probe = forge_github_probe,
    .find = forge_github_find,
    .list = forge_github_list,
    .draft = forge_github_draft,
    .edit = forge_github_edit,
    .upload = forge_github_upload,
    .read_asset = forge_github_read_asset,
    .remove_asset = forge_github_remove_asset,
    .publish = forge_github_publish,
    .withdraw = forge_github_withdraw,
    .remove_draft = forge_github_remove_draft,
    .latest = forge_github_latest,
    .set_latest = forge_github_set_latest,
    .place = github_place,
    .issues = forge_github_issues,
    .create_issue = forge_github_create_issue,
    .find_issue = forge_github_find_issue,
    .comment = forge_github_comment,
    .has_comment = forge_github_has_comment,
    .pulls = forge_github_pulls,
    .close = github_close,
};
