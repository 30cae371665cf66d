/* Generic packages: what a draft is made of on GitLab. */
#include "forge/gitlab.h"

#include "base/fault.h"
#include "base/limits.h"

#include <string.h>

static void file_free(ForgeGitlabFile *file) {
    g_free(file->name);
    g_free(file->sha256);
    g_free(file);
}

void forge_gitlab_package_clear(ForgeGitlabPackage *package) {
    g_clear_pointer(&package->files, g_ptr_array_unref);
    g_clear_pointer(&package->record, forge_release_free);
}

char *forge_gitlab_package_path(const ForgeGitlab *gitlab, const char *tag, const char *file) {
    g_autofree char *version = forge_gitlab_package_version(tag);
    g_autofree char *version_segment = http_segment(version);
    g_autofree char *name_segment = http_segment(gitlab->package);
    g_autofree char *file_segment = file != NULL ? http_segment(file) : NULL;
    return g_strconcat("/packages/generic/", name_segment, "/", version_segment, file != NULL ? "/" : "", file != NULL ? file_segment : "", NULL);
}

/* ---- which package ---- */

static bool is_our_package(const ForgeGitlab *gitlab, const json_t *row, const char *version) {
    return g_strcmp0(jsonx_string(row, "name"), gitlab->package) == 0 && g_strcmp0(jsonx_string(row, "version"), version) == 0 &&
           g_strcmp0(jsonx_string(row, "package_type"), "generic") == 0;
}

/* GitLab's filter by name is a fuzzy one, and that by version is ignored before 16.6. */
static bool look_up(ForgeGitlab *gitlab, const char *tag, gint64 *id, GError **error) {
    g_autofree char *version = forge_gitlab_package_version(tag);
    g_autofree char *name_segment = http_segment(gitlab->package);
    g_autofree char *version_segment = http_segment(version);
    g_autofree char *path =
        forge_gitlab_path(gitlab, error, "/packages?package_type=generic&package_name=%s&package_version=%s", name_segment, version_segment);
    g_autoptr(json_t) list = NULL;
    if (path == NULL || !rest_list(&gitlab->rest, path, NULL, &list, error))
        return false;
    *id = 0;
    for (gsize i = 0; i < json_array_size(list); i++) {
        RestShape shape = {&gitlab->rest, path, json_array_get(list, i)};
        gint64 found = 0;
        if (!is_our_package(gitlab, shape.json, version))
            continue;
        if (!rest_int(&shape, "id", &found, error))
            return false;
        *id = *id == 0 ? found : MIN(*id, found);
    }
    return true;
}

static gint64 remembered(ForgeGitlab *gitlab, const char *tag) {
    g_mutex_lock(&gitlab->lock);
    const gint64 *id = g_hash_table_lookup(gitlab->packages, tag);
    gint64 found = id != NULL ? *id : 0;
    g_mutex_unlock(&gitlab->lock);
    return found;
}

static void remember(ForgeGitlab *gitlab, const char *tag, gint64 id) {
    g_mutex_lock(&gitlab->lock);
    if (id > 0)
        g_hash_table_replace(gitlab->packages, g_strdup(tag), g_memdup2(&id, sizeof id));
    else
        g_hash_table_remove(gitlab->packages, tag);
    g_mutex_unlock(&gitlab->lock);
}

void forge_gitlab_know(Forge *forge, const char *tag, const char *id) {
    guint64 number = 0;
    if (g_ascii_string_to_unsigned(id, 10, 1, G_MAXINT64, &number, NULL))
        remember((ForgeGitlab *)forge, tag, (gint64)number);
}

/* ---- its files ---- */

static gint by_id(gconstpointer a, gconstpointer b) {
    const ForgeGitlabFile *first = *(const ForgeGitlabFile *const *)a, *second = *(const ForgeGitlabFile *const *)b;
    return (first->id > second->id) - (first->id < second->id);
}

static ForgeGitlabFile *file_of(const RestShape *shape, GError **error) {
    const char *name = NULL, *sha256 = NULL;
    gint64 id = 0, size = 0;
    if (!rest_int(shape, "id", &id, error) || !rest_text(shape, "file_name", &name, error) || !rest_int(shape, "size", &size, error) ||
        !rest_text_or_null(shape, "file_sha256", &sha256, error))
        return NULL;
    ForgeGitlabFile *file = g_new0(ForgeGitlabFile, 1);
    file->id = id;
    file->name = g_strdup(name);
    file->size = (guint64)MAX(size, 0);
    file->sha256 = sha256 != NULL && strlen(sha256) == 64 ? g_ascii_strdown(sha256, -1) : NULL;
    return file;
}

/* *there false: no package has this number. */
static bool load_files(ForgeGitlab *gitlab, ForgeGitlabPackage *package, bool *there, GError **error) {
    g_autofree char *path = forge_gitlab_path(gitlab, error, "/packages/%" G_GINT64_FORMAT "/package_files", package->id);
    g_autoptr(json_t) list = NULL;
    if (path == NULL || !rest_list(&gitlab->rest, path, NULL, &list, error))
        return false;
    *there = list != NULL;
    for (gsize i = 0; i < json_array_size(list); i++) {
        RestShape shape = {&gitlab->rest, path, json_array_get(list, i)};
        ForgeGitlabFile *file = file_of(&shape, error);
        if (file == NULL)
            return false;
        g_ptr_array_add(package->files, file);
    }
    g_ptr_array_sort(package->files, by_id);
    return true;
}

static bool take_record(const char *bytes, gsize length, void *data) {
    GByteArray *into = data;
    bool fits = into->len + length <= GITLAB_RECORD_LIMIT;
    if (fits)
        g_byte_array_append(into, (const guint8 *)bytes, (guint)length);
    return fits;
}

static bool load_record(ForgeGitlab *gitlab, const char *tag, ForgeGitlabPackage *package, GError **error) {
    const ForgeGitlabFile *newest = NULL;
    for (guint i = 0; i < package->files->len; i++) {
        const ForgeGitlabFile *file = package->files->pdata[i];
        guint64 serial = 0;
        if (!forge_gitlab_is_record(file->name, &serial) || serial < package->serial)
            continue;
        newest = file;
        package->serial = serial;
    }
    if (newest == NULL || newest->size > GITLAB_RECORD_LIMIT)
        return true;
    g_autofree char *below = forge_gitlab_package_path(gitlab, tag, newest->name);
    g_autofree char *path = forge_gitlab_path(gitlab, error, "%s", below);
    g_autoptr(GByteArray) text = g_byte_array_new();
    if (path == NULL || !rest_read(&gitlab->rest, path, "*/*", take_record, text, error))
        return false;
    g_autoptr(GBytes) bytes = g_byte_array_free_to_bytes(g_steal_pointer(&text));
    package->record = forge_gitlab_record_read(bytes, tag);
    return true;
}

/* ---- what was uploaded a moment ago ---- */

void forge_gitlab_package_remember(ForgeGitlab *gitlab, const char *tag, const char *name, bool there) {
    g_autofree char *key = g_strconcat(tag, "\n", name, NULL);
    GHashTableIter each;
    gpointer known;
    g_mutex_lock(&gitlab->lock);
    if (there)
        g_hash_table_add(gitlab->files, g_strdup(key));
    g_hash_table_iter_init(&each, gitlab->files);
    while (!there && g_hash_table_iter_next(&each, &known, NULL)) {
        if (name != NULL ? strcmp(known, key) == 0 : g_str_has_prefix(known, key))
            g_hash_table_iter_remove(&each);
    }
    g_mutex_unlock(&gitlab->lock);
}

static const ForgeGitlabFile *first_named(const ForgeGitlabPackage *package, const char *name) {
    for (guint i = 0; i < package->files->len; i++) {
        const ForgeGitlabFile *file = package->files->pdata[i];
        if (strcmp(file->name, name) == 0)
            return file;
    }
    return NULL;
}

/* Names; those that come while a list is read are not expected in it. */
static GPtrArray *uploaded(ForgeGitlab *gitlab, const char *tag) {
    g_autofree char *prefix = g_strconcat(tag, "\n", NULL);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter each;
    gpointer known;
    g_mutex_lock(&gitlab->lock);
    g_hash_table_iter_init(&each, gitlab->files);
    while (g_hash_table_iter_next(&each, &known, NULL)) {
        if (g_str_has_prefix(known, prefix))
            g_ptr_array_add(names, g_strdup((const char *)known + strlen(prefix)));
    }
    g_mutex_unlock(&gitlab->lock);
    return names;
}

static bool lists_all(const ForgeGitlabPackage *package, const GPtrArray *names) {
    bool all = true;
    for (guint i = 0; i < names->len && all; i++)
        all = first_named(package, names->pdata[i]) != NULL;
    return all;
}

/* *told: its number was known. */
static bool load_once(ForgeGitlab *gitlab, const char *tag, ForgeGitlabPackage *package, bool *told, GError **error) {
    bool there = false;
    package->files = g_ptr_array_new_with_free_func((GDestroyNotify)file_free);
    package->id = remembered(gitlab, tag);
    *told = package->id != 0;
    if (*told && !load_files(gitlab, package, &there, error))
        return false;
    if (!there) {
        remember(gitlab, tag, 0);
        if (!look_up(gitlab, tag, &package->id, error))
            return false;
        if (package->id != 0 && !load_files(gitlab, package, &there, error))
            return false;
        package->id = there ? package->id : 0;
    }
    remember(gitlab, tag, package->id);
    return !there || load_record(gitlab, tag, package, error);
}

bool forge_gitlab_package_load(ForgeGitlab *gitlab, const char *tag, ForgeGitlabPackage *package, GError **error) {
    gint64 began = 0;
    bool told = false, whole = false;
    do {
        g_autoptr(GPtrArray) names = uploaded(gitlab, tag);
        forge_gitlab_package_clear(package);
        *package = (ForgeGitlabPackage){0};
        if (!load_once(gitlab, tag, package, &told, error))
            return false;
        whole = lists_all(package, names) && (!told || package->id == 0 || package->record != NULL);
    } while (!whole && rest_wait(&gitlab->rest, &began));
    return true;
}

/* ---- as assets ---- */

static gint by_name(gconstpointer a, gconstpointer b) {
    return strcmp((*(const ForgeAsset *const *)a)->name, (*(const ForgeAsset *const *)b)->name);
}

void forge_gitlab_package_assets(const ForgeGitlabPackage *package, GPtrArray *assets) {
    for (guint i = 0; i < package->files->len; i++) {
        const ForgeGitlabFile *file = package->files->pdata[i];
        guint64 serial;
        if (forge_gitlab_is_record(file->name, &serial) || first_named(package, file->name) != file)
            continue;
        ForgeAsset *asset = forge_asset_new(file->name);
        asset->size = file->size;
        asset->sha256 = g_strdup(file->sha256);
        asset->id = g_strdup_printf("%" G_GINT64_FORMAT, file->id);
        g_ptr_array_add(assets, asset);
    }
    g_ptr_array_sort(assets, by_name);
}

const char *forge_gitlab_package_ambiguous(const ForgeGitlabPackage *package) {
    for (guint i = 0; i < package->files->len; i++) {
        const ForgeGitlabFile *file = package->files->pdata[i], *first = first_named(package, file->name);
        guint64 serial;
        if (!forge_gitlab_is_record(file->name, &serial) && (first->size != file->size || g_strcmp0(first->sha256, file->sha256) != 0))
            return file->name;
    }
    return NULL;
}

bool forge_gitlab_package_foreign(const ForgeGitlab *gitlab, const char *tag, GError **error) {
    g_autofree char *version = forge_gitlab_package_version(tag);
    error_set(error, ERROR_CONFLICT, "%s has a package %s %s already, which is not slipway's", gitlab->project, gitlab->package, version);
    error_why(error, "slipway keeps the files of the release %s in a package of this name", tag);
    return false;
}
