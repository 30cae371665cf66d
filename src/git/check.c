/* Does git work here? Asked before slipway says that everything is as it was. */
#include "git/git.h"

#include "base/clock.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* git fsck reads every object once: a second or two for so many. */
#define FSCK_OBJECTS 50000
#define FSCK_SECONDS 60
#define MAX_LOOKED 200000
#define MAX_NAMED 20

char *git_lock_owner(const char *path) {
    struct stat is;
    if (lstat(path, &is) != 0)
        return g_strdup("it is gone by now");
    const struct passwd *user = getpwuid(is.st_uid);
    g_autofree char *when = clock_timestamp(is.st_mtim.tv_sec);
    return g_strdup_printf("made %s by %s", when, user != NULL ? user->pw_name : "a user who is not known here");
}

/* ---- locks ---- */

typedef struct {
    GPtrArray *notes;
    guint looked;
} Locks;

static void find_locks(Locks *locks, const char *path, bool deep) {
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    const char *name;
    while (folder != NULL && locks->looked++ < MAX_LOOKED && locks->notes->len < MAX_NAMED && (name = g_dir_read_name(folder)) != NULL) {
        g_autofree char *inner = g_build_filename(path, name, NULL);
        if (g_str_has_suffix(name, ".lock") && !g_file_test(inner, G_FILE_TEST_IS_DIR)) {
            g_autofree char *owner = git_lock_owner(inner);
            g_autofree char *quoted = g_shell_quote(inner);
            g_ptr_array_add(locks->notes,
                            g_strdup_printf("a lock that is not of this release is there, %s; where no git is at work (pgrep -a git): rm %s", owner, quoted));
        } else if (deep) {
            find_locks(locks, inner, true);
        }
    }
}

static void look_for_locks(const Git *git, GPtrArray *notes) {
    Locks locks = {.notes = notes};
    g_autofree char *refs = g_build_filename(git->common_dir, "refs", NULL);
    g_autofree char *trees = g_build_filename(git->common_dir, "worktrees", NULL);
    find_locks(&locks, git->common_dir, false);
    find_locks(&locks, refs, true);
    find_locks(&locks, trees, true);
    if (locks.looked >= MAX_LOOKED)
        g_ptr_array_add(notes, g_strdup_printf("not looked at: whether there are locks beyond the first %d files of refs", MAX_LOOKED));
}

/* ---- work trees ---- */

static bool has_no_tree_below(const Git *git, const char *folder, GError **error) {
    static const char *const words[] = {"worktree", "list", "--porcelain", "-z", NULL};
    gsize length = 0;
    g_autofree char *list = git_call(git, &(GitCall){.read = true, .words = words, .length = &length}, error);
    g_autofree char *prefix = g_strdup_printf("worktree %s/", folder);
    for (gsize at = 0; list != NULL && at < length; at += strlen(list + at) + 1) {
        if (!g_str_has_prefix(list + at, prefix))
            continue;
        const char *path = list + at + strlen("worktree ");
        g_autofree char *quoted = g_shell_quote(path);
        error_set(error, ERROR_NOT_VERIFIED, "git still has the work tree %s of this release", path);
        error_fix(error, "git worktree remove --force --force %s", quoted);
        return false;
    }
    return list != NULL;
}

/* ---- objects ---- */

/* "count: 3", "in-pack: 120" of git count-objects -v */
static guint64 number_after(const char *text, const char *label) {
    const char *found = strstr(text, label);
    return found != NULL ? g_ascii_strtoull(found + strlen(label), NULL, 10) : 0;
}

static bool objects_are_whole(const Git *git, GPtrArray *notes, GError **error) {
    g_autofree char *counts = git_read(git, error, "count-objects", "-v", NULL);
    if (counts == NULL)
        return false;
    guint64 objects = number_after(counts, "count: ") + number_after(counts, "in-pack: ");
    if (objects > FSCK_OBJECTS) {
        g_ptr_array_add(notes, g_strdup_printf("not looked at, because there are %" G_GUINT64_FORMAT " objects: git fsck --connectivity-only", objects));
        return true;
    }
    static const char *const words[] = {"fsck", "--connectivity-only", "--no-dangling", "--no-progress", NULL};
    GError *problem = NULL;
    g_autofree char *out = git_call(git, &(GitCall){.read = true, .words = words, .timeout = FSCK_SECONDS}, &problem);
    if (problem == NULL)
        return true;
    if (error_is(problem, ERROR_TIMEOUT)) {
        g_ptr_array_add(notes, g_strdup_printf("not looked at, because it took more than %d s: git fsck --connectivity-only", FSCK_SECONDS));
        g_error_free(problem);
        return true;
    }
    g_propagate_error(error, problem);
    return false;
}

bool git_works(const Git *git, const char *folder, GPtrArray *notes, GError **error) {
    look_for_locks(git, notes);
    g_autoptr(GPtrArray) dirt = git_dirt(git, false, 1, error);
    return dirt != NULL && has_no_tree_below(git, folder, error) && objects_are_whole(git, notes, error);
}
