/* What the files of a release that is out are, on another word than that of the forge that has them. */
#pragma once

#include "steps/published.h"

/* [{name, size, sha256}] as this clone's journal has them of a release that it made, or took over; empty: it had no packages. New reference; NULL: the journal
 * does not say it, and *why (g_free) says why not. */
json_t *release_journaled_files(const World *world, const char *tag, char **why);
/* The same; where the journal does not know the release, as its SHA256SUMS says, if the key that signs releases here (signature.kind, signature.key) has
 * signed it. NULL: nobody says it but the forge, and *why says of the journal why not. */
json_t *release_trusted_files(const World *world, const char *tag, const Published *published, char **why);
