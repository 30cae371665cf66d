/* Commits divided among releases, in one pass over all: linear in commits, parents and tags. Pure.
 *
 * A commit belongs to the oldest release that contains it; releases are taken in the order of their commits' ancestry, and of their dates where neither
 * descends from the other. */
#pragma once

#include "changelog/commit.h"

typedef struct History History;

typedef struct {
    const char *id;             /* full, hex */
    const char *author, *email; /* as given; may be no UTF-8 */
    gint64 when;                /* seconds since 1970 */
    Commit *said;
    bool cancelled; /* taken back by another commit of the same release, or itself such a taking back */
} HistoryCommit;

/* The commits that came with one release. */
typedef struct {
    const char *tag;    /* NULL: not released yet */
    gint64 when;        /* of the tagged commit; 0 for what is not released */
    GPtrArray *commits; /* of const HistoryCommit*, newest first; merges too */
} HistoryPart;

typedef struct {
    const char *name, *commit; /* commit: full id */
} HistoryTag;

History *history_new(void);
void history_free(History *history);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(History, history_free)

typedef struct {
    const char *id, *parents; /* ids divided by blanks; those that are never added count as none */
    gint64 when;
    const char *author, *email, *message;
} HistoryRecord;
/* Copies what it keeps. */
void history_add(History *history, const HistoryRecord *record);
guint history_size(const History *history);

/* Of HistoryPart*, newest first; the first is what no tag contains (perhaps empty). Tags of unknown commits are left out. Cancels reverts within each part.
 * The parts borrow from history and from tags. */
GPtrArray *history_divide(History *history, const HistoryTag *tags, guint count);
