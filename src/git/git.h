/* Repositories, through the `git` program: one implementation for all formats (sha256, worktreeConfig, reftable), the user's own configuration,
 * signing and credentials. Reads never write (GIT_OPTIONAL_LOCKS=0); writes are durable (core.fsync=all), without hooks unless said, without gc.
 *
 * A Git names one work tree (or bare repository) and may be used by many threads at once: it holds no state but strings. Object ids are full hex strings.
 * Ref names are full ("refs/heads/main") unless said. What git said goes into the error's why. Environment variables that would lead git elsewhere
 * (GIT_DIR, GIT_WORK_TREE, GIT_INDEX_FILE, GIT_OBJECT_DIRECTORY, …) are not passed on. */
#pragma once

#include "base/error.h"

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

typedef struct {
    char *tree;         /* top of the work tree, absolute */
    char *common_dir;   /* the common git directory, absolute */
    char *git_dir;      /* this work tree's git directory (same as common_dir but in linked work trees) */
    const gint *cancel; /* borrowed, may be NULL */
    const char *mark;   /* borrowed, may be NULL: SLIPWAY_CHILD of children */
} Git;

/* Finds the repository that holds `path`. Errors: NO_REPOSITORY, PROGRAM_MISSING (git older than 2.34 too), and those of git_call. */
Git *git_open(const char *path, GError **error);
void git_free(Git *git);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Git, git_free)

/* How a git ended (git/end.h reads it). GIT_DONE and GIT_NO alone are answers. */
typedef enum {
    GIT_DONE,      /* exit 0 */
    GIT_UNSTARTED, /* it could not be started at all */
    GIT_SILENT,    /* it was not started, because the remote has just kept silent until the time was up */
    GIT_NO,        /* exit 1, by which rev-parse --verify, config --get, merge-base --is-ancestor and others say no */
    GIT_FAILED,    /* it ran to its end and could not; its words say why */
    GIT_NOWHERE,   /* there is no repository, or none with a work tree */
    GIT_LOCKED,    /* a lock stood in its way */
    GIT_DENIED,    /* the remote does not let this user in */
    GIT_UNREACHED, /* the remote could not be reached, or went away */
    GIT_KILLED,    /* it was killed, or a program that it had started and waited for */
    GIT_TIMED_OUT,
    GIT_CANCELLED,
    GIT_CUT, /* it said more than is read */
} GitEnd;

/* What bounds every git of this process. A git is ended after `timeout` seconds, one that speaks with a remote also when nothing happens for `stall` seconds.
 * `interrupt` (borrowed, may be NULL) is every Git's `cancel` that git_open makes from then on. */
void git_bound(gint64 timeout, gint64 stall);
void git_interrupt_by(const gint *interrupt);

/* Any git command. `read` says it is one that must not write. words: NULL-ended, without "git". stdout is returned without its last newline (NUL-terminated;
 * may hold NULs: length). Whatever is no answer is an error with git's words as the why: see git_end_error for the codes. */
typedef struct {
    const char *const *words;
    const char *const *env; /* extra "K=V", or NULL */
    GBytes *input;          /* or NULL */
    const char *cwd;        /* or NULL: the work tree */
    gint64 timeout;         /* seconds, where git_bound's are too many; 0: those */
    mode_t umask;           /* of what it writes; 0: the user's */
    bool read;              /* it writes nothing */
    bool signs;             /* it makes a signature: what does it gets the user's environment */
    bool hooks;             /* let hooks run (pre-push); otherwise core.hooksPath=/dev/null */
    GitEnd *end;            /* when given, GIT_NO is no error, but an answer; *end is told with every error, too */
    char **stderr_text;
    gsize *length;
    void (*chunk)(const char *bytes, gsize length, void *data); /* takes the output as it comes; the result is empty then */
    void *data;
} GitCall;
char *git_call(const Git *git, const GitCall *call, GError **error);
/* Did the remote keep silent, a moment ago, for as long as git.stall says? Then nobody waits for it again: each call is a REMOTE_UNREACHABLE at once. */
bool git_is_silent(const Git *git, const char *remote);
/* Has git said nothing at all, so that nobody may take this error for "there is none"? It was killed, timed out, interrupted or not started, or met a lock. */
bool git_gave_no_answer(const GError *problem);
/* Short forms; words end in NULL. */
char *git_read(const Git *git, GError **error, ...) G_GNUC_NULL_TERMINATED;
bool git_write(const Git *git, GError **error, ...) G_GNUC_NULL_TERMINATED;

/* ---- names ---- */
/* Why git does not take `name` as the short name of a branch, a tag or a remote, by the rules of git-check-ref-format(1); NULL: it does. A name that begins
 * with
 * "-" is none: git would read it as an option. Borrowed. */
typedef enum { GIT_NAME_BRANCH, GIT_NAME_TAG, GIT_NAME_REMOTE } GitName;
const char *git_name_objection(GitName kind, const char *name);

/* Removes what gits of ours left that were killed (git/remains.h), of this process and of dead ones; `removed` gets the paths, char*. While no git of this
 * process runs. */
void git_sweep(const Git *git, GPtrArray *removed);

/* Does git work in this repository: status, worktree list (none below `folder`), fsck --connectivity-only where there are not too many objects? `notes` gets
 * locks that are there, and what was not looked at, char*. */
bool git_works(const Git *git, const char *folder, GPtrArray *notes, GError **error);
/* "made TIME by USER", of a lock file. g_free. */
char *git_lock_owner(const char *path);

/* ---- reading ---- */
/* The value of a key; NULL without error when it is unset. */
char *git_config(const Git *git, const char *key, GError **error);
bool git_is_shallow(const Git *git);
/* HEAD: *branch is the full ref or NULL when detached; *id is NULL on an unborn branch. */
bool git_head(const Git *git, char **branch, char **id, GError **error);
/* The id a ref points to (tags unpeeled); NULL without error when there is no such ref. */
char *git_ref(const Git *git, const char *ref, GError **error);
/* rev^{TYPE}, TYPE one of commit tree blob tag; NULL without error when there is none. */
char *git_peel(const Git *git, const char *revision, const char *type, GError **error);
/* All tags: name without refs/tags/ → peeled commit id, both char*. */
GHashTable *git_tags(const Git *git, GError **error);
bool git_is_ancestor(const Git *git, const char *ancestor, const char *descendant, bool *result, GError **error);
/* Bytes of PATH in a commit or tree; NULL without error when it is not there or not a regular file. */
GBytes *git_blob(const Git *git, const char *revision, const char *path, gsize limit, GError **error);
/* When a commit was made, in seconds since 1970; 0 with error. */
gint64 git_time(const Git *git, const char *revision, GError **error);
/* The blobs (and links and submodules) of a commit's or tree's whole tree, of GitTreeEntry*, in git's order. */
typedef struct {
    char *path;
    char *id;
    guint mode; /* 0100644, 0100755, 0120000 (link), 0160000 (submodule) */
} GitTreeEntry;
GPtrArray *git_tree_list(const Git *git, const char *revision, GError **error);
/* Those of the entries' paths that .gitattributes of the work tree mark export-ignore, themselves or by a folder: a set of char*. */
GHashTable *git_export_ignored(const Git *git, const GPtrArray *entries, GError **error);
/* Is a file, as it lies there without any filter, the blob of this id? Links are not followed. */
bool git_file_is_blob(const char *path, const char *id);
/* Tracked files below the top, as bytes (char*). */
GPtrArray *git_files(const Git *git, GError **error);
/* What keeps the tree from being clean: paths with their two status letters, "XY path"; untracked, un-ignored files count if asked; at most `limit`. Empty:
 * clean. */
GPtrArray *git_dirt(const Git *git, bool untracked, guint limit, GError **error);
/* The same as an error, TREE_DIRTY, which says where files come from that gates or builds left; untracked files count. */
bool git_is_clean(const Git *git, GError **error);
/* Files that git neither knows nor ignores; a folder of such alone is one, "NAME/". */
GPtrArray *git_untracked(const Git *git, GError **error);
/* Those of them that were not there `before` gates or builds ran, or that earlier ones left: these are kept in mind for git_is_clean. `clean`: the tree was
 * clean when the run was planned, so that all others are new since then, too, whoever made them. */
GPtrArray *git_left_since(const Git *git, const GPtrArray *before, bool clean, GError **error);
/* The commands by which git ignores these files in this clone, and by which they are removed. g_free. */
char *git_ignore_command(const Git *git, const GPtrArray *paths);
char *git_remove_command(const Git *git, const GPtrArray *paths);
/* Is nothing half done in the work tree: a merge, rebase, cherry-pick, revert, am or bisect? UNDERWAY, with git's own commands that end it. */
bool git_is_at_rest(const Git *git, GError **error);
/* Files of the index that git was told not to look at (skip-worktree, as a sparse checkout does, or assume-unchanged), so that git_dirt sees no change of
 * theirs: "S path" and "h path", in git's letters (ls-files -v). */
GPtrArray *git_hidden(const Git *git, GError **error);
/* Commits in from..to (from NULL: all), newest first. */
typedef struct {
    char *id, *author, *email, *subject, *body;
    gint64 when;
    guint parents;
} GitCommit;
void git_commit_free(GitCommit *commit);
GPtrArray *git_log(const Git *git, const char *from, const char *to, guint limit, GError **error);

/* A commit as it streams by: strings are borrowed and live as long as the call. Names go by .mailmap; text is UTF-8 where its encoding header is true. */
typedef struct {
    const char *id, *parents; /* parents: ids divided by blanks, "" for a root */
    gint64 when;              /* the committer's date: when it came to this branch */
    const char *author, *email, *message;
} GitRecord;
typedef struct {
    const char *from, *to; /* from..to; from may be NULL */
    const char *path;      /* only commits that touch it; or NULL */
    void (*visit)(const GitRecord *record, void *data);
    void *data;
} GitHistory;
/* The commits, newest first, without holding them: one git, one pass. */
bool git_history(const Git *git, const GitHistory *history, GError **error);

/* ---- the remote ---- */
/* Without user, password, query and tokens; NULL without error when there is no such remote. */
char *git_remote_url(const Git *git, const char *remote, GError **error);
/* Refs of the remote by ls-remote: full ref → id (and "REF^{}" → peeled id for annotated tags). patterns NULL: all heads and tags. Errors: NO_REMOTE,
 * REMOTE_UNREACHABLE, PERMISSION. */
GHashTable *git_remote_refs(const Git *git, const char *remote, const char *const *patterns, GError **error);

/* ---- writing ---- */
/* refs/slipway/kept/RUN leads to what a run has made and no branch or tag has yet, until the run has ended. */
#define GIT_KEPT "refs/slipway/kept/"
/* Of char*, the runs that have one. */
GPtrArray *git_kept(const Git *git, GError **error);
typedef struct {
    char *name, *email;
} GitIdentity;
/* The committer git would use; error IDENTITY when it has none. */
bool git_identity(const Git *git, GitIdentity *identity, GError **error);
void git_identity_clear(GitIdentity *identity);
/* Makes a commit object; sign: as commit.gpgsign asks. Dates and identity are the caller's: a given input always makes the same id (unless signed). */
typedef struct {
    const char *tree, *const *parents, *message;
    gint64 when;
    const char *name, *email;
    bool sign;
} GitCommitSpec;
char *git_make_commit(const Git *git, const GitCommitSpec *spec, GError **error);
/* Makes an annotated tag object and refs/tags/NAME, which must not exist. */
typedef struct {
    const char *name, *target, *message;
    gint64 when;
    const char *tagger_name, *tagger_email;
    bool sign;
} GitTagSpec;
char *git_make_tag(const Git *git, const GitTagSpec *spec, GError **error);
/* Moves a ref from `before` (NULL: must not exist) to `after` (NULL: delete), durable. CONFLICT when it is not at `before`, by looking. message: for the
 * reflog. */
bool git_move_ref(const Git *git, const char *ref, const char *before, const char *after, const char *message, GError **error);
/* The tree of `base` with files of the work tree put in (through the user's filters), without touching the user's index. paths NULL-ended. */
char *git_tree_with(const Git *git, const char *base, const char *const *paths, GError **error);
/* As the user's git signs: commits by commit.gpgSign; annotated tags by tag.gpgSign or tag.forceSignAnnotated, as `git tag -m` does. */
bool git_wants_signatures(const Git *git, bool *commits, bool *tags, GError **error);
/* Where signing is configured, makes a test signature into a scratch object folder, as the one who releases; SIGNING when that fails. */
bool git_test_signing(const Git *git, const GitIdentity *who, GError **error);
/* SIGNING where the repository's own configuration, not the user's, names a program that would sign. */
bool git_check_signer(const Git *git, GError **error);

/* One atomic push. `before` NULL: must be absent on the remote. Outcome by looking: ls-remote after any failure, so a lost answer is not a failed push. */
typedef struct {
    const char *ref, *before, *after;
} GitPushRef;
/* Errors: PUSH_REJECTED (the server's words, hooks included), REMOTE_MOVED, PUSH_UNKNOWN, REMOTE_UNREACHABLE, PERMISSION. */
bool git_push(const Git *git, const char *remote, const GitPushRef *refs, guint count, GError **error);
/* The same for refs that are slipway's own (refs/slipway/…), which may also be deleted (`after` NULL): without hooks, and not for long. */
bool git_push_own(const Git *git, const char *remote, const GitPushRef *refs, guint count, GError **error);
/* Where a push to the remote goes, without user and password: several addresses are several pushes. char*. */
GPtrArray *git_push_addresses(const Git *git, const char *remote, GError **error);
/* A push that stops before it sends anything (--dry-run): the server lets this user in to push, takes atomic pushes, and its refs are where `before` says. What
 * the server's hooks, its protected branches and the user's pre-push hook will say, it does not find out. Errors: PERMISSION, PUSH_REJECTED. */
bool git_try_push(const Git *git, const char *remote, const GitPushRef *refs, guint count, GError **error);
/* Fetches refs as the refspecs (NULL-ended) say, and nothing else: no tags, no hooks, no submodules. Errors as git_remote_refs. */
bool git_fetch(const Git *git, const char *remote, const char *const *refspecs, GError **error);
