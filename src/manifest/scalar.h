/* Lines that give a key a plain value: what YAML's top-level mappings, properties files and simple assignments have in common. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    gsize offset, length; /* of the line without its end */
} ScalarLine;

/* The next line from *at on; false: there is none. */
bool scalar_next_line(const char *text, gsize length, gsize *at, ScalarLine *line);
/* The bounds of the value behind `key` and one of `marks` at the start of the line: quoted, or plain up to a blank or a comment. False: the line gives none. */
bool scalar_value(const char *text, const ScalarLine *line, const char *key, const char *marks, gsize *from, gsize *to);
