/* Assets sent to a draft on GitHub. Called on several threads at once: they share nothing but what is known of the draft. */
#include "forge/github.h"

#include "base/digest.h"

#include <glib/gstdio.h>
#include <string.h>

#define TRIES 3 /* of which the second and third follow a half upload that was removed */

typedef struct {
    ForgeGithub *github;
    const ForgeGithubRelease *draft;
    const char *name, *path;
    char *address;
    guint64 size;
    char *sha256;
} Upload;

static void upload_clear(Upload *upload) {
    g_clear_pointer(&upload->address, g_free);
    g_clear_pointer(&upload->sha256, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Upload, upload_clear)

/* ---- where and what ---- */

/* GitHub itself says where; that is obeyed only at the API's own site. Nothing is sent elsewhere, least of all the token. */
static bool check_site(const Upload *upload, GError **error) {
    const char *api = upload->github->rest.api, *begin = "https://api.";
    g_autofree char *own = http_origin(api);
    g_autofree char *origin = http_origin(upload->draft->uploads);
    g_autofree char *beside = g_str_has_prefix(own, begin) ? g_strconcat("https://uploads.", own + strlen(begin), NULL) : NULL;
    if (origin != NULL && (g_str_equal(origin, own) || g_strcmp0(origin, beside) == 0))
        return true;
    error_set(error, ERROR_ANSWER, "the answer of %s names an upload address that is not its own", upload->github->rest.host);
    error_why(error, "upload_url is at %s; assets are sent to %s%s%s alone, and nothing was sent", origin != NULL ? origin : "no valid address", own,
              beside != NULL ? " and " : "", beside != NULL ? beside : "");
    return false;
}

static bool prepare(Upload *upload, GError **error) {
    g_autofree char *segment = http_segment(upload->name);
    upload->sha256 = digest_file(upload->path, &upload->size, error);
    if (upload->sha256 == NULL || !check_site(upload, error))
        return false;
    upload->address = g_strdup_printf("%s%cname=%s", upload->draft->uploads, strchr(upload->draft->uploads, '?') != NULL ? '&' : '?', segment);
    if (upload->size == 0)
        return error_set(error, ERROR_CONFLICT, "%s is empty: GitHub takes no asset without a byte", upload->name);
    if (upload->size <= upload->github->base.kind->max_asset)
        return true;
    error_set(error, ERROR_TOO_LARGE, "%s has %" G_GUINT64_FORMAT " bytes", upload->name, upload->size);
    error_why(error, "GitHub takes assets under 2 GiB");
    return false;
}

static const char *type_of(const char *name) {
    static const char *const types[][2] = {
        {".json", "application/json"}, {".zip", "application/zip"}, {".whl", "application/zip"},
        {".txt", "text/plain"},        {".gz", "application/gzip"}, {".tgz", "application/gzip"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        if (g_str_has_suffix(name, types[i][0]))
            return types[i][1];
    }
    return "application/octet-stream";
}

/* ---- what is there ---- */

static bool digest_there(const Upload *upload, const ForgeAsset *asset, char **sha256, GError **error) {
    guint64 size = 0;
    ForgeWanted wanted = {.release = upload->draft->release, .asset = asset, .limit = upload->size};
    *sha256 = asset->sha256 != NULL ? g_strdup(asset->sha256) : forge_asset_digest(&upload->github->base, &wanted, &size, error);
    return *sha256 != NULL;
}

typedef enum { MISSING, HALF, SAME, FAILED } There;

/* FAILED: with error; CONFLICT for a whole one of other bytes. */
static There judge(const Upload *upload, const ForgeAsset *asset, GError **error) {
    g_autofree char *sha256 = NULL;
    if (asset == NULL)
        return MISSING;
    if (asset->half)
        return HALF;
    if (asset->size == upload->size && !digest_there(upload, asset, &sha256, error))
        return FAILED;
    if (g_strcmp0(sha256, upload->sha256) == 0)
        return SAME;
    error_set(error, ERROR_CONFLICT, "the draft %s has another asset %s already", upload->draft->release->tag, upload->name);
    error_why(error, "there: %" G_GUINT64_FORMAT " bytes, SHA-256 %s; planned: %" G_GUINT64_FORMAT " bytes, SHA-256 %s", asset->size,
              sha256 != NULL          ? sha256
              : asset->sha256 != NULL ? asset->sha256
                                      : "not said",
              upload->size, upload->sha256);
    return FAILED;
}

/* In the release's own list, which shows what did not end, too. *asset NULL: it is not there. */
static bool look(const Upload *upload, ForgeAsset **asset, GError **error) {
    g_autofree char *release = forge_github_release_path(upload->github, upload->draft->number);
    g_autofree char *path = g_strconcat(release, "/assets", NULL);
    g_autoptr(json_t) list = NULL;
    *asset = NULL;
    if (!rest_list(&upload->github->rest, path, NULL, &list, error))
        return false;
    if (list == NULL)
        return error_set(error, ERROR_UNKNOWN_STATE, "the draft %s of %s is not seen", upload->draft->release->tag, upload->github->project);
    for (gsize i = 0; i < json_array_size(list); i++) {
        const json_t *json = json_array_get(list, i);
        if (g_strcmp0(jsonx_string(json, "name"), upload->name) == 0) {
            *asset = forge_github_parse_asset(upload->github, path, json, error);
            return *asset != NULL;
        }
    }
    return true;
}

static There look_and_judge(const Upload *upload, char **path, GError **error) {
    ForgeAsset *asset = NULL;
    if (!look(upload, &asset, error))
        return FAILED;
    There there = judge(upload, asset, error);
    if (there == HALF)
        *path = forge_github_asset_path(upload->github, asset);
    g_clear_pointer(&asset, forge_asset_free);
    return there;
}

/* ---- sending ---- */

typedef enum { DONE, AGAIN, STOP } Next;

/* What did not end is this run's: it stands in this run's draft. */
static Next replace_half(const Upload *upload, const char *path, GError **error) {
    return forge_github_delete(upload->github, path, error) ? AGAIN : STOP;
}

/* The answer was lost. A half one may still be on its way: it is looked at twice. */
static Next settle(const Upload *upload, GError **error) {
    gint64 began = 0;
    guint halves = 0;
    do {
        g_autoptr(GError) problem = NULL;
        g_autofree char *half = NULL;
        There there = look_and_judge(upload, &half, &problem);
        halves += there == HALF;
        if (there == SAME || (there == FAILED && error_is(problem, ERROR_CONFLICT))) {
            g_clear_error(error);
            if (problem != NULL)
                g_propagate_error(error, g_steal_pointer(&problem));
            return there == SAME ? DONE : STOP;
        }
        if (there == HALF && (halves > 1 || upload->github->rest.patience == 0)) {
            g_clear_error(error);
            return replace_half(upload, half, error);
        }
    } while (rest_wait(&upload->github->rest, &began));
    rest_lost(error);
    g_autofree char *looked = rest_looked(&upload->github->rest);
    error_state(error, "%s may be in the draft %s, which nobody else sees; it was not shown %s", upload->name, upload->draft->release->tag, looked);
    return STOP;
}

/* 422: one of this name is there. */
static Next meet(const Upload *upload, const RestChange *change, long status, const json_t *answer, GError **error) {
    g_autofree char *text = answer != NULL ? jsonx_canonical(answer) : g_strdup("");
    g_autofree char *half = NULL;
    if (status != 422 || strstr(text, "already_exists") == NULL) {
        forge_github_refused(upload->github, change, status, answer, error);
        return STOP;
    }
    switch (look_and_judge(upload, &half, error)) {
    case SAME:
        return DONE;
    case HALF:
        return replace_half(upload, half, error);
    case MISSING:
        error_set(error, ERROR_UNKNOWN_STATE, "GitHub says that %s is in the draft %s, and does not show it", upload->name, upload->draft->release->tag);
        return STOP;
    case FAILED:
        break;
    }
    return STOP;
}

/* GitHub may rewrite names: checksums and addresses would then name another file. */
static Next renamed(const Upload *upload, const ForgeAsset *asset, const char *path, GError **error) {
    if (!forge_github_delete(upload->github, path, error))
        return STOP;
    error_set(error, ERROR_CONFLICT, "GitHub renames the asset %s to %.200s", upload->name, asset->name);
    error_state(error, "what was uploaded was removed again");
    error_fix(error, "give the file a name that GitHub keeps");
    return STOP;
}

static Next check_answer(const Upload *upload, const RestChange *change, const json_t *answer, GError **error) {
    ForgeAsset *asset = forge_github_parse_asset(upload->github, change->path, answer, error);
    if (asset == NULL)
        return STOP;
    g_autofree char *path = forge_github_asset_path(upload->github, asset);
    bool same = asset->size == upload->size && (asset->sha256 == NULL || strcmp(asset->sha256, upload->sha256) == 0);
    Next next = DONE;
    if (strcmp(asset->name, upload->name) != 0) {
        next = renamed(upload, asset, path, error);
    } else if (asset->half || !same) {
        error_set(error, ERROR_NOT_VERIFIED, "%s did not arrive at %s as it was sent", upload->name, upload->github->rest.host);
        error_why(error, "sent: %" G_GUINT64_FORMAT " bytes, SHA-256 %s; there: %" G_GUINT64_FORMAT " bytes, SHA-256 %s%s", upload->size, upload->sha256,
                  asset->size, asset->sha256 != NULL ? asset->sha256 : "not said", asset->half ? ", not whole" : "");
        g_autoptr(GError) problem = NULL;
        next = forge_github_delete(upload->github, path, &problem) ? AGAIN : STOP;
    }
    forge_asset_free(asset);
    return next;
}

static Next send(const Upload *upload, GError **error) {
    HttpBody body = {.type = type_of(upload->name), .path = upload->path};
    RestChange change = {.method = "POST", .path = upload->address, .body = &body};
    for (gint64 began = 0;;) {
        g_autoptr(json_t) answer = NULL;
        long status = 0;
        RestOutcome outcome = rest_change(&upload->github->rest, &change, &status, &answer, error);
        if (outcome == REST_DONE)
            return check_answer(upload, &change, answer, error);
        if (outcome == REST_LOST)
            return settle(upload, error);
        if (outcome == REST_FAILED)
            return STOP;
        if (!forge_github_is_late(upload->github, upload->draft, status, &began))
            return meet(upload, &change, status, answer, error);
    }
}

static bool send_all(const Upload *upload, GError **error) {
    g_autoptr(GError) problem = NULL;
    Next next = AGAIN;
    for (guint tries = 0; next == AGAIN && tries < TRIES; tries++) {
        g_clear_error(&problem);
        next = send(upload, &problem);
    }
    if (next == DONE)
        return true;
    if (problem == NULL)
        error_set(&problem, ERROR_UNKNOWN_STATE, "%s cannot be uploaded: each time only half of it is there", upload->name);
    g_propagate_error(error, g_steal_pointer(&problem));
    return false;
}

bool forge_github_upload(Forge *forge, const char *tag, const char *mark, const char *name, const char *path, GError **error) {
    ForgeGithub *github = (ForgeGithub *)forge;
    g_autoptr(ForgeGithubRelease) draft = NULL;
    if (!forge_check_asset_name(name, error) || !forge_github_own_draft(github, tag, mark, &draft, error))
        return false;
    g_auto(Upload) upload = {.github = github, .draft = draft, .name = name, .path = path};
    const ForgeAsset *there = forge_release_asset(draft->release, name);
    if (!prepare(&upload, error))
        return false;
    if (there == NULL && draft->release->assets->len >= forge->kind->max_assets)
        return error_set(error, ERROR_TOO_LARGE, "the draft %s has %u assets: GitHub takes no more", tag, forge->kind->max_assets);
    g_autofree char *half = there != NULL ? forge_github_asset_path(github, there) : NULL;
    switch (judge(&upload, there, error)) {
    case SAME:
        return true;
    case HALF:
        return forge_github_delete(github, half, error) && send_all(&upload, error);
    case MISSING:
        return send_all(&upload, error);
    case FAILED:
        break;
    }
    return false;
}
