/* The lease on a release, for those who do more than write with it. */
#pragma once

#include "share/share.h"

/* journal.share is off now, whatever the plan says: what cannot be told stops nothing. */
void share_go_alone(Share *share);
/* Has this clone a lease of the name, as far as it knows by itself? A write whose answer was lost counts. */
bool share_has_lease(const Git *git, const char *name, bool *has, GError **error);
