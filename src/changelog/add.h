/* Entries put under [Unreleased], in the file's own style. Pure. */
#pragma once

#include "changelog/changelog.h"

/* The categories of Keep a Changelog in their order; NULL-ended. */
const char *const *changelog_categories(void);

/* "- text" at the end of that category (made where it is missing, as [Unreleased] is). changelog NULL: a whole new file. text: Markdown, may have several
 * lines. */
GBytes *changelog_add(const Changelog *changelog, const char *category, const char *text, GError **error);
/* Groups of entries as generate_groups makes them. What stands there already is not repeated: the same words, the same commit or the same pull request. */
GBytes *changelog_merge(const Changelog *changelog, const GPtrArray *groups, GError **error);
