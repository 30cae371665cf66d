/* What may be started before a person has said yes. Private to process.c and to its own two files; the public part stands in process.h. */
#pragma once

#include "base/process.h"

/* The spec's program, as an absolute path. NULL: PROGRAM_MISSING or, while planning, PROGRAM_REFUSED. g_free. */
char *process_guard_find(const ProcessSpec *spec, GError **error);
/* A child's environment; while planning, without what would lead it to programs of a repository. Takes env. NULL: what it names cannot be known; GIT_KILLED,
 * TOO_LARGE. */
char **process_guard_environment(const ProcessSpec *spec, char **env, GError **error);
/* The top of the work tree that holds a folder; NULL: it is in none. g_free. */
char *process_guard_top(const char *folder);
/* Of git's environment: the repository's own configuration names no program in it. Takes env. NULL as above. */
char **process_guard_git(const ProcessSpec *spec, char **env, GError **error);
