/* One line of Markdown: what can begin there. All take a text, the place of the first byte that is no blank, and the line's end. Pure. */
#pragma once

#include "docs/parse.h"

/* "# heading": its level, 0: none. The range is the heading without its marks. */
guint docs_line_heading(const char *text, gsize at, gsize end, DocsRange *content);
/* The length of a fence that opens here, 0: none. */
guint docs_line_fence(const char *text, gsize at, gsize end);
bool docs_line_closes_fence(const char *text, gsize at, gsize end, char mark, guint length);
/* A line of = or -: the level of the heading above; 0: none. */
guint docs_line_underline(const char *text, gsize at, gsize end);
bool docs_line_is_rule(const char *text, gsize at, gsize end);
/* The width of a list item's mark ("-", "12."); 0: none. in_paragraph: what may not cut a paragraph is none. */
guint docs_line_marker(const char *text, gsize at, gsize end, bool in_paragraph);
/* The kind of HTML block that begins here, as CommonMark numbers them; 0: none. */
guint docs_line_html(const char *text, gsize at, gsize end, bool in_paragraph);
bool docs_line_ends_html(const char *text, gsize at, gsize end, guint kind);
/* How many columns the row has that divides a table's head from its body; 0: it is none. */
guint docs_line_columns(const char *text, gsize at, gsize end);
/* The next cell of a row from *at on; false: no more. */
bool docs_line_cell(const char *text, gsize *at, gsize end, DocsRange *cell);
/* "[^name]:": behind it; 0: none. */
gsize docs_line_footnote(const char *text, gsize at, gsize end);
/* MkDocs: "!!! note", "???+ note", "=== \"Tab\"". */
bool docs_line_opens_site_block(const char *text, gsize at, gsize end);
