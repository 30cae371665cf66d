/* `slipway changelog check`: what is wrong in the changelog. */
#pragma once

#include "project/world.h"

typedef struct {
    gboolean fix, json, strict, dry_run;
} CheckOptions;

/* Exit 1 when something is wrong (with strict: questionable, too). */
int changelog_check_command(const World *world, const CheckOptions *options, GError **error);
