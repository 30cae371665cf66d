/* `slipway version parse|compare|sort`: versions as scripts need them; no repository is wanted. */
#pragma once

#include "base/error.h"

/* args[0] is one of the three words, the rest versions, or "-" for one a line on standard input. scheme: semver, pep440 or NULL. Returns the exit status. */
int version_strings(char **args, const char *scheme, bool json, GError **error);
bool version_strings_is(const char *word);
