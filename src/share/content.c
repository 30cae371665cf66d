/* The candidate that came with a record is what the plan makes: its commits bring the plan's changes to files and no others. */
#include "share/share_private.h"

#include <string.h>

static bool other(const char *path, GError **error) {
    error_set(error, ERROR_CONFLICT, "the candidate of the release is not what its plan makes");
    error_why(error, "%s", path);
    error_state(error, "nothing was changed, here or on the remote");
    error_fix(error, "go on where it was begun, or: slipway abort there");
    return false;
}

static const json_t *files_of(const Plan *plan) {
    for (guint i = 0; i < plan->effects->len; i++) {
        const Effect *effect = g_ptr_array_index(plan->effects, i);
        if (effect->stage == STAGE_PREPARE && g_str_equal(effect->kind->name, "write-files"))
            return json_object_get(effect->params, "files");
    }
    return NULL;
}

/* path → id of its blob, as git would write it here; "": it goes. NULL with error. */
static GHashTable *planned(const Git *git, const json_t *files, GError **error) {
    g_autoptr(GHashTable) ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (gsize i = 0; i < json_array_size(files); i++) {
        const json_t *file = json_array_get(files, i);
        g_autofree char *path = jsonx_get_path(json_object_get(file, "path"));
        g_autoptr(GBytes) after = jsonx_get_bytes(json_object_get(file, "after"));
        g_autofree char *as = path != NULL ? g_strconcat("--path=", path, NULL) : NULL;
        const char *words[] = {"hash-object", "-t", "blob", "--stdin", as, NULL};
        char *id = path == NULL ? NULL : after == NULL ? g_strdup("") : git_call(git, &(GitCall){.read = true, .words = words, .input = after}, error);
        if (id == NULL)
            return NULL;
        g_hash_table_replace(ids, g_strdup(path), id);
    }
    return g_steal_pointer(&ids);
}

static GHashTable *blobs_of(const Git *git, const char *commit, GError **error) {
    g_autoptr(GPtrArray) entries = git_tree_list(git, commit, error);
    if (entries == NULL)
        return NULL;
    GHashTable *blobs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (guint i = 0; i < entries->len; i++) {
        const GitTreeEntry *entry = g_ptr_array_index(entries, i);
        g_hash_table_replace(blobs, g_strdup(entry->path), g_strdup_printf("%o %s", entry->mode, entry->id));
    }
    return blobs;
}

/* before and after are "MODE ID", NULL: it is not there. */
static bool is_planned(GHashTable *ids, const char *path, const char *before, const char *after) {
    const char *id = g_hash_table_lookup(ids, path);
    if (id == NULL)
        return g_strcmp0(before, after) == 0;
    const char *has = after != NULL ? strchr(after, ' ') + 1 : "";
    gsize mode = before != NULL ? strcspn(before, " ") : 0;
    bool same_mode = after == NULL || (before != NULL ? strncmp(before, after, mode + 1) == 0 : g_str_has_prefix(after, "100644 "));
    return g_str_equal(has, id) && same_mode;
}

static bool check_side(GHashTable *ids, GHashTable *one, GHashTable *before, GHashTable *after, GError **error) {
    GHashTableIter iter;
    gpointer path;
    g_hash_table_iter_init(&iter, one);
    while (g_hash_table_iter_next(&iter, &path, NULL)) {
        if (!is_planned(ids, path, g_hash_table_lookup(before, path), g_hash_table_lookup(after, path)))
            return other(path, error);
    }
    return true;
}

bool share_content_is_planned(const Git *git, const Plan *plan, const char *head, const char *commit, GError **error) {
    g_autoptr(GHashTable) ids = planned(git, files_of(plan), error);
    g_autoptr(GHashTable) before = ids != NULL ? blobs_of(git, head, error) : NULL;
    g_autoptr(GHashTable) after = before != NULL ? blobs_of(git, commit, error) : NULL;
    return after != NULL && check_side(ids, before, before, after, error) && check_side(ids, after, before, after, error) &&
           check_side(ids, ids, before, after, error);
}
