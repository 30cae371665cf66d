/* Drafts and their assets on GitLab: files of a package. A second file of a name is taken silently, so each upload looks first, and a lost answer is looked for
 * by digest. */
#include "forge/gitlab.h"

#include "base/digest.h"
#include "base/fault.h"
#include "base/limits.h"

#include <string.h>

/* ---- one file more ---- */

typedef struct {
    const char *tag, *name, *sha256;
    guint64 size;
    const HttpBody *body;
} Put;

/* Reads back what GitLab keeps no digest of. */
static bool take_digest(const char *bytes, gsize length, void *data) {
    digest_stream_update(data, bytes, length);
    return true;
}

static bool is_equal(ForgeGitlab *gitlab, const Put *put, const ForgeGitlabFile *file) {
    if (file->size != put->size || file->sha256 != NULL)
        return file->size == put->size && strcmp(file->sha256, put->sha256) == 0;
    g_autofree char *below = forge_gitlab_package_path(gitlab, put->tag, put->name);
    g_autofree char *path = forge_gitlab_path(gitlab, NULL, "%s", below);
    DigestStream *stream = digest_stream_new();
    bool read = path != NULL && rest_read(&gitlab->rest, path, "*/*", take_digest, stream, NULL);
    g_autofree char *digest = digest_stream_finish(stream);
    return read && strcmp(digest, put->sha256) == 0;
}

typedef enum { FILE_ABSENT, FILE_SAME, FILE_OTHER } FileState;
static FileState compare(ForgeGitlab *gitlab, const Put *put, const ForgeGitlabPackage *package) {
    FileState state = FILE_ABSENT;
    for (guint i = 0; i < package->files->len && state != FILE_OTHER; i++) {
        const ForgeGitlabFile *file = package->files->pdata[i];
        if (strcmp(file->name, put->name) == 0)
            state = is_equal(gitlab, put, file) ? FILE_SAME : FILE_OTHER;
    }
    return state;
}

static bool look(ForgeGitlab *gitlab, const Put *put, FileState *state, GError **error) {
    g_auto(ForgeGitlabPackage) package = {0};
    if (!forge_gitlab_package_load(gitlab, put->tag, &package, error))
        return false;
    *state = compare(gitlab, put, &package);
    return true;
}

static bool refuse_other(const Put *put, GError **error) {
    return error_set(error, ERROR_CONFLICT, "the draft %s has another asset %s already", put->tag, put->name);
}

/* After a lost answer. */
static bool look_for(ForgeGitlab *gitlab, const Put *put, GError **error) {
    gint64 began = 0;
    do {
        FileState state = FILE_ABSENT;
        if (look(gitlab, put, &state, NULL) && state != FILE_ABSENT) {
            g_clear_error(error);
            forge_gitlab_package_remember(gitlab, put->tag, put->name, true);
            return state == FILE_SAME || refuse_other(put, error);
        }
    } while (rest_wait(&gitlab->rest, &began));
    return rest_lost(error);
}

static bool is_too_large(long status, const json_t *answer) {
    const char *message = jsonx_string(answer, "message");
    return status == 413 || (status == 400 && message != NULL && strstr(message, "too large") != NULL);
}

/* What GitLab says of the file it took. An old one says nothing of it, and is believed. */
static bool accept_answer(ForgeGitlab *gitlab, const Put *put, const json_t *answer, GError **error) {
    const char *name = jsonx_string(answer, "file_name"), *sha256 = jsonx_string(answer, "file_sha256");
    gint64 package = jsonx_int(answer, "package_id", 0);
    if (package > 0) {
        g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, package);
        forge_gitlab_know(&gitlab->base, put->tag, id);
    }
    forge_gitlab_package_remember(gitlab, put->tag, put->name, true);
    if ((name == NULL || strcmp(name, put->name) == 0) && (sha256 == NULL || g_ascii_strcasecmp(sha256, put->sha256) == 0))
        return true;
    error_set(error, ERROR_CONFLICT, "GitLab keeps %s of %s otherwise than it was sent", put->name, put->tag);
    error_why(error, "it says \"%.200s\" with SHA-256 %.64s, sent was %s", name != NULL ? name : "", sha256 != NULL ? sha256 : "", put->sha256);
    return false;
}

static bool put_file(ForgeGitlab *gitlab, const Put *put, GError **error) {
    g_autofree char *below = forge_gitlab_package_path(gitlab, put->tag, put->name);
    g_autofree char *path = forge_gitlab_path(gitlab, error, "%s?select=package_file", below);
    if (path == NULL)
        return false;
    RestChange change = {.method = "PUT", .path = path, .body = put->body};
    g_autoptr(json_t) answer = NULL;
    long status = 0;
    switch (rest_change(&gitlab->rest, &change, &status, &answer, error)) {
    case REST_DONE:
        return accept_answer(gitlab, put, answer, error);
    case REST_LOST:
        return look_for(gitlab, put, error);
    case REST_FAILED:
        return false;
    case REST_REFUSED:
        break;
    }
    FileState state = FILE_ABSENT;
    if (is_too_large(status, answer)) {
        error_set(error, ERROR_TOO_LARGE, "%s is too large for %s", put->name, gitlab->rest.host);
        error_why(error, "it has %" G_GUINT64_FORMAT " bytes; GitLab answered %ld", put->size, status);
        return false;
    }
    /* "Duplicate package is not allowed": the group's setting; the file may have come meanwhile. */
    if (status == 400 && look(gitlab, put, &state, NULL) && state != FILE_ABSENT)
        return state == FILE_SAME || refuse_other(put, error);
    return rest_refused(&gitlab->rest, &change, status, answer, error);
}

/* ---- files removed ---- */

/* GitLab lets maintainers remove packages and their files, developers not, and does not say so. */
static bool explain(const ForgeGitlab *gitlab, gint64 package, GError **error) {
    const char *why = error != NULL && *error != NULL ? error_get_why(*error) : NULL;
    if (why == NULL || !error_is(*error, ERROR_PERMISSION) || strstr(why, "(403)") == NULL)
        return false;
    error_why(error, "removing packages and their files needs the role Maintainer in %s (403)", gitlab->project);
    error_fix(error, "let a maintainer remove %s/-/packages/%" G_GINT64_FORMAT ", or give the token that role; then again", gitlab->url, package);
    return false;
}

/* What is not there is done; a refusal is REST_FAILED, with its error. */
static RestOutcome remove_at(ForgeGitlab *gitlab, const char *path, GError **error) {
    RestChange change = {.method = "DELETE", .path = path};
    g_autoptr(json_t) answer = NULL;
    long status = 0;
    RestOutcome outcome = rest_change(&gitlab->rest, &change, &status, &answer, error);
    if (outcome != REST_REFUSED)
        return outcome;
    return status == 404 || rest_refused(&gitlab->rest, &change, status, answer, error) ? REST_DONE : REST_FAILED;
}

static bool drop(ForgeGitlab *gitlab, const char *path, GError **error) {
    return remove_at(gitlab, path, error) == REST_DONE;
}

static bool drop_file(ForgeGitlab *gitlab, const char *tag, const ForgeGitlabPackage *package, const ForgeGitlabFile *file, GError **error) {
    g_autofree char *path = forge_gitlab_path(gitlab, error, "/packages/%" G_GINT64_FORMAT "/package_files/%" G_GINT64_FORMAT, package->id, file->id);
    if (path == NULL)
        return false;
    forge_gitlab_package_remember(gitlab, tag, file->name, false);
    return drop(gitlab, path, error) || explain(gitlab, package->id, error);
}

/* Files that came twice because an answer was lost: the first stays. Without the right to remove them they stay, too: they are equal. */
static void drop_repeated(ForgeGitlab *gitlab, const char *tag, const ForgeGitlabPackage *package, const char *name) {
    const ForgeGitlabFile *first = NULL;
    for (guint i = 0; i < package->files->len; i++) {
        const ForgeGitlabFile *file = package->files->pdata[i];
        if (strcmp(file->name, name) != 0)
            continue;
        bool equal = first != NULL && file->size == first->size && file->sha256 != NULL && g_strcmp0(file->sha256, first->sha256) == 0;
        if (equal && !drop_file(gitlab, tag, package, file, NULL))
            return;
        first = first != NULL ? first : file;
    }
}

/* ---- the draft ---- */

static void drop_old_records(ForgeGitlab *gitlab, const char *tag, const ForgeGitlabPackage *package) {
    g_autofree char *kept = forge_gitlab_record_name(package->serial);
    for (guint i = 0; i < package->files->len; i++) {
        const ForgeGitlabFile *file = package->files->pdata[i];
        guint64 serial = 0;
        if (forge_gitlab_is_record(file->name, &serial) && serial < package->serial && !drop_file(gitlab, tag, package, file, NULL))
            return;
    }
    drop_repeated(gitlab, tag, package, kept);
}

static bool put_record(ForgeGitlab *gitlab, const ForgeRelease *release, guint64 serial, GError **error) {
    g_autoptr(GBytes) bytes = forge_gitlab_record_write(release, serial);
    if (!limits_keep(LIMITED_GITLAB_RECORD, release->tag, g_bytes_get_size(bytes), error))
        return false;
    g_autofree char *digest = digest_bytes(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    g_autofree char *name = forge_gitlab_record_name(serial);
    HttpBody body = {.type = "application/json", .bytes = bytes};
    Put put = {.tag = release->tag, .name = name, .sha256 = digest, .size = g_bytes_get_size(bytes), .body = &body};
    return put_file(gitlab, &put, error);
}

static bool is_as_wanted(const ForgeRelease *record, const ForgeRelease *wanted) {
    return g_strcmp0(record->name, wanted->name) == 0 && g_strcmp0(record->target, wanted->target) == 0 && g_strcmp0(record->branch, wanted->branch) == 0 &&
           g_strcmp0(record->notes, wanted->notes) == 0 && record->prerelease == wanted->prerelease && record->created == wanted->created;
}

static bool write_record(ForgeGitlab *gitlab, const ForgeGitlabPackage *package, const ForgeRelease *wanted, GError **error) {
    if (is_as_wanted(package->record, wanted)) {
        drop_old_records(gitlab, wanted->tag, package);
        return true;
    }
    if (!put_record(gitlab, wanted, package->serial + 1, error))
        return false;
    fault_point("gitlab-record-written", wanted->tag);
    g_auto(ForgeGitlabPackage) now = {0};
    if (forge_gitlab_package_load(gitlab, wanted->tag, &now, NULL))
        drop_old_records(gitlab, wanted->tag, &now);
    return true;
}

static ForgeRelease *like(const ForgeRelease *release, const char *name, const char *notes) {
    ForgeRelease *copy = forge_release_new();
    copy->tag = g_strdup(release->tag);
    copy->name = g_strdup(name);
    copy->notes = g_strdup(notes);
    copy->target = g_strdup(release->target);
    copy->branch = g_strdup(release->branch);
    copy->mark = g_strdup(release->mark);
    copy->prerelease = release->prerelease;
    copy->created = release->created;
    return copy;
}

bool forge_gitlab_edit_draft(ForgeGitlab *gitlab, const ForgeGitlabPackage *package, const char *name, const char *notes, GError **error) {
    g_autoptr(ForgeRelease) wanted = like(package->record, name, notes);
    return write_record(gitlab, package, wanted, error);
}

bool forge_gitlab_draft(Forge *forge, const ForgeRelease *release, GError **error) {
    ForgeGitlab *gitlab = (ForgeGitlab *)forge;
    g_auto(ForgeGitlabState) state = {0};
    if (!forge_gitlab_state_load(gitlab, release->tag, &state, error))
        return false;
    const ForgeGitlabPackage *package = &state.package;
    if (state.release == NULL && package->record == NULL && package->files->len == 0)
        return put_record(gitlab, release, 1, error);
    if (state.release == NULL && package->record == NULL)
        return forge_gitlab_package_foreign(gitlab, release->tag, error);
    if (!forge_gitlab_state_is_draft(&state, release->tag, release->mark, error))
        return false;
    /* Notes that are there may be a person's. */
    g_autoptr(ForgeRelease) wanted = like(release, release->name, package->record->notes);
    return write_record(gitlab, package, wanted, error);
}

/* ---- assets ---- */

static bool check_name(const char *name, GError **error) {
    guint64 serial;
    if (!forge_check_asset_name(name, error))
        return false;
    if (!forge_gitlab_is_record(name, &serial))
        return true;
    error_set(error, ERROR_UNTRUSTED_PATH, "\"%s\" cannot be the name of an asset on GitLab", name);
    error_why(error, "slipway keeps the record of the release in a file of this name");
    return false;
}

bool forge_gitlab_upload(Forge *forge, const char *tag, const char *mark, const char *name, const char *path, GError **error) {
    ForgeGitlab *gitlab = (ForgeGitlab *)forge;
    g_auto(ForgeGitlabState) state = {0};
    if (!check_name(name, error) || !forge_gitlab_state_load(gitlab, tag, &state, error) || !forge_gitlab_state_is_draft(&state, tag, mark, error))
        return false;
    guint64 size = 0;
    g_autofree char *digest = digest_file(path, &size, error);
    if (digest == NULL)
        return false;
    HttpBody body = {.type = "application/octet-stream", .path = path};
    Put put = {.tag = tag, .name = name, .sha256 = digest, .size = size, .body = &body};
    switch (compare(gitlab, &put, &state.package)) {
    case FILE_SAME:
        drop_repeated(gitlab, tag, &state.package, name);
        return true;
    case FILE_OTHER:
        return refuse_other(&put, error);
    case FILE_ABSENT:
        break;
    }
    return put_file(gitlab, &put, error);
}

static bool refuse_public(const char *tag, GError **error) {
    return error_set(error, ERROR_CONFLICT, "the release %s is no draft: it is on GitLab for everybody", tag);
}

/* Does a release stand on this package? */
static bool is_used(const ForgeGitlab *gitlab, const ForgeGitlabState *state, const char *tag) {
    if (state->release == NULL)
        return false;
    g_autofree char *below = forge_gitlab_package_path(gitlab, tag, NULL);
    g_autofree char *folder = g_strconcat(below, "/", NULL);
    bool used = state->package.record == NULL || g_strcmp0(state->release->release->mark, state->package.record->mark) == 0;
    for (guint i = 0; i < state->release->links->len && !used; i++)
        used = strstr(state->release->links->pdata[i], folder) != NULL;
    return used;
}

/* The draft of this mark, or none: then *there is false. */
static bool is_removable(const ForgeGitlab *gitlab, const ForgeGitlabState *state, const char *tag, const char *mark, GError **error) {
    const ForgeRelease *record = state->package.record;
    if (record != NULL && !forge_gitlab_check_mark(tag, record->mark, mark, error))
        return false;
    return !is_used(gitlab, state, tag) || refuse_public(tag, error);
}

bool forge_gitlab_remove_asset(Forge *forge, const char *tag, const char *mark, const char *name, GError **error) {
    ForgeGitlab *gitlab = (ForgeGitlab *)forge;
    g_auto(ForgeGitlabState) state = {0};
    if (!check_name(name, error) || !forge_gitlab_state_load(gitlab, tag, &state, error) || !is_removable(gitlab, &state, tag, mark, error))
        return false;
    for (guint i = 0; state.package.record != NULL && i < state.package.files->len; i++) {
        const ForgeGitlabFile *file = state.package.files->pdata[i];
        g_autoptr(GError) problem = NULL;
        if (strcmp(file->name, name) != 0 || drop_file(gitlab, tag, &state.package, file, &problem))
            continue;
        /* Perhaps it went: a call that comes again removes what is left. */
        if (!error_is(problem, ERROR_PERMISSION) && !error_is(problem, ERROR_CONFLICT) && !error_is(problem, ERROR_LIMITED))
            rest_lost(&problem);
        g_propagate_error(error, g_steal_pointer(&problem));
        return false;
    }
    return true;
}

/* After a lost answer: is the package still there? */
static bool look_for_none(ForgeGitlab *gitlab, const char *tag, GError **error) {
    gint64 began = 0;
    do {
        g_auto(ForgeGitlabPackage) package = {0};
        if (forge_gitlab_package_load(gitlab, tag, &package, NULL) && package.id == 0) {
            g_clear_error(error);
            return true;
        }
    } while (rest_wait(&gitlab->rest, &began));
    return rest_lost(error);
}

bool forge_gitlab_remove_draft(Forge *forge, const char *tag, const char *mark, GError **error) {
    ForgeGitlab *gitlab = (ForgeGitlab *)forge;
    g_auto(ForgeGitlabState) state = {0};
    if (!forge_gitlab_state_load(gitlab, tag, &state, error) || !is_removable(gitlab, &state, tag, mark, error))
        return false;
    if (state.package.record == NULL)
        return true;
    g_autofree char *path = forge_gitlab_path(gitlab, error, "/packages/%" G_GINT64_FORMAT, state.package.id);
    if (path == NULL)
        return false;
    forge_gitlab_package_remember(gitlab, tag, NULL, false);
    RestOutcome outcome = remove_at(gitlab, path, error);
    if (outcome == REST_LOST)
        return look_for_none(gitlab, tag, error);
    return outcome == REST_DONE || explain(gitlab, state.package.id, error);
}
