/* What the files of git/ share. */
#pragma once

#include "git/git.h"

/* An address as it may be shown: without user and password, without query, tokens in its path masked; "git@host:path" stays. g_free. */
char *git_shown_address(const char *url);
/* Tells base/secret what passwords and tokens git's configuration holds for its way to remotes, before it goes there. Once for each repository. */
void git_learn_secrets(const Git *git);
