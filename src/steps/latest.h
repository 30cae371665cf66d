/* The rule of `latest`: the newest stable release, and never back to an older one. */
#pragma once

#include "steps/step.h"

/* The newest stable release there will be: this one, unless a higher one is out already, by the forge, or where it cannot be asked by the tags. NULL: this one
 * is a pre-release and there is no other. g_free. */
char *release_newest_stable(const Release *release);
