/* What an aborted release leaves on the remote in refs/slipway: looked at, not remembered. */
#pragma once

#include "engine/engine.h"
#include "git/git.h"

/* {seen, remote, refs: {ref: id}, why, remove}. `remove` is the command that removes them. Not seen: `why` says why not, there is no `remove`, and `refs` is
 * empty. NULL: nothing stays, or the release was not told to others. New reference. */
json_t *stays_look(const Git *git, const Engine *engine);
/* On stdout, after the line that says that the run is aborted. */
void stays_print(const json_t *stays);
