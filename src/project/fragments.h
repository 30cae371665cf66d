/* One file for each change, `changes/NAME.CATEGORY.md`, collected by a release: so that two branches never change the same line of the changelog. */
#pragma once

#include "project/world.h"

typedef struct {
    char *path;           /* relative */
    const char *category; /* "Fixed" */
    GBytes *bytes;
    char *text; /* without blanks around it */
} Fragment;

/* The tracked ones, sorted by path. Files of other names in that folder are left alone; CHANGELOG for one that cannot be an entry. */
GPtrArray *fragments_read(const World *world, GError **error);
/* The changelog with the fragments under [Unreleased]. With none: as it is. */
GBytes *fragments_collect(const World *world, const GPtrArray *fragments, GError **error);
/* The path of a new one for this text. g_free. */
char *fragments_path(const World *world, const char *category, const char *text);
