/* Looks for what must not be in a package: secrets (errors), files that git-lfs did not fetch (errors); and, once its kind is known, litter (warnings). The
 * rules are rows of secrets.def. Private to this folder.
 *
 * One pass over the bytes, whatever the number of rules; a token may lie across the border of two pieces. What is found is named by member, line and rule; of
 * the secret itself the first four characters and the length are shown, no more. */
#pragma once

#include "package/parts.h"

typedef struct PackageScan PackageScan;
/* allow: globs of members in which secrets are in order (keys of tests); NULL-ended, or NULL. Borrowed. */
PackageScan *package_scan_new(Package *package, const char *const *allow);
void package_scan_free(PackageScan *scan);
/* A member: its name is looked at. path is borrowed until the next one begins. */
void package_scan_begin(PackageScan *scan, const char *path);
/* Its bytes, in pieces; last: no more will come. */
void package_scan_data(PackageScan *scan, const guint8 *bytes, gsize length, bool last);

/* caches: Python's too, where no check of the kind itself looks for them. */
void package_check_litter(Package *package, const PackageMembers *members, bool caches);
