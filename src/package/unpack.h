/* Unpacking, for the one who installs: an artifact that is tried must lie somewhere. Nothing is unpacked to be looked at. */
#pragma once

#include "base/error.h"

/* Unpacks a tar (plain, gzip, zstd, xz, bzip2) or zip archive into the folder INTO, which exists and is empty. Regular files and folders alone, with modes 0644
 * or 0755, below INTO; bounded in members and bytes. PACKAGE names the member that leads out, is there twice, is a link or a device, or is one too many. */
bool package_unpack(const char *path, const char *into, GError **error);
