/* Patterns for paths, as in .gitignore files: `*` and `?` and `[…]` stay within one folder, `**` stands for any number of them, a name of a folder (with or
 * without a slash at its end) stands for all below it. Paths are relative, bytes, divided by slashes. */
#pragma once

#include <glib.h>
#include <stdbool.h>

bool glob_match(const char *pattern, const char *path);
/* Whether any of the patterns (NULL-ended) matches. */
bool glob_match_any(const char *const *patterns, const char *path);
/* The folder that all that can match is below, by the pattern's own words ("build/reports" of "build/reports/x-*.xml"); "" where that is the top. g_free. */
char *glob_root(const char *pattern);
