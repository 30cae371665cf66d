/* Manifests: files that carry the project's version, edited losslessly: only the bytes of the version change. Pure: bytes in, bytes out.
 *
 * One format, one file, one row in formats.def. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Where a version stands: the bytes of its value, without quotes. */
typedef struct {
    gsize offset, length;
    guint line, column; /* from 1 */
    char *value;
} ManifestPlace;
void manifest_place_free(ManifestPlace *place);

typedef struct {
    const char *name;
    const char *doc;
    bool pep440; /* carries the PEP 440 form of a version */
    /* Is a file of this path likely of this format? NULL: never by itself. */
    bool (*claims)(const char *path);
    /* The places of the version, of ManifestPlace*, in order; empty: the file carries none. pattern: of the rule format, else NULL.
     * NULL and PARSE with path:line where the file cannot be understood. */
    GPtrArray *(*find)(const char *path, GBytes *bytes, const char *pattern, GError **error);
} ManifestFormat;

const ManifestFormat *const *manifest_formats(void); /* NULL-ended */
const ManifestFormat *manifest_format_by_name(const char *name);

/* The file with every place changed from old_value to new_value. Checks that each place says old_value before and new_value after, and that nothing else
 * changed. Errors: PARSE, VERSION_NOT_FOUND, VERSIONS_DISAGREE. */
typedef struct {
    const ManifestFormat *format;
    const char *path;
    const char *pattern; /* of a rule, else NULL */
} ManifestFile;
GBytes *manifest_set(const ManifestFile *file, GBytes *bytes, const char *old_value, const char *new_value, GError **error);

/* What pyproject.toml says beside the version; NULL / false where it says nothing. g_free. */
char *manifest_pyproject_name(GBytes *bytes);
char *manifest_pyproject_backend(GBytes *bytes);   /* build-system.build-backend */
bool manifest_pyproject_is_package(GBytes *bytes); /* has [project] or [tool.poetry], or names a backend */
/* [tool.hatch.version] path, or the module of [tool.setuptools.dynamic] version.attr as a path ("pkg/__init__.py" is tried as "pkg"): where a dynamic version
 * stands. */
char *manifest_pyproject_version_path(GBytes *bytes);
