/* `slipway version check`: do all places that carry the version agree? */
#pragma once

#include "project/world.h"

typedef struct {
    gboolean fix, yes, json, strict, dry_run;
} VersionCheckOptions;

/* Exit 1 when they do not. */
int version_check(const World *world, const VersionCheckOptions *options, GError **error);
