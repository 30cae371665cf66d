/* Linked work trees of a run. */
#pragma once

#include "effects/artifact.h"

/* A git that adds, lists or prunes linked work trees: one at a time, for it reads all of them and fails over one that another is just making or removing. As
 * git_call. */
char *effects_worktree_call(const Git *git, const GitCall *call, GError **error);
/* Removes the linked work tree at a place of the run and git's record of it; a missing one is done. */
bool effects_remove_worktree(EffectRun *run, const Beneath *place, GError **error);
