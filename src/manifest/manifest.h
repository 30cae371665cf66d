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

/* How a format writes a version. */
typedef enum {
    MANIFEST_SEMVER,
    MANIFEST_PEP440,
    MANIFEST_NUMBERS /* digits and dots only: no pre-release can be written */
} ManifestScheme;

typedef struct {
    const char *path;
    GBytes *bytes;
    const char *pattern;      /* of a rule, else NULL */
    guint count;              /* of a rule: how often it must match; 0: once */
    const char *const *names; /* of the packages whose version this is, for files that hold others', too; NULL: not known */
} ManifestQuery;

typedef struct {
    const char *name;
    const char *doc;
    ManifestScheme scheme;
    bool lock;  /* follows a manifest, and is never by itself what the project's version is */
    bool loose; /* may hold versions of other things: only what says the project's version counts */
    /* Is a file of this path likely of this format? NULL: never by itself. */
    bool (*claims)(const char *path);
    /* The places of the version, of ManifestPlace*, in order; empty: the file carries none. NULL and PARSE with path:line where the file cannot be
     * understood. A value that is made elsewhere (${…}, {{…}}, @…@) is no place. */
    GPtrArray *(*find)(const ManifestQuery *query, GError **error);
    /* The package's own name; NULL: it says none. g_free. NULL: the format has none. */
    char *(*package)(GBytes *bytes);
    /* Folders whose manifests belong to it, as globs ("crates/ *" without the blank). g_strfreev. NULL: the format has none. */
    char **(*members)(GBytes *bytes);
} ManifestFormat;

const ManifestFormat *const *manifest_formats(void); /* NULL-ended */
const ManifestFormat *manifest_format_by_name(const char *name);

/* The file with every place changed from old_value (NULL: whatever it is) to new_value. Checks that each place says old_value before and new_value after, and
 * that nothing else changed. Errors: PARSE, VERSION_NOT_FOUND, VERSIONS_DISAGREE. */
typedef struct {
    const ManifestFormat *format;
    const char *path;
    const char *pattern; /* of a rule, else NULL */
    guint count;
    const char *const *names;
} ManifestFile;
GBytes *manifest_set(const ManifestFile *file, GBytes *bytes, const char *old_value, const char *new_value, GError **error);

/* What pyproject.toml says beside the version; NULL / false where it says nothing. g_free. */
char *manifest_pyproject_backend(GBytes *bytes); /* build-system.build-backend */
/* The names of build-system.requires, as written. Of char*; never NULL. */
GPtrArray *manifest_pyproject_requires(GBytes *bytes);
bool manifest_pyproject_is_package(GBytes *bytes); /* has [project] or [tool.poetry], or names a backend */
/* [tool.hatch.version] path, or the module of [tool.setuptools.dynamic] version.attr as a path ("pkg/__init__.py" is tried as "pkg"): where a dynamic version
 * stands. */
char *manifest_pyproject_version_path(GBytes *bytes);
/* The version comes out of the tags: setuptools-scm, hatch-vcs and their kin; there is nothing to edit then. */
bool manifest_pyproject_is_tagged(GBytes *bytes);
