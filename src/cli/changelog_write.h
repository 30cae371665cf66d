/* Writing the changelog as a small plan: shown with --dry-run, journaled otherwise. */
#pragma once

#include "project/world.h"

/* after: the whole file. Says so when nothing changes. Returns the exit status. */
int changelog_write(const World *world, GBytes *after, bool dry_run, GError **error);
