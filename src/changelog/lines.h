/* The line index of a changelog: where each line begins and ends, what cmark says it is. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum { LINE_TEXT, LINE_HEADING, LINE_UNDERLINE, LINE_OPAQUE /* code or HTML */ } LineKind;

typedef struct {
    gsize offset, length; /* without its line end */
    gsize next;           /* first byte of the next line */
    LineKind kind;
    guint level; /* of a heading */
} Line;

/* Of Line. text must be UTF-8. */
GArray *lines_index(const char *text, gsize length);
/* "[label]: url …" outside code and HTML: *url are the bounds of the destination. */
bool lines_is_definition(const char *text, const Line *line, char **label, gsize *url_offset, gsize *url_length);
