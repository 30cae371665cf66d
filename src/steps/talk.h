/* What a release says at its forge: that it waits for a sign-off, and that it is out. Each only where the configuration asks for it. */
#pragma once

#include "steps/step.h"

/* sign-off.issue: the issue that asks for it. NULL: none is opened. The effect's id, static. */
const char *release_add_issue(Release *release, Plan *plan);
/* forge.comment: on the pull requests of the release, and on the issue above that it is out. */
void release_add_comments(const Release *release, Plan *plan);
