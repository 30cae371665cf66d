/* A reader of TOML 1.0 that keeps positions: what a lossless editor needs, no more. It walks key = value pairs and knows tables, dotted and quoted keys, the
 * four kinds of strings, comments, arrays and inline tables; it does not judge values it is not asked for. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* One key = value. path: the table's and the key's parts joined by '.', a part that holds a dot in quotes as written. */
typedef struct {
    const char *path;
    gsize offset, length; /* of the value; of a string's content without its quotes */
    bool is_string;       /* a string on one line, content as written */
} TomlValue;

/* Calls `visit` for each value in order until it returns false. False: the text is not TOML at *line (from 1). */
bool toml_walk(const char *text, gsize length, bool (*visit)(const TomlValue *value, void *data), void *data, guint *line);
