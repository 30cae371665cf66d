#include "docs/blocks.h"

#include "docs/lines.h"

#include <string.h>

/* Deeper than this quotes and lists are text. */
#define DEPTH 64

typedef enum { LEAF_NONE, LEAF_TEXT, LEAF_TABLE, LEAF_FENCE, LEAF_HTML, LEAF_CODE } Leaf;

/* A quote, or a list item (a footnote, an admonition) whose lines are indented by `width`. */
typedef struct {
    bool quote, empty;
    guint width;
} Container;

typedef struct {
    DocsBlocks *out;
    const char *text;
    gsize start, end, at; /* of the line; what is read of it */
    guint column, number; /* at's column, tabs counted out; the line's number */
    Container stack[DEPTH];
    guint depth;
    Leaf leaf;
    gsize leaf_from, last_line; /* in out->bytes */
    char fence;
    guint length, kind, columns; /* of the fence; of the HTML block; of the table */
    bool site, hidden;           /* hidden: a script or style */
} Reader;

/* ---- what comes out ---- */

void docs_blocks_free(DocsBlocks *blocks) {
    g_string_free(blocks->bytes, TRUE);
    g_array_unref(blocks->pieces);
    g_array_unref(blocks->blocks);
    g_array_unref(blocks->definitions);
    g_free(blocks);
}

void docs_blocks_place(const DocsBlocks *blocks, gsize at, guint *line, guint *column) {
    guint low = 0, high = blocks->pieces->len;
    while (high - low > 1) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(blocks->pieces, DocsPiece, middle).at <= at)
            low = middle;
        else
            high = middle;
    }
    const DocsPiece *piece = &g_array_index(blocks->pieces, DocsPiece, low);
    *line = piece->line;
    *column = piece->column + (guint)(at - piece->at);
}

static void append(Reader *reader, gsize from, gsize to) {
    DocsPiece piece = {.at = reader->out->bytes->len, .line = reader->number, .column = (guint)(from - reader->start) + 1};
    g_array_append_val(reader->out->pieces, piece);
    g_string_append_len(reader->out->bytes, reader->text + from, (gssize)(to - from));
    /* A NUL would end labels and targets before their end. */
    char *nul = memchr(reader->out->bytes->str + piece.at, '\0', to - from);
    for (; nul != NULL; nul = memchr(nul, '\0', reader->out->bytes->len - (gsize)(nul - reader->out->bytes->str)))
        *nul = '?';
    g_string_append_c(reader->out->bytes, '\n');
}

static void emit(Reader *reader, DocsBlockKind kind, guint level, DocsRange range) {
    DocsBlock block = {.kind = kind, .level = level, .from = range.from, .to = range.to};
    g_array_append_val(reader->out->blocks, block);
}

/* ---- definitions ---- */

static bool ends_line(const char *text, gsize *at, gsize end) {
    gsize i = *at;
    while (i < end && (text[i] == ' ' || text[i] == '\t'))
        i++;
    if (i < end && text[i] != '\n')
        return false;
    *at = MIN(i + 1, end);
    return true;
}

/* Behind the definition that stands here; 0: none. */
static gsize read_definition(const char *text, gsize at, gsize end, DocsDefinition *definition) {
    bool found = false;
    gsize colon = docs_parse_label(text, at, end, &definition->label);
    if (colon == 0 || colon >= end || text[colon] != ':' || text[at + 1] == '^')
        return 0;
    gsize behind = docs_parse_destination(text, docs_parse_space(text, colon + 1, end), end, &definition->destination, &found);
    if (!found)
        return 0;
    gsize title = docs_parse_space(text, behind, end);
    gsize whole = title > behind ? docs_parse_title(text, title, end) : 0;
    if (whole != 0 && ends_line(text, &whole, end))
        return whole;
    return ends_line(text, &behind, end) ? behind : 0;
}

/* What is left of a paragraph behind its definitions. */
static DocsRange cut_definitions(Reader *reader, DocsRange range) {
    const char *text = reader->out->bytes->str;
    DocsDefinition definition = {0};
    gsize behind;
    while (range.from < range.to && text[range.from] == '[' && (behind = read_definition(text, range.from, range.to, &definition)) != 0) {
        g_array_append_val(reader->out->definitions, definition);
        range.from = behind;
    }
    return range;
}

/* ---- closing ---- */

static void close_leaf(Reader *reader) {
    DocsRange range = {reader->leaf_from, reader->out->bytes->len};
    if (reader->leaf == LEAF_TEXT)
        range = cut_definitions(reader, range);
    if ((reader->leaf == LEAF_TEXT || reader->leaf == LEAF_HTML) && range.from < range.to)
        emit(reader, reader->leaf == LEAF_TEXT ? DOCS_TEXT : DOCS_HTML, 0, range);
    reader->leaf = LEAF_NONE;
}

static void open_leaf(Reader *reader, Leaf leaf) {
    close_leaf(reader);
    reader->leaf = leaf;
    reader->leaf_from = reader->out->bytes->len;
    for (guint i = 0; i < reader->depth; i++)
        reader->stack[i].empty = false;
}

static void close_to(Reader *reader, guint kept) {
    if (kept < reader->depth)
        close_leaf(reader);
    reader->depth = MIN(reader->depth, kept);
}

static void push(Reader *reader, Container container) {
    open_leaf(reader, LEAF_NONE);
    reader->stack[reader->depth++] = container;
}

/* ---- along the line ---- */

/* Columns of blanks from here on; *ink is the place of what follows. */
static guint indent_of(const Reader *reader, gsize *ink) {
    guint column = reader->column;
    gsize at = reader->at;
    for (; at < reader->end && (reader->text[at] == ' ' || reader->text[at] == '\t'); at++)
        column += reader->text[at] == '\t' ? 4 - column % 4 : 1;
    *ink = at;
    return column - reader->column;
}

/* A tab may be used in part: then `at` stays on it. */
static void advance(Reader *reader, guint columns) {
    while (columns > 0 && reader->at < reader->end) {
        guint width = reader->text[reader->at] == '\t' ? 4 - reader->column % 4 : 1;
        reader->column += MIN(width, columns);
        reader->at += width <= columns ? 1 : 0;
        columns -= MIN(width, columns);
    }
}

static void enter_quote(Reader *reader, guint indent) {
    gsize ink;
    advance(reader, indent + 1);
    if (indent_of(reader, &ink) > 0)
        advance(reader, 1);
}

/* How many of the open containers go on in this line. */
static guint match_containers(Reader *reader) {
    guint kept = 0;
    for (; kept < reader->depth; kept++) {
        const Container *container = &reader->stack[kept];
        gsize ink;
        guint indent = indent_of(reader, &ink);
        bool blank = ink == reader->end;
        if (container->quote) {
            if (indent > 3 || blank || reader->text[ink] != '>')
                return kept;
            enter_quote(reader, indent);
        } else if (indent >= container->width && !blank) {
            advance(reader, container->width);
        } else if (!blank || container->empty) {
            return kept;
        }
    }
    return kept;
}

/* ---- opening ---- */

static void open_item(Reader *reader, guint indent, guint marker) {
    gsize ink;
    advance(reader, indent + marker);
    guint blanks = indent_of(reader, &ink);
    bool empty = ink == reader->end;
    guint padding = empty || blanks > 4 || blanks == 0 ? 1 : blanks;
    advance(reader, padding);
    push(reader, (Container){.width = indent + marker + padding, .empty = empty});
}

static void open_fence(Reader *reader, gsize ink, guint length) {
    open_leaf(reader, LEAF_FENCE);
    reader->fence = reader->text[ink];
    reader->length = length;
}

static void open_html(Reader *reader, gsize ink, guint kind) {
    static const char *const names[] = {"<script", "<style"};
    open_leaf(reader, LEAF_HTML);
    reader->kind = kind;
    reader->hidden = false;
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        reader->hidden = reader->hidden || (kind == 1 && g_ascii_strncasecmp(reader->text + ink, names[i], MIN(reader->end - ink, strlen(names[i]))) == 0);
    if (!reader->hidden)
        append(reader, reader->at, reader->end);
    if (docs_line_ends_html(reader->text, ink, reader->end, kind))
        close_leaf(reader);
}

static void add_row(Reader *reader, gsize from) {
    const GString *bytes = reader->out->bytes;
    gsize at = from, end = bytes->len - 1;
    DocsRange cell;
    while (at < end && (bytes->str[at] == ' ' || bytes->str[at] == '\t'))
        at++;
    at += at < end && bytes->str[at] == '|' ? 1 : 0;
    for (guint i = 0; i < reader->columns && docs_line_cell(bytes->str, &at, end, &cell); i++)
        emit(reader, DOCS_TEXT, 0, cell);
}

static guint count_cells(const GString *bytes, gsize from) {
    gsize at = from, end = bytes->len - 1;
    guint count = 0;
    DocsRange cell;
    at += at < end && bytes->str[at] == '|' ? 1 : 0;
    while (docs_line_cell(bytes->str, &at, end, &cell))
        count++;
    return count;
}

/* The last line of the paragraph is the head of a table. */
static bool open_table(Reader *reader, gsize ink) {
    guint columns = docs_line_columns(reader->text, ink, reader->end);
    gsize head = reader->last_line;
    if (columns == 0 || count_cells(reader->out->bytes, head) != columns)
        return false;
    DocsRange before = {reader->leaf_from, head};
    if (before.from < before.to)
        emit(reader, DOCS_TEXT, 0, before);
    reader->leaf = LEAF_TABLE;
    reader->columns = columns;
    add_row(reader, head);
    return true;
}

/* The paragraph becomes a heading, if there is more in it than definitions. */
static bool close_heading(Reader *reader, gsize ink) {
    guint level = docs_line_underline(reader->text, ink, reader->end);
    if (level == 0)
        return false;
    DocsRange rest = cut_definitions(reader, (DocsRange){reader->leaf_from, reader->out->bytes->len});
    reader->leaf_from = rest.from;
    if (rest.from >= rest.to)
        return false;
    emit(reader, DOCS_HEADING, level, rest);
    reader->leaf = LEAF_NONE;
    return true;
}

static void add_heading(Reader *reader, guint level, DocsRange content) {
    open_leaf(reader, LEAF_NONE);
    gsize from = reader->out->bytes->len;
    append(reader, content.from, content.to);
    emit(reader, DOCS_HEADING, level, (DocsRange){from, reader->out->bytes->len - 1});
}

/* A container begins here: true, and more may follow in the line. */
static bool open_container(Reader *reader, guint kept, gsize ink, guint indent) {
    bool inside = reader->leaf == LEAF_TEXT && kept == reader->depth;
    if (kept >= DEPTH - 1)
        return false;
    if (reader->text[ink] == '>') {
        close_to(reader, kept);
        push(reader, (Container){.quote = true});
        enter_quote(reader, indent);
        return true;
    }
    gsize note = docs_line_footnote(reader->text, ink, reader->end);
    bool site = reader->site && docs_line_opens_site_block(reader->text, ink, reader->end);
    if (note != 0 || site) {
        close_to(reader, kept);
        push(reader, (Container){.width = site ? indent + 4 : 4});
        reader->at = site ? reader->end : note;
        reader->column += indent; /* tabs behind it do not matter */
        return true;
    }
    guint marker = docs_line_marker(reader->text, ink, reader->end, inside);
    if (marker == 0)
        return false;
    close_to(reader, kept);
    open_item(reader, indent, marker);
    return true;
}

/* A leaf begins here and has the whole line. */
static bool open_block(Reader *reader, guint kept, gsize ink) {
    bool inside = reader->leaf == LEAF_TEXT && kept == reader->depth;
    const char *text = reader->text;
    DocsRange content;
    guint level = docs_line_heading(text, ink, reader->end, &content);
    guint fence = level == 0 ? docs_line_fence(text, ink, reader->end) : 0;
    guint html = level == 0 && fence == 0 ? docs_line_html(text, ink, reader->end, inside) : 0;
    if (level == 0 && fence == 0 && html == 0) {
        if (inside && close_heading(reader, ink))
            return true;
        if ((inside && docs_line_underline(text, ink, reader->end) != 0) || !docs_line_is_rule(text, ink, reader->end))
            return false;
    }
    close_to(reader, kept);
    if (level != 0)
        add_heading(reader, level, content);
    else if (fence != 0)
        open_fence(reader, ink, fence);
    else if (html != 0)
        open_html(reader, ink, html);
    else
        open_leaf(reader, LEAF_NONE);
    return true;
}

static void add_text(Reader *reader, guint kept, gsize ink) {
    bool all = kept == reader->depth;
    if (ink == reader->end) {
        close_to(reader, kept);
        if (reader->leaf == LEAF_TEXT || reader->leaf == LEAF_TABLE)
            close_leaf(reader);
        return;
    }
    if (reader->leaf != LEAF_TEXT && !(all && reader->leaf == LEAF_TABLE)) {
        close_to(reader, kept);
        open_leaf(reader, LEAF_TEXT);
    }
    if (reader->leaf == LEAF_TEXT && all && reader->out->bytes->len > reader->leaf_from && open_table(reader, ink))
        return;
    reader->last_line = reader->out->bytes->len;
    append(reader, ink, reader->end);
    if (reader->leaf == LEAF_TABLE)
        add_row(reader, reader->last_line);
}

/* Code and HTML swallow lines. */
static bool goes_on(Reader *reader) {
    gsize ink;
    guint indent = indent_of(reader, &ink);
    if (reader->leaf == LEAF_FENCE) {
        if (indent < 4 && docs_line_closes_fence(reader->text, ink, reader->end, reader->fence, reader->length))
            close_leaf(reader);
        return true;
    }
    if (reader->leaf != LEAF_HTML)
        return false;
    bool ends = docs_line_ends_html(reader->text, ink, reader->end, reader->kind);
    if (!reader->hidden && ink < reader->end)
        append(reader, reader->at, reader->end);
    if (ends)
        close_leaf(reader);
    return true;
}

static void read_line(Reader *reader) {
    guint kept = match_containers(reader);
    if (kept == reader->depth && goes_on(reader))
        return;
    for (;;) {
        gsize ink;
        guint indent = indent_of(reader, &ink);
        bool code = indent >= 4 && ink < reader->end && reader->leaf != LEAF_TEXT;
        if (code) {
            close_to(reader, kept);
            if (reader->leaf != LEAF_CODE)
                open_leaf(reader, LEAF_CODE);
            return;
        }
        if (indent < 4 && ink < reader->end && open_block(reader, kept, ink))
            return;
        if (indent >= 4 || ink == reader->end || !open_container(reader, kept, ink, indent)) {
            add_text(reader, kept, ink);
            return;
        }
        kept = reader->depth;
    }
}

/* ---- the text ---- */

static gsize end_of_line(const char *text, gsize at, gsize length, gsize *next) {
    gsize end = at;
    while (end < length && text[end] != '\n' && text[end] != '\r')
        end++;
    bool both = end + 1 < length && text[end] == '\r' && text[end + 1] == '\n';
    *next = MIN(length, end + (both ? 2 : 1));
    return end;
}

/* Behind "---", lines, "---" at the very beginning. */
static gsize skip_front_matter(const char *text, gsize at, gsize length, guint *lines) {
    gsize next, line = at;
    guint count = 0;
    for (; line < length; line = next, count++) {
        gsize end = end_of_line(text, line, length, &next);
        bool rule = end - line == 3 && memcmp(text + line, "---", 3) == 0;
        if (count == 0 && !rule)
            return at;
        if (count > 0 && (rule || (end - line == 3 && memcmp(text + line, "...", 3) == 0))) {
            *lines = count + 1;
            return next;
        }
    }
    return at;
}

DocsBlocks *docs_blocks(const char *text, gsize length, bool site) {
    DocsBlocks *out = g_new0(DocsBlocks, 1);
    out->bytes = g_string_sized_new(length + 1);
    out->pieces = g_array_new(FALSE, FALSE, sizeof(DocsPiece));
    out->blocks = g_array_new(FALSE, FALSE, sizeof(DocsBlock));
    out->definitions = g_array_new(FALSE, FALSE, sizeof(DocsDefinition));
    Reader reader = {.out = out, .text = text, .site = site};
    gsize at = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0, next = 0;
    for (at = skip_front_matter(text, at, length, &reader.number); at < length; at = next) {
        reader.start = reader.at = at;
        reader.end = end_of_line(text, at, length, &next);
        reader.column = 0;
        reader.number++;
        read_line(&reader);
    }
    close_leaf(&reader);
    return out;
}
