/* The review of a draft, done by machine: what stands at the forge against what was planned, as a table. */
#pragma once

#include "cli/session.h"

/* Reads the draft of an unfinished run back. *review: {release, url, ok, checked: [{what, planned, is, ok}], edited?}, also where it is not as planned
 * (NOT_VERIFIED); NULL where there is none to read: NO_RELEASE. New reference. */
bool review_make(const Session *session, const char *run_id, json_t **review, GError **error);
void review_print(const json_t *review);
