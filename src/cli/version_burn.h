/* `slipway version burn` and `version burned`: versions that must never be used again, by any clone. */
#pragma once

#include "project/world.h"

typedef struct {
    const char *reason; /* or NULL */
    gboolean yes, json;
} VersionBurnOptions;

/* burn writes refs/slipway/burned on git.remote, once a person or --yes says so; one that is there
 * already is success. json: {schema, version, source, tag, reason, who, when, remote, already}; of burned {schema, burned: [{version, source, and where the
 * remote says so tag, reason, who, when}], problem: why the remote's list is not known, or null}.
 * Errors: USAGE, BAD_VERSION; NO_REMOTE, CONFIG (journal.share is off) and PUSH_REJECTED, whose fix is the line for slipway.yaml; those of share_burn. */
int version_burn(const char *wanted, const VersionBurnOptions *options, GError **error);
int version_burned(bool json, GError **error);
/* Says on standard error where the list of what is burned could not be read. */
void version_burn_warn(const World *world);
