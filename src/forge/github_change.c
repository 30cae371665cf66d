/* Changes of a release on GitHub: each goes out once; what became of one whose answer was lost is found out by looking. */
#include "forge/github.h"

#include <string.h>

/* ---- refusals ---- */

static bool mentions(const json_t *answer, const char *word) {
    g_autofree char *text = answer != NULL ? jsonx_canonical(answer) : g_strdup("");
    g_autofree char *lower = g_ascii_strdown(text, -1);
    return strstr(lower, word) != NULL;
}

/* GitHub says "not found" of what a token may not do. */
static bool not_there(ForgeGithub *github, const RestChange *change, GError **error) {
    bool whole = g_str_has_suffix(change->path, "/releases");
    error_set(error, ERROR_PERMISSION, "GitHub does not let this token %s in %s", whole ? "make releases" : "change releases", github->project);
    error_why(error,
              "%s %.*s: not found (404): it is not there, or the token may not write to it, or its scope workflow is missing where commits change "
              ".github/workflows",
              change->method, (int)strcspn(change->path, "?"), change->path);
    error_fix(error, "give the token the scope repo (and workflow), or contents: write, then run the same command again");
    return false;
}

bool forge_github_refused(ForgeGithub *github, const RestChange *change, long status, const json_t *answer, GError **error) {
    if (status == 404)
        return not_there(github, change, error);
    if (!mentions(answer, "immutable"))
        return rest_refused(&github->rest, change, status, answer, error);
    g_autoptr(GError) words = NULL;
    rest_refused(&github->rest, change, status, answer, &words);
    error_set(error, ERROR_CONFLICT, "releases of %s are immutable: what is public cannot be changed, and its tag not be used again", github->project);
    error_why(error, "%s", error_get_why(words));
    error_fix(error, "slipway release patch");
    return false;
}

/* ---- changing ---- */

/* Forges turn the ends of lines. */
static bool same_text(const char *a, const char *b) {
    g_autoptr(GString) first = g_string_new(a);
    g_autoptr(GString) second = g_string_new(b);
    g_string_replace(first, "\r\n", "\n", 0);
    g_string_replace(second, "\r\n", "\n", 0);
    return strcmp(g_strchomp(first->str), g_strchomp(second->str)) == 0;
}

/* Is what `wanted` says so? Which release is the latest, none says of itself. The branch does not count for GitHub where the tag is there. */
static bool holds(const json_t *is, const json_t *wanted, bool answered) {
    const char *field;
    json_t *value;
    json_object_foreach((json_t *)wanted, field, value) {
        const json_t *has = json_object_get(is, field);
        bool texts = json_is_string(has) && json_is_string(value);
        bool passed = strcmp(field, "make_latest") == 0 || (answered && strcmp(field, "target_commitish") == 0);
        if (!passed && !(texts ? same_text(json_string_value(has), json_string_value(value)) : json_equal(has, value)))
            return false;
    }
    return true;
}

static bool is_latest(ForgeGithub *github, const ForgeGithubRelease *is) {
    g_autofree char *latest = forge_github_latest(&github->base, NULL);
    return g_strcmp0(latest, is->release->tag) == 0;
}

/* The change of latest alone is seen only there. */
static bool is_done(ForgeGithub *github, const char *path, const ForgeGithubRelease *is, const json_t *wanted) {
    const char *latest = json_object_size(wanted) == 1 ? jsonx_string(wanted, "make_latest") : NULL;
    if (latest != NULL)
        return is_latest(github, is) == (strcmp(latest, "true") == 0);
    g_autoptr(json_t) json = NULL;
    return rest_get(&github->rest, path, &json, NULL) && json != NULL && holds(json, wanted, false);
}

static bool look_until_done(ForgeGithub *github, const char *path, const ForgeGithubRelease *is, const json_t *wanted, GError **error) {
    gint64 began = 0;
    do {
        if (is_done(github, path, is, wanted)) {
            g_clear_error(error);
            forge_github_remember(github, is->release);
            return true;
        }
    } while (rest_wait(&github->rest, &began));
    rest_lost(error);
    g_autofree char *looked = rest_looked(&github->rest);
    error_state(error, "%s may be changed, or may yet be; it was looked at %s", is->release->url, looked);
    return false;
}

/* The answer is trusted, once its shape is right and it says what was wanted. */
static bool check_answer(ForgeGithub *github, const RestChange *change, const ForgeGithubRelease *is, const json_t *answer, GError **error) {
    g_autoptr(ForgeGithubRelease) after = forge_github_parse(github, change->path, answer, error);
    if (after == NULL)
        return false;
    if (after->number == is->number && holds(answer, change->json, true)) {
        forge_github_remember(github, is->release);
        return true;
    }
    error_set(error, ERROR_ANSWER, "%s took a change of the release %s and answers with another", github->rest.host, is->release->id);
    error_why(error, "%s %s: what was sent is not in the answer", change->method, change->path);
    return false;
}

bool forge_github_is_late(ForgeGithub *github, const ForgeGithubRelease *is, long status, gint64 *began) {
    g_auto(ForgeGithubKnown) known = {0};
    forge_github_recall(github, is->release->tag, &known);
    if (*began == 0)
        *began = g_strcmp0(known.id, is->release->id) == 0 ? known.changed : 0;
    return status == 404 && *began != 0 && rest_wait(&github->rest, began);
}

bool forge_github_patch(ForgeGithub *github, const ForgeGithubRelease *is, const json_t *json, GError **error) {
    g_autofree char *path = forge_github_release_path(github, is->number);
    RestChange change = {.method = "PATCH", .path = path, .json = json};
    for (gint64 began = 0;;) {
        g_autoptr(json_t) answer = NULL;
        long status = 0;
        RestOutcome outcome = rest_change(&github->rest, &change, &status, &answer, error);
        if (outcome == REST_DONE)
            return check_answer(github, &change, is, answer, error);
        if (outcome == REST_LOST)
            return look_until_done(github, path, is, json, error);
        if (outcome == REST_FAILED)
            return false;
        if (!forge_github_is_late(github, is, status, &began))
            return forge_github_refused(github, &change, status, answer, error);
    }
}

static bool look_until_gone(ForgeGithub *github, const char *path, GError **error) {
    gint64 began = 0;
    do {
        g_autoptr(json_t) json = NULL;
        if (rest_get(&github->rest, path, &json, NULL) && json == NULL) {
            g_clear_error(error);
            return true;
        }
    } while (rest_wait(&github->rest, &began));
    return rest_lost(error);
}

bool forge_github_delete(ForgeGithub *github, const char *path, GError **error) {
    RestChange change = {.method = "DELETE", .path = path};
    g_autoptr(json_t) answer = NULL;
    long status = 0;
    RestOutcome outcome = rest_change(&github->rest, &change, &status, &answer, error);
    if (outcome == REST_LOST)
        return look_until_gone(github, path, error);
    if (outcome == REST_REFUSED && status != 404)
        return forge_github_refused(github, &change, status, answer, error);
    return outcome != REST_FAILED;
}

/* ---- further drafts ---- */

static bool has_more(const ForgeRelease *than, const ForgeRelease *other, GError **error) {
    for (guint i = 0; i < other->assets->len; i++) {
        const ForgeAsset *asset = other->assets->pdata[i];
        const ForgeAsset *same = forge_release_asset(than, asset->name);
        if (asset->half || (same != NULL && !same->half))
            continue;
        error_set(error, ERROR_CONFLICT, "this run has two drafts of %s, each with assets", than->tag);
        error_why(error, "id %s, %s, has not %s, which id %s, %s, has", than->id, than->url, asset->name, other->id, other->url);
        error_fix(error, "delete the one that is not whole, then run the same command again");
        return true;
    }
    return false;
}

bool forge_github_drop_others(ForgeGithub *github, const ForgeGithubFound *found, bool complete, GError **error) {
    for (guint i = 0; found->others != NULL && i < found->others->len; i++) {
        const ForgeGithubRelease *other = found->others->pdata[i];
        g_autofree char *path = forge_github_release_path(github, other->number);
        if ((complete && has_more(found->is->release, other->release, error)) || !forge_github_delete(github, path, error))
            return false;
    }
    return true;
}

/* ---- name and notes ---- */

bool forge_github_edit(Forge *forge, const char *tag, const char *mark, const char *name, const char *notes, GError **error) {
    ForgeGithub *github = (ForgeGithub *)forge;
    g_autoptr(ForgeGithubRelease) is = NULL;
    if (!forge_github_look_quick(github, tag, mark, &is, error))
        return false;
    if (is == NULL)
        return error_set(error, ERROR_CONFLICT, "there is no release %s in %s", tag, github->project);
    ForgeRelease *release = is->release;
    RestNotes wanted = {
        .mark = (char *)mark,
        .notes = (char *)notes,
        .withdrawn = release->state == FORGE_WITHDRAWN,
        .was_prerelease = release->prerelease,
    };
    g_autofree char *body = rest_notes_write(&wanted);
    if (strcmp(release->name, name) == 0 && same_text(is->body, body))
        return true;
    g_autoptr(json_t) json = json_pack("{s:o, s:o}", "name", jsonx_text(name), "body", jsonx_text(body));
    return forge_github_patch(github, is, json, error);
}
