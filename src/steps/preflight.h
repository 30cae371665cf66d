/* The checks of preflight that stand in files of their own. Each adds what stands in the way to the plan's problems, and touches nothing. */
#pragma once

#include "steps/step.h"

/* Names that git would refuse only in the middle of the release, and names for which there is no room beside those that are there. */
void preflight_names(const Release *release, Plan *plan);
/* One address to push to, and a server that would take the push. That it does not know this user is a note: a plan needs no right to push. */
void preflight_push(const Release *release, Plan *plan);
/* The trial of the push alone. PERMISSION, PUSH_REJECTED. */
bool preflight_try_push(const World *world, const char *tag, GError **error);
/* What of this machine would stop a release in its middle: locks of git that lie there, no place for temporary files, a clock that is behind. */
void preflight_machine(const Release *release, Plan *plan);
