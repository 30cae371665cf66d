/* docs.links: every link of every Markdown file, and the navigation of MkDocs sites.
 *
 * Relative links lead to a tracked file or folder, by exact case, after percent-decoding, never out of the repository; "/path" begins at its top (GitHub's
 * rule; at the folder of pages in an MkDocs site too). "#anchor" is a heading's or an explicit one's. Pages of the forge ("../../issues"), templates ("{{ x
 * }}") and other schemes (mailto:) are passed over. Addresses of the web are gathered for docs/web.h. */
#pragma once

#include "docs/tree.h"

typedef struct {
    char *url; /* without its fragment */
    char *path;
    guint line, column;
} DocsAddress;

typedef struct {
    const char *root;
    const GPtrArray *files;    /* of char*: all tracked files, sorted */
    const char *const *ignore; /* files that are not checked; they can be linked to */
    const gint *cancel;
} DocsLinks;

typedef struct {
    GPtrArray *findings;        /* of DocsFinding* */
    GPtrArray *addresses;       /* of DocsAddress*, in the order of files and lines */
    guint pages, links, passed; /* passed over */
} DocsLinksResult;

bool docs_links(const DocsLinks *links, DocsLinksResult *result, GError **error);
void docs_links_result_clear(DocsLinksResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(DocsLinksResult, docs_links_result_clear)
bool docs_is_markdown(const char *path);
