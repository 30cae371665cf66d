/* What the user himself allows, in his own configuration of git (system, global, command line). A repository's own may have come with it and counts for nothing
 * here.
 *
 * slipway.allow-path lists places outside of a work tree that a repository may name. Rule: docs/guide.md, "Looking at what is not yours". */
#pragma once

#include "base/error.h"

/* The values that a name has there; empty: none. NULL with error: git could not be asked. g_strfreev. */
char **allowed_values(const char *name, GError **error);
/* ~/… is the user's. g_free. */
char *allowed_expand(const char *path);
/* Absolute, through no symbolic link as far as it exists. path: absolute. g_free. */
char *allowed_real(const char *path);
/* At or below the folder, and in no git's own folder on the way there. Both by allowed_real. */
bool allowed_covers(const char *folder, const char *real);
/* *allowed: does one of slipway.allow-path cover it? real: by allowed_real. false with error: git could not be asked. */
bool allowed_path(const char *real, bool *allowed, GError **error);
