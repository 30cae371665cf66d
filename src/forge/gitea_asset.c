#include "base/digest.h"
#include "base/fs.h"
#include "forge/gitea.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* ---- a file of ours ---- */

typedef struct {
    const char *name, *path;
    guint64 size;
    char *digest;
} Local;

static void local_clear(Local *local) {
    g_free(local->digest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Local, local_clear)

/* The digest of its first `length` bytes. g_free. */
static char *digest_of_start(const char *path, guint64 length, GError **error) {
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *name = g_path_get_basename(path);
    int fd = fs_open_beneath(folder, name, NULL, error);
    if (fd < 0)
        return NULL;
    DigestStream *digest = digest_stream_new();
    char buffer[1 << 16];
    ssize_t got = 1;
    while (length > 0 && (got = read(fd, buffer, MIN(sizeof buffer, length))) > 0) {
        digest_stream_update(digest, buffer, (gsize)got);
        length -= (guint64)got;
    }
    int fault = got < 0 ? errno : 0;
    close(fd);
    g_autofree char *hex = digest_stream_finish(digest);
    if (got > 0)
        return g_steal_pointer(&hex);
    error_errno(error, ERROR_IO, fault, "cannot read %s", path);
    return NULL;
}

/* ---- what is there under its name ---- */

typedef enum { OTHER, HALF, SAME } Likeness;

/* The forge tells no digest: the bytes are read. What is shorter and is the beginning of the file is an upload that did not end. */
static bool compare(Gitea *gitea, const ForgeRelease *release, const ForgeAsset *asset, const Local *local, Likeness *likeness, GError **error) {
    *likeness = OTHER;
    if (asset->size > local->size)
        return true;
    guint64 size = 0;
    ForgeWanted wanted = {.release = release, .asset = asset, .limit = local->size};
    g_autofree char *there = forge_asset_digest(&gitea->base, &wanted, &size, error);
    if (there == NULL)
        return false;
    bool whole = asset->size == local->size;
    g_autofree char *start = whole ? g_strdup(local->digest) : digest_of_start(local->path, asset->size, error);
    if (start == NULL)
        return false;
    if (size == asset->size && strcmp(start, there) == 0)
        *likeness = whole ? SAME : HALF;
    return true;
}

typedef struct {
    const ForgeAsset *same; /* the equal one with the lowest id; NULL: none */
    GPtrArray *spare;       /* of ForgeAsset*: equal ones beside it, and halves */
} There;

static void there_clear(There *there) {
    g_clear_pointer(&there->spare, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(There, there_clear)

static bool look(Gitea *gitea, const ForgeRelease *release, const Local *local, There *there, GError **error) {
    there_clear(there);
    there->same = NULL;
    there->spare = g_ptr_array_new();
    for (guint i = 0; i < release->assets->len; i++) {
        const ForgeAsset *asset = release->assets->pdata[i];
        Likeness likeness = OTHER;
        if (strcmp(asset->name, local->name) != 0)
            continue;
        if (!compare(gitea, release, asset, local, &likeness, error))
            return false;
        if (likeness == OTHER)
            return error_set(error, ERROR_CONFLICT, "the draft %s has another asset %s already (id %s)", release->tag, local->name, asset->id);
        if (likeness == SAME && there->same == NULL)
            there->same = asset;
        else
            g_ptr_array_add(there->spare, (gpointer)asset);
    }
    return true;
}

/* ---- removing ---- */

static bool is_gone(Gitea *gitea, const char *path) {
    g_autoptr(json_t) answer = NULL;
    return rest_get(&gitea->rest, path, &answer, NULL) && answer == NULL;
}

static bool look_gone(Gitea *gitea, const char *path, GError **error) {
    gint64 began = 0;
    do {
        if (is_gone(gitea, path)) {
            g_clear_error(error);
            return true;
        }
    } while (rest_wait(&gitea->rest, &began));
    return rest_lost(error);
}

bool gitea_delete(Gitea *gitea, const char *path, GError **error) {
    RestChange change = {.method = "DELETE", .path = path};
    g_autoptr(json_t) answer = NULL;
    long status = 0;
    switch (rest_change(&gitea->rest, &change, &status, &answer, error)) {
    case REST_DONE:
        return true;
    case REST_REFUSED:
        return status == 404 || rest_refused(&gitea->rest, &change, status, answer, error);
    case REST_LOST:
        return look_gone(gitea, path, error);
    case REST_FAILED:
        break;
    }
    return false;
}

static bool delete_asset(Gitea *gitea, const ForgeRelease *release, const ForgeAsset *asset, GError **error) {
    g_autofree char *path = g_strdup_printf("%s/releases/%s/assets/%s", gitea->repo, release->id, asset->id);
    return gitea_delete(gitea, path, error);
}

static bool delete_spare(Gitea *gitea, const ForgeRelease *release, const There *there, GError **error) {
    for (guint i = 0; i < there->spare->len; i++) {
        if (!delete_asset(gitea, release, there->spare->pdata[i], error))
            return false;
    }
    return true;
}

bool gitea_open_draft(Gitea *gitea, const char *tag, const char *mark, bool missing, ForgeRelease **release, GError **error) {
    if (!gitea_find_own(gitea, tag, mark, release, error))
        return false;
    if (*release == NULL)
        return missing || error_set(error, ERROR_CONFLICT, "there is no draft %s of %s", tag, gitea->project);
    return (*release)->state == FORGE_DRAFT ||
           error_set(error, ERROR_CONFLICT, "the release %s of %s is no draft: it is %s", tag, gitea->project, forge_state_name((*release)->state));
}

bool gitea_remove_asset(Forge *forge, const char *tag, const char *mark, const char *name, GError **error) {
    Gitea *gitea = (Gitea *)forge;
    g_autoptr(ForgeRelease) release = NULL;
    if (!forge_check_asset_name(name, error) || !gitea_open_draft(gitea, tag, mark, true, &release, error))
        return false;
    for (guint i = 0; release != NULL && i < release->assets->len; i++) {
        const ForgeAsset *asset = release->assets->pdata[i];
        if (strcmp(asset->name, name) == 0 && !delete_asset(gitea, release, asset, error))
            return false;
    }
    return true;
}

/* ---- uploading ---- */

/* After a lost answer: is there one more, whole? *there is filled in anew, from *release. */
static bool look_for_upload(Gitea *gitea, ForgeRelease **release, const Local *local, There *there, GError **error) {
    g_autofree char *id = g_strdup((*release)->id);
    gint64 began = 0;
    do {
        g_autoptr(ForgeRelease) is = NULL;
        g_autoptr(GError) fault = NULL;
        if (!gitea_release(gitea, id, &is, NULL) || is == NULL)
            continue;
        bool read = look(gitea, is, local, there, &fault);
        forge_release_free(*release);
        *release = g_steal_pointer(&is);
        if (read && there->same != NULL) {
            g_clear_error(error);
            return true;
        }
        if (error_is(fault, ERROR_CONFLICT)) {
            g_clear_error(error);
            g_propagate_error(error, g_steal_pointer(&fault));
            return false;
        }
    } while (rest_wait(&gitea->rest, &began));
    return rest_lost(error);
}

/* What a server's owner must change. */
static bool upload_refused(const Gitea *gitea, const RestChange *change, const Local *local, long status, const json_t *answer, GError **error) {
    rest_refused(&gitea->rest, change, status, answer, error);
    const char *words = jsonx_string(answer, "message");
    if (status == 400) {
        g_clear_error(error);
        error_set(error, ERROR_CONFLICT, "%s takes no file like %s", gitea->rest.host, local->name);
        error_why(error, "400: %s", words != NULL ? words : "without a word");
        error_fix(error, "ask the administrator of %s to allow it: ALLOWED_TYPES of [repository.release] in app.ini (empty allows all)", gitea->rest.host);
    } else if (status == 413) {
        g_clear_error(error);
        error_set(error, ERROR_TOO_LARGE, "%s takes no file as large as %s (%" G_GUINT64_FORMAT " bytes)", gitea->rest.host, local->name, local->size);
        error_why(error, "413: %s", words != NULL ? words : "without a word");
        error_fix(
            error,
            "ask the administrator of %s to raise FILE_MAX_SIZE of [repository.release] in app.ini (before 1.24: MAX_SIZE of [attachment]), and the limit of "
            "the web server before it",
            gitea->rest.host);
    }
    return false;
}

typedef struct {
    const char *name;
    gint64 size;
} Sent;

/* What the server says that it has; REST_LOST: it says nothing of that shape. */
static RestOutcome take_answer(const Gitea *gitea, const char *path, RestOutcome outcome, const json_t *answer, Sent *sent, GError **error) {
    RestShape shape = {.rest = &gitea->rest, .path = path, .json = answer};
    if (outcome != REST_DONE)
        return outcome;
    return rest_text(&shape, "name", &sent->name, error) && rest_int(&shape, "size", &sent->size, error) ? REST_DONE : REST_LOST;
}

static bool check_sent(const Gitea *gitea, const Sent *sent, const Local *local, GError **error) {
    if (strcmp(sent->name, local->name) != 0)
        return error_set(error, ERROR_CONFLICT, "%s keeps %s as %s", gitea->rest.host, local->name, sent->name);
    return sent->size == (gint64)local->size || error_set(error, ERROR_NOT_VERIFIED, "%s has %" G_GINT64_FORMAT " bytes of %s, sent were %" G_GUINT64_FORMAT,
                                                          gitea->rest.host, sent->size, local->name, local->size);
}

/* *there and *release are those of after it where an answer was lost. */
static bool send(Gitea *gitea, ForgeRelease **release, const Local *local, There *there, GError **error) {
    g_autofree char *name = http_segment(local->name);
    g_autofree char *path = g_strdup_printf("%s/releases/%s/assets?name=%s", gitea->repo, (*release)->id, name);
    HttpBody body = {.type = "application/octet-stream", .path = local->path, .form = "attachment", .file = local->name};
    RestChange change = {.method = "POST", .path = path, .body = &body};
    g_autoptr(json_t) answer = NULL;
    Sent sent = {0};
    long status = 0;
    RestOutcome outcome = rest_change(&gitea->rest, &change, &status, &answer, error);
    switch (take_answer(gitea, path, outcome, answer, &sent, error)) {
    case REST_DONE:
        return check_sent(gitea, &sent, local, error);
    case REST_REFUSED:
        return upload_refused(gitea, &change, local, status, answer, error);
    case REST_LOST:
        return look_for_upload(gitea, release, local, there, error);
    case REST_FAILED:
        break;
    }
    return false;
}

bool gitea_upload(Forge *forge, const char *tag, const char *mark, const char *name, const char *path, GError **error) {
    Gitea *gitea = (Gitea *)forge;
    g_autoptr(ForgeRelease) release = NULL;
    g_auto(Local) local = {.name = name, .path = path};
    g_auto(There) there = {0};
    if (!forge_check_asset_name(name, error) || !gitea_open_draft(gitea, tag, mark, false, &release, error))
        return false;
    local.digest = digest_file(path, &local.size, error);
    if (local.digest == NULL || !look(gitea, release, &local, &there, error))
        return false;
    if (there.same == NULL && !send(gitea, &release, &local, &there, error))
        return false;
    return delete_spare(gitea, release, &there, error);
}

/* ---- reading back ---- */

static bool is_below(const Gitea *gitea, const char *url) {
    gsize length = strlen(gitea->web);
    return url != NULL && strncmp(url, gitea->web, length) == 0 && url[length] == '/';
}

static bool no_bytes(Gitea *gitea, const ForgeRelease *release, const ForgeAsset *asset, GError **error) {
    g_autofree char *version = release->state == FORGE_DRAFT ? gitea_version(gitea, NULL) : NULL;
    g_clear_error(error);
    if (version == NULL || !gitea_hides_draft_files(version))
        return error_set(error, ERROR_CONFLICT, "the bytes of the asset %s of %s %s are not there", asset->name, gitea->project, release->tag);
    error_set(error, ERROR_NOT_VERIFIED, "the asset %s of the draft %s cannot be read back before it is published", asset->name, release->tag);
    error_why(error, "Gitea %s hands out no files of drafts (go-gitea/gitea#31362)", version);
    error_state(error, "the draft lists the asset with %" G_GUINT64_FORMAT " bytes; nothing is public", asset->size);
    error_fix(error, "ask the administrator of %s for Gitea 1.22.1 or newer, then run the same command again", gitea->rest.host);
    return false;
}

/* *read: its bytes came. False: a fault other than that they are not there. */
static bool read_at(Gitea *gitea, const char *url, ForgeTake take, void *data, bool *read, GError **error) {
    g_autoptr(GError) fault = NULL;
    *read = is_below(gitea, url) && rest_read(&gitea->rest, url, "application/octet-stream", take, data, &fault);
    if (fault == NULL || error_is(fault, ERROR_CONFLICT))
        return true;
    g_propagate_error(error, g_steal_pointer(&fault));
    return false;
}

/* By its own name, which no other file has. *url NULL: the asset is not there. */
static bool own_address(Gitea *gitea, const ForgeRelease *release, const ForgeAsset *asset, char **url, GError **error) {
    g_autofree char *path = g_strdup_printf("%s/releases/%s/assets/%s", gitea->repo, release->id, asset->id);
    g_autoptr(json_t) json = NULL;
    const char *uuid = NULL;
    RestShape shape = {.rest = &gitea->rest, .path = path};
    *url = NULL;
    if (!rest_get(&gitea->rest, path, &json, error))
        return false;
    shape.json = json;
    if (json == NULL)
        return true;
    if (!rest_text(&shape, "uuid", &uuid, error))
        return false;
    g_autofree char *segment = http_segment(uuid);
    *url = g_strdup_printf("%s/attachments/%s", gitea->web, segment);
    return true;
}

/* As a stranger gets it where it is public; that address may lead to another host (where ROOT_URL is wrong), and is none where two files have one name. */
bool gitea_read_asset(Forge *forge, const ForgeRelease *release, const ForgeAsset *asset, ForgeTake take, void *data, GError **error) {
    Gitea *gitea = (Gitea *)forge;
    g_autofree char *own = NULL;
    bool read = false;
    if (!read_at(gitea, asset->url, take, data, &read, error))
        return false;
    if (read)
        return true;
    if (!own_address(gitea, release, asset, &own, error))
        return false;
    if (own == NULL)
        return error_set(error, ERROR_CONFLICT, "the release %s of %s has no asset %s", release->tag, gitea->project, asset->name);
    if (!read_at(gitea, own, take, data, &read, error))
        return false;
    return read || no_bytes(gitea, release, asset, error);
}
