/* Core metadata: how METADATA and PKG-INFO are read and what their fields must be. Private to this folder.
 *
 * Rules: packaging.python.org "core metadata specifications"; lines are read as Python's email parser reads them, since that is what every reader uses. */
#pragma once

#include "package/parts.h"

typedef struct {
    char *name;
    char *value; /* blanks before it left out; folded lines as they stand, with "\n" between */
    guint line;  /* from 1 */
} PackageField;

typedef struct {
    GPtrArray *fields; /* of PackageField* */
    const char *body;  /* borrowed from the text that was parsed */
    guint broken_line; /* the first line that is neither a field nor its continuation, at which reading stops as at an empty one; 0: none */
    bool too_many;     /* more fields than are read */
} PackageHeaders;
PackageHeaders *package_headers_parse(const char *text);
void package_headers_free(PackageHeaders *headers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PackageHeaders, package_headers_free)
/* The first field of that name (without regard to case) from *at on; *at, if given, moves behind it. NULL: none. Borrowed. */
const PackageField *package_headers_get(const PackageHeaders *headers, const char *name, guint *at);

typedef struct {
    Package *package;
    const PackageMembers *members;
    const PackageHeaders *headers;
    const char *where;    /* the member's path */
    const char *licenses; /* the folder of License-File's paths, with "/" */
    guint version;        /* 21 for 2.1; 0: not known */
} Metadata;

/* Checks of one field each, named in fields.def; `value` has no blanks around it. */
typedef void PackageFieldCheck(Metadata *metadata, const PackageField *field, const char *value);
#define METADATA_FIELD(name, since, count, check) extern PackageFieldCheck package_field_##check;
#include "package/fields.def"
#undef METADATA_FIELD
/* Is this a field of any version of core metadata, by name without regard to case? */
bool package_field_is_known(const char *name);

/* The rules of names: of packages and of extras. */
bool package_name_is_valid(const char *name);

/* Dependency specifiers: NULL when `text` is one, else what is wrong with it (g_free). *url, if given, tells whether it names one. */
char *package_requirement_problem(const char *text, bool *url);
char *package_specifiers_problem(const char *text);

/* SPDX. NULL and the canonical form (g_free both), or what is wrong. *deprecated, if given, becomes the first deprecated identifier (static) or NULL. */
char *package_license_problem(const char *text, char **canonical, const char **deprecated);

bool package_url_is_valid(const char *url);
/* One address of a list "Name <a@b>, c@d". */
typedef enum { PACKAGE_EMAIL_RIGHT, PACKAGE_EMAIL_BROKEN, PACKAGE_EMAIL_RESERVED } PackageEmail;
PackageEmail package_email(const char *address);

/* What stands in several fields at once. */
void package_check_description(Metadata *metadata);
void package_check_licenses(Metadata *metadata);
void package_check_classifiers(Metadata *metadata);
void package_check_extras(Metadata *metadata);
void package_check_labels(Metadata *metadata);
void package_check_imports(Metadata *metadata);
