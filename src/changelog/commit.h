/* Commit messages: what they say about a release. Conventional Commits 1.0.0 (conventionalcommits.org), git's own reverts and merges, the squash and merge
 * titles of forges. Pure; every string is UTF-8 afterwards, whatever the message held. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    char *type;         /* lower case; NULL: the message is not conventional */
    char *scope;        /* NULL: none */
    char *subject;      /* the description, or the whole first line; without a pull request's mark */
    char *breaking;     /* what breaks: the footer's text, or the subject where `!` says it alone; NULL: nothing */
    char *pull;         /* "123"; NULL: none is named */
    char *reverts;      /* the id of a commit that this one takes back, at least 7 hex digits; NULL: none */
    char *reverts_text; /* its first line where that is all that is known; NULL: none */
    char *release_as;   /* Release-As: 2.0.0 */
    char **issues;      /* "12": closed by it; NULL: none */
    char **authors;     /* "Name <mail>" of Co-authored-by; NULL: none */
    char *upgrade;      /* Upgrade-Note / Upgrade: footers; NULL: none */
    bool merge;         /* a merge's own message */
} Commit;

/* parents: how many the commit has. */
Commit *commit_parse(const char *message, guint parents);
void commit_free(Commit *commit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Commit, commit_free)
