/* How a git process ended: the one place that reads its exit status, its signal and its words. Nobody else looks at them.
 *
 * Only GIT_DONE and GIT_NO are answers. A git that was killed, that ran out of time or that found a lock in its way has said nothing, whatever it printed. */
#pragma once

#include "base/process.h"
#include "git/git.h"

/* of a call that speaks with a remote: `remote` */
GitEnd git_end_of(const ProcessResult *result, bool remote);
/* What there is to say of an end that is no answer. Codes: INTERRUPTED, GIT_KILLED, TIMEOUT, GIT_LOCKED, TOO_LARGE, NO_REPOSITORY, PERMISSION,
 * REMOTE_UNREACHABLE, REPOSITORY. */
void git_end_error(GitEnd end, const GitCall *call, const ProcessResult *result, GError **error);
