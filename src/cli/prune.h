/* What slipway keeps below git_dir/slipway and need not keep for ever: folders of runs, proofs of gates, cache. The journal, the forge and whatever else is
 * there are not looked at; nothing is reached through a symbolic link. */
#pragma once

#include "git/git.h"
#include "store/journal.h"

typedef struct {
    const char *kind; /* "run", "proof", "cache" */
    char *name;
    GPtrArray *paths; /* of char*, below the state folder */
    gint64 last;      /* when it was last of use: seconds UTC */
    guint64 bytes;
    const char *kept; /* why it stays; NULL: it goes */
} PruneItem;

/* "30d", "12h", "4w", "90m" as seconds. USAGE for anything else. */
bool prune_duration(const char *text, gint64 *seconds, GError **error);
/* Of PruneItem*: all there is, the newest last of each kind. What was of use at `before` or later stays, and what an unfinished run or the last published one
 * of each project needs. Reads only. */
GPtrArray *prune_find(Journal *journal, const char *state_dir, gint64 before, GError **error);
/* Removes one; again, where it was cut off, is right. */
bool prune_remove(const Git *git, const char *state_dir, const PruneItem *item, GError **error);
/* Makes git forget linked work trees of runs whose folders are gone. */
bool prune_worktrees(const Git *git, const char *state_dir, GError **error);
