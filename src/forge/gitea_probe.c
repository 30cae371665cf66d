/* What the token may, and what the server is. Nothing is changed: to see whether a token may write, a release that cannot be (id 0) is asked to change. */
#include "base/glob.h"
#include "forge/gitea.h"

#include <string.h>

static void G_GNUC_PRINTF(2, 3) say(GPtrArray *list, const char *format, ...) {
    va_list args;
    va_start(args, format);
    g_ptr_array_add(list, g_strdup_vprintf(format, args));
    va_end(args);
}

static const char *words_of(const json_t *body) {
    const char *words = jsonx_string(body, "message");
    return words != NULL && *words != '\0' ? words : "without a word";
}

static void remark_version(const Gitea *gitea, const char *version, ForgeAccess *access) {
    const char *behind = strstr(version, "+gitea-");
    if (behind != NULL)
        say(access->remarks, "%s is Forgejo %.*s (like Gitea %s)", gitea->rest.host, (int)(behind - version), version, behind + strlen("+gitea-"));
    else
        say(access->remarks, "%s is Gitea %s", gitea->rest.host, version);
    if (gitea_hides_draft_files(version))
        say(access->remarks, "Gitea %s hands out no files of drafts by their addresses: where they cannot be read, they are checked after publishing", version);
}

/* Servers may keep it from strangers. */
static bool probe_version(Gitea *gitea, ForgeAccess *access, GError **error) {
    g_auto(HttpAnswer) answer = {0};
    g_autoptr(json_t) body = NULL;
    if (!rest_ask(&gitea->rest, "/version", &answer, &body, error))
        return false;
    const char *version = jsonx_string(body, "version");
    if (answer.status == 200 && version != NULL)
        remark_version(gitea, version, access);
    else
        say(access->remarks, "%s does not say its version (status %ld)", gitea->rest.host, answer.status);
    return true;
}

static bool probe_user(Gitea *gitea, ForgeAccess *access, GError **error) {
    g_auto(HttpAnswer) answer = {0};
    g_autoptr(json_t) body = NULL;
    if (!rest_ask(&gitea->rest, "/user", &answer, &body, error))
        return false;
    if (answer.status == 200)
        access->login = g_strdup(jsonx_string(body, "login"));
    else if (answer.status == 401)
        say(access->missing, "a valid token: %s does not take the one of %s (%s)", gitea->rest.host, access->token_from, words_of(body));
    else
        say(access->remarks, "whose token it is cannot be asked: %s", words_of(body));
    return true;
}

static void judge_repository(const Gitea *gitea, const json_t *body, ForgeAccess *access) {
    access->closed = jsonx_bool(body, "private", false) || jsonx_bool(body, "internal", false);
    if (jsonx_bool(body, "archived", false))
        say(access->missing, "a repository that takes changes: %s is archived", gitea->project);
    if (!jsonx_bool(body, "has_releases", true))
        say(access->missing, "releases: they are switched off in the settings of %s", gitea->project);
    if (jsonx_bool(body, "empty", false))
        say(access->missing, "a branch: %s is empty, and Gitea takes no release of an empty repository", gitea->project);
    if (access->token_from != NULL && !jsonx_bool(json_object_get(body, "permissions"), "push", false))
        say(access->missing, "write access to %s (role: write)", gitea->project);
}

/* *writer: it may be worth asking whether the token may write. */
static bool probe_repository(Gitea *gitea, ForgeAccess *access, bool *writer, GError **error) {
    g_auto(HttpAnswer) answer = {0};
    g_autoptr(json_t) body = NULL;
    *writer = false;
    if (!rest_ask(&gitea->rest, gitea->repo, &answer, &body, error))
        return false;
    guint before = access->missing->len;
    if (answer.status == 200)
        judge_repository(gitea, body, access);
    else if (answer.status == 403)
        say(access->missing, "read access to %s: %s", gitea->project, words_of(body));
    else if (answer.status == 404)
        say(access->missing, "%s: it is not there, or this token may not see it", gitea->project);
    *writer = answer.status == 200 && access->missing->len == before;
    return true;
}

/* The role is the user's, the scope the token's: only the server knows both. */
static bool probe_writing(Gitea *gitea, ForgeAccess *access, GError **error) {
    g_autofree char *path = gitea_release_path(gitea, "0");
    g_autoptr(json_t) json = json_pack("{s:b}", "draft", 1), answer = NULL;
    RestChange change = {.method = "PATCH", .path = path, .json = json};
    g_autoptr(GError) fault = NULL;
    long status = 0;
    RestOutcome outcome = rest_change(&gitea->rest, &change, &status, &answer, &fault);
    if (outcome == REST_REFUSED)
        return true;
    if (outcome == REST_FAILED && error_is(fault, ERROR_PERMISSION)) {
        const char *why = error_get_why(fault);
        say(access->missing, "the scope write:repository: %s", why != NULL ? why : fault->message);
        return true;
    }
    if (outcome == REST_DONE)
        return error_set(error, ERROR_ANSWER, "%s%s took a change of a release that cannot be", gitea->rest.api, path);
    g_propagate_error(error, g_steal_pointer(&fault));
    return false;
}

/* "v*" or, between slashes, a regular expression. */
static bool protects(const char *pattern, const char *tag) {
    gsize length = strlen(pattern);
    if (length < 2 || pattern[0] != '/' || pattern[length - 1] != '/')
        return glob_match(pattern, tag);
    g_autofree char *expression = g_strndup(pattern + 1, length - 2);
    g_autoptr(GRegex) regex = length < 1000 ? g_regex_new(expression, 0, 0, NULL) : NULL;
    return regex == NULL || g_regex_match(regex, tag, 0, NULL);
}

static bool holds(const json_t *names, const char *name) {
    for (gsize i = 0; i < json_array_size(names); i++) {
        const char *is = json_string_value(json_array_get(names, i));
        if (is != NULL && name != NULL && g_ascii_strcasecmp(is, name) == 0)
            return true;
    }
    return false;
}

/* The tags that are tried: the one that is to be pushed; else those known of this run; else like the latest release's. */
static GPtrArray *sample_tags(Gitea *gitea) {
    GPtrArray *tags = g_ptr_array_new_with_free_func(g_free);
    if (gitea->tag != NULL) {
        g_ptr_array_add(tags, g_strdup(gitea->tag));
        return tags;
    }
    g_mutex_lock(&gitea->lock);
    GHashTableIter iter;
    gpointer tag = NULL;
    g_hash_table_iter_init(&iter, gitea->ids);
    while (g_hash_table_iter_next(&iter, &tag, NULL))
        g_ptr_array_add(tags, g_strdup(tag));
    g_mutex_unlock(&gitea->lock);
    char *latest = tags->len == 0 ? gitea_latest(&gitea->base, NULL) : NULL;
    if (tags->len == 0)
        g_ptr_array_add(tags, latest != NULL ? latest : g_strdup("v1.0.0"));
    return tags;
}

static void judge_protection(const json_t *row, const GPtrArray *tags, ForgeAccess *access) {
    const char *pattern = jsonx_string(row, "name_pattern");
    for (guint i = 0; pattern != NULL && i < tags->len; i++) {
        const char *tag = tags->pdata[i];
        if (!protects(pattern, tag) || holds(json_object_get(row, "whitelist_usernames"), access->login))
            continue;
        const char *who = access->login != NULL ? access->login : "the token's user";
        if (json_array_size(json_object_get(row, "whitelist_teams")) > 0)
            say(access->remarks, "tags like %s are protected by \"%s\": only the teams named there may push them; whether %s is in one cannot be seen", tag,
                pattern, who);
        else
            say(access->missing, "the right to push tags like %s: they are protected by \"%s\", and %s is not named there", tag, pattern, who);
        return;
    }
}

static bool probe_protections(Gitea *gitea, ForgeAccess *access, GError **error) {
    g_auto(HttpAnswer) answer = {0};
    g_autoptr(json_t) body = NULL;
    g_autofree char *path = g_strconcat(gitea->repo, "/tag_protections", NULL);
    if (!rest_ask(&gitea->rest, path, &answer, &body, error))
        return false;
    if (answer.status != 200) {
        say(access->remarks, "whether tags are protected cannot be seen: that is for administrators of %s", gitea->project);
        return true;
    }
    g_autoptr(GPtrArray) tags = sample_tags(gitea);
    for (gsize i = 0; i < json_array_size(body); i++)
        judge_protection(json_array_get(body, i), tags, access);
    return true;
}

bool gitea_probe(Forge *forge, ForgeAccess *access, GError **error) {
    Gitea *gitea = (Gitea *)forge;
    bool writer = false;
    access->missing = access->missing != NULL ? access->missing : g_ptr_array_new_with_free_func(g_free);
    access->remarks = access->remarks != NULL ? access->remarks : g_ptr_array_new_with_free_func(g_free);
    access->token_from = gitea->rest.token.secret != NULL ? g_strdup(gitea->rest.token.from) : NULL;
    if (access->token_from == NULL)
        return true; /* who has none asks nothing */
    if (!probe_user(gitea, access, error))
        return false;
    if (access->missing->len > 0)
        return true; /* a token that is not taken can do nothing else */
    if (!probe_version(gitea, access, error) || !probe_repository(gitea, access, &writer, error))
        return false;
    return !writer || (probe_writing(gitea, access, error) && probe_protections(gitea, access, error));
}
