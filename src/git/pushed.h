/* What the remote has of a push, ref by ref. */
#pragma once

#include "git/git.h"

/* Where the remote has one ref of a push. A server may die between two refs, `--atomic` or not: no ref speaks for another one. */
typedef enum {
    GIT_REF_BEFORE, /* where it was before the push */
    GIT_REF_THERE,  /* it arrived, and on a branch others may have pushed on top */
    GIT_REF_MOVED,  /* somewhere else */
} GitRefPlace;
typedef struct {
    guint before, there, moved; /* how many refs are so */
    GitRefPlace *places;        /* one for each ref */
    char *text;                 /* "refs/heads/main is 1f3a… (planned from … to …), …" */
} GitPushed;
void git_pushed_clear(GitPushed *pushed);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(GitPushed, git_pushed_clear)
/* Looks at each ref. A branch that is somewhere else is fetched, to see whether it holds what was pushed: no ref but git's tracking branch moves. Errors as
 * git_remote_refs. */
bool git_pushed(const Git *git, const char *remote, const GitPushRef *refs, guint count, GitPushed *pushed, GError **error);
