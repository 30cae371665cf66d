/* Has a tracked file, the index, HEAD or the current branch changed? A watch is made by one look of git's (the tree is as it should be) and a snapshot of what
 * lstat says of every tracked file and of the files that say where HEAD is. As long as lstat says the same, nothing changed and no git is started; where it
 * says something else, git looks again. A file system that does not move the change time of a file that is written is not believed in; submodules are git's own
 * business, so with one of them git always looks.
 *
 * A watch is shared by all of a process and may be used by many threads at once. It lives until the process ends. */
#pragma once

#include "git/git.h"

typedef struct GitWatch GitWatch;

/* The watch over a work tree: `commit` (an id): tracked files must be those of its tree, and HEAD must have that tree. NULL: they must be as they are when the
 * watch is made, changes that are not committed included. Errors: NO_REPOSITORY, REPOSITORY. Borrowed. */
GitWatch *git_watch(const char *tree, const char *commit, GError **error);
const Git *git_watch_git(const GitWatch *watch);

/* One who must leave the tree alone, between begin and end. */
typedef struct GitWatcher GitWatcher;
GitWatcher *git_watch_begin(GitWatch *watch, const char *name);
void git_watch_end(GitWatcher *watcher);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GitWatcher, git_watch_end)
/* Who else was there since begin: names divided by ", "; NULL: nobody. g_free. */
char *git_watch_others(const GitWatcher *watcher);

/* What is not as it should be. */
typedef struct {
    char *what; /* "tracked files were changed", "HEAD has another tree": NULL: nothing */
    char *why;  /* names and a diff, bounded, raw */
} GitChange;
void git_change_clear(GitChange *change);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(GitChange, git_change_clear)

/* False only where git could not look. cancel and mark as in Git. */
bool git_watch_look(GitWatcher *watcher, GitChange *change, GError **error);
