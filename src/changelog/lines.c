#include "changelog/lines.h"

#include <cmark-gfm.h>
#include <string.h>

/* Lines end as cmark says they do: LF, CRLF, and CR alone (CommonMark 2.1). */
static gsize line_end(const char *text, gsize length, gsize at) {
    while (at < length && text[at] != '\n' && text[at] != '\r')
        at++;
    return at;
}

static GArray *split(const char *text, gsize length) {
    GArray *lines = g_array_new(FALSE, TRUE, sizeof(Line));
    for (gsize at = 0; at < length;) {
        gsize end = line_end(text, length, at);
        gsize next = end + (end < length ? 1 : 0);
        next += next < length && text[end] == '\r' && text[next] == '\n' ? 1 : 0;
        Line line = {.offset = at, .length = end - at, .next = next};
        g_array_append_val(lines, line);
        at = next;
    }
    return lines;
}

/* A block of one line ends, for cmark, on the line before it. */
static void mark(GArray *lines, int from, int to, LineKind kind) {
    for (int i = MAX(from, 1); i <= MAX(from, to) && i <= (int)lines->len; i++)
        g_array_index(lines, Line, i - 1).kind = kind;
}

static gsize indent_of(const char *text, const Line *line) {
    gsize blanks = 0;
    while (blanks < line->length && text[line->offset + blanks] == ' ')
        blanks++;
    return blanks;
}

static bool is_underline(const char *text, const Line *line) {
    gsize at = indent_of(text, line);
    char mark = at < line->length ? text[line->offset + at] : ' ';
    if (mark != '=' && mark != '-')
        return false;
    while (at < line->length && text[line->offset + at] == mark)
        at++;
    while (at < line->length && (text[line->offset + at] == ' ' || text[line->offset + at] == '\t'))
        at++;
    return at == line->length;
}

/* An underlined heading ends, for cmark, at the blank line behind it, and begins at definitions before it: the underline itself is looked for. */
static void mark_heading(GArray *lines, const char *text, cmark_node *node) {
    int end = cmark_node_get_end_line(node);
    int start = MAX(cmark_node_get_start_line(node), 1);
    if (end < 1 || end > (int)lines->len)
        return;
    Line *last = &g_array_index(lines, Line, end - 1);
    gsize indent = indent_of(text, last);
    bool atx = indent < last->length && text[last->offset + indent] == '#';
    int at = end;
    while (!atx && at > start && !is_underline(text, &g_array_index(lines, Line, at - 1)))
        at--;
    Line *heading = &g_array_index(lines, Line, atx || at == start ? at - 1 : at - 2);
    heading->kind = LINE_HEADING;
    heading->level = (guint)cmark_node_get_heading_level(node);
    if (!atx && at > start)
        heading[1].kind = LINE_UNDERLINE;
}

GArray *lines_index(const char *text, gsize length) {
    GArray *lines = split(text, length);
    cmark_node *document = cmark_parse_document(text, length, CMARK_OPT_DEFAULT);
    for (cmark_node *node = cmark_node_first_child(document); node != NULL; node = cmark_node_next(node)) {
        cmark_node_type type = cmark_node_get_type(node);
        if (type == CMARK_NODE_HEADING)
            mark_heading(lines, text, node);
        else if (type == CMARK_NODE_CODE_BLOCK || type == CMARK_NODE_HTML_BLOCK)
            mark(lines, cmark_node_get_start_line(node), cmark_node_get_end_line(node), LINE_OPAQUE);
    }
    cmark_node_free(document);
    return lines;
}

bool lines_is_definition(const char *text, const Line *line, char **label, gsize *url_offset, gsize *url_length) {
    if (line->kind != LINE_TEXT)
        return false;
    const char *start = text + line->offset;
    const char *end = start + line->length;
    const char *at = start;
    while (at < end && *at == ' ' && at - start < 4)
        at++;
    if (at - start > 3 || at >= end || *at != '[')
        return false;
    const char *close = memchr(at, ']', (gsize)(end - at));
    if (close == NULL || close + 1 >= end || close[1] != ':' || close == at + 1)
        return false;
    const char *url = close + 2;
    while (url < end && (*url == ' ' || *url == '\t'))
        url++;
    const char *stop = url;
    while (stop < end && *stop != ' ' && *stop != '\t')
        stop++;
    *label = g_strndup(at + 1, (gsize)(close - at) - 1);
    *url_offset = (gsize)(url - text);
    *url_length = (gsize)(stop - url);
    return stop > url;
}
