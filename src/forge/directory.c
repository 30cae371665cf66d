/* A folder as a forge: for trying, rehearsing and for work without a network. A person browses it: index.html, TAG/index.html, TAG/assets/, latest.
 *
 * A draft stands in .drafts/TAG, which no page links to; publishing is one rename to TAG. Changes lock the folder. */
#include "base/digest.h"
#include "base/fault.h"
#include "base/fs.h"
#include "forge/folder.h"
#include "forge/forge.h"
#include "forge/record.h"
#include "forge/shelf.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    Forge base;
    ForgeShelf shelf;
} Directory;

static const ForgeShelf *shelf_of(const Forge *forge) {
    return &((const Directory *)forge)->shelf;
}

/* ---- finding ---- */

/* The release of a tag, which must carry the caller's mark. *release NULL: there is none. */
static bool locate_own(const ForgeShelf *shelf, const char *tag, const char *mark, ForgeRelease **release, char **place, GError **error) {
    if (!forge_shelf_locate(shelf, tag, release, place, error))
        return false;
    if (*release == NULL || strcmp((*release)->mark, mark) == 0)
        return true;
    error_set(error, ERROR_CONFLICT, "the release %s in %s belongs to another run", tag, shelf->path);
    error_why(error, "its mark is %s, this run's is %s", (*release)->mark, mark);
    return false;
}

static bool refuse_state(const ForgeShelf *shelf, const char *tag, const ForgeRelease *release, const char *wanted, GError **error) {
    if (release == NULL)
        return error_set(error, ERROR_CONFLICT, "there is no %s %s in %s", wanted, tag, shelf->path);
    return error_set(error, ERROR_CONFLICT, "the release %s in %s is no %s: it is %s", tag, shelf->path, wanted, forge_state_name(release->state));
}

/* The caller's own draft; none is no fault: *release is NULL then. */
static bool locate_removable(const ForgeShelf *shelf, const char *tag, const char *mark, ForgeRelease **release, char **place, GError **error) {
    if (!locate_own(shelf, tag, mark, release, place, error))
        return false;
    return *release == NULL || (*release)->state == FORGE_DRAFT || refuse_state(shelf, tag, *release, "draft", error);
}

/* There must be one. */
static bool locate_draft(const ForgeShelf *shelf, const char *tag, const char *mark, ForgeRelease **release, char **place, GError **error) {
    if (!locate_removable(shelf, tag, mark, release, place, error))
        return false;
    return *release != NULL || refuse_state(shelf, tag, NULL, "draft", error);
}

static ForgeRelease *directory_find(Forge *forge, const char *tag, GError **error) {
    const ForgeShelf *shelf = shelf_of(forge);
    g_autofree char *place = NULL;
    g_autofree char *latest = forge_shelf_latest(shelf);
    ForgeRelease *release = NULL;
    if (!forge_shelf_locate(shelf, tag, &release, &place, error) || release == NULL)
        return NULL;
    forge_record_drop_half(release, shelf->path, place);
    release->latest = g_strcmp0(tag, latest) == 0;
    release->settled = release->state == FORGE_DRAFT || forge_shelf_is_settled(shelf, release, place);
    return release;
}

static GPtrArray *directory_list(Forge *forge, GError **error) {
    return forge_shelf_list(shelf_of(forge), error);
}

/* ---- drafts ---- */

static ForgeRelease *fresh_copy(const ForgeRelease *from, const ForgeRelease *old) {
    ForgeRelease *release = forge_release_new();
    release->tag = g_strdup(from->tag);
    release->name = g_strdup(from->name);
    bool edited = old != NULL && old->notes != NULL && *old->notes != '\0';
    release->notes = g_strdup(edited ? old->notes : from->notes); /* a person may have edited them */
    release->target = g_strdup(from->target);
    release->mark = g_strdup(from->mark);
    release->prerelease = from->prerelease;
    release->created = from->created;
    for (guint i = 0; old != NULL && i < old->assets->len; i++) {
        const ForgeAsset *asset = old->assets->pdata[i];
        forge_record_set_asset(release, asset->name, asset->size, asset->sha256);
    }
    return release;
}

/* Made beside and moved into place: a draft is there whole or not at all. */
static bool make_draft(const ForgeShelf *shelf, const ForgeRelease *release, const char *place, GError **error) {
    g_autofree char *folder = g_path_get_basename(place);
    g_autofree char *staging = g_strconcat(FORGE_DRAFTS "/.new-", folder, NULL);
    g_autofree char *assets = g_build_filename(shelf->path, staging, "assets", NULL);
    g_autofree char *from = g_build_filename(shelf->path, staging, NULL);
    g_autofree char *to = g_build_filename(shelf->path, place, NULL);
    if (!fs_make_dirs(assets, 0777, error))
        return false;
    fault_point("forge-draft-folder", release->tag);
    if (!forge_record_save(shelf->path, staging, release, error))
        return false;
    fault_point("forge-draft-written", release->tag);
    return fs_rename(from, to, error);
}

static bool directory_draft(Forge *forge, const ForgeRelease *wanted, GError **error) {
    const ForgeShelf *shelf = shelf_of(forge);
    g_autofree char *folder = forge_shelf_folder(wanted->tag, error);
    g_auto(ForgeLock) lock = {0};
    if (folder == NULL || !forge_folder_enter(shelf->path, true, &lock, error) || !forge_shelf_check(shelf, error))
        return false;
    fault_point("forge-entered", wanted->tag);
    g_autofree char *place = NULL;
    g_autoptr(ForgeRelease) old = NULL;
    if (!locate_own(shelf, wanted->tag, wanted->mark, &old, &place, error))
        return false;
    g_autoptr(ForgeRelease) release = fresh_copy(wanted, old);
    if (old == NULL)
        return make_draft(shelf, release, place, error);
    if (old->state != FORGE_DRAFT)
        return refuse_state(shelf, wanted->tag, old, "draft", error);
    return forge_record_check(old, shelf->path, place, false, error) && forge_record_save(shelf->path, place, release, error);
}

/* The index comes last: while it is wrong, `find` says that the release is not settled, and the call is made again. */
static bool settle(const ForgeShelf *shelf, ForgeRelease *release, const char *place, GError **error) {
    forge_record_drop_half(release, shelf->path, place);
    return forge_shelf_write_release(shelf, release, place, error) && forge_folder_tidy(shelf->path, error) && forge_shelf_write_index(shelf, error);
}

/* Of a public release the page follows the record: until it does, the release is not settled, and the call is made again. */
static bool directory_edit(Forge *forge, const char *tag, const char *mark, const char *name, const char *notes, GError **error) {
    const ForgeShelf *shelf = shelf_of(forge);
    g_auto(ForgeLock) lock = {0};
    g_autofree char *place = NULL;
    g_autoptr(ForgeRelease) release = NULL;
    if (!forge_folder_enter(shelf->path, false, &lock, error) || !forge_shelf_check(shelf, error))
        return false;
    if (!locate_own(shelf, tag, mark, &release, &place, error))
        return false;
    if (release == NULL)
        return refuse_state(shelf, tag, NULL, "release", error);
    g_free(release->name);
    g_free(release->notes);
    release->name = g_strdup(name);
    release->notes = g_strdup(notes);
    if (!forge_record_save(shelf->path, place, release, error))
        return false;
    fault_point("forge-edited", tag);
    return release->state == FORGE_DRAFT || settle(shelf, release, place, error);
}

/* A whole asset of other bytes: a half one may be written over. */
static bool is_other(const char *root, const char *place, const ForgeAsset *asset, const char *digest) {
    if (asset == NULL || strcmp(asset->sha256, digest) == 0)
        return false;
    g_autofree char *path = g_build_filename(root, place, "assets", asset->name, NULL);
    g_autofree char *there = digest_file(path, NULL, NULL);
    return g_strcmp0(there, asset->sha256) == 0;
}

static bool directory_upload(Forge *forge, const char *tag, const char *mark, const char *name, const char *path, GError **error) {
    const ForgeShelf *shelf = shelf_of(forge);
    g_auto(ForgeLock) lock = {0};
    if (!forge_check_asset_name(name, error) || !forge_folder_enter(shelf->path, false, &lock, error))
        return false;
    g_autofree char *place = NULL;
    g_autoptr(ForgeRelease) release = NULL;
    if (!locate_draft(shelf, tag, mark, &release, &place, error) || !forge_record_check(release, shelf->path, place, false, error))
        return false;
    guint64 size = 0;
    g_autofree char *digest = digest_file(path, &size, error);
    if (digest == NULL)
        return false;
    if (is_other(shelf->path, place, forge_release_asset(release, name), digest))
        return error_set(error, ERROR_CONFLICT, "the draft %s has another asset %s already", tag, name);
    forge_record_set_asset(release, name, size, digest);
    g_autofree char *target = g_build_filename(shelf->path, place, "assets", name, NULL);
    if (!forge_record_save(shelf->path, place, release, error))
        return false;
    fault_point("forge-asset-named", name);
    return fs_copy(path, target, 0644, error);
}

static bool directory_remove_asset(Forge *forge, const char *tag, const char *mark, const char *name, GError **error) {
    const ForgeShelf *shelf = shelf_of(forge);
    g_auto(ForgeLock) lock = {0};
    if (!forge_check_asset_name(name, error))
        return false;
    if (!fs_exists(shelf->path))
        return true;
    g_autofree char *place = NULL;
    g_autoptr(ForgeRelease) release = NULL;
    if (!forge_folder_enter(shelf->path, false, &lock, error) || !locate_removable(shelf, tag, mark, &release, &place, error))
        return false;
    if (release == NULL || forge_release_asset(release, name) == NULL)
        return true;
    g_autofree char *path = g_build_filename(place, "assets", name, NULL);
    if (!forge_record_check(release, shelf->path, place, false, error) || !fs_unlink_beneath(shelf->path, path, error))
        return false;
    fault_point("forge-asset-removed", name);
    return forge_record_remove_asset(release, name) && forge_record_save(shelf->path, place, release, error);
}

/* Moved aside in one step first, for the same reason. */
static bool drop_draft(const ForgeShelf *shelf, const ForgeRelease *release, const char *place, GError **error) {
    g_autofree char *folder = g_path_get_basename(place);
    g_autofree char *gone = g_strdup_printf("%s/" FORGE_DRAFTS "/.gone-%s", shelf->path, folder);
    g_autofree char *from = g_build_filename(shelf->path, place, NULL);
    if (!forge_record_check(release, shelf->path, place, false, error) || !fs_rename(from, gone, error))
        return false;
    fault_point("forge-draft-aside", release->tag);
    return fs_remove_tree(gone, error);
}

static bool directory_remove_draft(Forge *forge, const char *tag, const char *mark, GError **error) {
    const ForgeShelf *shelf = shelf_of(forge);
    g_auto(ForgeLock) lock = {0};
    if (!fs_exists(shelf->path))
        return forge_folder_clear(shelf->path, error);
    g_autofree char *place = NULL;
    g_autoptr(ForgeRelease) release = NULL;
    if (!forge_folder_enter(shelf->path, false, &lock, error) || !locate_removable(shelf, tag, mark, &release, &place, error))
        return false;
    if (release != NULL && !drop_draft(shelf, release, place, error))
        return false;
    fault_point("forge-draft-gone", tag);
    return forge_folder_tidy(shelf->path, error);
}

/* ---- public changes ---- */

static bool move_out(const ForgeShelf *shelf, const ForgeRelease *release, const char *place, const char *folder, GError **error) {
    g_autofree char *from = g_build_filename(shelf->path, place, NULL);
    g_autofree char *to = g_build_filename(shelf->path, folder, NULL);
    g_autofree char *drafts = g_build_filename(shelf->path, FORGE_DRAFTS, NULL);
    if (!forge_record_check(release, shelf->path, place, true, error) || !forge_record_save(shelf->path, place, release, error))
        return false;
    fault_point("forge-publish-record", release->tag);
    if (!forge_shelf_write_release(shelf, release, place, error))
        return false;
    fault_point("forge-publish-page", release->tag);
    return fs_rename(from, to, error) && fs_sync_dir(drafts, error);
}

static bool directory_publish(Forge *forge, const char *tag, const char *mark, const ForgePublish *publish, GError **error) {
    const ForgeShelf *shelf = shelf_of(forge);
    g_autofree char *folder = forge_shelf_folder(tag, error);
    g_auto(ForgeLock) lock = {0};
    if (folder == NULL || !forge_folder_enter(shelf->path, false, &lock, error) || !forge_shelf_check(shelf, error))
        return false;
    g_autofree char *place = NULL;
    g_autoptr(ForgeRelease) release = NULL;
    if (!locate_own(shelf, tag, mark, &release, &place, error))
        return false;
    if (release == NULL)
        return refuse_state(shelf, tag, NULL, "draft", error);
    ForgeState before = release->state;
    release->state = FORGE_PUBLIC;
    release->published = before == FORGE_DRAFT ? publish->when : release->published;
    if (before == FORGE_DRAFT && !move_out(shelf, release, place, folder, error))
        return false;
    if (before == FORGE_WITHDRAWN && !forge_record_save(shelf->path, folder, release, error))
        return false;
    fault_point("forge-published", tag);
    return settle(shelf, release, folder, error);
}

static bool directory_withdraw(Forge *forge, const char *tag, const char *mark, GError **error) {
    const ForgeShelf *shelf = shelf_of(forge);
    g_auto(ForgeLock) lock = {0};
    g_autofree char *place = NULL;
    g_autoptr(ForgeRelease) release = NULL;
    if (!forge_folder_enter(shelf->path, false, &lock, error) || !forge_shelf_check(shelf, error))
        return false;
    if (!locate_own(shelf, tag, mark, &release, &place, error))
        return false;
    if (release == NULL || release->state == FORGE_DRAFT)
        return refuse_state(shelf, tag, release, "published release", error);
    g_autofree char *latest = forge_shelf_latest(shelf);
    g_autofree char *home = g_build_filename(shelf->path, place, NULL);
    if (g_strcmp0(latest, tag) == 0 && !forge_shelf_point_latest(shelf, NULL, error))
        return false;
    fault_point("forge-withdraw-latest", tag);
    release->state = FORGE_WITHDRAWN;
    if (!forge_folder_sweep(home, error) || !forge_record_save(shelf->path, place, release, error))
        return false;
    fault_point("forge-withdrawn", tag);
    return settle(shelf, release, place, error);
}

static char *directory_latest(Forge *forge, GError **error) {
    (void)error;
    return forge_shelf_latest(shelf_of(forge));
}

static bool is_public(const ForgeShelf *shelf, const char *folder) {
    g_autoptr(ForgeRelease) release = NULL;
    return forge_record_load(shelf->path, folder, &release, NULL) && release != NULL && release->state == FORGE_PUBLIC;
}

static bool directory_set_latest(Forge *forge, const char *tag, GError **error) {
    const ForgeShelf *shelf = shelf_of(forge);
    g_auto(ForgeLock) lock = {0};
    if (!forge_folder_enter(shelf->path, false, &lock, error) || !forge_shelf_check(shelf, error))
        return false;
    g_autofree char *folder = tag != NULL ? forge_shelf_folder(tag, error) : NULL;
    if (tag != NULL && folder == NULL)
        return false;
    if (tag != NULL && !is_public(shelf, folder))
        return error_set(error, ERROR_CONFLICT, "%s cannot become the latest release: it is not public in %s", tag, shelf->path);
    if (!forge_shelf_point_latest(shelf, folder, error))
        return false;
    fault_point("forge-latest-set", tag);
    return forge_folder_tidy(shelf->path, error) && forge_shelf_write_index(shelf, error);
}

/* ---- reading back ---- */

static bool read_file(const char *root, const char *path, ForgeTake take, void *data, GError **error) {
    int fd = fs_open_beneath(root, path, NULL, error);
    if (fd < 0)
        return false;
    char buffer[1 << 16];
    ssize_t got;
    bool wanted = true;
    while (wanted && (got = read(fd, buffer, sizeof buffer)) > 0)
        wanted = take(buffer, (gsize)got, data);
    int fault = wanted && got < 0 ? errno : 0;
    close(fd);
    if (fault != 0)
        return error_set(error, ERROR_IO, "cannot read %s/%s: %s", root, path, g_strerror(fault));
    return wanted || error_set(error, ERROR_IO, "%s/%s was not read to its end", root, path);
}

static bool directory_read_asset(Forge *forge, const ForgeRelease *wanted, const ForgeAsset *asset, ForgeTake take, void *data, GError **error) {
    const ForgeShelf *shelf = shelf_of(forge);
    g_autofree char *place = NULL;
    g_autoptr(ForgeRelease) release = NULL;
    if (!forge_check_asset_name(asset->name, error) || !forge_shelf_locate(shelf, wanted->tag, &release, &place, error))
        return false;
    g_autofree char *path = release != NULL ? g_build_filename(place, "assets", asset->name, NULL) : NULL;
    bool named = release != NULL && forge_release_asset(release, asset->name) != NULL;
    if (!named || fs_kind_beneath(shelf->path, path) != FS_FILE)
        return error_set(error, ERROR_CONFLICT, "the release %s in %s has no asset %s", wanted->tag, shelf->path, asset->name);
    return read_file(shelf->path, path, take, data, error);
}

static char *directory_place(Forge *forge, const char *tag) {
    g_autofree char *folder = forge_shelf_folder(tag, NULL);
    return g_build_filename(shelf_of(forge)->path, folder, NULL);
}

/* ---- opening ---- */

extern const ForgeKind forge_kind_directory;

static Forge *directory_open(const json_t *params, GError **error) {
    g_autofree char *path = jsonx_get_path(json_object_get(params, "path"));
    const char *title = jsonx_string(params, "title");
    if (path == NULL || !g_path_is_absolute(path)) {
        error_set(error, ERROR_CONFIG, "the directory forge needs an absolute path");
        return NULL;
    }
    Directory *directory = g_new0(Directory, 1);
    directory->base.kind = &forge_kind_directory;
    directory->shelf.path = g_canonicalize_filename(path, "/");
    directory->shelf.title = g_strdup(title != NULL ? title : "Releases");
    return &directory->base;
}

static void directory_close(Forge *forge) {
    Directory *directory = (Directory *)forge;
    g_free(directory->shelf.path);
    g_free(directory->shelf.title);
    g_free(directory);
}

const ForgeKind forge_kind_directory = {
    .name = "directory",
    .title = "directory forge",
    .doc = "a folder: release.json, notes, assets and pages that a browser shows without a server",
    .sets_latest = true,
    .open = directory_open,
    .find = directory_find,
    .list = directory_list,
    .draft = directory_draft,
    .edit = directory_edit,
    .upload = directory_upload,
    .read_asset = directory_read_asset,
    .remove_asset = directory_remove_asset,
    .publish = directory_publish,
    .withdraw = directory_withdraw,
    .remove_draft = directory_remove_draft,
    .latest = directory_latest,
    .set_latest = directory_set_latest,
    .place = directory_place,
    .close = directory_close,
};
