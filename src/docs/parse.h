/* The small pieces of Markdown and HTML: labels, destinations, titles, tags, entities. Each takes a text and a place in it and gives the place behind the
 * piece, or 0 where none stands. Nothing is looked at beyond `end`; what is long is cut off at DOCS_PIECE bytes, so that no text takes quadratic time.
 *
 * Rules: CommonMark 0.29 as cmark-gfm reads it (spec.commonmark.org, github.github.com/gfm), HTML as far as CommonMark's raw tags go. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define DOCS_PIECE 2048u

typedef struct {
    gsize from, to;
} DocsRange;

/* "[label]": the range is of what stands between the brackets. At most 999 bytes, no bracket that is not escaped, not blank. */
gsize docs_parse_label(const char *text, gsize at, gsize end, DocsRange *label);
/* "<destination>" or a bare one with balanced parentheses. A bare one may be empty: *found says whether there is one. */
gsize docs_parse_destination(const char *text, gsize at, gsize end, DocsRange *destination, bool *found);
/* "title", 'title' or (title); behind its end. */
gsize docs_parse_title(const char *text, gsize at, gsize end);
/* Blanks and at most one line end. */
gsize docs_parse_space(const char *text, gsize at, gsize end);

/* What of a tag leads somewhere or can be led to. Empty ranges: it has none. */
typedef struct {
    DocsRange name, href, src, id, anchor; /* anchor: name="" */
    bool closing;
} DocsTag;
gsize docs_parse_tag(const char *text, gsize at, gsize end, DocsTag *tag);
/* A comment, a processing instruction, a declaration or CDATA. */
gsize docs_parse_aside(const char *text, gsize at, gsize end);
/* "&amp;": *c is the character. */
gsize docs_parse_entity(const char *text, gsize at, gsize end, gunichar *c);

/* Backslash escapes (where asked) and entities put in. g_free. */
char *docs_unescape(const char *text, DocsRange range, bool backslashes);
/* Labels as Markdown compares them: without regard to case and to how many blanks there are. g_free. */
char *docs_label_key(const char *text, DocsRange range);
