/* What is wrong in a changelog, with the place and the way out of each. Pure. */
#pragma once

#include "changelog/changelog.h"

typedef struct {
    guint line, column; /* from 1 */
    const char *code;   /* stable: "duplicate-version" */
    bool warning;       /* questionable, not wrong */
    char *what, *fix;
    bool fixable;         /* safely, by the edit: */
    gsize offset, length; /* these bytes become */
    char *text;           /* this; NULL: not fixable */
} ChangelogFinding;

typedef struct {
    const char *const *tagged; /* versions that have a tag, NULL-ended; NULL: not known */
    const char *today;         /* ISO */
    /* Sub-headings that are right besides the six and the usual other ones, NULL-ended; NULL: none. */
    const char *const *categories;
    /* The caller's order of versions; false: they cannot be compared. */
    bool (*compare)(const char *a, const char *b, int *order);
} ChangelogFacts;

/* Of ChangelogFinding*, in the order of their lines. */
GPtrArray *changelog_check(const Changelog *changelog, const ChangelogFacts *facts);
/* The file with what is fixable fixed, everything else byte for byte. Checked and fixed a second time it stays as it is. */
GBytes *changelog_fix(const Changelog *changelog, const GPtrArray *findings);
