#include "docs/inlines.h"

#include "docs/scan.h"

#include <string.h>

/* Bytes at which something may begin. */
static const bool special[256] = {
    ['\\'] = true, ['`'] = true, ['<'] = true, ['['] = true, [']'] = true, ['!'] = true, [':'] = true, ['w'] = true, ['{'] = true};
/* In a heading, whose text is wanted, also these. */
static const bool special_plain[256] = {
    ['\\'] = true, ['`'] = true, ['<'] = true, ['['] = true, [']'] = true, ['!'] = true, [':'] = true, ['w'] = true, ['{'] = true, ['&'] = true, ['_'] = true};

void docs_scan_use(const DocsScan *scan, DocsUseKind kind, gsize at, DocsRange range, bool markdown) {
    scan->inlines->use(kind, at, docs_unescape(scan->text, range, markdown), scan->inlines->data);
}

void docs_scan_plain(DocsScan *scan, gsize from, gsize to) {
    if (scan->plain != NULL)
        g_string_append_len(scan->plain, scan->text + from, (gssize)(to - from));
}

/* ---- code ---- */

static gsize run_of(const DocsScan *scan, gsize at) {
    gsize i = at;
    while (i < scan->end && scan->text[i] == scan->text[at])
        i++;
    return i - at;
}

/* Where the last run of each length stands: a run that none follows opens nothing, and is not looked for again. */
static void count_ticks(DocsScan *scan) {
    scan->counted = true;
    for (gsize i = scan->at; i < scan->end;) {
        const char *tick = memchr(scan->text + i, '`', scan->end - i);
        if (tick == NULL)
            return;
        i = (gsize)(tick - scan->text);
        gsize length = run_of(scan, i);
        if (length <= DOCS_TICKS)
            scan->last[length] = i;
        i += length;
    }
}

static void scan_code(DocsScan *scan) {
    gsize from = scan->at, length = run_of(scan, from);
    if (!scan->counted)
        count_ticks(scan);
    scan->at += length;
    if (length > DOCS_TICKS || scan->last[length] <= from)
        return;
    for (gsize i = scan->at; i < scan->end;) {
        const char *tick = memchr(scan->text + i, '`', scan->end - i);
        i = (gsize)(tick - scan->text);
        gsize run = run_of(scan, i);
        if (run == length) {
            docs_scan_plain(scan, from + length, i);
            scan->at = i + run;
            return;
        }
        i += run;
    }
}

/* ---- marks ---- */

/* CommonMark's left- and right-flanking runs, for underscores; bytes of other alphabets count as letters. */
static void scan_underscores(DocsScan *scan) {
    gsize length = run_of(scan, scan->at), behind = scan->at + length;
    char before = scan->at > scan->from ? scan->text[scan->at - 1] : ' ', after = behind < scan->end ? scan->text[behind] : ' ';
    bool space_before = g_ascii_isspace(before), space_after = g_ascii_isspace(after);
    bool punct_before = g_ascii_ispunct(before), punct_after = g_ascii_ispunct(after);
    bool left = !space_after && (!punct_after || space_before || punct_before);
    bool right = !space_before && (!punct_before || space_after || punct_after);
    DocsMark mark = {.at = scan->plain->len, .length = length, .opens = left && (!right || punct_before), .closes = right && (!left || punct_after)};
    g_array_append_val(scan->marks, mark);
    docs_scan_plain(scan, scan->at, behind);
    scan->at = behind;
}

/* MkDocs: {#id}, {: #id .class}. */
static void scan_attributes(DocsScan *scan) {
    gsize stop = MIN(scan->end, scan->at + 256);
    const char *close = memchr(scan->text + scan->at, '}', stop - scan->at);
    const char *mark = close != NULL ? memchr(scan->text + scan->at, '#', (gsize)(close - scan->text) - scan->at) : NULL;
    if (mark != NULL && (scan->inlines->site || scan->plain != NULL)) {
        gsize from = (gsize)(mark - scan->text) + 1, to = from;
        while (scan->text + to < close && !g_ascii_isspace(scan->text[to]))
            to++;
        bool first = strchr("{: ", mark[-1]) != NULL;
        if (to > from && first)
            docs_scan_use(scan, DOCS_ANCHOR, scan->at, (DocsRange){from, to}, false);
    }
    docs_scan_plain(scan, scan->at, scan->at + 1);
    scan->at++;
}

static void open_bracket(DocsScan *scan, bool image) {
    if (scan->openers->len > 0)
        g_array_index(scan->openers, DocsOpener, scan->openers->len - 1).bracket_after = true;
    DocsOpener opener = {.at = scan->at + (image ? 1 : 0), .image = image, .plain = scan->plain != NULL ? scan->plain->len : 0};
    g_array_append_val(scan->openers, opener);
    scan->texts += image ? 0 : 1;
    scan->at += image ? 2 : 1;
}

static void scan_entity(DocsScan *scan) {
    gunichar c = 0;
    gsize behind = docs_parse_entity(scan->text, scan->at, scan->end, &c);
    if (behind != 0)
        g_string_append_unichar(scan->plain, c);
    else
        g_string_append_c(scan->plain, '&');
    scan->at = behind != 0 ? behind : scan->at + 1;
}

static void scan_escape(DocsScan *scan) {
    bool escapes = scan->at + 1 < scan->end && g_ascii_ispunct(scan->text[scan->at + 1]);
    scan->at += escapes ? 2 : 1;
    docs_scan_plain(scan, scan->at - 1, scan->at);
}

static void pass(DocsScan *scan) {
    docs_scan_plain(scan, scan->at, scan->at + 1);
    scan->at++;
}

static void scan_one(DocsScan *scan) {
    switch (scan->text[scan->at]) {
    case '\\':
        scan_escape(scan);
        break;
    case '`':
        scan_code(scan);
        break;
    case '[':
        open_bracket(scan, false);
        break;
    case ']':
        docs_scan_close(scan);
        break;
    case '{':
        scan_attributes(scan);
        break;
    case '&':
        scan_entity(scan);
        break;
    case '_':
        scan_underscores(scan);
        break;
    case '!':
        if (scan->at + 1 < scan->end && scan->text[scan->at + 1] == '[')
            open_bracket(scan, true);
        else
            pass(scan);
        break;
    case '<':
        if (!docs_scan_angle(scan))
            pass(scan);
        break;
    default:
        if (!docs_scan_url(scan))
            pass(scan);
    }
}

static void scan_text(DocsScan *scan) {
    const bool *stops = scan->plain != NULL ? special_plain : special;
    while (scan->at < scan->end) {
        gsize from = scan->at;
        while (scan->at < scan->end && !stops[(guchar)scan->text[scan->at]])
            scan->at++;
        docs_scan_plain(scan, from, scan->at);
        if (scan->at < scan->end)
            scan_one(scan);
    }
}

void docs_inlines(const DocsInlines *inlines, const DocsBlock *block, GString *plain) {
    DocsScan scan = {.inlines = inlines, .text = inlines->blocks->bytes->str, .at = block->from, .from = block->from, .end = block->to, .plain = plain};
    if (block->kind == DOCS_HTML) {
        docs_scan_html(&scan);
        return;
    }
    while (scan.end > scan.at && g_ascii_isspace(scan.text[scan.end - 1]))
        scan.end--;
    scan.openers = g_array_new(FALSE, FALSE, sizeof(DocsOpener));
    scan.marks = plain != NULL ? g_array_new(FALSE, FALSE, sizeof(DocsMark)) : NULL;
    scan_text(&scan);
    if (plain != NULL) {
        docs_scan_underscores(&scan);
        g_array_unref(scan.marks);
    }
    g_array_unref(scan.openers);
}
