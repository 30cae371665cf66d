/* What the files of git/ share. */
#pragma once

#include "git/git.h"

/* Where a push to the remote goes, as the configuration has it, secrets included: not to be shown. char*. */
GPtrArray *git_push_urls(const Git *git, const char *remote, GError **error);
/* Tells base/secret what passwords and tokens git's configuration holds for its way to remotes, before it goes there. Once for each repository. What cannot be
 * learned is an error: git's own words could show it. */
bool git_learn_secrets(const Git *git, GitEnd *end, GError **error);
