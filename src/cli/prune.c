#include "cli/prune.h"

#include "base/fault.h"
#include "base/fs.h"

#include <string.h>
#include <sys/stat.h>

#define MAX_RUNS 100000

static void item_free(PruneItem *item) {
    g_free(item->name);
    g_ptr_array_unref(item->paths);
    g_free(item);
}

/* ---- durations ---- */

bool prune_duration(const char *text, gint64 *seconds, GError **error) {
    static const struct {
        char letter;
        gint64 seconds;
    } units[] = {{'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
    char *end = NULL;
    guint64 count = g_ascii_isdigit(*text) ? g_ascii_strtoull(text, &end, 10) : G_MAXUINT64;
    for (guint i = 0; i < G_N_ELEMENTS(units) && count < 1000000; i++) {
        if (end[0] == units[i].letter && end[1] == '\0') {
            *seconds = (gint64)count * units[i].seconds;
            return true;
        }
    }
    error_set(error, ERROR_USAGE, "\"%s\" is no duration", text);
    error_why(error, "it is a number with m, h, d or w behind it: 90m, 12h, 30d, 4w");
    error_fix(error, "slipway gc --keep 30d");
    return false;
}

/* ---- what is there ---- */

static bool is_folder(const char *path) {
    struct stat info;
    return lstat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static bool is_link(const char *path) {
    struct stat info;
    return lstat(path, &info) == 0 && S_ISLNK(info.st_mode);
}

/* Of a file, or of all in a folder. */
static guint64 bytes_of(const char *path) {
    struct stat info;
    if (lstat(path, &info) != 0)
        return 0;
    guint64 bytes = S_ISREG(info.st_mode) ? (guint64)info.st_size : 0;
    g_autoptr(GPtrArray) names = S_ISDIR(info.st_mode) ? fs_list(path, NULL) : NULL;
    for (guint i = 0; names != NULL && i < names->len; i++) {
        g_autofree char *inner = g_build_filename(path, names->pdata[i], NULL);
        bytes += bytes_of(inner);
    }
    return bytes;
}

static gint64 changed_at(const char *path) {
    struct stat info;
    return lstat(path, &info) == 0 ? (gint64)info.st_mtime : G_MAXINT64;
}

static PruneItem *add_item(GPtrArray *items, const char *kind, const char *name) {
    PruneItem *item = g_new0(PruneItem, 1);
    item->kind = kind;
    item->name = g_strdup(name);
    item->paths = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(items, item);
    return item;
}

static void add_path(PruneItem *item, const char *state_dir, const char *folder, const char *name) {
    char *path = g_build_filename(folder, name, NULL);
    g_autofree char *whole = g_build_filename(state_dir, path, NULL);
    g_ptr_array_add(item->paths, path);
    item->bytes += bytes_of(whole);
    item->last = MAX(item->last, changed_at(whole));
}

/* The entries of a folder of the state folder, links left out; none where it is a link itself. */
static GPtrArray *entries(const char *state_dir, const char *folder, GError **error) {
    g_autofree char *path = g_build_filename(state_dir, folder, NULL);
    if (!is_folder(state_dir) || !is_folder(path))
        return g_ptr_array_new_with_free_func(g_free);
    GPtrArray *names = fs_list(path, error);
    for (guint i = names != NULL ? names->len : 0; i > 0; i--) {
        g_autofree char *whole = g_build_filename(path, names->pdata[i - 1], NULL);
        if (is_link(whole))
            g_ptr_array_remove_index(names, i - 1);
    }
    return names;
}

/* ---- what is needed ---- */

typedef struct {
    GPtrArray *runs;     /* of JournalRun*, newest first */
    GHashTable *reasons; /* run id → why it stays, both borrowed */
    GString *words;      /* the events of the runs that stay: a proof that is named in them is needed */
    gint64 before;
} Need;

static void need_clear(Need *need) {
    g_clear_pointer(&need->runs, g_ptr_array_unref);
    g_hash_table_unref(need->reasons);
    g_string_free(need->words, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Need, need_clear)

static const char *why_needed(const JournalRun *run, GHashTable *published) {
    if (run->state != RUN_DONE && run->state != RUN_ABORTED)
        return "not finished";
    bool out = run->state == RUN_DONE && run->crossed && run->tag != NULL;
    return out && g_hash_table_add(published, run->project) ? "the last published one" : NULL;
}

static bool add_words(Need *need, Journal *journal, const char *run, GError **error) {
    g_autoptr(GPtrArray) events = journal_events(journal, run, error);
    for (guint i = 0; events != NULL && i < events->len; i++) {
        g_autofree char *text = jsonx_canonical(((const JournalEvent *)g_ptr_array_index(events, i))->data);
        g_string_append(need->words, text);
    }
    return events != NULL;
}

static bool find_need(Need *need, Journal *journal, GError **error) {
    g_autoptr(GHashTable) published = g_hash_table_new(g_str_hash, g_str_equal);
    need->reasons = g_hash_table_new(g_str_hash, g_str_equal);
    need->words = g_string_new(NULL);
    need->runs = journal_runs(journal, NULL, MAX_RUNS, error);
    for (guint i = 0; need->runs != NULL && i < need->runs->len; i++) {
        JournalRun *run = g_ptr_array_index(need->runs, i);
        const char *reason = why_needed(run, published);
        if (reason == NULL)
            continue;
        g_hash_table_insert(need->reasons, run->id, (char *)reason);
        if (!add_words(need, journal, run->id, error))
            return false;
    }
    return need->runs != NULL;
}

static const JournalRun *find_run(const Need *need, const char *id) {
    for (guint i = 0; i < need->runs->len; i++) {
        const JournalRun *run = g_ptr_array_index(need->runs, i);
        if (g_str_equal(run->id, id))
            return run;
    }
    return NULL;
}

static void judge(PruneItem *item, const Need *need) {
    if (item->kept == NULL && item->last >= need->before)
        item->kept = "not old enough";
}

/* ---- finding ---- */

static bool find_runs(GPtrArray *items, const char *state_dir, const Need *need, GError **error) {
    g_autoptr(GPtrArray) names = entries(state_dir, "runs", error);
    for (guint i = 0; names != NULL && i < names->len; i++) {
        const char *name = names->pdata[i];
        PruneItem *item = add_item(items, "run", name);
        add_path(item, state_dir, "runs", name);
        const JournalRun *run = find_run(need, name);
        if (run != NULL)
            item->last = run->ended > 0 ? run->ended : run->begun;
        item->kept = g_hash_table_lookup(need->reasons, name);
        judge(item, need);
    }
    return names != NULL;
}

/* A proof is one file and what is kept with it, of one name up to the dot. */
static bool find_proofs(GPtrArray *items, const char *state_dir, const Need *need, GError **error) {
    g_autoptr(GPtrArray) names = entries(state_dir, "proofs", error);
    PruneItem *item = NULL;
    for (guint i = 0; names != NULL && i < names->len; i++) {
        const char *name = names->pdata[i];
        g_autofree char *stem = g_strndup(name, strcspn(name, "."));
        if (item == NULL || !g_str_equal(item->name, stem))
            item = add_item(items, "proof", stem);
        add_path(item, state_dir, "proofs", name);
        if (*stem != '\0' && strstr(need->words->str, stem) != NULL)
            item->kept = "a run that stays rests on it";
    }
    return names != NULL;
}

static bool find_cache(GPtrArray *items, const char *state_dir, GError **error) {
    g_autoptr(GPtrArray) names = entries(state_dir, "cache", error);
    for (guint i = 0; names != NULL && i < names->len; i++)
        add_path(add_item(items, "cache", names->pdata[i]), state_dir, "cache", names->pdata[i]);
    return names != NULL;
}

GPtrArray *prune_find(Journal *journal, const char *state_dir, gint64 before, GError **error) {
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func((GDestroyNotify)item_free);
    g_auto(Need) need = {.before = before};
    if (!find_need(&need, journal, error) || !find_runs(items, state_dir, &need, error))
        return NULL;
    guint runs = items->len;
    if (!find_proofs(items, state_dir, &need, error) || !find_cache(items, state_dir, error))
        return NULL;
    for (guint i = runs; i < items->len; i++)
        judge(g_ptr_array_index(items, i), &need);
    return g_steal_pointer(&items);
}

/* ---- removing ---- */

/* Of char*: the linked work trees that git knows of below `folder`. */
static GPtrArray *worktrees_below(const Git *git, const char *folder, GError **error) {
    static const char *const words[] = {"worktree", "list", "--porcelain", "-z", NULL};
    gsize length = 0;
    g_autofree char *list = git_call(git, &(GitCall){.read = true, .words = words, .length = &length}, error);
    if (list == NULL)
        return NULL;
    g_autofree char *prefix = g_strdup_printf("worktree %s/", folder);
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    for (gsize at = 0; at < length; at += strlen(list + at) + 1) {
        if (g_str_has_prefix(list + at, prefix))
            g_ptr_array_add(paths, g_strdup(list + at + strlen("worktree ")));
    }
    return paths;
}

/* By name: pruning would also forget the user's own that lie on a disk which is not there now. */
static bool remove_worktrees(const Git *git, const char *folder, GError **error) {
    g_autoptr(GPtrArray) paths = worktrees_below(git, folder, error);
    for (guint i = 0; paths != NULL && i < paths->len; i++) {
        const char *path = paths->pdata[i];
        if (is_folder(path) && !git_write(git, error, "worktree", "remove", "--force", "--force", path, NULL))
            return false;
    }
    return paths != NULL;
}

bool prune_remove(const Git *git, const char *state_dir, const PruneItem *item, GError **error) {
    for (guint i = 0; i < item->paths->len; i++) {
        g_autofree char *path = g_build_filename(state_dir, item->paths->pdata[i], NULL);
        if (is_link(path))
            continue;
        if (is_folder(path) && !remove_worktrees(git, path, error))
            return false;
        fault_point("gc-worktrees", path);
        if (!fs_remove_tree(path, error))
            return false;
        fault_point("gc-removed", path);
    }
    return true;
}

bool prune_worktrees(const Git *git, const char *state_dir, GError **error) {
    g_autofree char *runs = g_build_filename(state_dir, "runs", NULL);
    g_autoptr(GPtrArray) paths = worktrees_below(git, runs, error);
    bool stale = false;
    for (guint i = 0; paths != NULL && i < paths->len; i++)
        stale = stale || !fs_exists(paths->pdata[i]);
    return paths != NULL && (!stale || git_write(git, error, "worktree", "prune", "--expire=now", NULL));
}
