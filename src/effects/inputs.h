/* What a gate looks at, as one digest: the tracked files of a work tree by their ids in git, those that differ from HEAD or that git does not know yet by their
 * content. Read once in a process for each tree and commit. */
#pragma once

#include "git/git.h"

/* commit: the candidate, whose tree the work tree has; NULL: the work tree as it is. globs: NULL-ended; none: all. NULL without error: it cannot be known (no
 * commit yet, submodules with changes, too much that git does not know). g_free. */
char *effects_inputs_digest(const char *tree, const char *commit, const char *const *globs, GError **error);
/* The id of one file among them; NULL: it is none of them. g_free. */
char *effects_inputs_file(const char *tree, const char *commit, const char *path, GError **error);
