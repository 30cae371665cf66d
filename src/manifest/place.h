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
/* What a manifest says beside the version, while it is read: the first name, and the folders of its members. */
typedef struct {
    const char *text;
    char *name;
    GPtrArray *folders;
} ManifestRest;
ManifestRest manifest_rest_begin(GBytes *bytes, gsize *length);
/* The words of that many bytes at offset. */
void manifest_rest_add_name(ManifestRest *rest, gsize offset, gsize length);
void manifest_rest_add_folder(ManifestRest *rest, gsize offset, gsize length);
/* End it with one of them: the name (g_free; NULL: it says none), the folders (g_strfreev). */
char *manifest_rest_name(ManifestRest *rest);
char **manifest_rest_folders(ManifestRest *rest);
/* Line (from 1) of an offset. */
guint manifest_line(const char *text, gsize offset);
