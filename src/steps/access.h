/* What the forge says about the one who releases: asked before anything happens. */
#pragma once

#include "steps/step.h"

/* Adds to the plan, as notes, which forge it is, who speaks to it with which token, and what the forge does otherwise than others; and as problems what the
 * token lacks, a release of this tag that is there already, and open issues that block. Without a token the forge is asked nothing. Sets release->closed. */
void release_check_forge(Release *release, Plan *plan);
