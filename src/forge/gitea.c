/* The calls that change releases. See gitea.h. */
#include "forge/gitea.h"

#include <string.h>

#define LONGEST_NAME 255 /* the server cuts what is longer */

/* ---- one change, and how it is seen when its answer was lost ---- */

/* Does the release show what was wanted? */
typedef bool (*Seen)(const ForgeRelease *is, const void *wanted);

static bool look_at(Gitea *gitea, const char *id, Seen seen, const void *wanted, GError **error) {
    gint64 began = 0;
    do {
        g_autoptr(ForgeRelease) is = NULL;
        if (gitea_release(gitea, id, &is, NULL) && is != NULL && seen(is, wanted)) {
            g_clear_error(error);
            return true;
        }
    } while (rest_wait(&gitea->rest, &began));
    return rest_lost(error);
}

/* The release that a successful change answered with; REST_LOST: it has not its shape, so that nothing is known. */
static RestOutcome take_answer(const Gitea *gitea, const char *path, RestOutcome outcome, const json_t *answer, ForgeRelease **is, GError **error) {
    if (outcome != REST_DONE)
        return outcome;
    *is = gitea_parse_release(gitea, path, answer, error);
    return *is != NULL ? REST_DONE : REST_LOST;
}

static bool patch(Gitea *gitea, const char *id, const json_t *json, Seen seen, const void *wanted, GError **error) {
    g_autofree char *path = gitea_release_path(gitea, id);
    RestChange change = {.method = "PATCH", .path = path, .json = json};
    g_autoptr(json_t) answer = NULL;
    g_autoptr(ForgeRelease) is = NULL;
    long status = 0;
    RestOutcome outcome = rest_change(&gitea->rest, &change, &status, &answer, error);
    switch (take_answer(gitea, path, outcome, answer, &is, error)) {
    case REST_DONE: /* a server may take a change and do another: an old version, a plug-in */
        return seen(is, wanted) || error_set(error, ERROR_CONFLICT, "%s took the change of %s and did not make it", gitea->rest.host, path);
    case REST_REFUSED:
        return rest_refused(&gitea->rest, &change, status, answer, error);
    case REST_LOST:
        return look_at(gitea, id, seen, wanted, error);
    case REST_FAILED:
        break;
    }
    return false;
}

static char *body_of(const ForgeRelease *release, const char *notes, bool withdrawn) {
    return rest_notes_write(
        &(RestNotes){.mark = release->mark, .notes = (char *)notes, .withdrawn = withdrawn, .was_prerelease = withdrawn && release->prerelease});
}

/* ---- drafts ---- */

static json_t *draft_json(const ForgeRelease *wanted) {
    g_autofree char *body = body_of(wanted, wanted->notes, false);
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:b, s:b}", "tag_name", wanted->tag, "name", wanted->name, "body", body, "draft", 1, "prerelease", wanted->prerelease);
    if (json != NULL && wanted->branch != NULL)
        json_object_set_new(json, "target_commitish", json_string(wanted->branch));
    return json;
}

static bool has_shape(const ForgeRelease *is, const void *data) {
    const ForgeRelease *wanted = data;
    bool branch = wanted->branch == NULL || g_strcmp0(is->branch, wanted->branch) == 0;
    bool marked = is->settled && g_strcmp0(is->mark, wanted->mark) == 0;
    return strcmp(is->name, wanted->name) == 0 && is->prerelease == wanted->prerelease && branch && marked;
}

/* Notes that are there already stay: a person may have edited them. */
static bool complete_draft(Gitea *gitea, const ForgeRelease *is, const ForgeRelease *wanted, GError **error) {
    gitea_saw(gitea, wanted->tag, is);
    if (has_shape(is, wanted))
        return true;
    g_autofree char *body = body_of(is, is->notes, false);
    g_autoptr(json_t) json = json_pack("{s:s, s:b}", "name", wanted->name, "prerelease", wanted->prerelease);
    if (!is->settled)
        json_object_set_new(json, "body", json_string(body));
    if (wanted->branch != NULL)
        json_object_set_new(json, "target_commitish", json_string(wanted->branch));
    return patch(gitea, is->id, json, has_shape, wanted, error);
}

/* Never what others see: it is looked at once more, because a push of its tag may have made it public meanwhile. */
static bool delete_draft(Gitea *gitea, const ForgeRelease *draft, GError **error) {
    g_autoptr(ForgeRelease) is = NULL;
    g_autofree char *path = gitea_release_path(gitea, draft->id);
    if (!gitea_release(gitea, draft->id, &is, error))
        return false;
    bool own = is != NULL && (g_strcmp0(is->mark, draft->mark) == 0 || (is->mark == NULL && !draft->settled));
    if (is != NULL && (is->state != FORGE_DRAFT || !own))
        return error_set(error, ERROR_CONFLICT, "the draft %s of %s changed meanwhile: it is %s, and is not removed", draft->tag, gitea->project,
                         forge_state_name(is->state));
    return is == NULL || gitea_delete(gitea, path, error);
}

static bool refuse_public(const Gitea *gitea, const ForgeRelease *is, GError **error) {
    return error_set(error, ERROR_CONFLICT, "the release %s of %s is no draft: it is %s", is->tag, gitea->project, forge_state_name(is->state));
}

/* Is this tag's place free for `wanted`? *is: its own draft, of which the one with the lowest id stays. */
static bool settle_drafts(Gitea *gitea, const ForgeRelease *wanted, GPtrArray *all, ForgeRelease **is, GError **error) {
    if (!gitea_choose(gitea, all, wanted->mark, is, error))
        return false;
    if (*is != NULL && (*is)->state != FORGE_DRAFT)
        return refuse_public(gitea, *is, error);
    for (guint i = 0; i < all->len; i++) {
        if (all->pdata[i] != *is && !delete_draft(gitea, all->pdata[i], error))
            return false;
    }
    return true;
}

/* The draft that is there, made by an earlier call, by one whose answer was lost, or by nobody: *found false. */
static bool adopt(Gitea *gitea, const ForgeRelease *wanted, bool *found, GError **error) {
    g_autoptr(GPtrArray) all = gitea_releases_of(gitea, wanted->tag, error);
    ForgeRelease *is = NULL;
    *found = false;
    if (all == NULL || !settle_drafts(gitea, wanted, all, &is, error))
        return false;
    *found = is != NULL;
    return is == NULL || complete_draft(gitea, is, wanted, error);
}

/* After an answer that says nothing of what was done: a CONFLICT is known then, a fault of reading is not. */
static bool look_for_draft(Gitea *gitea, const ForgeRelease *wanted, bool *found, GError **error) {
    gint64 began = 0;
    do {
        g_autoptr(GError) fault = NULL;
        if (adopt(gitea, wanted, found, &fault) && *found)
            return true;
        if (error_is(fault, ERROR_CONFLICT)) {
            g_clear_error(error);
            g_propagate_error(error, g_steal_pointer(&fault));
            return false;
        }
    } while (rest_wait(&gitea->rest, &began));
    return true;
}

static bool take_created(Gitea *gitea, const ForgeRelease *wanted, const ForgeRelease *is, GError **error) {
    gitea_saw(gitea, wanted->tag, is);
    if (strcmp(is->tag, wanted->tag) != 0 || g_strcmp0(is->mark, wanted->mark) != 0)
        return error_set(error, ERROR_CONFLICT, "%s made a release %s where %s was wanted", gitea->rest.host, is->tag, wanted->tag);
    return is->state == FORGE_DRAFT || error_set(error, ERROR_CONFLICT, "%s made the draft %s public", gitea->rest.host, wanted->tag);
}

static bool create_lost(Gitea *gitea, const ForgeRelease *wanted, GError **error) {
    bool found = false;
    if (!look_for_draft(gitea, wanted, &found, error))
        return false;
    if (!found)
        return rest_lost(error);
    g_clear_error(error);
    return true;
}

/* 409: what is there for the tag? Nothing that is ours and nothing that is seen: then the server's words. */
static bool create_refused(Gitea *gitea, const ForgeRelease *wanted, const RestChange *change, long status, const json_t *answer, GError **error) {
    bool found = false;
    if (status == 409 && (!look_for_draft(gitea, wanted, &found, error) || found))
        return found;
    rest_refused(&gitea->rest, change, status, answer, error);
    if (status == 409)
        error_fix(error, "see %s/%s/releases: a release of this tag, perhaps in other case, is there", gitea->web, gitea->project);
    return false;
}

static bool create(Gitea *gitea, const ForgeRelease *wanted, GError **error) {
    g_autofree char *path = g_strconcat(gitea->repo, "/releases", NULL);
    g_autoptr(json_t) json = draft_json(wanted), answer = NULL;
    if (json == NULL)
        return error_set(error, ERROR_PARSE, "name or notes of %s are not UTF-8", wanted->tag);
    RestChange change = {.method = "POST", .path = path, .json = json};
    g_autoptr(ForgeRelease) is = NULL;
    long status = 0;
    RestOutcome outcome = rest_change(&gitea->rest, &change, &status, &answer, error);
    switch (take_answer(gitea, path, outcome, answer, &is, error)) {
    case REST_DONE:
        return take_created(gitea, wanted, is, error);
    case REST_REFUSED:
        return create_refused(gitea, wanted, &change, status, answer, error);
    case REST_LOST:
        return create_lost(gitea, wanted, error);
    case REST_FAILED:
        break;
    }
    return false;
}

static bool gitea_draft(Forge *forge, const ForgeRelease *wanted, GError **error) {
    Gitea *gitea = (Gitea *)forge;
    bool found = false;
    if (g_utf8_strlen(wanted->name, -1) > LONGEST_NAME)
        return error_set(error, ERROR_TOO_LARGE, "the name of %s has more than %d characters; Gitea would cut it", wanted->tag, LONGEST_NAME);
    if (!adopt(gitea, wanted, &found, error))
        return false;
    return found || create(gitea, wanted, error);
}

static bool gitea_remove_draft(Forge *forge, const char *tag, const char *mark, GError **error) {
    Gitea *gitea = (Gitea *)forge;
    g_autoptr(GPtrArray) all = gitea_releases_of(gitea, tag, error);
    ForgeRelease *is = NULL;
    if (all == NULL || !gitea_choose(gitea, all, mark, &is, error))
        return false;
    if (is != NULL && is->state != FORGE_DRAFT)
        return refuse_public(gitea, is, error);
    for (guint i = 0; i < all->len; i++) {
        if (!delete_draft(gitea, all->pdata[i], error))
            return false;
    }
    gitea_know(forge, tag, NULL);
    return true;
}

/* ---- public changes ---- */

static bool must_be(const Gitea *gitea, const char *tag, const ForgeRelease *release, GError **error) {
    return release != NULL || error_set(error, ERROR_CONFLICT, "there is no release %s of %s", tag, gitea->project);
}

typedef struct {
    const char *name, *notes;
} Words;

static bool has_words(const ForgeRelease *is, const void *data) {
    const Words *wanted = data;
    return strcmp(is->name, wanted->name) == 0 && strcmp(is->notes, wanted->notes) == 0;
}

static bool gitea_edit(Forge *forge, const char *tag, const char *mark, const char *name, const char *notes, GError **error) {
    Gitea *gitea = (Gitea *)forge;
    Words words = {.name = name, .notes = notes};
    g_autoptr(ForgeRelease) is = NULL;
    if (!gitea_find_own(gitea, tag, mark, &is, error) || !must_be(gitea, tag, is, error))
        return false;
    if (is->settled && has_words(is, &words))
        return true;
    if (*name == '\0')
        return error_set(error, ERROR_CONFLICT, "the name of %s cannot be taken away: Gitea ignores empty texts", tag);
    g_autofree char *body = body_of(is, notes, is->state == FORGE_WITHDRAWN);
    g_autoptr(json_t) json = json_pack("{s:s, s:s}", "name", name, "body", body);
    if (json == NULL)
        return error_set(error, ERROR_PARSE, "name or notes of %s are not UTF-8", tag);
    return patch(gitea, is->id, json, has_words, &words, error);
}

static bool has_state(const ForgeRelease *is, const void *data) {
    return is->state == *(const ForgeState *)data && is->mark != NULL;
}

/* Public already, because its tag was pushed: then this is done. Of a withdrawn one the notes are put back, and of one that a person edited the mark. */
static bool gitea_publish(Forge *forge, const char *tag, const char *mark, const ForgePublish *publish, GError **error) {
    Gitea *gitea = (Gitea *)forge;
    ForgeState wanted = FORGE_PUBLIC;
    (void)publish; /* neither the time nor the latest can be said */
    g_autoptr(ForgeRelease) is = NULL;
    if (!gitea_find_own(gitea, tag, mark, &is, error) || !must_be(gitea, tag, is, error))
        return false;
    if (is->state == FORGE_PUBLIC && is->settled)
        return true;
    g_autofree char *body = body_of(is, is->notes, false);
    g_autoptr(json_t) json = is->state == FORGE_WITHDRAWN ? json_pack("{s:b}", "prerelease", is->prerelease) : json_pack("{s:b}", "draft", 0);
    if (is->state == FORGE_WITHDRAWN || !is->settled)
        json_object_set_new(json, "body", json_string(body));
    return patch(gitea, is->id, json, has_state, &wanted, error);
}

static bool gitea_withdraw(Forge *forge, const char *tag, const char *mark, GError **error) {
    Gitea *gitea = (Gitea *)forge;
    ForgeState wanted = FORGE_WITHDRAWN;
    g_autoptr(ForgeRelease) is = NULL;
    if (!gitea_find_own(gitea, tag, mark, &is, error) || !must_be(gitea, tag, is, error))
        return false;
    if (is->state == FORGE_WITHDRAWN)
        return true;
    if (is->state == FORGE_DRAFT)
        return error_set(error, ERROR_CONFLICT, "the release %s of %s is a draft: it cannot be withdrawn", tag, gitea->project);
    g_autofree char *body = body_of(is, is->notes, true);
    g_autoptr(json_t) json = json_pack("{s:b, s:s}", "prerelease", 1, "body", body);
    return patch(gitea, is->id, json, has_state, &wanted, error);
}

static bool gitea_set_latest(Forge *forge, const char *tag, GError **error) {
    Gitea *gitea = (Gitea *)forge;
    GError *fault = NULL;
    g_autofree char *latest = gitea_latest(forge, &fault);
    if (fault != NULL) {
        g_propagate_error(error, fault);
        return false;
    }
    if (g_strcmp0(latest, tag) == 0)
        return true;
    error_set(error, ERROR_CONFLICT, "%s of %s cannot be made the latest release", tag != NULL ? tag : "none", gitea->project);
    error_why(error, "Gitea and Forgejo take the newest release that is neither draft nor pre-release, by date: %s", latest != NULL ? latest : "none");
    error_fix(error, "nothing can be done at the forge; mark what must not be the latest as a pre-release");
    return false;
}

static char *gitea_place(Forge *forge, const char *tag) {
    Gitea *gitea = (Gitea *)forge;
    g_autofree char *escaped = g_uri_escape_string(tag, "/", FALSE);
    return g_strdup_printf("%s/%s/releases/tag/%s", gitea->web, gitea->project, escaped);
}

/* ---- opening ---- */

static bool gitea_claims(const ForgeRemote *remote) {
    static const char *const hosts[] = {"gitea.com", "codeberg.org", NULL};
    return g_strv_contains(hosts, remote->host) || g_str_has_prefix(remote->host, "gitea.") || g_str_has_prefix(remote->host, "forgejo.");
}

/* "git/owner/name" is owner/name of a server whose root is /git: a project is always two names. */
static json_t *gitea_locate(const ForgeRemote *remote, const char *api) {
    const char *slash = strrchr(remote->path, '/');
    while (slash != NULL && slash > remote->path && slash[-1] != '/')
        slash--;
    const char *project = slash != NULL ? slash : remote->path;
    g_autofree char *root = g_strndup(remote->path, (gsize)(project - remote->path));
    g_autofree char *url = g_strdup_printf("%s://%s/%s", remote->scheme, remote->host, remote->path);
    g_autofree char *place = g_strdup_printf("%s://%s/%sapi/v1", remote->scheme, remote->host, root);
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", "gitea", "url", url, "api", api != NULL ? api : place, "project", project, "remote_host",
                     remote->host);
}

static char *refusal(const HttpAnswer *answer, const json_t *body) {
    (void)answer;
    return g_strdup(jsonx_string(body, "message"));
}

#define TOKENS                                                                                                                                                 \
    {"GITEA_TOKEN", "gitea.com codeberg.org", "GITEA_SERVER_URL"}, {"FORGEJO_TOKEN", "codeberg.org gitea.com", "FORGEJO_SERVER_URL"}, {                        \
        "FORGEJO_TOKEN", NULL, "GITEA_SERVER_URL"                                                                                                              \
    }

static const ForgeTokenRow tokens[] = {TOKENS, {NULL, NULL, NULL}};
/* Runs of Gitea Actions have GitHub's names for their own server. */
static const ForgeTokenRow tokens_of_actions[] = {
    TOKENS,
    {"GITEA_TOKEN", NULL, "GITHUB_SERVER_URL"},
    {"FORGEJO_TOKEN", NULL, "GITHUB_SERVER_URL"},
    {"GITHUB_TOKEN", NULL, "GITHUB_SERVER_URL"},
    {NULL, NULL, NULL},
};

static const char *const headers[] = {"Accept: application/json", NULL};
static const RestKind rest_kind = {
    .title = "Gitea",
    .headers = headers,
    .credential_name = "Authorization",
    .credential_scheme = "token",
    .tokens = tokens,
    .page_size = "limit=50",
    .refusal = refusal,
};
static const RestKind rest_kind_in_actions = {
    .title = "Gitea",
    .headers = headers,
    .credential_name = "Authorization",
    .credential_scheme = "token",
    .tokens = tokens_of_actions,
    .page_size = "limit=50",
    .refusal = refusal,
};

extern const ForgeKind forge_kind_gitea;

static void gitea_close(Forge *forge) {
    Gitea *gitea = (Gitea *)forge;
    rest_close(&gitea->rest);
    g_free(gitea->project);
    g_free(gitea->repo);
    g_free(gitea->web);
    g_free(gitea->mark);
    g_free(gitea->tag);
    g_mutex_clear(&gitea->lock);
    g_clear_pointer(&gitea->ids, g_hash_table_unref);
    g_free(gitea);
}

/* "owner/name": both go into addresses. */
static bool set_project(Gitea *gitea, const char *project, GError **error) {
    g_auto(GStrv) parts = g_strsplit(project != NULL ? project : "", "/", -1);
    if (g_strv_length(parts) != 2 || *parts[0] == '\0' || *parts[1] == '\0')
        return error_set(error, ERROR_CONFIG, "\"%.200s\" is no project of Gitea: OWNER/NAME", project != NULL ? project : "");
    g_autofree char *owner = http_segment(parts[0]);
    g_autofree char *name = http_segment(parts[1]);
    gitea->project = g_strdup(project);
    gitea->repo = g_strdup_printf("/repos/%s/%s", owner, name);
    return true;
}

static Forge *gitea_open(const json_t *params, GError **error) {
    Gitea *gitea = g_new0(Gitea, 1);
    gitea->base.kind = &forge_kind_gitea;
    g_mutex_init(&gitea->lock);
    gitea->ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, gitea_known_free);
    gitea->mark = g_strdup(jsonx_string(params, "mark"));
    gitea->tag = g_strdup(jsonx_string(params, "tag"));
    gitea->rest.cancel = &gitea->base.cancel;
    bool actions = g_strcmp0(g_getenv("GITEA_ACTIONS"), "true") == 0;
    if (set_project(gitea, jsonx_string(params, "project"), error) && rest_open(&gitea->rest, actions ? &rest_kind_in_actions : &rest_kind, params, error)) {
        gsize length = strlen(gitea->rest.api);
        gitea->web = g_str_has_suffix(gitea->rest.api, "/api/v1") ? g_strndup(gitea->rest.api, length - 7) : g_strdup(gitea->rest.api);
        gitea->rest.cancel = &gitea->base.cancel;
        return &gitea->base;
    }
    gitea_close(&gitea->base);
    return NULL;
}

static const char *const differences[] = {
    "pushing the tag makes its draft public at once: every check stands before the push, and publishing only looks whether it is so",
    "the latest release is the newest one by date, whatever its version: also one of an older line, which cannot be prevented",
    NULL,
};

static char *token_hint(const char *host) {
    return forge_token_hint(tokens, host);
}

const ForgeKind forge_kind_gitea = {
    .name = "gitea",
    .title = "Gitea",
    .doc = "Gitea and Forgejo: gitea.com, codeberg.org, and any other server of these",
    .differences = differences,
    .needs_token = true,
    .pull_sign = "#",
    .token_hint = token_hint,
    .claims = gitea_claims,
    .locate = gitea_locate,
    .open = gitea_open,
    .know = gitea_know,
    .probe = gitea_probe,
    .find = gitea_find,
    .list = gitea_list_releases,
    .draft = gitea_draft,
    .edit = gitea_edit,
    .upload = gitea_upload,
    .read_asset = gitea_read_asset,
    .remove_asset = gitea_remove_asset,
    .publish = gitea_publish,
    .withdraw = gitea_withdraw,
    .remove_draft = gitea_remove_draft,
    .latest = gitea_latest,
    .set_latest = gitea_set_latest,
    .place = gitea_place,
    .issues = gitea_issues,
    .create_issue = gitea_create_issue,
    .find_issue = gitea_find_issue,
    .comment = gitea_comment,
    .has_comment = gitea_has_comment,
    .pulls = gitea_pulls,
    .close = gitea_close,
};
