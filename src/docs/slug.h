/* The anchors that headings get.
 *
 * GitHub: lower case, all but letters, marks, digits, connecting punctuation, '-' and ' ' gone, blanks to '-', "-1" at the second of a kind (github-slugger 2).
 * MkDocs: Python-Markdown's toc extension: ASCII only, runs of blanks and dashes to one dash, "_1" at the second. Pure. */
#pragma once

#include <glib.h>
#include <stdbool.h>

char *docs_slug(const char *text);      /* g_free */
char *docs_site_slug(const char *text); /* g_free */
/* Adds the slug, numbered if it is there already, to the set (char* → NULL). */
void docs_slug_add(GHashTable *anchors, const char *slug, char divider);
