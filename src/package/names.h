/* Names of members: what they must not be, whoever wrote them. Private to this folder. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* What is wrong with a member's path ("it leads out of the archive"), as the end of a sentence; NULL: it is plain. A "/" at the end is a fault here. Static. */
const char *package_name_fault(const char *path);
/* Whether the target of a symbolic link at `path` stays inside the folder that the archive is unpacked to. */
bool package_link_stays(const char *path, const char *target);
/* The form under which file systems without case take two paths for one. g_free. */
char *package_name_folded(const char *path);
