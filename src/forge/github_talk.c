/* Issues, comments and pull requests on GitHub. What a mark names is looked for in lists: the search is behind and has a limit of its own. */
#include "forge/github.h"

#include "base/clock.h"

#include <string.h>

/* A mark is of a run; what it made is not older than this. */
#define LOOK_BACK (90 * 24 * 3600)

/* ---- issues ---- */

static GPtrArray *labels_of(const json_t *json) {
    const json_t *labels = json_object_get(json, "labels");
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (gsize i = 0; i < json_array_size(labels); i++) {
        const json_t *label = json_array_get(labels, i);
        const char *name = json_is_string(label) ? json_string_value(label) : jsonx_string(label, "name");
        if (name != NULL)
            g_ptr_array_add(names, g_strdup(name));
    }
    return names;
}

static ForgeIssue *parse_issue(ForgeGithub *github, const char *path, const json_t *json, GError **error) {
    RestShape shape = {.rest = &github->rest, .path = path, .json = json};
    const char *title = NULL, *body = NULL, *url = NULL, *state = NULL;
    gint64 number = 0;
    if (!rest_int(&shape, "number", &number, error) || !rest_text(&shape, "title", &title, error) || !rest_text_or_null(&shape, "body", &body, error) ||
        !rest_text(&shape, "html_url", &url, error) || !rest_text(&shape, "state", &state, error))
        return NULL;
    ForgeIssue *issue = g_new0(ForgeIssue, 1);
    issue->number = number;
    issue->title = g_strdup(title);
    issue->body = g_strdup(body != NULL ? body : "");
    issue->url = g_strdup(url);
    issue->open = strcmp(state, "open") == 0;
    issue->labels = labels_of(json);
    return issue;
}

/* The list holds pull requests, too. */
static bool is_pull(const json_t *json) {
    return json_is_object(json_object_get(json, "pull_request"));
}

GPtrArray *forge_github_issues(Forge *forge, const char *label, GError **error) {
    ForgeGithub *github = (ForgeGithub *)forge;
    g_autofree char *segment = http_segment(label);
    g_autofree char *path = g_strdup_printf("%s/issues?state=open&labels=%s", github->repo, segment);
    g_autoptr(json_t) list = NULL;
    g_autoptr(GPtrArray) issues = g_ptr_array_new_with_free_func((GDestroyNotify)forge_issue_free);
    if (!rest_list(&github->rest, path, NULL, &list, error))
        return NULL;
    if (list == NULL) {
        forge_github_hidden(github, error);
        return NULL;
    }
    for (gsize i = 0; i < json_array_size(list); i++) {
        const json_t *json = json_array_get(list, i);
        ForgeIssue *issue = is_pull(json) ? NULL : parse_issue(github, path, json, error);
        if (issue != NULL)
            g_ptr_array_add(issues, issue);
        else if (!is_pull(json))
            return NULL;
    }
    return g_steal_pointer(&issues);
}

/* ---- a new one, once ---- */

/* *issue NULL without error: none. */
static bool find_marked(ForgeGithub *github, const char *mark, ForgeIssue **issue, GError **error) {
    g_autofree char *since = clock_date(g_get_real_time() / G_USEC_PER_SEC - LOOK_BACK);
    g_autofree char *path = g_strdup_printf("%s/issues?state=all&since=%sT00:00:00Z", github->repo, since);
    g_autoptr(json_t) list = NULL;
    *issue = NULL;
    if (!rest_list(&github->rest, path, NULL, &list, error))
        return false;
    if (list == NULL)
        return forge_github_hidden(github, error);
    for (gsize i = 0; i < json_array_size(list); i++) {
        const json_t *json = json_array_get(list, i);
        if (is_pull(json) || !rest_has_mark(json, mark))
            continue;
        *issue = parse_issue(github, path, json, error);
        return *issue != NULL;
    }
    return true;
}

bool forge_github_find_issue(Forge *forge, const char *mark, ForgeIssue **issue, GError **error) {
    return find_marked((ForgeGithub *)forge, mark, issue, error);
}

static ForgeIssue *look_for_issue(ForgeGithub *github, const char *mark, GError **error) {
    gint64 began = 0;
    do {
        ForgeIssue *issue = NULL;
        if (find_marked(github, mark, &issue, NULL) && issue != NULL) {
            g_clear_error(error);
            return issue;
        }
    } while (rest_wait(&github->rest, &began));
    rest_lost(error);
    return NULL;
}

static json_t *issue_json(const ForgeIssue *issue, const char *mark) {
    g_autofree char *body = rest_marked(issue->body, mark);
    json_t *labels = json_array();
    for (guint i = 0; issue->labels != NULL && i < issue->labels->len; i++)
        json_array_append_new(labels, jsonx_text(issue->labels->pdata[i]));
    return json_pack("{s:o, s:o, s:o}", "title", jsonx_text(issue->title), "body", jsonx_text(body), "labels", labels);
}

ForgeIssue *forge_github_create_issue(Forge *forge, const ForgeIssue *issue, const char *mark, GError **error) {
    ForgeGithub *github = (ForgeGithub *)forge;
    ForgeIssue *there = NULL;
    if (!find_marked(github, mark, &there, error) || there != NULL)
        return there;
    g_autofree char *path = g_strconcat(github->repo, "/issues", NULL);
    g_autoptr(json_t) json = issue_json(issue, mark);
    g_autoptr(json_t) answer = NULL;
    RestChange change = {.method = "POST", .path = path, .json = json};
    long status = 0;
    switch (rest_change(&github->rest, &change, &status, &answer, error)) {
    case REST_DONE:
        return parse_issue(github, path, answer, error);
    case REST_LOST:
        return look_for_issue(github, mark, error);
    case REST_REFUSED:
        if (status == 410)
            error_set(error, ERROR_CONFLICT, "%s has no issues: they are turned off", github->project);
        else
            rest_refused(&github->rest, &change, status, answer, error);
        return NULL;
    case REST_FAILED:
        break;
    }
    return NULL;
}

/* ---- comments ---- */

static char *comments_path(const ForgeGithub *github, gint64 number) {
    return g_strdup_printf("%s/issues/%" G_GINT64_FORMAT "/comments", github->repo, number);
}

bool forge_github_has_comment(Forge *forge, gint64 number, const char *mark, bool *has, GError **error) {
    ForgeGithub *github = (ForgeGithub *)forge;
    g_autofree char *path = comments_path(github, number);
    return rest_has_comment(&(RestComments){.rest = &github->rest, .path = path}, mark, has, error);
}

bool forge_github_comment(Forge *forge, gint64 number, const char *body, const char *mark, GError **error) {
    ForgeGithub *github = (ForgeGithub *)forge;
    g_autofree char *path = comments_path(github, number);
    return rest_comment(&(RestComments){.rest = &github->rest, .path = path}, body, mark, error);
}

/* ---- pull requests ---- */

static ForgePull *parse_pull(ForgeGithub *github, const char *path, const json_t *json, GError **error) {
    RestShape shape = {.rest = &github->rest, .path = path, .json = json};
    const char *title = NULL, *url = NULL;
    gint64 number = 0;
    if (!rest_int(&shape, "number", &number, error) || !rest_text(&shape, "title", &title, error) || !rest_text(&shape, "html_url", &url, error))
        return NULL;
    const json_t *user = json_object_get(json, "user"); /* null: the account is gone */
    const char *login = jsonx_string(user, "login");
    ForgePull *pull = g_new0(ForgePull, 1);
    pull->number = number;
    pull->title = g_strdup(title);
    pull->url = g_strdup(url);
    pull->login = g_strdup(login != NULL ? login : "ghost");
    pull->bot = g_strcmp0(jsonx_string(user, "type"), "Bot") == 0 || g_str_has_suffix(pull->login, "[bot]");
    return pull;
}

/* One page: a commit comes by few. A commit that GitHub does not have is brought by none. */
GPtrArray *forge_github_pulls(Forge *forge, const char *commit, GError **error) {
    ForgeGithub *github = (ForgeGithub *)forge;
    g_autofree char *segment = http_segment(commit);
    g_autofree char *path = g_strdup_printf("%s/commits/%s/pulls?per_page=100", github->repo, segment);
    g_auto(HttpAnswer) answer = {0};
    g_autoptr(json_t) list = NULL;
    g_autoptr(GPtrArray) pulls = g_ptr_array_new_with_free_func((GDestroyNotify)forge_pull_free);
    if (!rest_ask(&github->rest, path, &answer, &list, error))
        return NULL;
    if (answer.status == 404 || answer.status == 422)
        return g_steal_pointer(&pulls);
    if (answer.status >= 300) {
        g_clear_pointer(&list, json_decref);
        if (!rest_get(&github->rest, path, &list, error)) /* says what is wrong with the token */
            return NULL;
    }
    if (!json_is_array(list)) {
        error_set(error, ERROR_ANSWER, "%s answered with something that is no list", github->rest.host);
        return NULL;
    }
    for (gsize i = 0; i < json_array_size(list); i++) {
        const json_t *json = json_array_get(list, i);
        bool merged = json_is_string(json_object_get(json, "merged_at"));
        ForgePull *pull = merged ? parse_pull(github, path, json, error) : NULL;
        if (pull != NULL)
            g_ptr_array_add(pulls, pull);
        else if (merged)
            return NULL;
    }
    return g_steal_pointer(&pulls);
}
