#include "forge/shelf.h"

#include "base/fault.h"
#include "base/fs.h"
#include "forge/folder.h"
#include "forge/page.h"
#include "forge/record.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_PAGE (64u << 20)

/* ---- names ---- */

static bool component_is_right(const char *part) {
    gsize length = strlen(part);
    bool right = length > 0 && strchr(".-", part[0]) == NULL;
    for (gsize i = 0; i < length && right; i++)
        right = g_ascii_isalnum(part[i]) || strchr("._+@-", part[i]) != NULL;
    return right && strstr(part, "..") == NULL;
}

char *forge_shelf_folder(const char *tag, GError **error) {
    g_auto(GStrv) parts = g_strsplit(tag, "/", -1);
    bool right = *tag != '\0' && strlen(tag) <= 200 && strcmp(tag, FORGE_LATEST) != 0 && strcmp(tag, "index.html") != 0;
    for (guint i = 0; parts[i] != NULL; i++)
        right = right && component_is_right(parts[i]);
    if (right)
        return forge_page_folder(tag);
    error_set(error, ERROR_UNTRUSTED_PATH, "the tag \"%.200s\" cannot be the name of a folder", tag);
    error_why(error, "in a directory forge a tag has letters, digits and . _ + @ -, parts divided by /, none beginning with . or -, and no \"..\"");
    return NULL;
}

bool forge_shelf_locate(const ForgeShelf *shelf, const char *tag, ForgeRelease **release, char **place, GError **error) {
    g_autofree char *folder = forge_shelf_folder(tag, error);
    if (folder == NULL || !forge_record_load(shelf->path, folder, release, error))
        return false;
    *place = *release != NULL ? g_steal_pointer(&folder) : g_build_filename(FORGE_DRAFTS, folder, NULL);
    return *release != NULL || forge_record_load(shelf->path, *place, release, error);
}

/* ---- what is there ---- */

static int newest_first(gconstpointer a, gconstpointer b) {
    const ForgeRelease *one = *(const ForgeRelease *const *)a;
    const ForgeRelease *other = *(const ForgeRelease *const *)b;
    if (one->published != other->published)
        return one->published < other->published ? 1 : -1;
    return strcmp(other->tag, one->tag);
}

/* Foreign folders are passed over; a record of slipway's that cannot be read is an error: a list without it could move `latest` back. */
static bool add_listed(GPtrArray *releases, const char *root, const char *folder, GError **error) {
    g_autofree char *record = g_build_filename(folder, "release.json", NULL);
    if (folder[0] == '.' || strcmp(folder, FORGE_LATEST) == 0 || fs_kind_beneath(root, record) != FS_FILE)
        return true;
    g_autoptr(GError) problem = NULL;
    g_autoptr(ForgeRelease) release = NULL;
    if (forge_record_load(root, folder, &release, &problem)) {
        g_autofree char *own = release != NULL ? forge_shelf_folder(release->tag, NULL) : NULL;
        if (own == NULL)
            return true;
        forge_record_drop_half(release, root, folder);
        g_ptr_array_add(releases, g_steal_pointer(&release));
        return true;
    }
    if (error_is(problem, ERROR_CONFLICT))
        return true;
    g_propagate_error(error, g_steal_pointer(&problem));
    return false;
}

GPtrArray *forge_shelf_list(const ForgeShelf *shelf, GError **error) {
    g_autoptr(GPtrArray) names = fs_list(shelf->path, error);
    if (names == NULL)
        return NULL;
    g_autoptr(GPtrArray) releases = g_ptr_array_new_with_free_func((GDestroyNotify)forge_release_free);
    g_autofree char *latest = forge_shelf_latest(shelf);
    for (guint i = 0; i < names->len; i++) {
        if (!add_listed(releases, shelf->path, names->pdata[i], error))
            return NULL;
    }
    for (guint i = 0; i < releases->len; i++) {
        ForgeRelease *release = releases->pdata[i];
        release->latest = g_strcmp0(release->tag, latest) == 0;
    }
    g_ptr_array_sort(releases, newest_first);
    return g_steal_pointer(&releases);
}

char *forge_shelf_latest(const ForgeShelf *shelf) {
    g_autofree char *link = g_build_filename(shelf->path, FORGE_LATEST, NULL);
    char target[256];
    ssize_t length = readlink(link, target, sizeof target - 1);
    if (length <= 0)
        return NULL;
    target[length] = '\0';
    if (strchr(target, '/') != NULL)
        return NULL;
    g_autofree char *tag = g_strdelimit(g_strdup(target), "~", '/');
    g_autofree char *folder = forge_shelf_folder(tag, NULL);
    g_autoptr(ForgeRelease) release = NULL;
    if (folder == NULL || !forge_record_load(shelf->path, folder, &release, NULL) || release == NULL)
        return NULL;
    return release->state == FORGE_PUBLIC ? g_steal_pointer(&tag) : NULL;
}

bool forge_shelf_point_latest(const ForgeShelf *shelf, const char *folder, GError **error) {
    g_autofree char *link = g_build_filename(shelf->path, FORGE_LATEST, NULL);
    g_autofree char *fresh = g_strdup_printf("%s/." FORGE_LATEST ".slipway-tmp", shelf->path);
    if (folder == NULL) {
        if (g_unlink(link) != 0 && errno != ENOENT)
            return error_errno(error, ERROR_IO, errno, "cannot remove %s", link);
        return fs_sync_dir(shelf->path, error);
    }
    g_unlink(fresh);
    if (symlink(folder, fresh) != 0)
        return error_errno(error, ERROR_IO, errno, "cannot write beside %s", link);
    fault_point("forge-latest-link", folder);
    return fs_rename(fresh, link, error);
}

/* ---- pages ---- */

static GBytes *read_page(const ForgeShelf *shelf, const char *path) {
    return fs_kind_beneath(shelf->path, path) == FS_FILE ? fs_read_beneath(shelf->path, path, MAX_PAGE, NULL) : NULL;
}

static bool page_is(const ForgeShelf *shelf, const char *path, const char *text) {
    g_autoptr(GBytes) bytes = read_page(shelf, path);
    gsize length = strlen(text);
    return bytes != NULL && g_bytes_get_size(bytes) == length && memcmp(g_bytes_get_data(bytes, NULL), text, length) == 0;
}

static bool write_page(const ForgeShelf *shelf, const char *path, const char *text, GError **error) {
    if (page_is(shelf, path, text))
        return true;
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    return fs_write_beneath(shelf->path, path, bytes, 0644, error);
}

static char *index_text(const ForgeShelf *shelf, GError **error) {
    g_autoptr(GPtrArray) releases = forge_shelf_list(shelf, error);
    g_autofree char *latest = forge_shelf_latest(shelf);
    return releases != NULL ? forge_page_index(shelf->title, releases, latest) : NULL;
}

bool forge_shelf_write_index(const ForgeShelf *shelf, GError **error) {
    g_autofree char *text = index_text(shelf, error);
    return text != NULL && write_page(shelf, "index.html", text, error);
}

bool forge_shelf_write_release(const ForgeShelf *shelf, const ForgeRelease *release, const char *place, GError **error) {
    g_autofree char *path = g_build_filename(place, "index.html", NULL);
    g_autofree char *text = forge_page_release(shelf->title, release);
    return write_page(shelf, path, text, error);
}

bool forge_shelf_is_settled(const ForgeShelf *shelf, const ForgeRelease *release, const char *place) {
    g_autofree char *path = g_build_filename(place, "index.html", NULL);
    g_autofree char *page = forge_page_release(shelf->title, release);
    g_autofree char *index = index_text(shelf, NULL);
    return index != NULL && page_is(shelf, path, page) && page_is(shelf, "index.html", index);
}

bool forge_shelf_check(const ForgeShelf *shelf, GError **error) {
    g_autofree char *index = g_build_filename(shelf->path, "index.html", NULL);
    g_autofree char *latest = g_build_filename(shelf->path, FORGE_LATEST, NULL);
    g_autoptr(GBytes) page = read_page(shelf, "index.html");
    bool own_page = !fs_exists(index) || (page != NULL && strstr(g_bytes_get_data(page, NULL), FORGE_PAGE_SIGN) != NULL);
    struct stat info;
    bool own_latest = lstat(latest, &info) != 0 || S_ISLNK(info.st_mode);
    if (own_page && own_latest)
        return true;
    const char *name = own_page ? FORGE_LATEST : "index.html";
    error_set(error, ERROR_CONFLICT, "%s/%s is not slipway's", shelf->path, name);
    error_fix(error, "move %s/%s away, or choose another folder for forge.path", shelf->path, name);
    return false;
}
