/* Drafts on GitHub: never two for one tag, also where an answer was lost. */
#include "forge/github.h"

#include <string.h>

static char *body_of(const ForgeRelease *release, const char *notes) {
    return rest_notes_write(&(RestNotes){.mark = release->mark, .notes = (char *)notes});
}

static bool check_notes(const Forge *forge, const ForgeRelease *release, GError **error) {
    g_autofree char *body = body_of(release, release->notes);
    glong length = g_utf8_strlen(body, -1);
    if (length <= (glong)forge->kind->max_notes)
        return true;
    error_set(error, ERROR_TOO_LARGE, "the notes of %s have %ld characters", release->tag, length);
    error_why(error, "GitHub takes at most %u, the line with the mark included", forge->kind->max_notes);
    error_fix(error, "shorten the notes in the changelog");
    return false;
}

/* ---- a new one ---- */

/* The branch, because a commit that the server has not yet is refused; that the tag is the planned commit is seen before publishing. */
static json_t *new_draft(const ForgeRelease *wanted) {
    g_autofree char *body = body_of(wanted, wanted->notes);
    json_t *json = json_pack("{s:o, s:o, s:o, s:b, s:b, s:s}", "tag_name", jsonx_text(wanted->tag), "name", jsonx_text(wanted->name), "body", jsonx_text(body),
                             "draft", 1, "prerelease", wanted->prerelease ? 1 : 0, "make_latest", "false");
    if (wanted->branch != NULL)
        json_object_set_new(json, "target_commitish", jsonx_text(wanted->branch));
    return json;
}

static bool adopt_answer(ForgeGithub *github, const RestChange *change, const ForgeRelease *wanted, const json_t *answer, GError **error) {
    g_autoptr(ForgeGithubRelease) made = forge_github_parse(github, change->path, answer, error);
    if (made == NULL)
        return false;
    const ForgeRelease *is = made->release;
    if (is->state == FORGE_DRAFT && strcmp(is->tag, wanted->tag) == 0 && g_strcmp0(is->mark, wanted->mark) == 0) {
        forge_github_remember(github, is);
        return true;
    }
    error_set(error, ERROR_ANSWER, "%s made another release than the one that was sent", github->rest.host);
    error_why(error, "id %s, %s: a %s of %.200s", is->id, is->url, forge_state_name(is->state), is->tag);
    return false;
}

/* In the whole list, by the mark. */
static bool look_until_seen(ForgeGithub *github, const ForgeRelease *wanted, GError **error) {
    gint64 began = 0;
    do {
        g_auto(ForgeGithubFound) found = {0};
        if (forge_github_look(github, wanted->tag, wanted->mark, &found, NULL) && found.is != NULL) {
            g_clear_error(error);
            forge_github_remember(github, found.is->release);
            return true;
        }
    } while (rest_wait(&github->rest, &began));
    rest_lost(error);
    g_autofree char *looked = rest_looked(&github->rest);
    error_state(error, "a draft of %s may be in %s, which nobody else sees; the list did not show it %s", wanted->tag, github->project, looked);
    return false;
}

/* 422: one is there that was not seen. */
static bool refused(ForgeGithub *github, const RestChange *change, const ForgeRelease *wanted, long status, const json_t *answer, GError **error) {
    g_autofree char *text = answer != NULL ? jsonx_canonical(answer) : g_strdup("");
    if (status != 422 || strstr(text, "already_exists") == NULL)
        return forge_github_refused(github, change, status, answer, error);
    g_auto(ForgeGithubFound) found = {0};
    bool seen = forge_github_look(github, wanted->tag, NULL, &found, NULL) && found.is != NULL;
    error_set(error, ERROR_CONFLICT, "%s has a release %s already", github->project, wanted->tag);
    if (seen)
        error_why(error, "id %s, %s (%s)", found.is->release->id, found.is->release->url, forge_state_name(found.is->release->state));
    else
        error_why(error, "GitHub says that it exists already, and does not show it");
    return false;
}

static bool make(ForgeGithub *github, const ForgeRelease *wanted, GError **error) {
    g_autofree char *path = g_strconcat(github->repo, "/releases", NULL);
    g_autoptr(json_t) json = new_draft(wanted);
    g_autoptr(json_t) answer = NULL;
    RestChange change = {.method = "POST", .path = path, .json = json};
    long status = 0;
    switch (rest_change(&github->rest, &change, &status, &answer, error)) {
    case REST_DONE:
        return adopt_answer(github, &change, wanted, answer, error);
    case REST_LOST:
        return look_until_seen(github, wanted, error);
    case REST_REFUSED:
        return refused(github, &change, wanted, status, answer, error);
    case REST_FAILED:
        break;
    }
    return false;
}

/* ---- one that is there ---- */

/* What differs; notes that are there are kept, with the mark, which a person may have removed. */
static json_t *differences(const ForgeGithubRelease *is, const ForgeRelease *wanted) {
    const ForgeRelease *release = is->release;
    json_t *json = json_object();
    g_auto(RestNotes) there = {0};
    rest_notes_parse(is->body, &there);
    bool empty = *g_strstrip(there.notes) == '\0';
    if (strcmp(release->name, wanted->name) != 0)
        json_object_set_new(json, "name", jsonx_text(wanted->name));
    if (release->prerelease != wanted->prerelease)
        json_object_set_new(json, "prerelease", json_boolean(wanted->prerelease));
    if (wanted->branch != NULL && g_strcmp0(release->branch, wanted->branch) != 0)
        json_object_set_new(json, "target_commitish", jsonx_text(wanted->branch));
    if (g_strcmp0(there.mark, wanted->mark) != 0 || (empty && *wanted->notes != '\0')) {
        g_autofree char *body = body_of(wanted, empty ? wanted->notes : release->notes);
        json_object_set_new(json, "body", jsonx_text(body));
    }
    return json;
}

static bool complete(ForgeGithub *github, const ForgeGithubFound *found, const ForgeRelease *wanted, GError **error) {
    const ForgeRelease *is = found->is->release;
    if (is->state != FORGE_DRAFT) {
        error_set(error, ERROR_CONFLICT, "the release %s of %s is no draft: it is %s", is->tag, github->project, forge_state_name(is->state));
        error_why(error, "id %s, %s", is->id, is->url);
        return false;
    }
    if (!forge_github_drop_others(github, found, false, error))
        return false;
    g_autoptr(json_t) json = differences(found->is, wanted);
    forge_github_know(&github->base, is->tag, is->id);
    return json_object_size(json) == 0 || forge_github_patch(github, found->is, json, error);
}

bool forge_github_draft(Forge *forge, const ForgeRelease *wanted, GError **error) {
    ForgeGithub *github = (ForgeGithub *)forge;
    g_auto(ForgeGithubFound) found = {0};
    if (!check_notes(forge, wanted, error) || !forge_github_look(github, wanted->tag, wanted->mark, &found, error))
        return false;
    return found.is != NULL ? complete(github, &found, wanted, error) : make(github, wanted, error);
}

/* ---- none any more ---- */

bool forge_github_remove_draft(Forge *forge, const char *tag, const char *mark, GError **error) {
    ForgeGithub *github = (ForgeGithub *)forge;
    g_auto(ForgeGithubFound) found = {0};
    if (!forge_github_look(github, tag, mark, &found, error))
        return false;
    if (found.is == NULL)
        return true;
    const ForgeRelease *is = found.is->release;
    if (is->state != FORGE_DRAFT) {
        error_set(error, ERROR_CONFLICT, "the release %s of %s is no draft: it is %s", tag, github->project, forge_state_name(is->state));
        error_why(error, "%s; what is public is never deleted", is->url);
        return false;
    }
    g_autofree char *path = forge_github_release_path(github, found.is->number);
    if (!forge_github_drop_others(github, &found, false, error) || !forge_github_delete(github, path, error))
        return false;
    forge_github_forget(github, tag);
    return true;
}
