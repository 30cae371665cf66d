/* What the files of a release that is out are, on another word than that of the forge that has them. */
#pragma once

#include "steps/published.h"

/* [{name, size, sha256}] as this repository's journal has them of a release that this clone made, or took over. New reference; NULL: it does not know it. */
json_t *release_journaled_files(const World *world, const char *tag);
/* The same; where the journal does not know the release, as its SHA256SUMS says, if the key that signs releases here (signature.kind, signature.key) has
 * signed it. NULL: nobody says it but the forge. */
json_t *release_trusted_files(const World *world, const char *tag, const Published *published);
