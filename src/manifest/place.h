/* Shared by the formats. */
#pragma once

#include "manifest/manifest.h"

GPtrArray *manifest_places_new(void);
/* Adds the place at offset, with its line and column. text: the whole file. */
void manifest_places_add(GPtrArray *places, const char *text, gsize offset, gsize length);
/* Could this be a version, rather than a variable or a range? Begins with a digit and holds only what versions are made of. */
bool manifest_is_value(const char *text, gsize length);
/* Is this the name of the file at the end of the path? */
bool manifest_is_named(const char *path, const char *name);
/* Says that a file is not of its format at this line (from 1). Returns NULL. */
GPtrArray *manifest_broken(const char *path, guint line, const char *what, GError **error);
/* Line (from 1) of an offset. */
guint manifest_line(const char *text, gsize offset);
