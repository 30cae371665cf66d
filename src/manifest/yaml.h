/* The keys of a YAML document's own mapping, with the positions of their values: what a lossless editor needs, no more. Read by libfyaml event by event: no
 * alias is followed, nothing is built. Only the first document counts. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    const char *key;
    gsize offset, length; /* of the scalar's bytes, without quotes; on one line, and as written: not where escapes stand in it */
} YamlValue;

/* Calls `visit` for each such key whose value is a plain or quoted scalar, in order, until it returns false. False: the text is not YAML, not UTF-8 or larger
 * than 256 KiB, at *line (from 1). */
bool yaml_walk(const char *text, gsize length, bool (*visit)(const YamlValue *value, void *data), void *data, guint *line);
