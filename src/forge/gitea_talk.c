#include "forge/gitea.h"

#include <string.h>

/* ---- issues ---- */

static GPtrArray *labels_of(const json_t *json) {
    const json_t *labels = json_object_get(json, "labels");
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (gsize i = 0; i < json_array_size(labels); i++) {
        const char *name = jsonx_string(json_array_get(labels, i), "name");
        if (name != NULL)
            g_ptr_array_add(names, g_strdup(name));
    }
    return names;
}

static ForgeIssue *parse_issue(const Gitea *gitea, const char *path, const json_t *json, GError **error) {
    RestShape shape = {.rest = &gitea->rest, .path = path, .json = json};
    const char *title = NULL, *body = NULL, *url = NULL, *state = NULL;
    gint64 number = 0;
    if (!rest_int(&shape, "number", &number, error) || !rest_text(&shape, "title", &title, error) || !rest_text(&shape, "state", &state, error) ||
        !rest_text_or_null(&shape, "body", &body, error) || !rest_text_or_null(&shape, "html_url", &url, error))
        return NULL;
    ForgeIssue *issue = g_new0(ForgeIssue, 1);
    issue->number = number;
    issue->title = g_strdup(title);
    issue->body = g_strdup(body);
    issue->url = g_strdup(url);
    issue->open = strcmp(state, "open") == 0;
    issue->labels = labels_of(json);
    return issue;
}

static bool has_label(const ForgeIssue *issue, const char *label) {
    return g_ptr_array_find_with_equal_func(issue->labels, label, g_str_equal, NULL);
}

/* A label that is not there filters nothing in some versions: it is looked at here, too. */
GPtrArray *gitea_issues(Forge *forge, const char *label, GError **error) {
    Gitea *gitea = (Gitea *)forge;
    g_autofree char *segment = http_segment(label);
    g_autofree char *path = g_strdup_printf("%s/issues?type=issues&state=open&labels=%s", gitea->repo, segment);
    g_autoptr(json_t) list = gitea_list(gitea, path, error);
    if (list == NULL)
        return NULL;
    g_autoptr(GPtrArray) issues = g_ptr_array_new_with_free_func((GDestroyNotify)forge_issue_free);
    for (gsize i = 0; i < json_array_size(list); i++) {
        const json_t *json = json_array_get(list, i);
        if (json_is_object(json_object_get(json, "pull_request")))
            continue;
        ForgeIssue *issue = parse_issue(gitea, path, json, error);
        if (issue == NULL)
            return NULL;
        if (issue->open && has_label(issue, label))
            g_ptr_array_add(issues, issue);
        else
            forge_issue_free(issue);
    }
    return g_steal_pointer(&issues);
}

static bool find_marked(Gitea *gitea, const char *mark, ForgeIssue **issue, GError **error) {
    g_autofree char *path = g_strconcat(gitea->repo, "/issues?type=issues&state=all", NULL);
    g_autoptr(json_t) list = gitea_list(gitea, path, error);
    *issue = NULL;
    if (list == NULL)
        return false;
    for (gsize i = 0; i < json_array_size(list); i++) {
        if (!rest_has_mark(json_array_get(list, i), mark))
            continue;
        *issue = parse_issue(gitea, path, json_array_get(list, i), error);
        return *issue != NULL;
    }
    return true;
}

bool gitea_find_issue(Forge *forge, const char *mark, ForgeIssue **issue, GError **error) {
    return find_marked((Gitea *)forge, mark, issue, error);
}

static gint64 label_id(const json_t *list, const char *name) {
    for (gsize i = 0; i < json_array_size(list); i++) {
        const json_t *label = json_array_get(list, i);
        if (g_strcmp0(jsonx_string(label, "name"), name) == 0)
            return jsonx_int(label, "id", -1);
    }
    return -1;
}

/* Labels are told by their ids. NULL: error. */
static json_t *label_ids(Gitea *gitea, const ForgeIssue *issue, GError **error) {
    g_autoptr(json_t) ids = json_array(), list = NULL;
    g_autofree char *path = g_strconcat(gitea->repo, "/labels", NULL);
    for (guint i = 0; issue->labels != NULL && i < issue->labels->len; i++) {
        const char *name = issue->labels->pdata[i];
        if (list == NULL && (list = gitea_list(gitea, path, error)) == NULL)
            return NULL;
        gint64 id = label_id(list, name);
        if (id < 0) {
            error_set(error, ERROR_CONFLICT, "%s has no label \"%.200s\"", gitea->project, name);
            error_fix(error, "make it at %s/%s/labels, then run the same command again", gitea->web, gitea->project);
            return NULL;
        }
        json_array_append_new(ids, json_integer(id));
    }
    return g_steal_pointer(&ids);
}

static bool look_for_issue(Gitea *gitea, const char *mark, ForgeIssue **issue, GError **error) {
    gint64 began = 0;
    do {
        if (find_marked(gitea, mark, issue, NULL) && *issue != NULL) {
            g_clear_error(error);
            return true;
        }
    } while (rest_wait(&gitea->rest, &began));
    return rest_lost(error);
}

static ForgeIssue *post_issue(Gitea *gitea, const json_t *json, const char *mark, GError **error) {
    g_autofree char *path = g_strconcat(gitea->repo, "/issues", NULL);
    RestChange change = {.method = "POST", .path = path, .json = json};
    g_autoptr(json_t) answer = NULL;
    ForgeIssue *issue = NULL;
    long status = 0;
    RestOutcome outcome = rest_change(&gitea->rest, &change, &status, &answer, error);
    if (outcome == REST_DONE)
        issue = parse_issue(gitea, path, answer, error);
    bool lost = outcome == REST_LOST || (outcome == REST_DONE && issue == NULL);
    if (outcome == REST_REFUSED)
        rest_refused(&gitea->rest, &change, status, answer, error);
    return lost && !look_for_issue(gitea, mark, &issue, error) ? NULL : issue;
}

ForgeIssue *gitea_create_issue(Forge *forge, const ForgeIssue *issue, const char *mark, GError **error) {
    Gitea *gitea = (Gitea *)forge;
    ForgeIssue *is = NULL;
    if (!find_marked(gitea, mark, &is, error) || is != NULL)
        return is;
    json_t *labels = label_ids(gitea, issue, error);
    if (labels == NULL)
        return NULL;
    g_autofree char *body = rest_marked(issue->body, mark);
    g_autoptr(json_t) json = json_pack("{s:s, s:s, s:o}", "title", issue->title, "body", body, "labels", labels);
    if (json != NULL)
        return post_issue(gitea, json, mark, error);
    error_set(error, ERROR_PARSE, "title or text of the issue are not UTF-8");
    return NULL;
}

/* ---- comments ---- */

static char *comments_path(const Gitea *gitea, gint64 number) {
    return g_strdup_printf("%s/issues/%" G_GINT64_FORMAT "/comments", gitea->repo, number);
}

bool gitea_has_comment(Forge *forge, gint64 number, const char *mark, bool *has, GError **error) {
    Gitea *gitea = (Gitea *)forge;
    g_autofree char *path = comments_path(gitea, number);
    return rest_has_comment(&(RestComments){.rest = &gitea->rest, .path = path, .one_page = true}, mark, has, error);
}

bool gitea_comment(Forge *forge, gint64 number, const char *body, const char *mark, GError **error) {
    Gitea *gitea = (Gitea *)forge;
    g_autofree char *path = comments_path(gitea, number);
    return rest_comment(&(RestComments){.rest = &gitea->rest, .path = path, .one_page = true}, body, mark, error);
}

/* ---- pull requests ---- */

static bool is_bot(const char *login) {
    return login != NULL && (g_str_has_suffix(login, "[bot]") || g_str_has_suffix(login, "-bot"));
}

/* The server knows the one whose merge brought the commit. */
GPtrArray *gitea_pulls(Forge *forge, const char *commit, GError **error) {
    Gitea *gitea = (Gitea *)forge;
    g_autofree char *segment = http_segment(commit);
    g_autofree char *path = g_strdup_printf("%s/commits/%s/pull", gitea->repo, segment);
    g_autoptr(json_t) json = NULL;
    g_autoptr(GPtrArray) pulls = g_ptr_array_new_with_free_func((GDestroyNotify)forge_pull_free);
    if (!rest_get(&gitea->rest, path, &json, error))
        return NULL;
    if (json == NULL || !jsonx_bool(json, "merged", false))
        return g_steal_pointer(&pulls);
    RestShape shape = {.rest = &gitea->rest, .path = path, .json = json};
    const char *title = NULL, *url = NULL;
    gint64 number = 0;
    if (!rest_int(&shape, "number", &number, error) || !rest_text(&shape, "title", &title, error) || !rest_text_or_null(&shape, "html_url", &url, error))
        return NULL;
    ForgePull *pull = g_new0(ForgePull, 1);
    pull->number = number;
    pull->title = g_strdup(title);
    pull->url = g_strdup(url);
    pull->login = g_strdup(jsonx_string(json_object_get(json, "user"), "login"));
    pull->bot = is_bot(pull->login);
    g_ptr_array_add(pulls, pull);
    return g_steal_pointer(&pulls);
}
