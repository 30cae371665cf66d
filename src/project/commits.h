/* The commits of this project, read and divided among its releases; and how entries are made of them. */
#pragma once

#include "changelog/generate.h"
#include "project/world.h"

typedef struct {
    History *history;
    GArray *tags;     /* of HistoryTag */
    GPtrArray *parts; /* of HistoryPart*, newest first; the first is what is not released */
} Commits;

typedef struct {
    const char *from; /* a revision; NULL: from the first commit on */
    const char *to;   /* a revision; NULL: HEAD */
    bool releases;    /* divide among the tags between; false: one part holds all */
    bool whole;       /* SHALLOW where a shallow clone lacks some of them; false: those that are here */
} CommitsRange;

Commits *commits_read(const World *world, const CommitsRange *range, GError **error);
void commits_free(Commits *commits);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Commits, commits_free)

/* changelog.groups over the defaults; with the links of this project's remote. */
typedef struct {
    GArray *groups; /* of GenerateGroup */
    Links *links;
    GenerateStyle style;
} CommitStyle;
CommitStyle *commits_style(const World *world);
void commits_style_free(CommitStyle *style);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CommitStyle, commits_style_free)
/* The pages of the remote; NULL: it has none. */
Links *commits_links(const World *world);
/* Parts that count for this repository's users: a pre-release whose final version is out is part of that. */
GPtrArray *commits_release_tags(const World *world);
