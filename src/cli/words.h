/* Text that is broken between words where it stands on a terminal, so that what goes on stands below where it began. Elsewhere it stays as it is. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

/* stream: stdout or stderr. column: where the text begins in its line, and each further line; `used`: how many columns behind it are taken already. Returns
 * how many are then. */
gsize words_print(FILE *stream, const char *text, gsize column, gsize used);
