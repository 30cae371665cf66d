#include "base/fault.h"
#include "effects/install.h"
#include "effects/release.h"

#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#define SHOWN_LEFTOVERS 5

static GHashTable *new_set(void) {
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

/* Which file a path is: one that was written anew is another. g_free. */
static char *identity(const char *root, const char *path) {
    g_autofree char *whole = g_build_filename(root, path, NULL);
    struct stat info;
    if (lstat(whole, &info) != 0)
        return g_strdup("");
    return g_strdup_printf("%ju %jd.%09ld", (uintmax_t)info.st_ino, (intmax_t)info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

/* The files below root → which they are; what is there before anything is installed is nobody's. */
static GHashTable *look(const Install *install, GError **error) {
    g_autoptr(GHashTable) paths = new_set();
    if (!effects_install_list(install->root, "", paths, error))
        return NULL;
    GHashTable *files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    GHashTableIter iter;
    gpointer path;
    g_hash_table_iter_init(&iter, paths);
    while (g_hash_table_iter_next(&iter, &path, NULL))
        g_hash_table_insert(files, g_strdup(path), identity(install->root, path));
    return files;
}

/* ---- the release before ---- */

/* What stands in the way of it is no fault of this release; the person decides. */
static bool blame_previous(const json_t *previous, GError *problem, GError **error) {
    if (!error_is(problem, ERROR_PACKAGE)) {
        g_propagate_error(error, problem);
        return false;
    }
    g_autoptr(GError) held = problem;
    const char *tag = jsonx_string(previous, "tag");
    const char *why = error_get_why(held);
    error_set(error, ERROR_PACKAGE, "the release before, %s, cannot be installed to be upgraded", tag != NULL ? tag : "?");
    error_why(error, "%s%s%s", held->message, why != NULL ? "\n" : "", why != NULL ? why : "");
    error_fix(error, "set upgrade-test: false for the package in slipway.yaml, if that release is known to be broken");
    return false;
}

static bool put_previous(Install *install, const json_t *previous, GError **error) {
    g_autoptr(json_t) files = json_pack("[O?]", json_object_get(previous, "file"));
    const char *tag = jsonx_string(previous, "tag");
    EffectsFile file;
    if (tag == NULL || jsonx_string(previous, "version") == NULL)
        return error_set(error, ERROR_PLAN_BROKEN, "the effect %s does not say what is upgraded", install->run->id);
    g_autofree char *folder = g_build_filename(install->home, "previous", NULL);
    g_autoptr(Forge) forge = effects_file(files, 0, &file, error) ? effects_forge(install->run, error) : NULL;
    g_autofree char *path = forge != NULL ? effects_fetch_asset(forge, tag, &file, folder, error) : NULL;
    if (path == NULL)
        return false;
    GError *problem = NULL;
    install->earlier = true;
    if (!effects_install_put(install, path, previous, &problem))
        return blame_previous(previous, problem, error);
    install->earlier = false;
    return true;
}

/* ---- what is left of it ---- */

static int by_text(gconstpointer a, gconstpointer b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Of it, still there, and of nothing that is installed now. Sorted, borrowed from `came`. */
static GPtrArray *leftovers(GHashTable *before, GHashTable *came, GHashTable *now, GHashTable *owned) {
    GPtrArray *left = g_ptr_array_new();
    GHashTableIter iter;
    gpointer path, which;
    g_hash_table_iter_init(&iter, came);
    while (g_hash_table_iter_next(&iter, &path, &which)) {
        bool still = g_strcmp0(g_hash_table_lookup(now, path), which) == 0;
        if (still && !g_hash_table_contains(before, path) && !g_hash_table_contains(owned, path))
            g_ptr_array_add(left, path);
    }
    g_ptr_array_sort(left, by_text);
    return left;
}

static bool judge_left(const GPtrArray *left, const json_t *previous, GError **error) {
    if (left->len == 0)
        return true;
    g_autoptr(GString) list = g_string_new(NULL);
    for (guint i = 0; i < MIN(left->len, SHOWN_LEFTOVERS); i++)
        g_string_append_printf(list, "%s%s", i > 0 ? "\n" : "", (char *)left->pdata[i]);
    if (left->len > SHOWN_LEFTOVERS)
        g_string_append_printf(list, "\nand %u more", left->len - SHOWN_LEFTOVERS);
    error_set(error, ERROR_PACKAGE, "the upgrade leaves %u file%s of %s behind that belong%s to nothing", left->len, left->len == 1 ? "" : "s",
              jsonx_string(previous, "version"), left->len == 1 ? "s" : "");
    error_why(error, "%s", list->str);
    return false;
}

static bool check_left(Install *install, GHashTable *before, GHashTable *came, GError **error) {
    if (install->installer->owned == NULL)
        return true;
    g_autoptr(GHashTable) now = look(install, error);
    g_autoptr(GHashTable) owned = new_set();
    if (now == NULL || !install->installer->owned(install, owned, error))
        return false;
    g_autoptr(GPtrArray) left = leftovers(before, came, now, owned);
    return judge_left(left, json_object_get(install->run->params, "previous"), error);
}

/* ---- the whole ---- */

static bool upgrade(Install *install, const json_t *previous, GError **error) {
    g_autoptr(GHashTable) before = look(install, error);
    if (before == NULL || !put_previous(install, previous, error))
        return false;
    bool told = install->untried == NULL;
    g_autoptr(GHashTable) came = look(install, error);
    fault_point("upgrade-test-previous", install->run->id);
    g_autofree char *path = came != NULL ? effects_install_find(install, error) : NULL;
    if (path == NULL || !effects_install_put(install, path, install->run->params, error))
        return false;
    fault_point("upgrade-test-over", install->run->id);
    if (install->untried != NULL)
        return true;
    if (!check_left(install, before, came, error) || !effects_install_check(install, error))
        return false;
    char *note = g_strdup_printf("over %s%s: %s", jsonx_string(previous, "version"), told ? "" : " (itself not tried)", install->note);
    g_free(install->note);
    install->note = note;
    return true;
}

static bool apply(EffectRun *run, GError **error) {
    g_auto(Install) install = {0};
    const json_t *previous = json_object_get(run->params, "previous");
    if (!effects_install_begin(run, &install, error) || !upgrade(&install, previous, error))
        return false;
    json_object_set(run->result, "previous", json_object_get(previous, "version"));
    effects_install_report(&install);
    return true;
}

static char *describe(const json_t *params) {
    const json_t *previous = json_object_get(params, "previous");
    g_autofree char *from = effects_shown_member(previous, "tag");
    g_autofree char *file = effects_shown_member(json_object_get(previous, "file"), "name");
    g_autofree char *version = effects_shown_member(params, "version");
    const json_t *check = json_object_get(params, "check_run");
    g_autofree char *shown = json_array_size(check) > 0 ? effects_shown_words(check) : NULL;
    return g_strdup_printf("install %s of %s without network, %s over it, and try that%s%s", file, from, version, shown != NULL ? ", then run " : "",
                           shown != NULL ? shown : "");
}

const EffectKind effect_kind_upgrade_test = {
    .name = "upgrade-test",
    .doc = "installs an artifact over that of the release before, and tries it",
    .describe = describe,
    .shown = "version previous.tag previous.file.name check_run",
    .apply = apply,
    .undo = effects_install_undo,
    .undo_note = "nothing to undo: a check changes nothing",
    .volatile_outcome = true,
};
