/* One version under either scheme, for what does not care which: reading, writing and comparing texts. Pure. */
#pragma once

#include "version/pep440.h"
#include "version/version.h"

typedef enum { VERSION_SEMVER, VERSION_PEP440 } VersionScheme;

/* Exactly one of the two is set; their parts are read there. Both are owned. */
typedef struct {
    VersionScheme scheme;
    Version *semver;
    Pep440 *pep440;
} AnyVersion;

/* name: "semver", "pep440" or NULL for SemVer. USAGE for another. */
bool version_scheme_by_name(const char *name, VersionScheme *scheme, GError **error);
const char *version_scheme_name(VersionScheme scheme);

/* BAD_VERSION. */
AnyVersion *any_version_parse(VersionScheme scheme, const char *text, GError **error);
void any_version_free(AnyVersion *version);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AnyVersion, any_version_free)
char *any_version_to_string(const AnyVersion *version); /* the normal form; g_free */
bool any_version_is_prerelease(const AnyVersion *version);
/* -1, 0 or 1. Both are of the same scheme. */
int any_version_compare(const AnyVersion *a, const AnyVersion *b);
