#include "docs/parse.h"

#include <string.h>

#define LABEL 999u
#define PARENTHESES 32

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

static bool is_space(char c) {
    return g_ascii_isspace(c) || c == '\v';
}

static bool is_escape(const char *text, gsize at, gsize end) {
    return text[at] == '\\' && at + 1 < end && g_ascii_ispunct(text[at + 1]);
}

gsize docs_parse_label(const char *text, gsize at, gsize end, DocsRange *label) {
    gsize stop = MIN(end, at + 1 + LABEL + 1);
    bool ink = false;
    if (at >= end || text[at] != '[')
        return 0;
    for (gsize i = at + 1; i < stop; i++) {
        if (text[i] == ']') {
            *label = (DocsRange){at + 1, i};
            return ink ? i + 1 : 0;
        }
        if (text[i] == '[')
            return 0;
        ink = ink || !is_space(text[i]);
        i += is_escape(text, i, stop) ? 1 : 0;
    }
    return 0;
}

static gsize parse_angled(const char *text, gsize at, gsize end, DocsRange *destination) {
    for (gsize i = at + 1; i < end; i++) {
        if (text[i] == '>') {
            *destination = (DocsRange){at + 1, i};
            return i + 1;
        }
        if (text[i] == '\n' || text[i] == '<')
            return 0;
        i += is_escape(text, i, end) ? 1 : 0;
    }
    return 0;
}

gsize docs_parse_destination(const char *text, gsize at, gsize end, DocsRange *destination, bool *found) {
    gsize stop = MIN(end, at + DOCS_PIECE), i = at;
    int open = 0;
    if (at < stop && text[at] == '<') {
        gsize behind = parse_angled(text, at, stop, destination);
        *found = behind != 0;
        return behind;
    }
    for (; i < stop && !is_space(text[i]) && !g_ascii_iscntrl(text[i]); i++) {
        if (text[i] == ')' && open-- == 0)
            break;
        open += text[i] == '(' ? 1 : 0;
        if (open > PARENTHESES)
            return 0;
        i += is_escape(text, i, stop) ? 1 : 0;
    }
    i = MIN(i, stop);
    *destination = (DocsRange){at, i};
    *found = i > at && (i < stop || stop == end); /* cmark-gfm does not mind open parentheses */
    return i;
}

gsize docs_parse_title(const char *text, gsize at, gsize end) {
    gsize stop = MIN(end, at + DOCS_PIECE);
    if (at >= end || strchr("\"'(", text[at]) == NULL || text[at] == '\0')
        return 0;
    char close = text[at] == '(' ? ')' : text[at];
    for (gsize i = at + 1; i < stop; i++) {
        if (text[i] == close)
            return i + 1;
        if (text[at] == '(' && text[i] == '(')
            return 0;
        i += is_escape(text, i, stop) ? 1 : 0;
    }
    return 0;
}

gsize docs_parse_space(const char *text, gsize at, gsize end) {
    bool line = false;
    for (; at < end && (is_blank(text[at]) || (text[at] == '\n' && !line)); at++)
        line = line || text[at] == '\n';
    return at;
}

/* ---- HTML ---- */

static gsize skip_space(const char *text, gsize at, gsize end) {
    while (at < end && is_space(text[at]))
        at++;
    return at;
}

static bool is_name(char c, bool first) {
    return g_ascii_isalpha(c) || c == '_' || c == ':' || (!first && (g_ascii_isdigit(c) || c == '.' || c == '-'));
}

static gsize parse_value(const char *text, gsize at, gsize end, DocsRange *value) {
    char quote = at < end ? text[at] : '\0';
    if (quote == '"' || quote == '\'') {
        const char *close = memchr(text + at + 1, quote, end - at - 1);
        if (close == NULL)
            return 0;
        *value = (DocsRange){at + 1, (gsize)(close - text)};
        return value->to + 1;
    }
    gsize from = at;
    while (at < end && !is_space(text[at]) && strchr("\"'=<>`", text[at]) == NULL)
        at++;
    *value = (DocsRange){from, at};
    return at > from ? at : 0;
}

static void keep_attribute(const char *text, DocsTag *tag, DocsRange name, DocsRange value) {
    static const char *const names[] = {"href", "src", "id", "name"};
    DocsRange *places[] = {&tag->href, &tag->src, &tag->id, &tag->anchor};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        gsize length = strlen(names[i]);
        if (name.to - name.from == length && g_ascii_strncasecmp(text + name.from, names[i], length) == 0 && places[i]->to == 0)
            *places[i] = value;
    }
}

/* One attribute with the space before it; *at is moved behind it. False: what stands here is none. */
static bool parse_attribute(const char *text, gsize *at, gsize end, DocsTag *tag) {
    gsize from = skip_space(text, *at, end), i = from;
    if (from == *at || from >= end || !is_name(text[from], true))
        return false;
    while (i < end && is_name(text[i], false))
        i++;
    DocsRange name = {from, i}, value = {0, 0};
    gsize equals = skip_space(text, i, end);
    *at = i;
    if (equals >= end || text[equals] != '=')
        return true;
    gsize behind = parse_value(text, skip_space(text, equals + 1, end), end, &value);
    if (behind == 0)
        return false;
    keep_attribute(text, tag, name, value);
    *at = behind;
    return true;
}

gsize docs_parse_tag(const char *text, gsize at, gsize end, DocsTag *tag) {
    gsize stop = MIN(end, at + 16 * DOCS_PIECE), i = at + 1;
    *tag = (DocsTag){.closing = i < stop && text[i] == '/'};
    i += tag->closing ? 1 : 0;
    gsize from = i;
    if (i >= stop || !g_ascii_isalpha(text[i]))
        return 0;
    while (i < stop && (g_ascii_isalnum(text[i]) || text[i] == '-'))
        i++;
    tag->name = (DocsRange){from, i};
    while (!tag->closing && parse_attribute(text, &i, stop, tag))
        continue;
    i = skip_space(text, i, stop);
    i += !tag->closing && i < stop && text[i] == '/' ? 1 : 0;
    return i < stop && text[i] == '>' ? i + 1 : 0;
}

static gsize behind(const char *text, gsize at, gsize end, const char *mark) {
    const char *found = at < end ? memmem(text + at, end - at, mark, strlen(mark)) : NULL;
    return found != NULL ? (gsize)(found - text) + strlen(mark) : 0;
}

static bool starts(const char *text, gsize at, gsize end, const char *word) {
    gsize length = strlen(word);
    return end - at >= length && memcmp(text + at, word, length) == 0;
}

gsize docs_parse_aside(const char *text, gsize at, gsize end) {
    if (starts(text, at, end, "<!-->"))
        return at + 5;
    if (starts(text, at, end, "<!--"))
        return behind(text, at + 4, end, "-->");
    if (starts(text, at, end, "<?"))
        return behind(text, at + 2, end, "?>");
    if (starts(text, at, end, "<![CDATA["))
        return behind(text, at + 9, end, "]]>");
    if (starts(text, at, end, "<!") && at + 2 < end && g_ascii_isupper(text[at + 2]))
        return behind(text, at + 2, end, ">");
    return 0;
}

/* ---- characters ---- */

static const struct {
    const char *name;
    gunichar c;
} entities[] = {
    {"amp", '&'},      {"lt", '<'},       {"gt", '>'},       {"quot", '"'},      {"apos", '\''},    {"nbsp", 0xa0},    {"copy", 0xa9},    {"reg", 0xae},
    {"trade", 0x2122}, {"ndash", 0x2013}, {"mdash", 0x2014}, {"hellip", 0x2026}, {"lsquo", 0x2018}, {"rsquo", 0x2019}, {"ldquo", 0x201c}, {"rdquo", 0x201d},
    {"laquo", 0xab},   {"raquo", 0xbb},   {"middot", 0xb7},  {"bull", 0x2022},   {"times", 0xd7},   {"rarr", 0x2192},  {"larr", 0x2190},  {"deg", 0xb0},
    {"auml", 0xe4},    {"ouml", 0xf6},    {"uuml", 0xfc},    {"Auml", 0xc4},     {"Ouml", 0xd6},    {"Uuml", 0xdc},    {"szlig", 0xdf},   {"eacute", 0xe9},
    {"egrave", 0xe8},  {"agrave", 0xe0},  {"ccedil", 0xe7},  {"num", '#'},       {"lpar", '('},     {"rpar", ')'},     {"lowbar", '_'},   {"period", '.'},
};

static gunichar number_of(const char *text, gsize from, gsize to) {
    bool hex = text[from] == 'x' || text[from] == 'X';
    guint64 value = 0;
    if (to - from > 8 || to == from + (hex ? 1 : 0))
        return 0;
    for (gsize i = from + (hex ? 1 : 0); i < to; i++) {
        if (hex ? !g_ascii_isxdigit(text[i]) : !g_ascii_isdigit(text[i]))
            return 0;
        value = value * (hex ? 16 : 10) + (guint64)g_ascii_xdigit_value(text[i]);
    }
    return value > 0 && value <= 0x10ffff && g_unichar_validate((gunichar)value) ? (gunichar)value : 0xfffd;
}

gsize docs_parse_entity(const char *text, gsize at, gsize end, gunichar *c) {
    gsize i = at + 1, stop = MIN(end, at + 12);
    while (i < stop && (g_ascii_isalnum(text[i]) || (text[i] == '#' && i == at + 1)))
        i++;
    if (i >= stop || text[i] != ';' || i == at + 1)
        return 0;
    if (text[at + 1] == '#') {
        *c = i > at + 2 ? number_of(text, at + 2, i) : 0;
        return *c != 0 ? i + 1 : 0;
    }
    for (guint k = 0; k < G_N_ELEMENTS(entities); k++) {
        if (strlen(entities[k].name) == i - at - 1 && memcmp(entities[k].name, text + at + 1, i - at - 1) == 0) {
            *c = entities[k].c;
            return i + 1;
        }
    }
    return 0;
}

char *docs_unescape(const char *text, DocsRange range, bool backslashes) {
    GString *out = g_string_sized_new(range.to - range.from);
    for (gsize i = range.from; i < range.to;) {
        gunichar c = 0;
        gsize entity = text[i] == '&' ? docs_parse_entity(text, i, range.to, &c) : 0;
        if (entity != 0) {
            g_string_append_unichar(out, c);
            i = entity;
            continue;
        }
        i += backslashes && is_escape(text, i, range.to) ? 1 : 0;
        g_string_append_c(out, text[i++]);
    }
    return g_string_free(out, FALSE);
}

char *docs_label_key(const char *text, DocsRange range) {
    GString *key = g_string_sized_new(range.to - range.from);
    bool plain = true;
    for (gsize i = range.from; i < range.to; i++) {
        bool blank = is_space(text[i]);
        plain = plain && (guchar)text[i] < 0x80;
        if (!blank)
            g_string_append_c(key, g_ascii_tolower(text[i]));
        else if (key->len > 0 && key->str[key->len - 1] != ' ')
            g_string_append_c(key, ' ');
    }
    if (key->len > 0 && key->str[key->len - 1] == ' ')
        g_string_truncate(key, key->len - 1);
    if (plain)
        return g_string_free(key, FALSE);
    g_autofree char *bytes = g_string_free(key, FALSE);
    g_autofree char *valid = g_utf8_make_valid(bytes, -1);
    return g_utf8_casefold(valid, -1);
}
