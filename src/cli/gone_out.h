/* A release that was aborted although its tag is on the remote. */
#pragma once

#include "cli/session.h"

/* The push was tried, and the server took the tag without the branch: to `abort` that is no push of ours.
 * The very tag that the release made is out for all that, so its version is burned for every clone; on standard error it is said, and what to do where that is
 * not possible. Nothing where the release is not aborted, or its tag is not there. */
void gone_out_burn(const Session *session, const char *id);
