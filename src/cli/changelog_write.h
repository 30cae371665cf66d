/* Writing the changelog as a small plan: shown with --dry-run, journaled otherwise. */
#pragma once

#include "engine/plan.h"
#include "project/world.h"

/* after: the whole file. Says so when nothing changes. Returns the exit status. */
int changelog_write(const World *world, GBytes *after, bool dry_run, GError **error);
/* The same for any files: adds them ({path, …} of write-files; taken) to the plan (taken) and runs it. */
int changelog_run(Plan *plan, json_t *files, bool dry_run, GError **error);
