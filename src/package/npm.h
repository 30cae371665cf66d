/* An npm tarball while it is looked at. Private to this folder. */
#pragma once

#include "package/parts.h"

typedef struct {
    Package *package;
    const PackageMembers *members;
    const char *file; /* base name */
    const json_t *json;
    guint patterns;        /* looked for so far: each is held against every member */
    const json_t *bundled; /* bundleDependencies, under either spelling; or NULL */
} Npm;

/* Is there a file at this path below package/? */
bool package_npm_has(const Npm *npm, const char *path);
/* main, module, types, bin, exports and files: what package.json points to is there. */
void package_npm_check_targets(Npm *npm);
