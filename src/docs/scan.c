#include "docs/scan.h"

#include <string.h>

/* ---- brackets ---- */

static gsize skip_space(const DocsScan *scan, gsize at) {
    while (at < scan->end && g_ascii_isspace(scan->text[at]))
        at++;
    return at;
}

/* "(destination "title")" behind a bracket; 0: none. */
static gsize parse_target(const DocsScan *scan, gsize at, DocsRange *destination) {
    bool found = false;
    if (at >= scan->end || scan->text[at] != '(')
        return 0;
    gsize from = skip_space(scan, at + 1);
    gsize behind = docs_parse_destination(scan->text, from, scan->end, destination, &found);
    if (!found && (behind != from || from >= scan->end || scan->text[from] != ')'))
        return 0;
    gsize title = skip_space(scan, behind);
    if (title > behind) {
        gsize whole = docs_parse_title(scan->text, title, scan->end);
        title = whole != 0 ? skip_space(scan, whole) : title;
    }
    return title < scan->end && scan->text[title] == ')' ? title + 1 : 0;
}

static DocsDefinition *look_up(const DocsScan *scan, DocsRange label) {
    if (scan->inlines->labels == NULL || label.to - label.from > 999)
        return NULL;
    g_autofree char *key = docs_label_key(scan->text, label);
    guint index = GPOINTER_TO_UINT(g_hash_table_lookup(scan->inlines->labels, key));
    return index > 0 ? &g_array_index(scan->inlines->blocks->definitions, DocsDefinition, index - 1) : NULL;
}

/* An array's index is no reference: words[i][k]. */
static bool is_meant(const DocsScan *scan, gsize bracket) {
    char before = bracket > scan->from ? scan->text[bracket - 1] : ' ';
    return !g_ascii_isalnum(before) && before != '_' && before != ']' && before != ')';
}

/* [text][label], [text][] and [text]; 0: not defined. */
static gsize parse_reference(const DocsScan *scan, const DocsOpener *opener, DocsRange *destination) {
    DocsRange label = {0, 0};
    gsize here = scan->at, behind = docs_parse_label(scan->text, here + 1, scan->end, &label);
    gsize empty = behind == 0 && here + 1 < scan->end && scan->text[here + 1] == '[' ? skip_space(scan, here + 2) : scan->end;
    bool collapsed = empty < scan->end && scan->text[empty] == ']';
    bool named = behind != 0;
    if (!named && opener->bracket_after)
        return 0;
    if (!named)
        label = (DocsRange){opener->at + 1, here};
    DocsDefinition *definition = look_up(scan, label);
    if (definition != NULL) {
        definition->uses++;
        *destination = definition->destination;
        return named ? behind : collapsed ? empty + 1 : here + 1;
    }
    bool note = label.to > label.from && scan->text[label.from] == '^';
    if ((named || (collapsed && label.to > label.from)) && !note && is_meant(scan, opener->at - (opener->image ? 1 : 0)))
        docs_scan_use(scan, DOCS_UNDEFINED, opener->at, label, false);
    return 0;
}

/* An image says nothing in a heading's text. */
static void cut_plain(DocsScan *scan, gsize length) {
    g_string_truncate(scan->plain, length);
    while (scan->marks->len > 0 && g_array_index(scan->marks, DocsMark, scan->marks->len - 1).at >= length)
        g_array_set_size(scan->marks, scan->marks->len - 1);
}

void docs_scan_close(DocsScan *scan) {
    DocsRange destination = {0, 0};
    guint count = scan->openers->len;
    if (count == 0) {
        scan->at++;
        return;
    }
    DocsOpener opener = g_array_index(scan->openers, DocsOpener, count - 1);
    bool active = opener.image || count > scan->inactive;
    g_array_set_size(scan->openers, count - 1);
    scan->texts -= opener.image ? 0 : 1;
    gsize behind = active ? parse_target(scan, scan->at + 1, &destination) : 0;
    if (active && behind == 0)
        behind = parse_reference(scan, &opener, &destination);
    if (behind == 0) {
        scan->inactive = MIN(scan->inactive, count - 1);
        scan->at++;
        return;
    }
    docs_scan_use(scan, opener.image ? DOCS_IMAGE : DOCS_LINK, opener.at - (opener.image ? 1 : 0), destination, true);
    if (!opener.image)
        scan->inactive = count - 1;
    else if (scan->plain != NULL)
        cut_plain(scan, opener.plain);
    scan->inactive = MIN(scan->inactive, count - 1);
    scan->at = behind;
}

/* ---- autolinks ---- */

static gsize scheme_length(const DocsScan *scan, gsize at) {
    gsize i = at;
    if (i >= scan->end || !g_ascii_isalpha(scan->text[i]))
        return 0;
    while (i < scan->end && i - at <= 32 && (g_ascii_isalnum(scan->text[i]) || strchr("+.-", scan->text[i]) != NULL) && scan->text[i] != '\0')
        i++;
    return i < scan->end && scan->text[i] == ':' && i - at >= 2 && i - at <= 32 ? i - at : 0;
}

/* "<https://…>" and "<ada@example.org>". */
static gsize parse_autolink(const DocsScan *scan, DocsRange *range) {
    gsize from = scan->at + 1, i = from, stop = MIN(scan->end, from + DOCS_PIECE);
    bool mail = scheme_length(scan, from) == 0, sign = false;
    while (i < stop && scan->text[i] != '>' && scan->text[i] != '<' && !g_ascii_isspace(scan->text[i]) && !g_ascii_iscntrl(scan->text[i])) {
        sign = sign || (scan->text[i] == '@' && i > from);
        i++;
    }
    if (i >= stop || scan->text[i] != '>' || (mail && (!sign || memchr(scan->text + from, '"', i - from) != NULL)))
        return 0;
    *range = (DocsRange){from, i};
    return i + 1;
}

static guint aside_kind(const char *text, gsize at, gsize end) {
    char c = at + 1 < end ? text[at + 1] : '\0', d = at + 2 < end ? text[at + 2] : '\0';
    return c == '?' ? 0 : d == '-' ? 1 : d == '[' ? 2 : 3;
}

static gsize parse_aside(DocsScan *scan) {
    char next = scan->at + 1 < scan->end ? scan->text[scan->at + 1] : '\0';
    guint kind = aside_kind(scan->text, scan->at, scan->end);
    if ((next != '!' && next != '?') || scan->endless[kind])
        return 0;
    gsize behind = docs_parse_aside(scan->text, scan->at, scan->end);
    scan->endless[kind] = behind == 0;
    return behind;
}

static bool is_tag(const DocsScan *scan, const DocsTag *tag, const char *name) {
    gsize length = strlen(name);
    return tag->name.to - tag->name.from == length && g_ascii_strncasecmp(scan->text + tag->name.from, name, length) == 0;
}

static void use_tag(const DocsScan *scan, const DocsTag *tag) {
    bool link = is_tag(scan, tag, "a") || is_tag(scan, tag, "area");
    bool image = is_tag(scan, tag, "img") || is_tag(scan, tag, "source") || is_tag(scan, tag, "video") || is_tag(scan, tag, "audio");
    if (tag->id.to > tag->id.from)
        docs_scan_use(scan, DOCS_ANCHOR, scan->at, tag->id, false);
    if (link && tag->anchor.to > tag->anchor.from)
        docs_scan_use(scan, DOCS_ANCHOR, scan->at, tag->anchor, false);
    if (link && tag->href.to != 0)
        docs_scan_use(scan, DOCS_HTML_LINK, scan->at, tag->href, false);
    if (image && tag->src.to != 0)
        docs_scan_use(scan, DOCS_HTML_IMAGE, scan->at, tag->src, false);
}

static void use_autolink(const DocsScan *scan, DocsRange range) {
    bool mail = scheme_length(scan, range.from) == 0;
    g_autofree char *target = docs_unescape(scan->text, range, false);
    scan->inlines->use(DOCS_AUTOLINK, scan->at, g_strconcat(mail ? "mailto:" : "", target, NULL), scan->inlines->data);
}

bool docs_scan_angle(DocsScan *scan) {
    DocsRange range;
    DocsTag tag;
    gsize behind = parse_autolink(scan, &range);
    if (behind != 0) {
        use_autolink(scan, range);
        docs_scan_plain(scan, range.from, range.to);
        scan->at = behind;
        return true;
    }
    behind = docs_parse_tag(scan->text, scan->at, scan->end, &tag);
    if (behind != 0)
        use_tag(scan, &tag);
    else
        behind = parse_aside(scan);
    if (behind != 0)
        scan->at = behind;
    return behind != 0;
}

void docs_scan_html(DocsScan *scan) {
    while (scan->at < scan->end) {
        const char *angle = memchr(scan->text + scan->at, '<', scan->end - scan->at);
        if (angle == NULL)
            return;
        scan->at = (gsize)(angle - scan->text);
        DocsTag tag;
        gsize behind = docs_parse_tag(scan->text, scan->at, scan->end, &tag);
        if (behind != 0)
            use_tag(scan, &tag);
        else
            behind = parse_aside(scan);
        if (behind == 0 && scan->endless[1] && scan->end - scan->at >= 4 && memcmp(angle, "<!--", 4) == 0)
            return; /* the rest is a comment */
        scan->at = behind != 0 ? behind : scan->at + 1;
    }
}

/* ---- addresses without brackets, as GitHub finds them ---- */

static bool is_host(char c) {
    return (guchar)c >= 0x80 || g_ascii_isalnum(c) || c == '-' || c == '_';
}

/* The length of a host's name; 0: it is none. Its last two parts hold no underscore. */
static gsize host_length(const DocsScan *scan, gsize at) {
    guint before = 0, here = 0;
    gsize i = at;
    for (; i < scan->end && (is_host(scan->text[i]) || scan->text[i] == '.'); i++) {
        if (scan->text[i] == '.') {
            before = here;
            here = 0;
        } else if (scan->text[i] == '_' && i + 1 < scan->end) {
            here++;
        }
    }
    return here > 0 || before > 0 ? 0 : i - at;
}

/* Punctuation at an address' end belongs to the sentence. */
static gsize trim(const char *text, gsize from, gsize to) {
    gsize open = 0, close = 0;
    for (gsize i = from; i < to; i++) {
        open += text[i] == '(' ? 1 : 0;
        close += text[i] == ')' ? 1 : 0;
    }
    while (to > from) {
        char c = text[to - 1];
        if (c == ')' && close > open)
            close--;
        else if (c == ';') {
            gsize i = to - 1;
            while (i > from && g_ascii_isalpha(text[i - 1]))
                i--;
            to = i > from && text[i - 1] == '&' && i < to - 1 ? i : to;
        } else if (c == '\0' || strchr("?!.,:*_~'\"", c) == NULL)
            return to;
        to--;
    }
    return to;
}

static gsize end_of_url(const DocsScan *scan, gsize at) {
    while (at < scan->end && !g_ascii_isspace(scan->text[at]) && scan->text[at] != '<')
        at++;
    return at;
}

/* Where the host begins of the address whose "://" or "www." stands at scan->at; 0: none. *from: where the address begins. */
static gsize begin_of_host(const DocsScan *scan, gsize *from) {
    static const char *const schemes[] = {"https", "http", "ftp"};
    const char *text = scan->text;
    gsize at = scan->at, start = at;
    *from = at;
    if (text[at] == 'w')
        return scan->end - at > 4 && memcmp(text + at, "www.", 4) == 0 && (at == scan->from || strchr(" \t\n*_~(", text[at - 1]) != NULL) ? at + 4 : 0;
    if (text[at] != ':' || scan->end - at <= 3 || text[at + 1] != '/' || text[at + 2] != '/')
        return 0;
    while (start > scan->from && at - start < 8 && g_ascii_isalpha(text[start - 1]))
        start--;
    for (guint i = 0; i < G_N_ELEMENTS(schemes); i++) {
        *from = start;
        if (at - start == strlen(schemes[i]) && g_ascii_strncasecmp(text + start, schemes[i], at - start) == 0)
            return at + 3;
    }
    return 0;
}

bool docs_scan_url(DocsScan *scan) {
    gsize from, start = scan->texts == 0 && scan->openers->len <= scan->inactive ? begin_of_host(scan, &from) : 0;
    bool bare = scan->text[scan->at] == 'w';
    if (start == 0 || (!g_ascii_isalnum(scan->text[start]) && (guchar)scan->text[start] < 0x80))
        return false;
    gsize host = host_length(scan, start);
    gsize to = host > 0 ? trim(scan->text, from, end_of_url(scan, start + host)) : 0;
    if (host == 0 || to <= start)
        return false;
    char *url = g_strdup_printf("%s%.*s", bare ? "http://" : "", (int)(to - from), scan->text + from);
    scan->inlines->use(DOCS_AUTOLINK, from, url, scan->inlines->data);
    docs_scan_plain(scan, scan->at, to);
    scan->at = to;
    return true;
}

/* ---- emphasis by underscores ---- */

/* Pairs runs as CommonMark does and cuts what was paired out of the plain text, from the end on. */
void docs_scan_underscores(DocsScan *scan) {
    g_autofree gsize *used = g_new0(gsize, scan->marks->len);
    for (guint i = 0; i < scan->marks->len; i++) {
        const DocsMark *closer = &g_array_index(scan->marks, DocsMark, i);
        for (guint k = i; closer->closes && k > 0 && i - k < 64; k--) {
            const DocsMark *opener = &g_array_index(scan->marks, DocsMark, k - 1);
            gsize pairs = opener->opens ? MIN(opener->length - used[k - 1], closer->length - used[i]) : 0;
            used[k - 1] += pairs;
            used[i] += pairs;
        }
    }
    for (guint i = scan->marks->len; i > 0; i--) {
        const DocsMark *mark = &g_array_index(scan->marks, DocsMark, i - 1);
        if (mark->at + used[i - 1] <= scan->plain->len)
            g_string_erase(scan->plain, (gssize)mark->at, (gssize)used[i - 1]);
    }
}
