/* A wheel while it is looked at. Private to this folder. Rules: packaging.python.org "binary distribution format", "platform compatibility tags", "entry
 * points". */
#pragma once

#include "package/parts.h"

typedef struct {
    Package *package;
    const PackageMembers *members;
    /* Parts of the file name; build may be NULL. */
    char *name, *version, *build, *python, *abi, *platform;
    char *info; /* "NAME-VERSION.dist-info", as it is in the archive; NULL when there is none or several */
} Wheel;

/* The kept text of a file of .dist-info, and its path (g_free). NULL: there is none. */
const char *package_wheel_text(const Wheel *wheel, const char *name, char **path);

void package_wheel_check_file(Wheel *wheel);         /* WHEEL */
void package_wheel_check_entry_points(Wheel *wheel); /* entry_points.txt */
void package_wheel_check_data(Wheel *wheel);         /* NAME-VERSION.data */
void package_wheel_check_stray(Wheel *wheel);        /* what does not belong into site-packages */
