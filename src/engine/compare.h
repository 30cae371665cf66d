/* Two plans of one release, effect by effect: what one clone sent against what another one plans by itself. */
#pragma once

#include "engine/plan.h"

typedef struct {
    char *id;         /* of the effect; "release": what the plan says of the release itself */
    GPtrArray *lines; /* of char*, unescaped: what it does and every parameter that differs, in full */
} PlanDifference;

/* What `theirs` has and `own` has not, or otherwise, and what it leaves out; of PlanDifference*, empty: they are the same. Compared are kind, stage, needs and
 * all parameters. */
GPtrArray *plan_differences(const Plan *theirs, const Plan *own);
PlanDifference *plan_difference_new(const char *id);
void plan_difference_line(PlanDifference *difference, const char *format, ...) G_GNUC_PRINTF(2, 3);
