/* Who contributed to a release. */
#pragma once

#include "changelog/notes.h"
#include "project/commits.h"

typedef struct {
    GArray *list;     /* of NotesPerson, sorted by name: the order must not hang on the order of commits */
    GPtrArray *texts; /* owns the names */
} People;

/* Authors and co-authors of the commits, by .mailmap. previous: a revision before which others have contributed already; NULL: nobody is marked as new. */
People *people_of(const World *world, const HistoryPart *part, const char *previous, GError **error);
void people_free(People *people);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(People, people_free)
