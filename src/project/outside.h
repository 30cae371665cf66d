/* Places outside of the work tree that only the repository names (slipway.yaml, a record of another clone): used where the user's own configuration allows
 * them, slipway.allow-path. Which keys may name one: those of config.def with `.outside`. */
#pragma once

#include "project/world.h"

/* The place that a path names, absolute: ~/… is the user's, and what leads out of the tree begins at the clone's own, also where a plan is made again in
 * another. g_free. */
char *outside_place(const World *world, const char *path);
/* Is it of the tree, the directory forge below .git/slipway, or allowed? CONFIG, with `what` ("slipway.yaml: forge.path"), or GIT_KILLED. */
bool outside_check(const World *world, const char *what, const char *path, GError **error);
/* The same of a key of the configuration; what the environment says is the user's own word. */
bool outside_check_key(const World *world, const char *key, GError **error);
