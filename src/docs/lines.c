#include "docs/lines.h"

#include <string.h>

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

static gsize skip(const char *text, gsize at, gsize end) {
    while (at < end && is_blank(text[at]))
        at++;
    return at;
}

static gsize run_of(const char *text, gsize at, gsize end) {
    gsize i = at;
    while (i < end && text[i] == text[at])
        i++;
    return i - at;
}

guint docs_line_heading(const char *text, gsize at, gsize end, DocsRange *content) {
    gsize marks = at < end && text[at] == '#' ? run_of(text, at, end) : 0;
    if (marks == 0 || marks > 6 || (at + marks < end && !is_blank(text[at + marks])))
        return 0;
    gsize from = skip(text, at + marks, end), to = end;
    while (to > from && is_blank(text[to - 1]))
        to--;
    gsize stop = to;
    while (stop > from && text[stop - 1] == '#')
        stop--;
    if (stop < to && (stop == from || is_blank(text[stop - 1])))
        to = stop;
    while (to > from && is_blank(text[to - 1]))
        to--;
    *content = (DocsRange){from, to};
    return (guint)marks;
}

guint docs_line_fence(const char *text, gsize at, gsize end) {
    if (at >= end || (text[at] != '`' && text[at] != '~'))
        return 0;
    gsize length = run_of(text, at, end);
    if (length < 3 || (text[at] == '`' && memchr(text + at + length, '`', end - at - length) != NULL))
        return 0;
    return (guint)MIN(length, G_MAXUINT);
}

bool docs_line_closes_fence(const char *text, gsize at, gsize end, char mark, guint length) {
    gsize run = at < end && text[at] == mark ? run_of(text, at, end) : 0;
    return run >= length && skip(text, at + run, end) == end;
}

guint docs_line_underline(const char *text, gsize at, gsize end) {
    if (at >= end || (text[at] != '=' && text[at] != '-') || skip(text, at + run_of(text, at, end), end) != end)
        return 0;
    return text[at] == '=' ? 1 : 2;
}

bool docs_line_is_rule(const char *text, gsize at, gsize end) {
    guint count = 0;
    if (at >= end || (text[at] != '*' && text[at] != '-' && text[at] != '_'))
        return false;
    for (gsize i = at; i < end; i++) {
        if (text[i] != text[at] && !is_blank(text[i]))
            return false;
        count += text[i] == text[at] ? 1 : 0;
    }
    return count >= 3;
}

guint docs_line_marker(const char *text, gsize at, gsize end, bool in_paragraph) {
    gsize digits = 0;
    while (at + digits < end && g_ascii_isdigit(text[at + digits]) && digits < 10)
        digits++;
    bool bullet = digits == 0 && at < end && (text[at] == '-' || text[at] == '+' || text[at] == '*');
    bool number = digits > 0 && digits < 10 && at + digits < end && (text[at + digits] == '.' || text[at + digits] == ')');
    gsize behind = at + digits + 1;
    if ((!bullet && !number) || (behind < end && !is_blank(text[behind])))
        return 0;
    if (in_paragraph && (skip(text, behind, end) == end || (number && (digits != 1 || text[at] != '1'))))
        return 0;
    return (guint)digits + 1;
}

/* ---- HTML ---- */

static const char *const blocks[] = {
    "address", "article", "aside",    "base",  "basefont", "blockquote", "body",       "caption", "center", "col",    "colgroup", "dd",       "details",
    "dialog",  "dir",     "div",      "dl",    "dt",       "fieldset",   "figcaption", "figure",  "footer", "form",   "frame",    "frameset", "h1",
    "h2",      "h3",      "h4",       "h5",    "h6",       "head",       "header",     "hr",      "html",   "iframe", "legend",   "li",       "link",
    "main",    "menu",    "menuitem", "nav",   "noframes", "ol",         "optgroup",   "option",  "p",      "param",  "section",  "source",   "summary",
    "table",   "tbody",   "td",       "tfoot", "th",       "thead",      "title",      "tr",      "track",  "ul",
};

static bool has_word(const char *text, gsize at, gsize end, const char *word) {
    gsize length = strlen(word);
    return end - at >= length && g_ascii_strncasecmp(text + at, word, length) == 0;
}

static bool ends_name(const char *text, gsize at, gsize end) {
    return at >= end || is_blank(text[at]) || text[at] == '>';
}

static bool is_raw(const char *text, gsize at, gsize end) {
    static const char *const words[] = {"<script", "<pre", "<style", "<textarea"};
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        if (has_word(text, at, end, words[i]) && ends_name(text, at + strlen(words[i]), end))
            return true;
    }
    return false;
}

static bool is_block_tag(const char *text, gsize at, gsize end) {
    gsize name = at + 1 + (at + 1 < end && text[at + 1] == '/' ? 1 : 0), stop = name;
    while (stop < end && g_ascii_isalnum(text[stop]))
        stop++;
    bool ends = ends_name(text, stop, end) || (stop + 1 < end && text[stop] == '/' && text[stop + 1] == '>');
    for (guint i = 0; ends && i < G_N_ELEMENTS(blocks); i++) {
        if (strlen(blocks[i]) == stop - name && g_ascii_strncasecmp(blocks[i], text + name, stop - name) == 0)
            return true;
    }
    return false;
}

guint docs_line_html(const char *text, gsize at, gsize end, bool in_paragraph) {
    DocsTag tag;
    if (at >= end || text[at] != '<')
        return 0;
    if (is_raw(text, at, end))
        return 1;
    if (has_word(text, at, end, "<!--"))
        return 2;
    if (has_word(text, at, end, "<?"))
        return 3;
    if (has_word(text, at, end, "<![CDATA["))
        return 5;
    if (has_word(text, at, end, "<!") && at + 2 < end && g_ascii_isupper(text[at + 2]))
        return 4;
    if (is_block_tag(text, at, end))
        return 6;
    gsize behind = in_paragraph ? 0 : docs_parse_tag(text, at, end, &tag);
    return behind != 0 && skip(text, behind, end) == end ? 7 : 0;
}

bool docs_line_ends_html(const char *text, gsize at, gsize end, guint kind) {
    static const char *const ends[] = {"", "", "-->", "?>", ">", "]]>"};
    static const char *const raw[] = {"</script>", "</pre>", "</style>", "</textarea>"};
    if (kind >= 6)
        return skip(text, at, end) == end;
    if (kind != 1)
        return end > at && memmem(text + at, end - at, ends[kind], strlen(ends[kind])) != NULL;
    for (const char *p = memchr(text + at, '<', end - at); p != NULL; p = memchr(p + 1, '<', end - (gsize)(p + 1 - text))) {
        for (guint i = 0; i < G_N_ELEMENTS(raw); i++) {
            if (has_word(text, (gsize)(p - text), end, raw[i]))
                return true;
        }
    }
    return false;
}

/* ---- tables ---- */

guint docs_line_columns(const char *text, gsize at, gsize end) {
    guint columns = 0;
    bool bars = at < end && text[at] == '|';
    for (at += bars ? 1 : 0; at < end;) {
        gsize i = skip(text, at, end);
        bool colon = i < end && text[i] == ':';
        i += colon ? 1 : 0;
        gsize dashes = i < end && text[i] == '-' ? run_of(text, i, end) : 0;
        i += dashes;
        colon = colon || (i < end && text[i] == ':');
        i += i < end && text[i] == ':' ? 1 : 0;
        i = skip(text, i, end);
        if (dashes == 0 || (i < end && text[i] != '|'))
            return 0;
        columns++;
        bars = bars || colon || i < end;
        at = skip(text, i + 1, end);
    }
    return bars ? columns : 0;
}

bool docs_line_cell(const char *text, gsize *at, gsize end, DocsRange *cell) {
    gsize from = *at, i = from;
    if (skip(text, from, end) >= end)
        return false;
    for (; i < end && text[i] != '|'; i++)
        i += text[i] == '\\' && i + 1 < end ? 1 : 0;
    i = MIN(i, end);
    *cell = (DocsRange){skip(text, from, i), i};
    *at = i + 1;
    return true;
}

/* ---- more ---- */

gsize docs_line_footnote(const char *text, gsize at, gsize end) {
    if (end - at < 5 || text[at] != '[' || text[at + 1] != '^')
        return 0;
    gsize i = at + 2;
    while (i < end && text[i] != ']' && text[i] != '[' && !g_ascii_isspace(text[i]))
        i++;
    return i > at + 2 && i + 1 < end && text[i] == ']' && text[i + 1] == ':' ? skip(text, i + 2, end) : 0;
}

bool docs_line_opens_site_block(const char *text, gsize at, gsize end) {
    gsize run = at < end && strchr("!?=", text[at]) != NULL && text[at] != '\0' ? run_of(text, at, end) : 0;
    gsize i = at + run;
    if (run != 3)
        return false;
    while (i < end && (text[i] == '+' || text[i] == '!'))
        i++;
    return i + 1 < end && text[i] == ' ' && (text[at] != '=' || text[i + 1] == '"' || text[i + 1] == '\'');
}
