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

/* A glob of "*" (any bytes, "/" too) and "?" (one byte) against a name, byte by byte: GLib's patterns want UTF-8 and break where there is none. At most length
 * of the glob times length of the name steps. */
bool package_name_matches(const char *glob, const char *name);
/* A hash of names that come from outside: its key is made up by each process, so that nobody can choose names that collide and make a table slow. For
 * g_hash_table_new in place of g_str_hash. */
guint package_name_hash(gconstpointer name);
/* The same, part by part: *state begins at 0; what it is behind each byte is package_name_fold's to say. */
void package_name_step(guint64 *state, guint8 byte);
guint package_name_fold(guint64 state);
