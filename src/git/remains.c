#include "git/remains.h"

#include "base/fs.h"
#include "base/glob.h"
#include "base/jsonx.h"
#include "base/process.h"
#include "git/git_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOTE_LIMIT (64 << 10)
/* A repository may have very many refs; what is beyond is not looked at, and its lock is then named by the git that meets it. */
#define MAX_LOOKED 200000

/* The locks that a command makes, below the common git directory. */
typedef struct {
    const char *command;
    const char *locks[8];
} Makes;

static const Makes makes[] = {
    {"update-ref", {"refs/**/*.lock", "packed-refs.lock", "packed-refs.new", "HEAD.lock"}},
    {"tag", {"refs/tags/**/*.lock", "packed-refs.lock", "packed-refs.new"}},
    {"fetch", {"refs/**/*.lock", "packed-refs.lock", "packed-refs.new", "shallow.lock"}},
    {"push", {"refs/**/*.lock", "packed-refs.lock", "packed-refs.new"}},
    {"fast-import", {"refs/**/*.lock", "packed-refs.lock", "packed-refs.new"}},
    {"switch", {"index.lock", "HEAD.lock", "refs/heads/**/*.lock", "worktrees/*/index.lock", "worktrees/*/HEAD.lock"}},
    {"merge", {"index.lock", "HEAD.lock", "ORIG_HEAD.lock", "refs/heads/**/*.lock", "worktrees/*/index.lock", "worktrees/*/*HEAD.lock"}},
    {"update-index", {"index.lock", "worktrees/*/index.lock"}},
    {"reset", {"index.lock", "HEAD.lock", "ORIG_HEAD.lock", "worktrees/*/index.lock", "worktrees/*/*HEAD.lock"}},
    {"worktree", {"worktrees/*/index.lock", "worktrees/*/HEAD.lock", "worktrees/*/ORIG_HEAD.lock", "config.lock"}},
    {"config", {"config.lock"}},
};

static char *folder_of(const Git *git) {
    return g_build_filename(git->common_dir, "slipway", "git", NULL);
}

/* ---- notes ---- */

static gint files_made;

/* NULL: there is none, and none is made. */
static char *made_folder(const Git *git) {
    g_autofree char *state = g_build_filename(git->common_dir, "slipway", NULL);
    g_autofree char *folder = folder_of(git);
    return g_file_test(state, G_FILE_TEST_IS_DIR) && fs_make_dirs(folder, 0700, NULL) ? g_steal_pointer(&folder) : NULL;
}

/* "index-PID-NUMBER" */
char *git_scratch_path(const Git *git, const char *name) {
    g_autofree char *folder = made_folder(git);
    return folder != NULL ? g_strdup_printf("%s/%s-%d-%d", folder, name, (int)getpid(), g_atomic_int_add(&files_made, 1)) : NULL;
}

/* Of a slipway that is gone, or of this one, whose gits have all ended. */
static bool is_left_scratch(const char *name) {
    const char *dash = g_ascii_isdigit(*name) ? NULL : strchr(name, '-');
    gint64 pid = dash != NULL ? g_ascii_strtoll(dash + 1, NULL, 10) : 0;
    g_autofree char *start = pid > 0 && pid != getpid() ? process_start_time(pid) : NULL;
    return pid > 0 && start == NULL;
}

char *git_note_begin(const Git *git, const GitCall *call) {
    g_autofree char *folder = call->read ? NULL : made_folder(git);
    if (folder == NULL)
        return NULL;
    g_autofree char *start = process_start_time(getpid());
    g_autofree char *boot = process_boot_id();
    g_autoptr(json_t) words = json_array();
    for (guint i = 0; call->words[i] != NULL; i++)
        json_array_append_new(words, jsonx_path(call->words[i]));
    g_autoptr(json_t) note = json_pack("{s: O, s: i, s: s, s: s}", "words", words, "pid", (int)getpid(), "start", start != NULL ? start : "", "boot", boot);
    g_autofree char *text = jsonx_canonical(note);
    g_autofree char *name = g_strdup_printf("%d-%d", (int)getpid(), g_atomic_int_add(&files_made, 1));
    g_autofree char *path = g_build_filename(folder, name, NULL);
    FILE *stream = fopen(path, "we");
    if (stream == NULL)
        return NULL;
    bool written = fputs(text, stream) >= 0;
    written = fclose(stream) == 0 && written;
    return written ? g_steal_pointer(&path) : NULL;
}

static bool is_of_the_dead(const json_t *note) {
    g_autofree char *boot = process_boot_id();
    return g_strcmp0(jsonx_string(note, "boot"), boot) != 0 || !process_is_alive(jsonx_int(note, "pid", 0), jsonx_string(note, "start"));
}

static bool is_own(const json_t *note) {
    return jsonx_int(note, "pid", 0) == getpid() && process_is_alive(getpid(), jsonx_string(note, "start"));
}

/* ---- who is at work ---- */

static bool is_below(const char *path, const char *folder) {
    gsize length = strlen(folder);
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static bool works_in(const char *pid, const char *const *folders) {
    g_autofree char *comm_path = g_strdup_printf("/proc/%s/comm", pid);
    g_autofree char *cwd_path = g_strdup_printf("/proc/%s/cwd", pid);
    g_autofree char *name = NULL;
    struct stat is;
    if (!g_file_get_contents(comm_path, &name, NULL, NULL) || !g_str_has_prefix(name, "git") || stat(comm_path, &is) != 0 || is.st_uid != getuid())
        return false;
    g_autofree char *cwd = g_file_read_link(cwd_path, NULL);
    bool below = false;
    for (guint i = 0; cwd != NULL && folders[i] != NULL; i++)
        below = below || is_below(cwd, folders[i]);
    return below;
}

static bool a_git_works_in(const char *const *folders) {
    g_autoptr(GDir) folder = g_dir_open("/proc", 0, NULL);
    const char *name;
    bool found = folder == NULL;
    while (!found && (name = g_dir_read_name(folder)) != NULL)
        found = g_ascii_isdigit(*name) && works_in(name, folders);
    return found;
}

static bool a_git_works_here(const Git *git) {
    const char *const folders[] = {git->tree, git->common_dir, NULL};
    return a_git_works_in(folders);
}

/* ---- what it left ---- */

typedef struct {
    const Git *git;
    struct timespec since; /* the note's own time: by the clock of the same file system, */
    dev_t device;          /* which is this one */
    const char *const *locks;
    GPtrArray *removed; /* or NULL */
    guint looked;
} Sweep;

static bool is_older(const struct timespec *a, const struct timespec *b) {
    return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

static void remove_lock(const Sweep *sweep, const char *path) {
    struct stat is;
    if (lstat(path, &is) != 0 || !S_ISREG(is.st_mode) || is.st_uid != getuid() || is.st_dev != sweep->device || is_older(&is.st_mtim, &sweep->since))
        return;
    if (unlink(path) == 0 && sweep->removed != NULL)
        g_ptr_array_add(sweep->removed, g_strdup(path));
}

static void remove_made(const Sweep *sweep, const char *relative) {
    g_autofree char *path = g_build_filename(sweep->git->common_dir, relative, NULL);
    if (glob_match_any(sweep->locks, relative))
        remove_lock(sweep, path);
}

static void remove_locks(Sweep *sweep, const char *relative, bool deep) {
    g_autofree char *path = g_build_filename(sweep->git->common_dir, relative, NULL);
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    const char *name;
    while (folder != NULL && sweep->looked++ < MAX_LOOKED && (name = g_dir_read_name(folder)) != NULL) {
        g_autofree char *inner = *relative != '\0' ? g_build_filename(relative, name, NULL) : g_strdup(name);
        if (g_str_has_suffix(name, ".lock") || g_str_has_suffix(name, ".new"))
            remove_made(sweep, inner);
        else if (deep)
            remove_locks(sweep, inner, true);
    }
}

/* git writes "initializing" into it first of all, and removes it last. */
static bool is_half_made(const char *folder) {
    g_autofree char *path = g_build_filename(folder, "locked", NULL);
    g_autofree char *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) && g_str_has_prefix(text, "initializing");
}

/* It leads to the tree of the note, or leads nowhere yet and is called as git calls what it makes for that tree. */
static bool is_of_tree(const char *folder, const char *name, const char *tree) {
    g_autofree char *path = g_build_filename(folder, "gitdir", NULL);
    g_autofree char *link = g_build_filename(tree, ".git", NULL);
    g_autofree char *last = g_path_get_basename(tree);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL) || *text == '\0')
        return g_str_has_prefix(name, last);
    return g_str_equal(g_strchomp(text), link);
}

static void remove_half_made(Sweep *sweep, const char *tree) {
    g_autofree char *trees = g_build_filename(sweep->git->common_dir, "worktrees", NULL);
    g_autoptr(GDir) folder = g_dir_open(trees, 0, NULL);
    const char *name;
    while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
        g_autofree char *path = g_build_filename(trees, name, NULL);
        struct stat is;
        if (lstat(path, &is) != 0 || is.st_uid != getuid() || is_older(&is.st_mtim, &sweep->since) || !is_half_made(path) || !is_of_tree(path, name, tree))
            continue;
        if (fs_remove_tree(path, NULL) && sweep->removed != NULL)
            g_ptr_array_add(sweep->removed, g_steal_pointer(&path));
    }
}

/* ---- the other side of a push ---- */

/* The git folder that the address is, as git itself looks for it (git-receive-pack(1)); NULL: it is none of this machine. g_free. */
static char *folder_of_address(const Git *git, const char *address) {
    static const char *const endings[] = {"/.git", "", ".git/.git", ".git"};
    gsize head = strcspn(address, ":/");
    const char *path = g_str_has_prefix(address, "file://") ? address + strlen("file://") : address[head] != ':' ? address : NULL;
    g_autofree char *whole = path != NULL ? g_canonicalize_filename(path, git->tree) : NULL;
    for (guint i = 0; whole != NULL && i < G_N_ELEMENTS(endings); i++) {
        g_autofree char *folder = g_strconcat(whole, endings[i], NULL);
        g_autofree char *refs = g_build_filename(folder, "refs", NULL);
        if (g_file_test(refs, G_FILE_TEST_IS_DIR))
            return realpath(folder, NULL);
    }
    return NULL;
}

/* "ID:refs/tags/v1.1.0", as a push names what it moves. */
static void remove_lock_of(const Sweep *sweep, const char *folder, const char *refspec) {
    const char *ref = refspec != NULL ? strchr(refspec, ':') : NULL;
    if (ref == NULL || !g_str_has_prefix(ref + 1, "refs/") || strstr(ref, "..") != NULL)
        return;
    g_autofree char *path = g_strconcat(folder, "/", ref + 1, ".lock", NULL);
    remove_lock(sweep, path);
}

/* In a folder of this machine the other side of a push was a child of ours. On a server its locks are the server's. words: … --end-of-options REMOTE REFSPEC…
 */
static void remove_locks_there(const Sweep *sweep, const json_t *words) {
    gsize at = 0;
    while (at < json_array_size(words) && g_strcmp0(json_string_value(json_array_get(words, at)), "--end-of-options") != 0)
        at++;
    g_autofree char *remote = jsonx_get_path(json_array_get(words, at + 1));
    g_autoptr(GPtrArray) addresses = remote != NULL ? git_push_urls(sweep->git, remote, NULL) : NULL;
    g_autofree char *folder = addresses != NULL && addresses->len == 1 ? folder_of_address(sweep->git, g_ptr_array_index(addresses, 0)) : NULL;
    const char *const folders[] = {folder, NULL};
    if (folder == NULL || a_git_works_in(folders))
        return;
    for (at += 2; at < json_array_size(words); at++) {
        g_autofree char *refspec = jsonx_get_path(json_array_get(words, at));
        remove_lock_of(sweep, folder, refspec);
    }
    static const char *const besides[] = {"HEAD.lock", "packed-refs.lock", "packed-refs.new"};
    for (guint i = 0; i < G_N_ELEMENTS(besides); i++) {
        g_autofree char *path = g_build_filename(folder, besides[i], NULL);
        remove_lock(sweep, path);
    }
}

/* ---- notes that are left ---- */

static const char *const *locks_of(const char *command) {
    static const char *const none[] = {NULL};
    for (guint i = 0; i < G_N_ELEMENTS(makes); i++) {
        if (g_strcmp0(makes[i].command, command) == 0)
            return makes[i].locks;
    }
    return none;
}

static void sweep_one(const Git *git, const json_t *note, const struct stat *is, GPtrArray *removed) {
    const json_t *words = json_object_get(note, "words");
    g_autofree char *command = jsonx_get_path(json_array_get(words, 0));
    Sweep sweep = {.git = git, .since = is->st_mtim, .device = is->st_dev, .locks = locks_of(command), .removed = removed};
    remove_locks(&sweep, "", false);
    remove_locks(&sweep, "refs", true);
    remove_locks(&sweep, "worktrees", true);
    if (g_strcmp0(command, "push") == 0)
        remove_locks_there(&sweep, words);
    for (gsize i = 2; g_strcmp0(command, "worktree") == 0 && i < json_array_size(words); i++) {
        g_autofree char *tree = jsonx_get_path(json_array_get(words, i));
        if (tree != NULL && g_path_is_absolute(tree))
            remove_half_made(&sweep, tree);
    }
}

static json_t *read_note(const char *path, struct stat *is) {
    g_autoptr(GBytes) bytes = lstat(path, is) == 0 && S_ISREG(is->st_mode) ? fs_read(path, NOTE_LIMIT, NULL) : NULL;
    return bytes != NULL ? jsonx_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), NOTE_LIMIT, path, NULL) : NULL;
}

void git_note_end(const Git *git, char *note, bool by_itself) {
    g_autofree char *path = note;
    struct stat is;
    if (path == NULL)
        return;
    g_autoptr(json_t) read = by_itself ? NULL : read_note(path, &is);
    /* Another thread's git may be at work: then this is for resume or abort. */
    if (!by_itself && a_git_works_here(git))
        return;
    if (read != NULL)
        sweep_one(git, read, &is, NULL);
    (void)unlink(path);
}

void git_sweep(const Git *git, GPtrArray *removed) {
    g_autofree char *folder = folder_of(git);
    g_autoptr(GPtrArray) names = fs_list(folder, NULL);
    if (names == NULL || names->len == 0 || a_git_works_here(git))
        return;
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(folder, g_ptr_array_index(names, i), NULL);
        struct stat is;
        bool scratch = !g_ascii_isdigit(*(const char *)g_ptr_array_index(names, i));
        if (scratch && !is_left_scratch(g_ptr_array_index(names, i)))
            continue;
        g_autoptr(json_t) note = scratch ? NULL : read_note(path, &is);
        if (note != NULL && !is_own(note) && !is_of_the_dead(note))
            continue;
        if (note != NULL)
            sweep_one(git, note, &is, removed);
        (void)unlink(path);
    }
}
