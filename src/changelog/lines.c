#include "changelog/lines.h"

#include <cmark-gfm.h>
#include <string.h>

/* Deeper than this nothing that stands in a line is looked at: it is no heading of the file anyway. */
#define NESTING 8
/* So many of them decide what block a line is. */
#define MARKS 256

/* ---- lines ---- */

/* Ends as cmark has them: \n, \r\n, and \r alone. */
static GArray *split(const char *text, gsize length) {
    GArray *lines = g_array_new(FALSE, TRUE, sizeof(Line));
    bool mark = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
    for (gsize at = mark ? 3 : 0; at < length;) {
        gsize end = at;
        while (end < length && text[end] != '\n' && text[end] != '\r')
            end++;
        bool both = end + 1 < length && text[end] == '\r' && text[end + 1] == '\n';
        gsize next = MIN(length, end + (both ? 2 : 1));
        Line line = {.offset = at, .length = end - at, .next = next};
        g_array_append_val(lines, line);
        at = next;
    }
    return lines;
}

bool lines_is_blank(const char *text, const Line *line) {
    for (gsize i = 0; i < line->length; i++) {
        if (!g_ascii_isspace(text[line->offset + i]))
            return false;
    }
    return true;
}

static gsize indent_of(const char *text, const Line *line) {
    gsize blanks = 0;
    while (blanks < line->length && text[line->offset + blanks] == ' ')
        blanks++;
    return blanks;
}

/* ---- only blocks are wanted of cmark ---- */

/* cmark parses what stands inside a paragraph too, which takes quadratic time for some (links beside emphasis in one long paragraph, lists in lists in one
 * line). None of that is wanted here: in a copy, what begins inline markup is replaced by commas where it cannot decide about blocks. */

/* Nothing but one of these and blanks: a rule, an underline, a fence. */
static bool is_rule(const char *line, gsize length) {
    char mark = 0;
    for (gsize i = 0; i < length; i++) {
        if (line[i] == ' ' || line[i] == '\t')
            continue;
        if (strchr("-*_=`~", line[i]) == NULL || (mark != 0 && line[i] != mark))
            return false;
        mark = line[i];
    }
    return true;
}

static bool is_marker(const char *line, gsize length, gsize at) {
    bool ends = at + 1 == length || line[at + 1] == ' ' || line[at + 1] == '\t';
    if (line[at] == '>')
        return true;
    if (strchr("-+*", line[at]) != NULL)
        return ends;
    return ends && (line[at] == '.' || line[at] == ')') && at > 0 && g_ascii_isdigit(line[at - 1]);
}

/* Behind the marks that decide what block a line belongs to; *ticks: a fence of backticks may be among them. */
static gsize skip_marks(const char *line, gsize length, bool *ticks) {
    guint markers = 0;
    gsize at = 0;
    if (is_rule(line, length))
        return length;
    for (; at < length && strchr(" \t>-+*0123456789.)#=_~`", line[at]) != NULL; at++) {
        markers += is_marker(line, length, at) ? 1 : 0;
        if (markers > NESTING || at > MARKS)
            return at;
        *ticks = *ticks || line[at] == '`';
    }
    return at;
}

static void mask_line(char *line, gsize length) {
    bool ticks = false;
    gsize at = skip_marks(line, length, &ticks);
    bool html = at < length && line[at] == '<';
    const char *close = at < length && line[at] == '[' ? memchr(line + at, ']', length - at) : NULL;
    if (html && length - at >= 9 && memcmp(line + at, "<![CDATA[", 9) == 0)
        return;
    if (close != NULL && close + 1 < line + length && close[1] == ':') {
        at = (gsize)(close - line) + 2;
        html = true;
    } else if (at < length && strchr("->+*.)_", line[at]) != NULL)
        line[at++] = ',';
    for (; at < length; at++) {
        bool markup = line[at] == '*' || line[at] == '[' || (!html && line[at] == '_') || (!html && !ticks && line[at] == '`');
        bool tag = !html && line[at] == '<' && (at + 1 == length || line[at + 1] != '/');
        bool closing = !html && line[at] == ']' && (at + 1 == length || strchr("]>", line[at + 1]) == NULL);
        if (markup || tag || closing)
            line[at] = ',';
    }
}

static char *mask(const char *text, gsize length, const GArray *lines) {
    char *copy = g_malloc(length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    for (guint i = 0; i < lines->len; i++) {
        const Line *line = &g_array_index(lines, Line, i);
        mask_line(copy + line->offset, line->length);
    }
    return copy;
}

/* ---- what cmark says ---- */

/* How many lines a text has. */
static int count_lines(const char *text) {
    int count = 0;
    for (const char *at = text; *at != '\0'; count++) {
        at += strcspn(at, "\r\n");
        at += *at == '\0' ? 0 : at[0] == '\r' && at[1] == '\n' ? 2 : 1;
    }
    return count;
}

/* HTML that its own end closes ends, for cmark, on the line before: what it holds says more. */
static void mark_lines(GArray *lines, cmark_node *node, LineKind kind) {
    const char *literal = cmark_node_get_literal(node);
    int from = MAX(cmark_node_get_start_line(node), 1), to = MAX(cmark_node_get_end_line(node), from);
    if (cmark_node_get_type(node) == CMARK_NODE_HTML_BLOCK && literal != NULL)
        to = MAX(to, from + count_lines(literal) - 1);
    for (int i = from; i <= to && i <= (int)lines->len; i++)
        g_array_index(lines, Line, i - 1).kind = kind;
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

static bool is_comment(cmark_node *node) {
    const char *literal = cmark_node_get_literal(node);
    const char *start = literal != NULL ? literal + strspn(literal, " \t\r\n") : "";
    const char *end = g_str_has_prefix(start, "<!--") ? strstr(start + 4, "-->") : NULL;
    return end != NULL && end[3 + strspn(end + 3, " \t\r\n")] == '\0';
}

static void mark_block(GArray *lines, const char *text, cmark_node *node, bool top) {
    cmark_node_type type = cmark_node_get_type(node);
    if (type == CMARK_NODE_HEADING && top)
        mark_heading(lines, text, node);
    else if (type == CMARK_NODE_CODE_BLOCK)
        mark_lines(lines, node, LINE_OPAQUE);
    else if (type == CMARK_NODE_HTML_BLOCK)
        mark_lines(lines, node, is_comment(node) ? LINE_COMMENT : LINE_OPAQUE);
}

GArray *lines_index(const char *text, gsize length) {
    text = text != NULL ? text : "";
    GArray *lines = split(text, length);
    g_autofree char *copy = mask(text, length, lines);
    cmark_node *document = cmark_parse_document(copy, length, CMARK_OPT_DEFAULT);
    cmark_node *node = cmark_node_first_child(document);
    while (node != NULL) {
        cmark_node_type type = cmark_node_get_type(node);
        bool holds = type == CMARK_NODE_LIST || type == CMARK_NODE_ITEM || type == CMARK_NODE_BLOCK_QUOTE;
        mark_block(lines, text, node, cmark_node_parent(node) == document);
        cmark_node *next = holds ? cmark_node_first_child(node) : NULL;
        while (next == NULL && node != NULL && node != document) {
            next = cmark_node_next(node);
            node = cmark_node_parent(node);
        }
        node = next;
    }
    cmark_node_free(document);
    return lines;
}

/* ---- definitions ---- */

static gsize skip_blanks(const char *text, gsize at, gsize end) {
    while (at < end && (text[at] == ' ' || text[at] == '\t'))
        at++;
    return at;
}

/* Nothing, or a title and nothing: what may stand behind a destination. */
static bool is_title(const char *text, gsize at, gsize end, bool may_be_absent) {
    at = skip_blanks(text, at, end);
    while (end > at && (text[end - 1] == ' ' || text[end - 1] == '\t'))
        end--;
    if (at == end)
        return may_be_absent;
    char close = text[at] == '(' ? ')' : text[at];
    return end - at >= 2 && strchr("\"'(", text[at]) != NULL && text[end - 1] == close;
}

/* The destination at this place of a line; false: there is none, or something else stands behind it. */
static bool read_destination(const char *text, gsize at, gsize end, Definition *definition) {
    bool angle = at < end && text[at] == '<';
    gsize stop = at;
    while (stop < end && (angle ? text[stop] != '>' : text[stop] != ' ' && text[stop] != '\t'))
        stop++;
    if (stop == at || (angle && stop == end) || !is_title(text, stop + (angle ? 1 : 0), end, true))
        return false;
    definition->offset = at + (angle ? 1 : 0);
    definition->length = stop - definition->offset;
    return definition->length > 0;
}

/* "[label]:" at a line's start. *behind is the place behind the colon. */
static bool read_label(const char *text, const Line *line, Definition *definition, gsize *behind) {
    gsize end = line->offset + line->length;
    gsize at = line->offset + indent_of(text, line);
    if (line->kind != LINE_TEXT || at - line->offset > 3 || at >= end || text[at] != '[')
        return false;
    const char *close = memchr(text + at, ']', end - at);
    gsize stop = close != NULL ? (gsize)(close - text) : end;
    if (stop + 1 >= end || text[stop + 1] != ':' || stop == at + 1 || text[at + 1] == '^')
        return false;
    definition->label_offset = at + 1;
    definition->label_length = stop - at - 1;
    *behind = skip_blanks(text, stop + 2, end);
    return true;
}

/* A line of text that is no definition swallows what follows. Markdown would not take "[1.0.0]: https://…" for a definition there, but it is meant as one. */
static bool is_meant(const char *text, const GArray *lines, guint index, const Definition *definition) {
    const Line *line = &g_array_index(lines, Line, index);
    const Line *before = index > 0 ? line - 1 : NULL;
    if (before == NULL || before->kind != LINE_TEXT || lines_is_blank(text, before))
        return true;
    return text[line->offset] == '[' && g_strstr_len(text + definition->offset, (gssize)definition->length, "://") != NULL;
}

static bool read_definition(const char *text, const GArray *lines, guint index, Definition *definition) {
    const Line *line = &g_array_index(lines, Line, index);
    const Line *next = index + 1 < lines->len ? line + 1 : NULL;
    gsize at = 0, end = line->offset + line->length;
    *definition = (Definition){.line = index, .count = 1};
    if (!read_label(text, line, definition, &at))
        return false;
    if (at == end && next != NULL && next->kind == LINE_TEXT) {
        definition->count = 2;
        end = next->offset + next->length;
        at = skip_blanks(text, next->offset, end);
        next = index + 2 < lines->len ? line + 2 : NULL;
    }
    if (!read_destination(text, at, end, definition) || !is_meant(text, lines, index, definition))
        return false;
    gsize behind = definition->offset + definition->length + (text[definition->offset - 1] == '<' ? 1 : 0);
    bool bare = skip_blanks(text, behind, end) == end;
    if (bare && next != NULL && next->kind == LINE_TEXT && is_title(text, next->offset, next->offset + next->length, false))
        definition->count++;
    return true;
}

GArray *lines_definitions(const char *text, GArray *lines) {
    GArray *definitions = g_array_new(FALSE, FALSE, sizeof(Definition));
    for (guint i = 0; i < lines->len;) {
        Definition definition;
        if (!read_definition(text, lines, i, &definition)) {
            i++;
            continue;
        }
        for (guint end = i + definition.count; i < end; i++)
            g_array_index(lines, Line, i).kind = LINE_DEFINITION;
        g_array_append_val(definitions, definition);
    }
    return definitions;
}

char *lines_label_key(const char *label, gsize length) {
    g_autofree char *copy = g_utf8_casefold(label, (gssize)length);
    GString *key = g_string_new(NULL);
    for (const char *p = g_strstrip(copy); *p != '\0'; p++) {
        bool blank = g_ascii_isspace(*p);
        if (!blank || !g_ascii_isspace(p[-1]))
            g_string_append_c(key, blank ? ' ' : *p);
    }
    return g_string_free(key, FALSE);
}
