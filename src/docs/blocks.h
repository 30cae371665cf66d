/* The blocks of a Markdown text, as far as links need them: paragraphs, headings, table cells and raw HTML, each as one text without what belongs to quotes and
 * lists; link definitions; code left out. Every byte knows its line and column. Linear in the length, whatever stands in the text. Pure.
 *
 * Rules: CommonMark 0.29 with GitHub's tables and footnotes, held against cmark-gfm by tests/unit/test_docs.c. With `site` also what MkDocs adds: admonitions
 * and tabs ("!!! note", "=== \"Tab\"") hold blocks. A front matter ("---" on the first line) is passed over. */
#pragma once

#include "docs/parse.h"

typedef enum { DOCS_TEXT, DOCS_HEADING, DOCS_HTML } DocsBlockKind;

typedef struct {
    DocsBlockKind kind;
    guint level;
    gsize from, to; /* in DocsBlocks.bytes */
} DocsBlock;

typedef struct {
    DocsRange label, destination; /* in DocsBlocks.bytes */
    guint uses;                   /* counted by docs_inlines */
} DocsDefinition;

/* From bytes->str[at] on the text stands at line, column. */
typedef struct {
    gsize at;
    guint line, column;
} DocsPiece;

typedef struct {
    GString *bytes;
    GArray *pieces;      /* of DocsPiece */
    GArray *blocks;      /* of DocsBlock */
    GArray *definitions; /* of DocsDefinition */
} DocsBlocks;

DocsBlocks *docs_blocks(const char *text, gsize length, bool site);
void docs_blocks_free(DocsBlocks *blocks);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DocsBlocks, docs_blocks_free)
/* Line and column, from 1 and in bytes, of a place in DocsBlocks.bytes. */
void docs_blocks_place(const DocsBlocks *blocks, gsize at, guint *line, guint *column);
