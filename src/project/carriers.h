/* Finding the files that carry the version: those that version.files names, else those that the formats recognise. */
#pragma once

#include "project/world.h"

/* Fills carriers, current and version_problem of a world that has config, files, tags. False only when a named file cannot be read. */
bool carriers_find(World *world, GError **error);
void carrier_free(Carrier *carrier);
