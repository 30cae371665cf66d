/* `slipway verify --draft` and `--published`: a release at the forge, held against what was planned. */
#pragma once

#include "cli/session.h"

/* The draft of the unfinished release. Returns the exit status. */
int verify_draft(bool json, GError **error);
/* A public release, as a stranger has it; wanted: a version; NULL: the newest final one. */
int verify_published(const char *wanted, bool json, GError **error);
