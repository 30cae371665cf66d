/* What gates and builds leave in the work tree: files that were not there before, and that git neither knows nor ignores. */
#pragma once

#include "engine/engine.h"
#include "git/git.h"

/* Does a plan of this command run programs that can leave something in the work tree? */
bool left_by(const char *command);
/* On stderr, with the commands that lead out. left NULL: it could not be looked at; nothing where it is empty. */
void left_print(const Git *git, const GPtrArray *left);
/* Their names; null: it was not looked at. New reference. */
json_t *left_json(const GPtrArray *left);
