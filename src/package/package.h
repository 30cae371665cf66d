/* Packages: what artifacts must be, read from their bytes. Archives are hostile: listed and hashed in a stream, never unpacked to disk, bounded in members and
 * size.
 *
 * Rules: packaging.python.org "binary distribution format", "source distribution format", "core metadata", "recording installed projects". */
#pragma once

#include "base/error.h"
#include "base/jsonx.h"

typedef struct {
    char *kind;    /* "wheel", "sdist", "file" */
    char *name;    /* from the metadata; NULL for a plain file */
    char *version; /* as the metadata has it */
    char *summary, *requires_python;
    GPtrArray *requires;  /* of char*: Requires-Dist without extras' ones */
    GPtrArray *top_level; /* of char*: importable top-level names of a wheel, sorted */
    GPtrArray *problems;  /* of char*: what is wrong; empty: all checked is right */
    GPtrArray *warnings;  /* of char*: what installers take and some index refuses */
} Package;
void package_free(Package *package);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Package, package_free)

/* Looks at one file; which kind it is follows from its name. For a wheel: name parts = metadata, METADATA, WHEEL, RECORD complete and every hash right, no
 * escaping or doubled path. For an sdist: one top folder, PKG-INFO, name and version = file name's. Error only when the file cannot be read at all. */
Package *package_read(const char *path, GError **error);
/* "wheel", "sdist" or "file", by the file name alone. */
const char *package_kind(const char *name);
/* Normalised for file names (packaging.python.org "binary distribution format"): runs of -_. become one "_", lower case. g_free. */
char *package_normalise(const char *name);
/* Text of SHA256SUMS for the regular files in a folder, sorted by bytes, base names; `except` names one to leave out (itself). g_free.
 * Hidden files are left out. Error UNTRUSTED_PATH for a name that would break a line. */
char *package_sums(const char *folder, const char *except, GError **error);
/* The other way: name → digest, both char*. Error PARSE names `where` and the line; names with a "/" are refused. */
GHashTable *package_sums_parse(const char *text, const char *where, GError **error);
