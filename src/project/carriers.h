/* The files that carry the version, found and named. */
#pragma once

#include "project/world.h"

/* Settles World.carriers, World.names, World.current or World.version_problem. */
bool carriers_find(World *world, GError **error);
/* "Makefile:1 says 1.0.0, …": lines that may mean the version of a project of which none was found; NULL: none. g_free. */
char *carriers_guess(const World *world);
void carrier_free(Carrier *carrier);
/* What a manifest's value means, whatever the scheme; NULL: it cannot be raised. */
Version *carrier_version(const char *value);
/* Is this in a folder whose files are not the project's own (tests, docs, vendor, …)? */
bool carriers_is_aside(const char *path);
