/* Text of commits and authors made harmless in Markdown: no markup, no HTML, no control characters. Pure. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* A code span stays one; `@name` notifies nobody unless `mentions`. One line in, one line out. g_free. */
char *escape_markdown(const char *text, bool mentions);
/* For HTML text and attributes: & < > " '. g_free. */
char *escape_html(const char *text);
