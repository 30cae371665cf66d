/* An archive of sources written anew, so that its bytes depend on its files alone: what older setuptools makes differs from build to build in times and owners.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* A .tar.gz in place: members sorted, times the epoch, no owners, gzip without time (see package/pack.h). Folders without files go. Errors: PARSE for what is
 * no such archive or holds a member that is neither folder, link nor a file of at most 16 MiB; those of package_pack. Memory: the content of the archive, at
 * most 1 GiB. */
bool package_repack(const char *path, gint64 epoch, GError **error);
