/* Issues, comments and merge requests on GitLab. Its merge requests are numbered by themselves: where a comment goes, -N is the merge request N. */
#include "forge/gitlab.h"

#include <string.h>

/* ---- issues ---- */

static ForgeIssue *issue_of(const RestShape *shape, GError **error) {
    const char *title = NULL, *body = NULL, *url = NULL, *state = NULL;
    const json_t *labels = NULL;
    gint64 number = 0;
    if (!rest_int(shape, "iid", &number, error) || !rest_text(shape, "title", &title, error) || !rest_text_or_null(shape, "description", &body, error) ||
        !rest_text(shape, "state", &state, error) || !rest_text(shape, "web_url", &url, error) || !rest_array(shape, "labels", &labels, error))
        return NULL;
    ForgeIssue *issue = g_new0(ForgeIssue, 1);
    issue->number = number;
    issue->title = g_strdup(title);
    issue->body = g_strdup(body != NULL ? body : "");
    issue->url = g_strdup(url);
    issue->open = strcmp(state, "opened") == 0;
    issue->labels = g_ptr_array_new_with_free_func(g_free);
    for (gsize i = 0; i < json_array_size(labels); i++) {
        if (json_is_string(json_array_get(labels, i)))
            g_ptr_array_add(issue->labels, g_strdup(json_string_value(json_array_get(labels, i))));
    }
    return issue;
}

static GPtrArray *list_issues(ForgeGitlab *gitlab, const char *path, GError **error) {
    g_autoptr(json_t) list = NULL;
    if (path == NULL || !rest_list(&gitlab->rest, path, NULL, &list, error))
        return NULL;
    g_autoptr(GPtrArray) issues = g_ptr_array_new_with_free_func((GDestroyNotify)forge_issue_free);
    for (gsize i = 0; i < json_array_size(list); i++) {
        RestShape shape = {&gitlab->rest, path, json_array_get(list, i)};
        ForgeIssue *issue = issue_of(&shape, error);
        if (issue == NULL)
            return NULL;
        g_ptr_array_add(issues, issue);
    }
    return g_steal_pointer(&issues);
}

GPtrArray *forge_gitlab_issues(Forge *forge, const char *label, GError **error) {
    ForgeGitlab *gitlab = (ForgeGitlab *)forge;
    g_autofree char *segment = http_segment(label);
    g_autofree char *path = forge_gitlab_path(gitlab, error, "/issues?state=opened&labels=%s", segment);
    return list_issues(gitlab, path, error);
}

/* The search finds more than it should. *issue NULL without error: none. */
static bool find_marked(ForgeGitlab *gitlab, const char *mark, ForgeIssue **issue, GError **error) {
    g_autofree char *segment = http_segment(mark);
    g_autofree char *path = forge_gitlab_path(gitlab, error, "/issues?state=all&scope=all&in=description&search=%s", segment);
    g_autoptr(GPtrArray) issues = list_issues(gitlab, path, error);
    *issue = NULL;
    if (issues == NULL)
        return false;
    for (guint i = 0; i < issues->len && *issue == NULL; i++) {
        if (strstr(((ForgeIssue *)issues->pdata[i])->body, mark) != NULL)
            *issue = g_ptr_array_steal_index(issues, i);
    }
    return true;
}

bool forge_gitlab_find_issue(Forge *forge, const char *mark, ForgeIssue **issue, GError **error) {
    return find_marked((ForgeGitlab *)forge, mark, issue, error);
}

static ForgeIssue *look_for_issue(ForgeGitlab *gitlab, const char *mark, GError **error) {
    gint64 began = 0;
    do {
        ForgeIssue *issue = NULL;
        if (find_marked(gitlab, mark, &issue, NULL) && issue != NULL) {
            g_clear_error(error);
            return issue;
        }
    } while (rest_wait(&gitlab->rest, &began));
    rest_lost(error);
    return NULL;
}

static json_t *issue_json(const ForgeIssue *issue, const char *mark) {
    g_autofree char *body = rest_marked(issue->body, mark);
    g_autoptr(GString) labels = g_string_new(NULL);
    for (guint i = 0; issue->labels != NULL && i < issue->labels->len; i++)
        g_string_append_printf(labels, "%s%s", i > 0 ? "," : "", (const char *)issue->labels->pdata[i]);
    return json_pack("{s:o, s:o, s:o}", "title", jsonx_text(issue->title), "description", jsonx_text(body), "labels", jsonx_text(labels->str));
}

ForgeIssue *forge_gitlab_create_issue(Forge *forge, const ForgeIssue *issue, const char *mark, GError **error) {
    ForgeGitlab *gitlab = (ForgeGitlab *)forge;
    ForgeIssue *there = NULL;
    if (!find_marked(gitlab, mark, &there, error) || there != NULL)
        return there;
    g_autofree char *path = forge_gitlab_path(gitlab, error, "/issues");
    g_autoptr(json_t) json = issue_json(issue, mark);
    g_autoptr(json_t) answer = NULL;
    RestChange change = {.method = "POST", .path = path, .json = json};
    RestShape shape = {&gitlab->rest, path, NULL};
    long status = 0;
    if (path == NULL)
        return NULL;
    switch (rest_change(&gitlab->rest, &change, &status, &answer, error)) {
    case REST_DONE:
        shape.json = answer;
        return issue_of(&shape, error);
    case REST_LOST:
        return look_for_issue(gitlab, mark, error);
    case REST_REFUSED:
        rest_refused(&gitlab->rest, &change, status, answer, error);
        return NULL;
    case REST_FAILED:
        break;
    }
    return NULL;
}

/* ---- comments ---- */

static char *comments_path(ForgeGitlab *gitlab, gint64 number, GError **error) {
    return forge_gitlab_path(gitlab, error, "/%s/%" G_GINT64_FORMAT "/notes", number < 0 ? "merge_requests" : "issues", number < 0 ? -number : number);
}

bool forge_gitlab_has_comment(Forge *forge, gint64 number, const char *mark, bool *has, GError **error) {
    ForgeGitlab *gitlab = (ForgeGitlab *)forge;
    g_autofree char *path = comments_path(gitlab, number, error);
    return rest_has_comment(&(RestComments){.rest = &gitlab->rest, .path = path}, mark, has, error);
}

bool forge_gitlab_comment(Forge *forge, gint64 number, const char *body, const char *mark, GError **error) {
    ForgeGitlab *gitlab = (ForgeGitlab *)forge;
    g_autofree char *path = comments_path(gitlab, number, error);
    return rest_comment(&(RestComments){.rest = &gitlab->rest, .path = path}, body, mark, error);
}

/* ---- merge requests ---- */

/* Only the account itself tells whether it is a bot; tokens of projects and groups have accounts with names of one form. */
static bool is_bot(ForgeGitlab *gitlab, const json_t *author) {
    const char *login = jsonx_string(author, "username");
    gint64 id = jsonx_int(author, "id", 0);
    if (login != NULL && (g_str_has_prefix(login, "project_") || g_str_has_prefix(login, "group_")) && strstr(login, "_bot") != NULL)
        return true;
    g_autofree char *path = g_strdup_printf("/users/%" G_GINT64_FORMAT, id);
    g_autoptr(json_t) user = NULL;
    return id > 0 && rest_get(&gitlab->rest, path, &user, NULL) && jsonx_bool(user, "bot", false);
}

static ForgePull *pull_of(ForgeGitlab *gitlab, const RestShape *shape, GError **error) {
    const char *title = NULL, *url = NULL, *login = NULL;
    gint64 number = 0;
    RestShape author = *shape;
    if (!rest_int(shape, "iid", &number, error) || !rest_text(shape, "title", &title, error) || !rest_text(shape, "web_url", &url, error) ||
        !rest_object(shape, "author", &author.json, error) || !rest_text(&author, "username", &login, error))
        return NULL;
    ForgePull *pull = g_new0(ForgePull, 1);
    pull->number = number;
    pull->title = g_strdup(title);
    pull->url = g_strdup(url);
    pull->login = g_strdup(login);
    pull->bot = is_bot(gitlab, author.json);
    return pull;
}

GPtrArray *forge_gitlab_pulls(Forge *forge, const char *commit, GError **error) {
    ForgeGitlab *gitlab = (ForgeGitlab *)forge;
    g_autofree char *segment = http_segment(commit);
    g_autofree char *path = forge_gitlab_path(gitlab, error, "/repository/commits/%s/merge_requests", segment);
    g_autoptr(json_t) list = NULL;
    if (path == NULL || !rest_list(&gitlab->rest, path, NULL, &list, error))
        return NULL;
    g_autoptr(GPtrArray) pulls = g_ptr_array_new_with_free_func((GDestroyNotify)forge_pull_free);
    for (gsize i = 0; i < json_array_size(list); i++) {
        RestShape shape = {&gitlab->rest, path, json_array_get(list, i)};
        const char *state = NULL;
        if (!rest_text(&shape, "state", &state, error))
            return NULL;
        ForgePull *pull = strcmp(state, "merged") == 0 ? pull_of(gitlab, &shape, error) : NULL;
        if (pull != NULL)
            g_ptr_array_add(pulls, pull);
        else if (strcmp(state, "merged") == 0)
            return NULL;
    }
    return g_steal_pointer(&pulls);
}
