/* A reader of JSON (RFC 8259) that keeps positions: what a lossless editor needs, no more. Linear, of bounded depth. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    const char *path;     /* keys as written, divided by newlines, which no key holds; items of lists are "[]" */
    gsize offset, length; /* of the value; of a string's content without its quotes */
    bool is_string;
} JsonValue;

/* Calls `visit` for each value that is neither an object nor a list, in order, until it returns false; not for paths beyond 4 KiB. False: the text is not JSON
 * at *line (from 1). */
bool json_walk(const char *text, gsize length, bool (*visit)(const JsonValue *value, void *data), void *data, guint *line);
