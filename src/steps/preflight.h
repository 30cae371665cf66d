/* The checks of preflight that stand in files of their own. Each adds what stands in the way to the plan's problems, and touches nothing. */
#pragma once

#include "steps/step.h"

/* Names that git would refuse only in the middle of the release, and names for which there is no room beside those that are there. */
void preflight_names(const Release *release, Plan *plan);
