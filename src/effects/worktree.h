/* Linked work trees of a run. */
#pragma once

#include "effects/repository.h"

/* Removes the linked work tree at `path` and git's record of it; a missing one is done. */
bool effects_remove_worktree(EffectRun *run, const char *path, GError **error);
