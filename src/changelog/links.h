/* Pages of a project on the web, made from its remote's URL: commits, pull requests, issues, comparisons. Pure.
 *
 * Forms: docs.github.com "Autolinked references", docs.gitlab.com "/-/" routes, docs.gitea.com and Bitbucket Cloud's own addresses. */
#pragma once

#include <glib.h>

typedef struct {
    char *page;       /* https://host/owner/name */
    const char *kind; /* github, gitlab, gitea, bitbucket */
} Links;

/* kind: NULL or "" or one that has no pages of its own: told from the host's name. NULL: that URL has no pages (a path, a bundle). */
Links *links_new(const char *remote_url, const char *kind);
void links_free(Links *links);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Links, links_free)
/* All take NULL for links and give NULL then. g_free. */
char *links_commit(const Links *links, const char *id);
char *links_pull(const Links *links, const char *number);
char *links_issue(const Links *links, const char *number);
char *links_file(const Links *links, const char *revision, const char *path);
/* from NULL: the page of the tag. */
char *links_compare(const Links *links, const char *from, const char *to);
