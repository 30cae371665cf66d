/* The versions that tags name. */
#pragma once

#include "project/world.h"

/* Settles World.tag_pattern and World.versions. */
bool tags_read(World *world, GError **error);
/* World.previous and World.candidate: version order is not time order, so they go by ancestry. */
bool tags_find_previous(World *world, GError **error);
