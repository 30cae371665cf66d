/* `slipway changelog generate`: a changelog out of the commits. */
#pragma once

#include "base/error.h"

typedef struct {
    char *since;
    gboolean all, write, dry_run, json;
} GenerateOptions;

int changelog_generate(const GenerateOptions *options, GError **error);
