/* Shared by the formats. */
#pragma once

#include "manifest/manifest.h"

GPtrArray *manifest_places_new(void);
/* Adds the place at offset, with its line and column. text: the whole file. */
void manifest_places_add(GPtrArray *places, const char *text, gsize offset, gsize length);
