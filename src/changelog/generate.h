/* Changelog entries out of commits: grouped by type, linked, escaped. Pure; the same input always gives the same bytes. */
#pragma once

#include "changelog/history.h"
#include "changelog/links.h"

#include <stdbool.h>

typedef struct {
    const char *type, *title; /* title "": commits of this type are left out, unless they break something */
} GenerateGroup;

typedef struct {
    const GenerateGroup *groups; /* in the order of their titles' first mention the titles are written */
    guint count;
    const char *other;  /* the title for what is not conventional or of another type; "": left out */
    const Links *links; /* NULL: plain text */
    bool mentions;      /* leave @names as they are */
} GenerateStyle;

/* Of ChangelogGroup* with a title and a body of "- …" lines; groups without entries are left out. Merges and what was cancelled count for nothing. */
GPtrArray *generate_groups(const HistoryPart *part, const GenerateStyle *style);
/* Does this commit make an entry? *title is its group then. */
bool generate_counts(const HistoryCommit *commit, const GenerateStyle *style, const char **title);
/* "### Title\n\n- …\n" for each group. */
char *generate_body(const GPtrArray *groups);

/* A changelog: parts newest first; a part without entries says so. */
typedef struct {
    const GPtrArray *parts;                                      /* of HistoryPart* */
    const char *(*version)(const HistoryPart *part, void *data); /* without a prefix */
    void *data;
    const GenerateStyle *style;
    bool whole; /* from the first commit on: with the file's title, and the oldest part has nothing before it */
} GenerateDocument;
char *generate_document(const GenerateDocument *document);
