/* What a token may do on GitHub, found out without changing anything. */
#include "forge/github.h"

#include <string.h>

#define SKEW 30 /* seconds */

G_GNUC_PRINTF(2, 3) static void add(GPtrArray *to, const char *format, ...) {
    va_list args;
    va_start(args, format);
    g_ptr_array_add(to, g_strdup_vprintf(format, args));
    va_end(args);
}

typedef struct {
    ForgeGithub *github;
    ForgeAccess *access;
    GStrv scopes; /* of a classic token; NULL: it has none of these */
    bool app;     /* an app's token, as in GitHub Actions: it is nobody's */
} Probe;

static void probe_clear(Probe *probe) {
    g_clear_pointer(&probe->scopes, g_strfreev);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Probe, probe_clear)

/* ---- the token ---- */

static GStrv scopes_of(const HttpAnswer *answer) {
    const char *text = http_header(answer, "x-oauth-scopes");
    GStrv scopes = text != NULL ? g_strsplit(text, ",", -1) : NULL;
    for (guint i = 0; scopes != NULL && scopes[i] != NULL; i++)
        g_strstrip(scopes[i]);
    return scopes;
}

static bool has_scope(const Probe *probe, const char *scope) {
    return g_strv_contains((const char *const *)probe->scopes, scope);
}

static void check_scopes(const Probe *probe, bool hidden) {
    if (probe->scopes == NULL)
        return;
    if (!has_scope(probe, "repo") && (hidden || !has_scope(probe, "public_repo")))
        add(probe->access->missing, "the scope %s", hidden ? "repo" : "public_repo");
    else if (!has_scope(probe, "workflow"))
        add(probe->access->remarks, "the token lacks the scope workflow: GitHub refuses a release whose commits change .github/workflows");
}

/* Whose it is; a token of an app may not ask that, and says so by 403. */
static bool ask_login(Probe *probe, GError **error) {
    g_auto(HttpAnswer) answer = {0};
    g_autoptr(json_t) body = NULL;
    if (!rest_ask(&probe->github->rest, "/user", &answer, &body, error))
        return false;
    const char *login = jsonx_string(body, "login");
    probe->app = answer.status == 403;
    if (answer.status < 300 && login != NULL)
        probe->access->login = g_strdup(login);
    return true;
}

/* ---- the repository ---- */

static void check_moved(const Probe *probe, const json_t *body) {
    const char *now = jsonx_string(body, "full_name"), *url = jsonx_string(body, "html_url");
    if (now == NULL || g_ascii_strcasecmp(now, probe->github->project) == 0)
        return;
    add(probe->access->missing, "the repository has moved: it is %.200s now; git remote set-url origin %.300s.git", now, url != NULL ? url : now);
}

/* GitHub does not say of an app's token, nor surely of a fine-grained one, what it may: notes that are made and not kept want what a release wants. */
static bool try_notes(const Probe *probe, GError **error) {
    g_autofree char *path = g_strconcat(probe->github->repo, "/releases/generate-notes", NULL);
    g_autoptr(json_t) json = json_pack("{s:s}", "tag_name", "slipway-asks-whether-it-may");
    g_autoptr(json_t) answer = NULL;
    g_autoptr(GError) problem = NULL;
    RestChange change = {.method = "POST", .path = path, .json = json};
    long status = 0;
    switch (rest_change(&probe->github->rest, &change, &status, &answer, &problem)) {
    case REST_DONE:
        return true;
    case REST_FAILED:
        if (!error_is(problem, ERROR_PERMISSION) || status == 401) {
            g_propagate_error(error, g_steal_pointer(&problem));
            return false;
        }
        add(probe->access->missing, "contents: write (%s)", error_get_why(problem));
        return true;
    case REST_LOST:
    case REST_REFUSED:
        break;
    }
    add(probe->access->remarks, "it cannot be seen beforehand whether this token may make releases (contents: write)");
    return true;
}

static void check_role(const Probe *probe, const json_t *body) {
    const json_t *permissions = json_object_get(body, "permissions");
    if (json_is_object(permissions) && !probe->app && !jsonx_bool(permissions, "push", false))
        add(probe->access->missing, "the right to write to %s (the role write; of a fine-grained token contents: write)", probe->github->project);
}

static bool check_repository(Probe *probe, const json_t *body, GError **error) {
    bool archived = jsonx_bool(body, "archived", false), disabled = jsonx_bool(body, "disabled", false);
    check_moved(probe, body);
    check_role(probe, body);
    check_scopes(probe, jsonx_bool(body, "private", false));
    probe->access->closed = jsonx_bool(body, "private", false);
    if (archived)
        add(probe->access->missing, "a repository that can be written to: %s is archived", probe->github->project);
    if (disabled)
        add(probe->access->missing, "a repository that can be written to: %s is disabled", probe->github->project);
    bool settled = probe->scopes != NULL || probe->access->missing->len > 0;
    return settled || try_notes(probe, error);
}

static void check_clock(const Probe *probe, const HttpAnswer *answer) {
    gint64 when = http_date(http_header(answer, "date"));
    gint64 skew = when > 0 ? g_get_real_time() / G_USEC_PER_SEC - when : 0;
    if (skew > SKEW || skew < -SKEW)
        add(probe->access->remarks, "this machine's clock is %" G_GINT64_FORMAT " s %s that of %s", skew > 0 ? skew : -skew, skew > 0 ? "ahead of" : "behind",
            probe->github->rest.host);
}

static bool ask_immutable(const Probe *probe, GError **error) {
    g_auto(HttpAnswer) answer = {0};
    g_autoptr(json_t) body = NULL;
    g_autofree char *path = g_strconcat(probe->github->repo, "/immutable-releases", NULL);
    if (!rest_ask(&probe->github->rest, path, &answer, &body, error))
        return false;
    if (answer.status < 300 && jsonx_bool(body, "enabled", false))
        add(probe->access->remarks, "releases of %s are immutable: once public, neither assets nor tag can be changed, and a mistake costs a new version",
            probe->github->project);
    return true;
}

/* ---- all of it ---- */

static void hidden(const Probe *probe) {
    const ForgeGithub *github = probe->github;
    bool blind = probe->scopes != NULL && !has_scope(probe, "repo");
    add(probe->access->missing, "%s shows no repository %s: it is not there, or the token may not see it%s", github->rest.host, github->project,
        blind ? " (a private one wants the scope repo)" : " (a fine-grained token must be given this repository, with contents: write)");
}

static bool ask_repository(Probe *probe, GError **error) {
    ForgeGithub *github = probe->github;
    g_auto(HttpAnswer) answer = {0};
    g_autoptr(json_t) body = NULL;
    if (!rest_ask(&github->rest, github->repo, &answer, &body, error))
        return false;
    probe->scopes = scopes_of(&answer);
    check_clock(probe, &answer);
    if (answer.status == 404) {
        hidden(probe);
        return true;
    }
    if (answer.status >= 300) { /* says what is wrong with the token */
        g_autoptr(json_t) again = NULL;
        return !rest_get(&github->rest, github->repo, &again, error) ? false : error_set(error, ERROR_ANSWER, "%s cannot make up its mind", github->rest.host);
    }
    const char *name = NULL;
    RestShape shape = {.rest = &github->rest, .path = github->repo, .json = body};
    return rest_text(&shape, "full_name", &name, error) && check_repository(probe, body, error);
}

bool forge_github_probe(Forge *forge, ForgeAccess *access, GError **error) {
    ForgeGithub *github = (ForgeGithub *)forge;
    access->missing = g_ptr_array_new_with_free_func(g_free);
    access->remarks = g_ptr_array_new_with_free_func(g_free);
    if (github->rest.token.secret == NULL)
        return true;
    access->token_from = g_strdup(github->rest.token.from);
    g_auto(Probe) probe = {.github = github, .access = access};
    if (!ask_login(&probe, error) || !ask_repository(&probe, error))
        return false;
    return access->missing->len > 0 || ask_immutable(&probe, error);
}
