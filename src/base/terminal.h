/* What the terminal can do: looked at in one place. NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured (no-color.org, bixense.com/clicolors). */
#pragma once

#include <glib.h>
#include <stdbool.h>

bool terminal_is_live(int fd); /* a terminal on which the cursor can be moved */
bool terminal_has_colour(int fd);
bool terminal_has_utf8(void); /* by LC_ALL, LC_CTYPE, LANG */
guint terminal_width(int fd); /* columns; 80 where unknown */
/* Cuts text to at most `columns` columns, wide characters counted as two; what is cut ends in "…". g_free. */
char *terminal_cut(const char *text, guint columns);
/* What is printed for bold, dim, red, green, yellow, blue or reset; "" without colour: a mark (base/screen.h). Borrowed. */
const char *terminal_colour(int fd, const char *name);
