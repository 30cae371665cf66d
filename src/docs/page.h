/* One Markdown file as the link check sees it: what it links to, what can be linked to in it, what is wrong with its references. Pure. */
#pragma once

#include "docs/inlines.h"

typedef struct {
    DocsUseKind kind;
    guint line, column;
    char *target;
} DocsUse;

typedef struct {
    char *label;
    guint line, column, first_line; /* first_line: of the definition that counts, where this one is a second */
    char *target;
    guint uses;
    bool twice, same; /* a second one; with the same destination */
} DocsReference;

typedef struct {
    GPtrArray *uses;       /* of DocsUse*, but DOCS_ANCHOR; in their order */
    GPtrArray *references; /* of DocsReference* */
    GHashTable *anchors;   /* a set of char* */
    bool includes;         /* parts of it come from elsewhere when the site is built: it may have other anchors, too */
} DocsPage;

/* site: a page of an MkDocs site. */
DocsPage *docs_page(const char *text, gsize length, bool site);
void docs_page_free(DocsPage *page);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DocsPage, docs_page_free)
