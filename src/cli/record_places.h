/* The folders that a record of another clone names. */
#pragma once

#include "engine/plan.h"
#include "project/world.h"

/* Are they all of this clone's own configuration, or allowed by its user (project/outside.h)? CONFIG, or PLAN_STALE where the other clone kept its releases in
 * a folder of its own. */
bool record_places_check(const World *world, const Plan *plan, GError **error);
