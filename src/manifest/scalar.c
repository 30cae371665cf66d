#include "manifest/scalar.h"

#include <string.h>

bool scalar_next_line(const char *text, gsize length, gsize *at, ScalarLine *line) {
    if (*at >= length)
        return false;
    const char *newline = memchr(text + *at, '\n', length - *at);
    gsize end = newline != NULL ? (gsize)(newline - text) : length;
    line->offset = *at;
    if (*at == 0 && length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        line->offset = 3;
    gsize stop = end > line->offset && text[end - 1] == '\r' ? end - 1 : end;
    line->length = stop > line->offset ? stop - line->offset : 0;
    *at = end + 1;
    return true;
}

static gsize skip_blanks(const char *text, gsize at, gsize end) {
    while (at < end && (text[at] == ' ' || text[at] == '\t'))
        at++;
    return at;
}

/* Nothing but a comment may stand behind. */
static bool ends_here(const char *text, gsize at, gsize end) {
    gsize next = skip_blanks(text, at, end);
    return next == end || text[next] == '#' || text[next] == ';';
}

bool scalar_value(const char *text, const ScalarLine *line, const char *key, const char *marks, gsize *from, gsize *to) {
    gsize end = line->offset + line->length, size = strlen(key);
    if (line->length <= size || memcmp(text + line->offset, key, size) != 0)
        return false;
    gsize at = skip_blanks(text, line->offset + size, end);
    if (at >= end || text[at] == '\0' || strchr(marks, text[at]) == NULL)
        return false;
    at = skip_blanks(text, at + 1, end);
    bool quoted = at < end && (text[at] == '"' || text[at] == '\'');
    const char *close = quoted ? memchr(text + at + 1, text[at], end - at - 1) : NULL;
    *from = at + (quoted ? 1 : 0);
    *to = *from;
    if (close != NULL)
        *to = (gsize)(close - text);
    while (!quoted && *to < end && !g_ascii_isspace(text[*to]) && text[*to] != '#')
        (*to)++;
    return *to > *from && (!quoted || close != NULL) && ends_here(text, *to + (quoted ? 1 : 0), end);
}
