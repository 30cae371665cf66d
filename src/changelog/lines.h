/* The line index of a changelog: where each line begins and ends, what cmark says it is; its link definitions. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    LINE_TEXT,
    LINE_HEADING,
    LINE_UNDERLINE,
    LINE_OPAQUE /* code or HTML */,
    LINE_COMMENT /* of HTML, and nothing else */,
    LINE_DEFINITION
} LineKind;

typedef struct {
    gsize offset, length; /* without its line end, and without a byte order mark */
    gsize next;           /* first byte of the next line */
    LineKind kind;
    guint level; /* of a heading */
} Line;

/* A link definition, "[label]: url", wherever it stands. */
typedef struct {
    guint line, count; /* index of its first line, how many lines it has */
    gsize label_offset, label_length;
    gsize offset, length; /* of the destination, without angle brackets */
} Definition;

/* Of Line. text must be UTF-8. Linear in the length, whatever stands in it. */
GArray *lines_index(const char *text, gsize length);
/* Of Definition, in their order; their lines are marked. */
GArray *lines_definitions(const char *text, GArray *lines);
/* A label as Markdown compares them: without regard to case and to how many blanks there are. g_free. */
char *lines_label_key(const char *label, gsize length);
bool lines_is_blank(const char *text, const Line *line);
