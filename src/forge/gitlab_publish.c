/* What becomes public on GitLab, and what is taken back. GitLab's latest release is the one with the greatest released_at: that date is the only lever, so it
 * is set such that the order is right, and never in the future (a date that has not come makes an upcoming release). The dates of the plan stand in the
 * description. */
#include "forge/gitlab.h"

#include "base/clock.h"
#include "base/fault.h"

#include <string.h>

#define PATH_BYTES 128

/* ---- links ---- */

/* A file that belongs to others is no package. */
static const char *link_type(const char *name) {
    static const char *const others[] = {".sha256", ".sha512", ".asc", ".sig", ".sigstore", ".pem", ".minisig", ".sigstore.json"};
    for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
        if (g_str_has_suffix(name, others[i]))
            return "other";
    }
    return g_str_has_prefix(name, "SHA256SUMS") || g_str_has_prefix(name, "SHA512SUMS") || strcmp(name, "checksums.txt") == 0 ? "other" : "package";
}

/* GitLab's pattern for permanent addresses: letters, digits, "-", "_", ".", which ends in a letter or digit. Others have a link without. */
static bool has_permanent_path(const char *name) {
    gsize length = strlen(name);
    bool right = length > 0 && length < PATH_BYTES && g_ascii_isalnum(name[length - 1]);
    for (gsize i = 0; i < length && right; i++)
        right = g_ascii_isalnum(name[i]) || strchr("-._", name[i]) != NULL;
    return right;
}

static json_t *link_of(ForgeGitlab *gitlab, const char *tag, const char *name, GError **error) {
    g_autofree char *below = forge_gitlab_package_path(gitlab, tag, name);
    g_autofree char *path = forge_gitlab_path(gitlab, error, "%s", below);
    if (path == NULL)
        return NULL;
    json_t *link = json_object();
    json_object_set_new(link, "name", json_string(name));
    json_object_set_new(link, "url", json_sprintf("%s%s", gitlab->rest.api, path));
    json_object_set_new(link, "link_type", json_string(link_type(name)));
    if (has_permanent_path(name))
        json_object_set_new(link, "direct_asset_path", json_sprintf("/%s", name));
    return link;
}

/* Links of all files of the package, or of those that the release has none of yet. NULL: a fault. */
static json_t *links_of(ForgeGitlab *gitlab, const ForgeGitlabState *state, const char *tag, GError **error) {
    g_autoptr(GPtrArray) assets = g_ptr_array_new_with_free_func((GDestroyNotify)forge_asset_free);
    g_autoptr(json_t) links = json_array();
    forge_gitlab_package_assets(&state->package, assets);
    for (guint i = 0; i < assets->len; i++) {
        const char *name = ((const ForgeAsset *)assets->pdata[i])->name;
        if (state->release != NULL && forge_release_asset(state->release->release, name) != NULL)
            continue;
        json_t *link = link_of(gitlab, tag, name, error);
        if (link == NULL)
            return NULL;
        json_array_append_new(links, link);
    }
    return g_steal_pointer(&links);
}

static bool has_link(ForgeGitlab *gitlab, const char *path, const char *name) {
    g_autoptr(json_t) list = NULL;
    bool has = false;
    rest_list(&gitlab->rest, path, NULL, &list, NULL);
    for (gsize i = 0; i < json_array_size(list) && !has; i++)
        has = g_strcmp0(jsonx_string(json_array_get(list, i), "name"), name) == 0;
    return has;
}

static bool look_for_link(ForgeGitlab *gitlab, const RestChange *change, GError **error) {
    gint64 began = 0;
    do {
        if (has_link(gitlab, change->path, jsonx_string(change->json, "name"))) {
            g_clear_error(error);
            return true;
        }
    } while (rest_wait(&gitlab->rest, &began));
    return rest_lost(error);
}

static bool add_link(ForgeGitlab *gitlab, const RestChange *change, GError **error) {
    g_autoptr(json_t) answer = NULL;
    long status = 0;
    switch (rest_change(&gitlab->rest, change, &status, &answer, error)) {
    case REST_DONE:
        return true;
    case REST_LOST:
        return look_for_link(gitlab, change, error);
    case REST_REFUSED: /* "has already been taken" */
        return (status == 400 && has_link(gitlab, change->path, jsonx_string(change->json, "name"))) ||
               rest_refused(&gitlab->rest, change, status, answer, error);
    case REST_FAILED:
        break;
    }
    return false;
}

/* The links that are missing, one by one: a release that came without them is completed. */
static bool complete(ForgeGitlab *gitlab, const ForgeGitlabState *state, const char *tag, GError **error) {
    g_autoptr(json_t) links = state->package.record != NULL ? links_of(gitlab, state, tag, error) : json_array();
    g_autofree char *segment = http_segment(tag);
    g_autofree char *path = links != NULL ? forge_gitlab_path(gitlab, error, "/releases/%s/assets/links", segment) : NULL;
    if (path == NULL)
        return false;
    for (gsize i = 0; i < json_array_size(links); i++) {
        RestChange change = {.method = "POST", .path = path, .json = json_array_get(links, i)};
        if (!add_link(gitlab, &change, error))
            return false;
        fault_point("gitlab-link-added", tag);
    }
    return true;
}

/* ---- order ---- */

/* When GitLab shall say that the release of `tag` was made, in milliseconds, so that it comes right in the order. One more than that of what is out stays in
 * the second that is past. */
static gint64 date_in_order(const GPtrArray *list, const char *tag, bool latest, gint64 own) {
    if (!latest) {
        const ForgeGitlabRelease *newest = forge_gitlab_release_newest(list, tag);
        return newest != NULL ? MIN(own, newest->released - 1000) : own;
    }
    for (guint i = 0; i < list->len; i++) {
        const ForgeGitlabRelease *one = list->pdata[i];
        if (!one->upcoming && strcmp(one->release->tag, tag) != 0)
            return MAX(own, one->released + 1);
    }
    return own;
}

static void set_date(json_t *json, gint64 date) {
    g_autofree char *seconds = clock_timestamp(date / 1000);
    json_object_set_new(json, "released_at", json_sprintf("%.*s.%03dZ", (int)strcspn(seconds, "Z"), seconds, (int)(date % 1000)));
}

/* ---- publishing ---- */

/* GitLab would make the tag (`ref`); slipway pushes it, and publishes only what it points to. A tag that was pushed just now may not be seen yet. */
static bool check_tag(ForgeGitlab *gitlab, const ForgeRelease *record, GError **error) {
    g_autofree char *segment = http_segment(record->tag);
    g_autofree char *path = forge_gitlab_path(gitlab, error, "/repository/tags/%s", segment);
    g_autoptr(json_t) tag = NULL;
    gint64 began = 0;
    if (path == NULL)
        return false;
    do {
        if (!rest_get(&gitlab->rest, path, &tag, error))
            return false;
    } while (tag == NULL && rest_wait(&gitlab->rest, &began));
    if (tag == NULL) {
        error_set(error, ERROR_CONFLICT, "the tag %s is not on %s", record->tag, gitlab->rest.host);
        error_fix(error, "push the tag %s, then run the same command again", record->tag);
        return false;
    }
    RestShape shape = {&gitlab->rest, path, tag}, inner = shape;
    const char *id = NULL;
    if (!rest_object(&shape, "commit", &inner.json, error) || !rest_text(&inner, "id", &id, error))
        return false;
    if (record->target == NULL || strcmp(id, record->target) == 0)
        return true;
    error_set(error, ERROR_CONFLICT, "the tag %s on %s is not what is to be published", record->tag, gitlab->rest.host);
    error_why(error, "it is on %.64s, the release is of %s", id, record->target);
    return false;
}

static json_t *new_release(ForgeGitlab *gitlab, const ForgeGitlabState *state, const ForgePublish *publish, GError **error) {
    g_autoptr(GPtrArray) list = forge_gitlab_release_list(gitlab, error);
    const ForgeRelease *record = state->package.record;
    g_autoptr(json_t) links = list != NULL ? links_of(gitlab, state, record->tag, error) : NULL;
    if (links == NULL)
        return NULL;
    ForgeRelease is = *record;
    is.state = FORGE_PUBLIC;
    is.published = publish->when;
    g_autofree char *body = forge_gitlab_release_body(&is);
    json_t *json = json_pack("{s:s, s:o, s:o, s:{s:O}}", "tag_name", record->tag, "name", jsonx_text(record->name), "description", jsonx_text(body), "assets",
                             "links", links);
    /* Without a date GitLab takes its own present time, after all that is out; an earlier one makes it a "historical" release, without evidence. */
    if (!publish->latest)
        set_date(json, date_in_order(list, record->tag, false, publish->when * 1000));
    return json;
}

/* What is there after an answer that was lost, or that said so: ours, completed; or another's. */
static bool adopt(ForgeGitlab *gitlab, const char *tag, const char *mark, GError **error) {
    g_auto(ForgeGitlabState) now = {0};
    if (!forge_gitlab_state_load(gitlab, tag, &now, error))
        return false;
    if (now.release == NULL)
        return error_set(error, ERROR_UNKNOWN_STATE, "GitLab says that %s has a release, and shows none", tag);
    return forge_gitlab_check_mark(tag, now.release->release->mark, mark, error) && complete(gitlab, &now, tag, error);
}

static bool look_for_release(ForgeGitlab *gitlab, const char *tag, const char *mark, GError **error) {
    gint64 began = 0;
    do {
        g_autoptr(ForgeGitlabRelease) release = NULL;
        if (forge_gitlab_release_get(gitlab, tag, &release, NULL) && release != NULL) {
            g_clear_error(error);
            return adopt(gitlab, tag, mark, error);
        }
    } while (rest_wait(&gitlab->rest, &began));
    return rest_lost(error);
}

static bool refused_release(ForgeGitlab *gitlab, const RestChange *change, long status, const json_t *answer, const ForgeRelease *record, GError **error) {
    if (status == 409)
        return look_for_release(gitlab, record->tag, record->mark, error);
    if (status == 422) {
        error_set(error, ERROR_CONFLICT, "GitLab does not publish %s: its tag is not there", record->tag);
        error_why(error, "it answered %ld: %.300s", status, jsonx_string(answer, "message") != NULL ? jsonx_string(answer, "message") : "");
        return false;
    }
    return rest_refused(&gitlab->rest, change, status, answer, error);
}

static bool make_public(ForgeGitlab *gitlab, const ForgeGitlabState *state, const ForgePublish *publish, GError **error) {
    const ForgeRelease *record = state->package.record;
    const char *ambiguous = forge_gitlab_package_ambiguous(&state->package);
    if (ambiguous != NULL)
        return error_set(error, ERROR_CONFLICT, "the draft %s has two files %s with different bytes", record->tag, ambiguous);
    g_autofree char *path = forge_gitlab_path(gitlab, error, "/releases");
    if (path == NULL || !check_tag(gitlab, record, error))
        return false;
    g_autoptr(json_t) json = new_release(gitlab, state, publish, error);
    if (json == NULL)
        return false;
    RestChange change = {.method = "POST", .path = path, .json = json};
    g_autoptr(json_t) answer = NULL;
    long status = 0;
    switch (rest_change(&gitlab->rest, &change, &status, &answer, error)) {
    case REST_REFUSED:
        return refused_release(gitlab, &change, status, answer, record, error);
    case REST_LOST:
        return look_for_release(gitlab, record->tag, record->mark, error);
    case REST_FAILED:
        return false;
    case REST_DONE:
        break;
    }
    forge_gitlab_release_remember(gitlab, record->tag);
    fault_point("gitlab-published", record->tag);
    ForgeGitlabState made = {.package = state->package, .release = forge_gitlab_release_parse(gitlab, answer, path, error)};
    bool done = made.release != NULL && complete(gitlab, &made, record->tag, error);
    g_clear_pointer(&made.release, forge_gitlab_release_free);
    return done;
}

/* A release that is there changes its state: one call, notice, mark and date together. */
static bool change_state(ForgeGitlab *gitlab, const ForgeGitlabRelease *is, ForgeState state, bool latest, GError **error) {
    g_autoptr(GPtrArray) list = forge_gitlab_release_list(gitlab, error);
    if (list == NULL)
        return false;
    is->release->state = state;
    g_autofree char *body = forge_gitlab_release_body(is->release);
    g_autoptr(json_t) json = json_object();
    json_object_set_new(json, "description", jsonx_text(body));
    gint64 date = date_in_order(list, is->release->tag, latest, is->released);
    if (date != is->released)
        set_date(json, date);
    return forge_gitlab_release_put(gitlab, is->release->tag, json, error);
}

bool forge_gitlab_publish(Forge *forge, const char *tag, const char *mark, const ForgePublish *publish, GError **error) {
    ForgeGitlab *gitlab = (ForgeGitlab *)forge;
    g_auto(ForgeGitlabState) state = {0};
    if (!forge_gitlab_state_load(gitlab, tag, &state, error))
        return false;
    if (state.release == NULL)
        return forge_gitlab_state_is_draft(&state, tag, mark, error) && make_public(gitlab, &state, publish, error);
    if (!forge_gitlab_check_mark(tag, state.release->release->mark, mark, error) || !complete(gitlab, &state, tag, error))
        return false;
    return state.release->release->state == FORGE_PUBLIC || change_state(gitlab, state.release, FORGE_PUBLIC, publish->latest, error);
}

bool forge_gitlab_withdraw(Forge *forge, const char *tag, const char *mark, GError **error) {
    ForgeGitlab *gitlab = (ForgeGitlab *)forge;
    g_auto(ForgeGitlabState) state = {0};
    if (!forge_gitlab_state_load(gitlab, tag, &state, error))
        return false;
    const ForgeRelease *there = state.release != NULL ? state.release->release : NULL;
    const ForgeRelease *marked = there != NULL ? there : state.package.record;
    if (marked != NULL && !forge_gitlab_check_mark(tag, marked->mark, mark, error))
        return false;
    if (there == NULL)
        return error_set(error, ERROR_CONFLICT, "there is no published release %s on GitLab", tag);
    return there->state == FORGE_WITHDRAWN || change_state(gitlab, state.release, FORGE_WITHDRAWN, false, error);
}

/* "None" needs no change: GitLab has a latest release as long as it has any, and withdrawing puts it behind the others. */
bool forge_gitlab_set_latest(Forge *forge, const char *tag, GError **error) {
    ForgeGitlab *gitlab = (ForgeGitlab *)forge;
    g_autoptr(ForgeGitlabRelease) is = NULL;
    if (tag == NULL)
        return true;
    if (!forge_gitlab_release_get(gitlab, tag, &is, error))
        return false;
    if (is == NULL || is->release->state != FORGE_PUBLIC)
        return error_set(error, ERROR_CONFLICT, "%s cannot become the latest release: it is not public on GitLab", tag);
    g_autoptr(GPtrArray) list = forge_gitlab_release_list(gitlab, error);
    if (list == NULL)
        return false;
    gint64 date = date_in_order(list, tag, true, is->released);
    if (date == is->released)
        return true;
    g_autoptr(json_t) json = json_object();
    set_date(json, date);
    return forge_gitlab_release_put(gitlab, tag, json, error);
}
