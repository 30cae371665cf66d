/* What stands in the lines of a block: links, images, references, autolinks, tags of HTML. Code and comments are left out. Linear in the block's length. Pure.
 */
#pragma once

#include "docs/blocks.h"

typedef enum {
    DOCS_LINK,
    DOCS_IMAGE,
    DOCS_AUTOLINK,
    DOCS_HTML_LINK,  /* href of <a> and the like */
    DOCS_HTML_IMAGE, /* src */
    DOCS_UNDEFINED,  /* [text][label] without a definition; the target is the label */
    DOCS_ANCHOR      /* id="" of any tag, name="" of <a> */
} DocsUseKind;

typedef struct {
    DocsBlocks *blocks;
    GHashTable *labels; /* docs_label_key → index of the definition + 1; NULL: there are none */
    bool site;
    /* at: in blocks->bytes; takes target, which is unescaped as Markdown or HTML has it (percent signs stay). */
    void (*use)(DocsUseKind kind, gsize at, char *target, void *data);
    void *data;
} DocsInlines;

/* plain, if wanted, gets the block's text as a reader sees it, without marks. Definitions that are used are counted. */
void docs_inlines(const DocsInlines *inlines, const DocsBlock *block, GString *plain);
