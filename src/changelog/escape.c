#include "changelog/escape.h"

#include "base/text.h"

#include <string.h>

/* A word joiner after @ keeps forges from notifying people; it cannot be seen. */
#define WORD_JOINER "\u2060"

/* The code span that begins here, whole; 0: these backticks begin none. Inside nothing is markup (CommonMark 6.1). */
static gsize code_span(const char *text) {
    gsize ticks = strspn(text, "`");
    for (const char *at = text + ticks; *at != '\0';) {
        gsize run = strspn(at, "`");
        if (run == ticks)
            return (gsize)(at - text) + run;
        at += run > 0 ? run : 1;
    }
    return 0;
}

static bool is_word(char c) {
    return g_ascii_isalnum(c) || (c & 0x80) != 0;
}

/* Does this character mean anything here? */
static bool is_markup(const char *line, const char *at) {
    char before = at > line ? at[-1] : ' ';
    if (*at == '_')
        return !is_word(before) || !is_word(at[1]);
    if (*at == '!')
        return at[1] == '[';
    return strchr("\\`*[]~|#", *at) != NULL;
}

/* What would begin a block at the start of an entry: a list, a quotation, a heading, a rule. */
static gsize block_mark(const char *line) {
    gsize digits = strspn(line, "0123456789");
    bool ordered = digits > 0 && digits < 10 && (line[digits] == '.' || line[digits] == ')') && (line[digits + 1] == ' ' || line[digits + 1] == '\0');
    return ordered ? digits + 1 : strchr("-+>=", *line) != NULL && *line != '\0' ? 1 : 0;
}

/* What GFM makes a link by itself may swallow a backtick that would have begun a code span (GFM 6.9): then none is one. */
static bool may_link_itself(const char *line) {
    static const char *const triggers[] = {"www.", "://", "@", "mailto:", "xmpp:"};
    for (guint i = 0; i < G_N_ELEMENTS(triggers); i++) {
        if (strstr(line, triggers[i]) != NULL)
            return true;
    }
    return false;
}

char *escape_markdown(const char *text, bool mentions) {
    g_autofree char *line = text_escape(text, -1, false);
    GString *out = g_string_new(NULL);
    const char *p = line;
    bool spans = !may_link_itself(line);
    gsize mark = block_mark(line);
    if (mark > 0) {
        g_string_append_len(out, line, (gssize)mark - 1);
        g_string_append_printf(out, "\\%c", line[mark - 1]);
        p += mark;
    }
    while (*p != '\0') {
        gsize span = *p == '`' && spans ? code_span(p) : 0;
        if (span > 0)
            g_string_append_len(out, p, (gssize)span);
        else if (*p == '<')
            g_string_append(out, "&lt;");
        else if (*p == '&')
            g_string_append(out, "&amp;");
        else if (*p == '@' && !mentions && !(p > line && is_word(p[-1])))
            g_string_append(out, "@" WORD_JOINER);
        else if (is_markup(line, p))
            g_string_append_printf(out, "\\%c", *p);
        else
            g_string_append_c(out, *p);
        p += span > 0 ? span : 1;
    }
    return g_string_free(out, FALSE);
}

char *escape_html(const char *text) {
    return g_markup_escape_text(text, -1);
}
