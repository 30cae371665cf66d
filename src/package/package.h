/* Packages: what artifacts must be, read from their bytes. Archives are hostile: listed and hashed in a stream, never unpacked to disk, bounded in members and
 * size.
 *
 * Order of calls: package_read for each file, then package_render for all of them at once (the one check that needs another program), then look at findings and
 * at what was not checked. What was not checked is never shown as passed.
 *
 * Rules: packaging.python.org "binary distribution format", "source distribution format", "core metadata", "recording installed projects",
 * "dependency specifiers", "license expression". */
#pragma once

#include "base/error.h"
#include "base/jsonx.h"

typedef enum { PACKAGE_PROBLEM, PACKAGE_WARNING, PACKAGE_NOTE } PackageSeverity;

/* Who refuses it or says so. */
typedef enum { PACKAGE_AT_TWINE = 1, PACKAGE_AT_INDEX = 2, PACKAGE_AT_SPEC = 4 } PackageWhere;

typedef enum {
#define PACKAGE_CHECK(id, code, severity, where) PACKAGE_CHECK_##id,
#include "package/checks.def"
#undef PACKAGE_CHECK
    PACKAGE_CHECK_COUNT
} PackageCheck;

typedef struct {
    PackageCheck check;
    const char *code; /* stable, from checks.def */
    PackageSeverity severity;
    guint where; /* of PackageWhere */
    char *text;  /* from outside in parts: escape it before it is shown */
} PackageFinding;

/* What could not be checked, and why. */
typedef struct {
    char *code, *what, *why;
} PackageUnchecked;

typedef struct {
    char *kind;    /* "wheel", "sdist", "npm", "crate", "archive", "file": see kinds.def */
    char *name;    /* from the metadata; NULL for a plain file */
    char *version; /* as the metadata has it */
    char *summary, *requires_python;
    char *rst;            /* the description that package_render is to look at; NULL: none, or none that could fail */
    GPtrArray *requires;  /* of char*: Requires-Dist without extras' ones */
    GPtrArray *top_level; /* of char*: importable top-level names of a wheel, sorted */
    GPtrArray *findings;  /* of PackageFinding*, in the order they were made */
    GPtrArray *problems;  /* of char*, borrowed: the texts of findings that are problems; empty: all that was checked is right */
    GPtrArray *warnings;  /* the same of warnings */
    GPtrArray *unchecked; /* of PackageUnchecked* */
} Package;
void package_free(Package *package);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Package, package_free)

/* Looks at one file; which kind it is follows from its name, and from its contents where names of several kinds end alike (.tar.gz, .tgz). Every kind: no path
 * that leads out or is there twice, no bomb, no secret, no litter. For a wheel: name parts = metadata, METADATA, WHEEL, RECORD complete and every hash right,
 * no escaping or doubled path. For an sdist: one top folder, PKG-INFO, name and version = file name's. Error only when the file cannot be read at all. */
Package *package_read(const char *path, GError **error);
/* The same with what the project allows. */
typedef struct {
    const char *const *allow_secrets; /* globs of members that may hold keys and tokens; NULL-ended or NULL */
} PackageRules;
Package *package_read_with(const char *path, const PackageRules *rules, GError **error);
/* Many at once, on up to four threads: Package* in the order of `paths` (of char*). Error: the first of them that cannot be read. */
GPtrArray *package_read_all(const GPtrArray *paths, GError **error);
/* In place of a file that SHA256SUMS names and that is not there. */
Package *package_lost(const char *name);
/* Renders the reStructuredText descriptions of these packages (of Package*) by one process of `python` with Debian's readme_renderer, bounded in time and
 * memory. Starts nothing where no package has one. What could not be rendered stays not checked, with the reason. `cancel` may be NULL. */
void package_render(GPtrArray *packages, const char *python, const gint *cancel);
#define PACKAGE_PYTHON "/usr/bin/python3"
/* Problems first, then warnings, then notes; within, by code and text. */
void package_sort(Package *package);
const char *package_severity_name(PackageSeverity severity); /* "problem", "warning", "note" */
const char *const *package_where_names(guint where);         /* NULL-ended, of "twine", "index", "spec"; static */
/* {code, severity, text, where[]} and {code, what, why}. New references. */
json_t *package_finding_json(const PackageFinding *finding);
json_t *package_unchecked_json(const PackageUnchecked *unchecked);

/* The likeliest kind by the file name alone. */
const char *package_kind(const char *name);
/* Normalised for file names (packaging.python.org "binary distribution format"): runs of -_. become one "_", lower case. g_free. */
char *package_normalise(const char *name);
/* Text of SHA256SUMS for the regular files in a folder, sorted by bytes, base names; `except` names one to leave out (itself). g_free.
 * Hidden files are left out. Error UNTRUSTED_PATH for a name that would break a line. */
char *package_sums(const char *folder, const char *except, GError **error);
/* The other way: name → digest, both char*. Error PARSE names `where` and the line; names with a "/" are refused. */
GHashTable *package_sums_parse(const char *text, const char *where, GError **error);
/* Compares a file with its line in `sums`; a missing line is a warning. Error IO when the file cannot be read. */
bool package_check_sum(Package *package, const char *path, GHashTable *sums, GError **error);
