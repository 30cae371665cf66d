/* The rule of `latest`: it is the newest stable release, so an older one (a hotfix of an old line) never becomes it. The plan decided; because others may have
 * published since, the rule is asked again just before a change. */
#pragma once

#include "forge/forge.h"

/* The newest stable public release of the same project (whose tags have the same words before the version) that is newer than tag. NULL: none. g_free. */
char *effects_newer_release(const GPtrArray *releases, const char *tag);
