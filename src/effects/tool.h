/* Which version of its tool a gate would run: what `PROGRAM --version` says, and of `python -m MODULE` the module's version too. What stands in the work tree
 * is never run for that: a tracked file is told by its content, another by its size and time, as is a program that does not answer within two seconds. */
#pragma once

#include <glib.h>

/* words: of the command, NULL-ended; cwd: where it runs; tree, commit: see effects/inputs.h. NULL: it cannot be found. Asked once in a process. g_free. */
char *effects_tool_version(const char *const *words, const char *cwd, const char *tree, const char *commit);
