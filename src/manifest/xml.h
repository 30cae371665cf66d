/* A reader of XML 1.0 that keeps positions: what a lossless editor needs, no more. Knows elements, attributes, comments, CDATA and processing
 * instructions; refuses a DOCTYPE with declarations of its own (entities) and what is no ASCII superset (UTF-16). Linear, of bounded depth. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* An element that holds nothing but plain text. */
typedef struct {
    const char *path;     /* names joined by '/', without the prefix of the root's name: "project/parent/version" */
    gsize offset, length; /* of the text without blanks around it */
} XmlText;

bool xml_walk(const char *text, gsize length, bool (*visit)(const XmlText *element, void *data), void *data, guint *line);
