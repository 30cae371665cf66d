#include "git/watch.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define DIFF_BYTES 4000
#define DIRT_SHOWN 20
/* Two writes within one tick of the kernel's clock have one time. */
#define TICK_NS (G_GINT64_CONSTANT(20) * 1000 * 1000)

typedef struct {
    dev_t dev;
    ino_t ino;
    off_t size;
    mode_t mode;
    struct timespec modified, changed;
    bool there;
} Seen;

struct GitWatch {
    GMutex lock; /* of all below */
    Git *git;
    char *commit;
    GPtrArray *paths; /* absolute; NULL: submodules, git looks always */
    GArray *seen;     /* of Seen; NULL: no snapshot, git has to look */
    char *baseline;   /* without a commit: what HEAD and the changes were */
    GPtrArray *here;  /* of GitWatcher* */
};

struct GitWatcher {
    GitWatch *watch;
    char *name;
    GPtrArray *others; /* of char* */
};

/* ---- what lstat says ---- */

static Seen see(const char *path) {
    struct stat is;
    if (lstat(path, &is) != 0)
        return (Seen){.there = false};
    return (Seen){.dev = is.st_dev, .ino = is.st_ino, .size = is.st_size, .mode = is.st_mode, .modified = is.st_mtim, .changed = is.st_ctim, .there = true};
}

static bool same_time(const struct timespec *a, const struct timespec *b) {
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool same(const Seen *a, const Seen *b) {
    if (a->there != b->there || a->dev != b->dev || a->ino != b->ino || a->size != b->size || a->mode != b->mode)
        return false;
    return same_time(&a->modified, &b->modified) && same_time(&a->changed, &b->changed);
}

static bool is_as_seen(const GitWatch *watch) {
    for (guint i = 0; watch->seen != NULL && i < watch->paths->len; i++) {
        Seen is = see(g_ptr_array_index(watch->paths, i));
        if (!same(&is, &g_array_index(watch->seen, Seen, i)))
            return false;
    }
    return watch->seen != NULL;
}

/* Nanoseconds since the youngest change. */
static gint64 age_of(const GArray *seen) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    gint64 age = G_MAXINT64;
    for (guint i = 0; i < seen->len; i++) {
        const Seen *one = &g_array_index(seen, Seen, i);
        gint64 past = (gint64)(now.tv_sec - one->changed.tv_sec) * 1000000000 + (now.tv_nsec - one->changed.tv_nsec);
        if (one->there && past >= 0)
            age = MIN(age, past);
    }
    return age;
}

static GArray *see_all(const GPtrArray *paths) {
    GArray *seen = g_array_sized_new(FALSE, FALSE, sizeof(Seen), paths->len);
    for (guint i = 0; i < paths->len; i++) {
        Seen one = see(g_ptr_array_index(paths, i));
        g_array_append_val(seen, one);
    }
    return seen;
}

/* Older than a tick, so that whatever is written from now on has another time. */
static GArray *take_snapshot(const GPtrArray *paths) {
    GArray *seen = see_all(paths);
    gint64 age = age_of(seen);
    if (age >= TICK_NS)
        return seen;
    g_array_unref(seen);
    g_usleep((gulong)(TICK_NS - age) / 1000 + 1); /* reason: what was written in this tick must not have the time of what is written next */
    return see_all(paths);
}

/* ---- which files ---- */

static void add_path(GPtrArray *paths, const char *folder, const char *name) {
    g_ptr_array_add(paths, g_build_filename(folder, name, NULL));
}

static bool add_places_of_head(const Git *git, GPtrArray *paths, GError **error) {
    g_autofree char *branch = NULL;
    g_autofree char *id = NULL;
    add_path(paths, git->git_dir, "HEAD");
    add_path(paths, git->git_dir, "index");
    add_path(paths, git->common_dir, "packed-refs");
    add_path(paths, git->common_dir, "reftable/tables.list");
    if (!git_head(git, &branch, &id, error))
        return false;
    if (branch != NULL)
        add_path(paths, git->common_dir, branch);
    return true;
}

/* "MODE ID STAGE\tPATH"; NULL with *modules: there are submodules. */
static GPtrArray *tracked(const Git *git, bool *modules, GError **error) {
    const char *words[] = {"ls-files", "--stage", "-z", NULL};
    gsize length = 0;
    GitCall call = {.read = true, .words = words, .length = &length};
    g_autofree char *out = git_call(git, &call, error);
    if (out == NULL)
        return NULL;
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    for (gsize at = 0; at < length; at += strlen(out + at) + 1) {
        const char *tab = strchr(out + at, '\t');
        *modules = *modules || g_str_has_prefix(out + at, "160000 ");
        if (tab != NULL)
            add_path(paths, git->tree, tab + 1);
    }
    return *modules ? NULL : g_steal_pointer(&paths);
}

static bool list_paths(GitWatch *watch, GError **error) {
    GError *problem = NULL;
    bool modules = false;
    g_clear_pointer(&watch->paths, g_ptr_array_unref);
    watch->paths = tracked(watch->git, &modules, &problem);
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    return watch->paths == NULL || add_places_of_head(watch->git, watch->paths, error);
}

/* ---- what git says ---- */

static char *diff_of(const Git *git) {
    return git_read(git, NULL, "diff", "--no-color", "--no-ext-diff", "--no-textconv", "HEAD", "--", NULL);
}

static void say_dirt(GitChange *change, GPtrArray *dirt, const char *diff) {
    g_ptr_array_add(dirt, NULL);
    g_autofree char *names = g_strjoinv("\n", (char **)dirt->pdata);
    g_autofree char *cut = g_strndup(diff != NULL ? diff : "", DIFF_BYTES);
    change->what = g_strdup("tracked files were changed");
    change->why = g_strdup_printf("%s%s%s", names, *cut != '\0' ? "\n" : "", cut);
}

static bool look_at_commit(const GitWatch *watch, GitChange *change, GError **error) {
    const Git *git = watch->git;
    GError *problem = NULL;
    g_autofree char *is = git_peel(git, "HEAD", "tree", &problem);
    g_autofree char *planned = problem == NULL ? git_peel(git, watch->commit, "tree", &problem) : NULL;
    g_autoptr(GPtrArray) dirt = problem == NULL ? git_dirt(git, false, DIRT_SHOWN, &problem) : NULL;
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    if (g_strcmp0(is, planned) != 0 || is == NULL) {
        change->what = g_strdup("the work tree is not the candidate");
        change->why = g_strdup_printf("HEAD has the tree %.12s, the candidate %.12s has %.12s", is != NULL ? is : "(none)", watch->commit,
                                      planned != NULL ? planned : "(none)");
    } else if (dirt->len > 0) {
        g_autofree char *diff = diff_of(git);
        say_dirt(change, dirt, diff);
    }
    return true;
}

static void hash_chunk(const char *bytes, gsize length, void *data) {
    g_checksum_update(data, (const guchar *)bytes, (gssize)length);
}

/* HEAD and all changes since it, as one digest. Without a commit there is no HEAD to compare with: the index is. */
static char *fingerprint(const Git *git, GError **error) {
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    GError *problem = NULL;
    g_autofree char *head = git_ref(git, "HEAD", &problem);
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return NULL;
    }
    const char *since[] = {"diff", "--binary", "--full-index", "--no-color", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none", head, "--", NULL};
    const char *index[] = {"ls-files", "--stage", "-z", NULL};
    GitCall call = {.read = true, .words = head != NULL ? since : index, .chunk = hash_chunk, .data = sum};
    hash_chunk(head != NULL ? head : "", head != NULL ? strlen(head) : 0, sum);
    g_autofree char *out = git_call(git, &call, error);
    return out != NULL ? g_strdup(g_checksum_get_string(sum)) : NULL;
}

static bool look_at_baseline(GitWatch *watch, GitChange *change, GError **error) {
    g_autofree char *is = fingerprint(watch->git, error);
    if (is == NULL)
        return false;
    if (watch->baseline == NULL)
        watch->baseline = g_strdup(is);
    if (strcmp(is, watch->baseline) == 0)
        return true;
    g_autoptr(GPtrArray) dirt = git_dirt(watch->git, false, DIRT_SHOWN, error);
    if (dirt == NULL)
        return false;
    g_autofree char *diff = diff_of(watch->git);
    if (dirt->len == 0)
        g_ptr_array_add(dirt, g_strdup("HEAD moved, or changes that were there are gone"));
    say_dirt(change, dirt, diff);
    return true;
}

/* The snapshot is older than git's look: what changes during the look is seen the next time. */
static bool look_again(GitWatch *watch, GitChange *change, GError **error) {
    g_clear_pointer(&watch->seen, g_array_unref);
    if (!list_paths(watch, error))
        return false;
    g_autoptr(GArray) seen = watch->paths != NULL ? take_snapshot(watch->paths) : NULL;
    if (!(watch->commit != NULL ? look_at_commit(watch, change, error) : look_at_baseline(watch, change, error)))
        return false;
    if (change->what == NULL)
        watch->seen = g_steal_pointer(&seen);
    return true;
}

/* ---- sharing ---- */

static GitWatch *new_watch(const char *tree, const char *commit, GError **error) {
    g_autoptr(Git) git = git_open(tree, error);
    if (git == NULL)
        return NULL;
    GitWatch *watch = g_new0(GitWatch, 1);
    g_mutex_init(&watch->lock);
    watch->git = g_steal_pointer(&git);
    watch->commit = g_strdup(commit);
    watch->here = g_ptr_array_new();
    return watch;
}

GitWatch *git_watch(const char *tree, const char *commit, GError **error) {
    static GMutex lock;
    static GHashTable *watches = NULL;
    g_autofree char *key = g_strdup_printf("%s\n%s", commit != NULL ? commit : "", tree);
    g_mutex_lock(&lock);
    if (watches == NULL)
        watches = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GitWatch *watch = g_hash_table_lookup(watches, key);
    if (watch == NULL && (watch = new_watch(tree, commit, error)) != NULL)
        g_hash_table_insert(watches, g_steal_pointer(&key), watch);
    g_mutex_unlock(&lock);
    return watch;
}

const Git *git_watch_git(const GitWatch *watch) {
    return watch->git;
}

static void add_other(GitWatcher *watcher, const char *name) {
    if (!g_ptr_array_find_with_equal_func(watcher->others, name, g_str_equal, NULL))
        g_ptr_array_add(watcher->others, g_strdup(name));
}

GitWatcher *git_watch_begin(GitWatch *watch, const char *name) {
    GitWatcher *watcher = g_new0(GitWatcher, 1);
    *watcher = (GitWatcher){.watch = watch, .name = g_strdup(name), .others = g_ptr_array_new_with_free_func(g_free)};
    g_mutex_lock(&watch->lock);
    for (guint i = 0; i < watch->here->len; i++) {
        GitWatcher *other = g_ptr_array_index(watch->here, i);
        add_other(watcher, other->name);
        add_other(other, name);
    }
    g_ptr_array_add(watch->here, watcher);
    g_mutex_unlock(&watch->lock);
    return watcher;
}

void git_watch_end(GitWatcher *watcher) {
    g_mutex_lock(&watcher->watch->lock);
    g_ptr_array_remove_fast(watcher->watch->here, watcher);
    g_mutex_unlock(&watcher->watch->lock);
    g_ptr_array_unref(watcher->others);
    g_free(watcher->name);
    g_free(watcher);
}

char *git_watch_others(const GitWatcher *watcher) {
    g_mutex_lock(&watcher->watch->lock);
    GString *names = g_string_new(NULL);
    for (guint i = 0; i < watcher->others->len; i++)
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", (const char *)g_ptr_array_index(watcher->others, i));
    g_mutex_unlock(&watcher->watch->lock);
    return g_string_free(names, names->len == 0);
}

void git_change_clear(GitChange *change) {
    g_clear_pointer(&change->what, g_free);
    g_clear_pointer(&change->why, g_free);
}

bool git_watch_look(GitWatcher *watcher, GitChange *change, GError **error) {
    GitWatch *watch = watcher->watch;
    g_mutex_lock(&watch->lock);
    bool looked = is_as_seen(watch) || look_again(watch, change, error);
    g_mutex_unlock(&watch->lock);
    return looked;
}
