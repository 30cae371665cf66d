/* `auto`: the version that the commits since the last release ask for (Conventional Commits 1.0.0, SemVer sections 4, 6 to 8). */
#pragma once

#include "project/commits.h"

typedef enum { BUMP_NONE, BUMP_PATCH, BUMP_MINOR, BUMP_MAJOR } Bump;
const char *bump_name(Bump bump); /* "none", "patch", … */

typedef struct {
    const HistoryCommit *commit;
    Bump asks;
    const char *why; /* "feat", "breaking", "merge", "taken back by a revert", … */
} BumpReason;

typedef struct {
    Commits *commits;
    GArray *reasons;  /* of BumpReason, newest first: every commit since the base */
    Bump bump;        /* the most that was asked for, after the 0.y.z rule */
    const char *base; /* the tag that the commits are counted from; NULL: there was no release yet */
    Version *version; /* NULL: nothing to release */
    char *because;    /* one sentence on how the version came about */
} BumpAnswer;

/* pre: a pre-release of it is wanted ("rc"), or NULL. NULL only with an error; nothing to release is an answer. */
BumpAnswer *bump_decide(const World *world, const char *pre, GError **error);
void bump_answer_free(BumpAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BumpAnswer, bump_answer_free)
