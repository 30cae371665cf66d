/* Places that others name: a plan, a record of another clone, a configuration. Whoever reads, writes or removes by such a path has a Beneath first, which only
 * these functions make, and which is one of two kinds:
 *
 *   of the tree   below the top of a work tree; never git's own folder, by any of the names that git takes for it, and never in a submodule or another
 *                 repository that stands in the tree
 *   of the run    below the folder that a run has for itself; never that folder as a whole
 *
 * Neither is absolute unless below its root, leads through "..", or through a symbolic link (openat2 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS, at the moment of
 * the access). Paths are bytes. */
#pragma once

#include "base/fs.h"

/* Does git take a file of this name for its own folder, here or on a file system of Windows or macOS? Rules: is_ntfs_dotgit and is_hfs_dotgit of git's
 * path.c and utf8.c. */
bool beneath_is_git(const char *name, gsize length);
/* Why this cannot be a path of a tree, by its text alone: "is absolute", …; NULL: it can. Static. */
const char *beneath_refuses(const char *path);

typedef struct Beneath Beneath;
/* Both refuse with UNTRUSTED_PATH. A path may be absolute where it names a place below the root. */
Beneath *beneath_tree(const char *tree, const char *path, GError **error);
Beneath *beneath_run(const char *work_dir, const char *path, GError **error);
/* The top of a tree: to be read, and for a program to start in. */
Beneath *beneath_top(const char *tree);
void beneath_free(Beneath *place);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Beneath, beneath_free)

bool beneath_is_of_run(const Beneath *place);
const char *beneath_path(const Beneath *place); /* absolute; for messages, and for programs */
/* A place below a place, or with "." the same; same kind, same rules. */
Beneath *beneath_inner(const Beneath *place, const char *path, GError **error);

/* As in base/fs.h. */
FsKind beneath_kind(const Beneath *place);
bool beneath_is_folder(const Beneath *place);
GBytes *beneath_read(const Beneath *place, gsize limit, GError **error);
bool beneath_write(const Beneath *place, GBytes *bytes, mode_t mode, GError **error);
bool beneath_unlink(const Beneath *place, GError **error);
void beneath_drop_temporary(const Beneath *place);
/* A folder (a missing one is made), or UNTRUSTED_PATH. */
bool beneath_make_folder(const Beneath *place, GError **error);
/* Removes a folder and all in it; a missing one is done. */
bool beneath_remove(const Beneath *place, GError **error);
