/* A plan of another clone, planned again by this one: from the same commit, configuration, arguments and time. */
#pragma once

#include "cli/session.h"

/* What this clone plans by itself of what was asked for there: release (version, tag, request), time, world (head, remote_base). Nothing of it is executed. */
Plan *again_plan(const Session *session, const Plan *theirs, GError **error);

/* Is all that the plan does what this clone plans by itself? What is not is shown in full on stderr, and asked for one by one on a terminal, by its id;
 * `accepted` (NULL-ended, or NULL) are ids that a person named beforehand. A plan that this clone made or accepted before is its own. Errors PLAN_STALE, USAGE
 * (an id that is none of those), those of planning. */
bool again_check(const Session *session, const Plan *theirs, const char *command, const char *const *accepted, GError **error);
