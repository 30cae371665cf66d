/* Markdown as other forms, by cmark-gfm in its safe mode: raw HTML and unsafe links are left out. Pure. */
#pragma once

#include <glib.h>

char *markup_html(const char *markdown); /* a fragment, tables and autolinks as GitHub has them; g_free */
char *markup_text(const char *markdown); /* plain text for mail and terminals; g_free */
