/* Shared by the files of share/; nobody else includes this. */
#pragma once

#include "base/error.h"
#include "share/lease.h"

/* Is this an object's id, and nothing that git could take for an option? NULL is none. */
bool share_is_id(const char *id);
/* May it stand in a command that a person is told to run? */
bool share_is_safe_word(const char *text);

/* What of an event goes to other clones (travels.def), by the plan as JSON that the run began with. */
typedef struct ShareTravel ShareTravel;
ShareTravel *share_travel_new(const json_t *plan);
void share_travel_free(ShareTravel *travel);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ShareTravel, share_travel_free)
/* Its data without the rest. New reference. */
json_t *share_travel_data(const ShareTravel *travel, const JournalEvent *event);
/* The name of the first thing in it that does not go; NULL: there is none. g_free. */
char *share_travel_extra(const ShareTravel *travel, const JournalEvent *event);

/* Are the events.jsonl's values as few, and each event as small, as the limits say? Asked before it is written and before it is parsed. TOO_LARGE. */
bool share_values_keep(const char *where, GBytes *lines, GError **error);

#define SHARE_RUNS "refs/slipway/runs/"
#define SHARE_CANDIDATES "refs/slipway/candidates/"
#define SHARE_PENDING "refs/slipway/pending/"

/* A commit of files alone, made by one git on a ref of this clone; its message ends in what is to be its own. Returns its id (checked). g_free. */
typedef struct {
    const char *path, *text;
} ShareFile;
typedef struct {
    const char *ref;    /* here: it says that this may be on its way */
    const char *parent; /* NULL: none */
    const char *message;
    gint64 when;
    const ShareFile *files;
    guint count;
} ShareCommit;
char *share_commit(const Git *git, const ShareCommit *commit, GError **error);
/* So that two writers never make the same object. g_free. */
char *share_nonce(void);

/* What git and the disk have of a release that the remote's branches have not. */
typedef struct {
    char *commit; /* of refs/slipway/candidates/NAME, made; NULL: none */
    json_t *refs; /* {head, base, branch, tag}: where this clone has them */
    json_t *artifacts;
    char *made_for; /* what it was made of */
} ShareCandidate;
void share_candidate_clear(ShareCandidate *candidate);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ShareCandidate, share_candidate_clear)

/* How far a run is. */
bool share_stage_is_done(const Plan *plan, GHashTable *done, Stage upto);

/* Makes the candidate's commit: always the same of the same content. One that has a commit and is made of the same already keeps it. */
bool share_candidate_make(const Git *git, const ShareRecord *record, const Plan *plan, const char *work_dir, ShareCandidate *candidate, GError **error);

/* One write: the record as a commit on `parent` (NULL: the first), leased to `lease` (NULL: absent), with the candidate beside it. */
typedef struct {
    const char *remote, *parent, *lease;
    const ShareCandidate *candidate;
    const char *candidate_before; /* what the remote has; NULL: none */
} SharePush;
bool share_push(const Git *git, ShareRecord *record, const SharePush *push, GError **error);
/* This clone's refs of the name are dropped. */
bool share_forget(const Git *git, const char *name, GError **error);

typedef struct {
    const Git *git;
    const ShareRecord *record;
    const Plan *plan;
    GHashTable *done;
    const char *work_dir;
} ShareRestore;
/* Nothing is changed: may it be done here? */
bool share_restore_check(const ShareRestore *restore, GError **error);
bool share_restore(const ShareRestore *restore, GError **error);

/* Does `commit` hold what `head` has with the plan's changes to files, and nothing else? CONFLICT names the file. */
bool share_content_is_planned(const Git *git, const Plan *plan, const char *head, const char *commit, GError **error);

/* TAKEN_OVER: the record's writer goes on with it. Returns false. */
bool share_taken_over(const ShareRecord *record, GError **error);
char *share_work_dir(const Git *git, const char *run); /* g_free */
