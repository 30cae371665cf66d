#include "forge/record.h"

#include "base/fs.h"
#include "base/limits.h"
#include "forge/folder.h"
#include "forge/page.h"

#include <string.h>
#include <sys/stat.h>

#define SCHEMA 1

static char *text_beneath(const char *root, const char *folder, const char *name, gsize limit, GError **error) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GBytes) bytes = fs_read_beneath(root, path, limit, error);
    return bytes != NULL ? g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)) : NULL;
}

static bool set_state(ForgeRelease *release, const char *folder, const char *state) {
    static const ForgeState states[] = {FORGE_DRAFT, FORGE_PUBLIC, FORGE_WITHDRAWN};
    for (guint i = 0; i < G_N_ELEMENTS(states); i++) {
        if (g_strcmp0(forge_state_name(states[i]), state) == 0)
            release->state = states[i];
    }
    bool in_drafts = g_str_has_prefix(folder, FORGE_DRAFTS "/");
    /* Where it stands counts: a draft is marked public just before it is moved out. */
    if (in_drafts) {
        release->state = FORGE_DRAFT;
        release->published = 0;
    }
    return in_drafts || release->state != FORGE_DRAFT;
}

static bool take_assets(ForgeRelease *release, const json_t *assets) {
    for (gsize i = 0; i < json_array_size(assets); i++) {
        const json_t *asset = json_array_get(assets, i);
        const char *name = jsonx_string(asset, "name");
        const char *sha256 = jsonx_string(asset, "sha256");
        gint64 size = jsonx_int(asset, "size", -1);
        if (name == NULL || sha256 == NULL || size < 0 || !forge_check_asset_name(name, NULL))
            return false;
        forge_record_set_asset(release, name, (guint64)size, sha256);
    }
    return true;
}

static bool from_json(ForgeRelease *release, const char *folder, const json_t *json) {
    const char *tag = jsonx_string(json, "tag");
    const char *mark = jsonx_string(json, "mark");
    g_autofree char *base = g_path_get_basename(folder);
    g_autofree char *expected = tag != NULL ? forge_page_folder(tag) : NULL;
    if (jsonx_int(json, "schema", 0) != SCHEMA || mark == NULL || g_strcmp0(base, expected) != 0)
        return false;
    release->id = g_strdup(tag);
    release->tag = g_strdup(tag);
    release->mark = g_strdup(mark);
    release->name = g_strdup(jsonx_string(json, "name"));
    release->target = g_strdup(jsonx_string(json, "target"));
    release->prerelease = jsonx_bool(json, "prerelease", false);
    release->created = jsonx_int(json, "created", 0);
    release->published = jsonx_int(json, "published", 0);
    bool whole = release->name != NULL && release->target != NULL;
    return whole && set_state(release, folder, jsonx_string(json, "state")) && take_assets(release, json_object_get(json, "assets"));
}

static bool refuse(const char *root, const char *folder, GError **error) {
    error_set(error, ERROR_CONFLICT, "%s/%s is there and is not a release that slipway made", root, folder);
    error_fix(error, "move %s/%s away", root, folder);
    return false;
}

bool forge_record_load(const char *root, const char *folder, ForgeRelease **result, GError **error) {
    g_autofree char *path = g_build_filename(root, folder, NULL);
    if (!fs_exists(path))
        return true;
    g_autofree char *record = g_build_filename(folder, "release.json", NULL);
    if (!forge_folder_is_dir(path) || fs_kind_beneath(root, record) != FS_FILE)
        return refuse(root, folder, error);
    g_autofree char *where = g_build_filename(root, record, NULL);
    g_autofree char *text = text_beneath(root, folder, "release.json", FORGE_RECORD_LIMIT, error);
    g_autoptr(json_t) json = text != NULL ? jsonx_parse(text, strlen(text), FORGE_RECORD_LIMIT, where, error) : NULL;
    if (json == NULL)
        return false;
    g_autoptr(ForgeRelease) release = forge_release_new();
    if (!from_json(release, folder, json))
        return refuse(root, folder, error);
    release->notes = text_beneath(root, folder, "notes.md", FORGE_NOTES_LIMIT, error);
    if (release->notes == NULL)
        return false;
    release->url = g_steal_pointer(&path);
    *result = g_steal_pointer(&release);
    return true;
}

static json_t *to_json(const ForgeRelease *release) {
    json_t *assets = json_array();
    for (guint i = 0; i < release->assets->len; i++) {
        const ForgeAsset *asset = release->assets->pdata[i];
        json_array_append_new(assets, json_pack("{s:s, s:I, s:s}", "name", asset->name, "size", (json_int_t)asset->size, "sha256", asset->sha256));
    }
    json_t *json = json_object();
    json_object_set_new(json, "schema", json_integer(SCHEMA));
    json_object_set_new(json, "tag", jsonx_text(release->tag));
    json_object_set_new(json, "name", jsonx_text(release->name));
    json_object_set_new(json, "state", json_string(forge_state_name(release->state)));
    json_object_set_new(json, "mark", jsonx_text(release->mark));
    json_object_set_new(json, "target", jsonx_text(release->target));
    json_object_set_new(json, "prerelease", json_boolean(release->prerelease));
    json_object_set_new(json, "created", json_integer(release->created));
    json_object_set_new(json, "published", json_integer(release->published));
    json_object_set_new(json, "assets", assets);
    return json;
}

static bool write_text(const char *root, const char *folder, const char *name, const char *text, GError **error) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    return fs_write_beneath(root, path, bytes, 0644, error);
}

bool forge_record_save(const char *root, const char *folder, const ForgeRelease *release, GError **error) {
    g_autoptr(json_t) json = to_json(release);
    g_autofree char *text = jsonx_pretty(json);
    if (!limits_keep(LIMITED_FORGE_RECORD, release->tag, strlen(text), error) || !limits_keep(LIMITED_FORGE_NOTES, release->tag, strlen(release->notes), error))
        return false;
    g_autofree char *notes = text_beneath(root, folder, "notes.md", FORGE_NOTES_LIMIT, NULL);
    if (g_strcmp0(notes, release->notes) != 0 && !write_text(root, folder, "notes.md", release->notes, error))
        return false;
    return write_text(root, folder, "release.json", text, error);
}

static char *asset_path(const char *root, const char *folder, const char *name) {
    return g_build_filename(root, folder, "assets", name, NULL);
}

static bool is_whole(const ForgeAsset *asset, const char *root, const char *folder) {
    g_autofree char *path = asset_path(root, folder, asset->name);
    struct stat info;
    return lstat(path, &info) == 0 && S_ISREG(info.st_mode) && (guint64)info.st_size == asset->size;
}

void forge_record_drop_half(ForgeRelease *release, const char *root, const char *folder) {
    for (guint i = release->assets->len; i > 0; i--) {
        ForgeAsset *asset = release->assets->pdata[i - 1];
        g_free(asset->url);
        asset->url = asset_path(root, folder, asset->name);
        if (!is_whole(asset, root, folder))
            g_ptr_array_remove_index(release->assets, i - 1);
    }
}

static bool check_names(const char *path, const ForgeRelease *release, const char *const *known, GError **error) {
    g_autoptr(GPtrArray) names = fs_list(path, error);
    if (names == NULL)
        return false;
    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        bool ours = known != NULL ? g_strv_contains(known, name) : forge_release_asset(release, name) != NULL;
        if (!ours) {
            error_set(error, ERROR_CONFLICT, "%s/%s is not slipway's", path, name);
            error_fix(error, "move %s/%s away", path, name);
            return false;
        }
    }
    return true;
}

bool forge_record_check(const ForgeRelease *release, const char *root, const char *folder, bool complete, GError **error) {
    static const char *const known[] = {"release.json", "notes.md", "index.html", "assets", NULL};
    g_autofree char *path = g_build_filename(root, folder, NULL);
    g_autofree char *assets = g_build_filename(path, "assets", NULL);
    if (!forge_folder_is_dir(assets))
        return error_set(error, ERROR_CONFLICT, "%s is not a folder", assets);
    bool clean = forge_folder_sweep(path, error) && forge_folder_sweep(assets, error);
    if (!clean || !check_names(path, release, known, error) || !check_names(assets, release, NULL, error))
        return false;
    for (guint i = 0; i < release->assets->len && complete; i++) {
        const ForgeAsset *asset = release->assets->pdata[i];
        if (!is_whole(asset, root, folder))
            return error_set(error, ERROR_CONFLICT, "the asset %s of the draft %s is not whole", asset->name, release->tag);
    }
    return true;
}

static int by_name(gconstpointer a, gconstpointer b) {
    const ForgeAsset *one = *(const ForgeAsset *const *)a;
    const ForgeAsset *other = *(const ForgeAsset *const *)b;
    return strcmp(one->name, other->name);
}

bool forge_record_remove_asset(ForgeRelease *release, const char *name) {
    const ForgeAsset *asset = forge_release_asset(release, name);
    return asset != NULL && g_ptr_array_remove(release->assets, (gpointer)asset);
}

void forge_record_set_asset(ForgeRelease *release, const char *name, guint64 size, const char *sha256) {
    forge_record_remove_asset(release, name);
    ForgeAsset *asset = g_new0(ForgeAsset, 1);
    asset->name = g_strdup(name);
    asset->size = size;
    asset->sha256 = g_strdup(sha256);
    g_ptr_array_add(release->assets, asset);
    g_ptr_array_sort(release->assets, by_name);
}
