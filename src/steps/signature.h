/* How SHA256SUMS is signed. */
#pragma once

#include "steps/step.h"

/* {kind, key, program} as signature.kind and signature.key say; NULL without error: it is not signed. SIGNING when git is to be followed and has no key that
 * can be used here. New reference. */
json_t *release_signature(const World *world, GError **error);
/* To be checked as that of a release: at its tag's own time, as git does, where the tag is here. */
bool release_signature_when(const World *world, const char *tag, json_t *spec, GError **error);
/* Signs for a try. True: it is not signed, or it can be. */
bool release_try_signature(const World *world, GError **error);
