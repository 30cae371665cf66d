/* The journal of a release on the remote: what one clone began another one can go on with.
 *
 * refs/slipway/runs/NAME       a commit whose tree holds run.json (what the release is, who wrote this, where) and events.jsonl (the journal's events, chained
 * by hashes). Each write is a new commit on top of the one before, pushed with a lease on that one: of two writers one loses. refs/slipway/candidates/NAME
 * while the release is not finished, what a clone needs to go on: the candidate's commit as parent, the bytes of its tag and the artifacts as files.
 *
 * NAME is the tag with its slashes made dashes: one for each release, whichever attempt it is. Here, refs/slipway/runs/NAME is what this clone wrote or took
 * last (its lease), and refs/slipway/pending/NAME what it was about to write: a push whose answer was lost is known again by it. Both are gone when the release
 * ends.
 *
 * What comes from the remote is hostile: bounded, checked for form, and nothing of it is executed before a person has said so (cli/elsewhere.c asks). */
#pragma once

#include "base/limits.h"
#include "engine/engine.h"
#include "git/git.h"

typedef enum {
    SHARE_ON,         /* from the beginning */
    SHARE_AFTER_PUSH, /* nothing before the point of no return, then all */
    SHARE_OFF,
} ShareWhen;
/* journal.share, or what a plan has of it; NULL, and what is not known, is off. */
ShareWhen share_when(const char *word);
/* What the plan says of it. Static. */
const char *share_words(const char *word);

/* ---- records ---- */

/* Places of this clone, for which a record has placeholders. Absolute, borrowed. */
typedef struct {
    const char *tree;     /* {slipway:tree} */
    const char *git_dir;  /* {slipway:git} */
    const char *work_dir; /* {slipway:work} */
} SharePlaces;
/* JSON with the places of this clone made placeholders, and back. New reference. */
json_t *share_places_out(const json_t *json, const SharePlaces *places);
json_t *share_places_in(const json_t *json, const SharePlaces *places);

typedef struct {
    char *name;   /* of the ref */
    char *commit; /* where the ref is; NULL: not written yet */
    JournalRun *run;
    char *who, *begun_who; /* whose clone wrote it, and whose began the release; NULL in one that is not written yet: its writer */
    gint64 written, sequence;
    json_t *head;      /* all of run.json */
    GPtrArray *events; /* of JournalEvent*, with placeholders */
    GPtrArray *hashes; /* of char*, one for each: over all before and itself */
} ShareRecord;
void share_record_free(ShareRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ShareRecord, share_record_free)

/* What there is of a run, for others: of its events what travels.def names, with placeholders. */
ShareRecord *share_record_make(const JournalRun *run, const GPtrArray *events, const SharePlaces *places);
/* One more event. Takes data. */
void share_record_add(ShareRecord *record, const char *type, const char *effect, gint64 when, json_t *data);
char *share_record_lines(const ShareRecord *record); /* events.jsonl; g_free */
/* What the head alone says, which is small: who, when, how it stands; no events. PARSE, JOURNAL_NEWER, JOURNAL_EDITED. */
ShareRecord *share_record_head(const char *name, GBytes *head, GError **error);
/* Its events. PARSE, TOO_LARGE, JOURNAL_EDITED (its hashes do not hold). */
bool share_record_load(ShareRecord *record, GBytes *lines, GError **error);
/* The record of two files. PARSE, TOO_LARGE, JOURNAL_NEWER, JOURNAL_EDITED (its hashes do not hold). */
ShareRecord *share_record_read(const char *name, GBytes *head, GBytes *lines, GError **error);
/* How many events both begin with. */
guint share_record_common(const ShareRecord *one, const ShareRecord *other);
/* The plan in it, whose content its hash matches, of effects that are known, and whose every event is of one of them. PLAN_BROKEN, PLAN_STALE. */
Plan *share_record_plan(const ShareRecord *record, const EffectKind *const *kinds, GError **error);
/* May the plan's branches, tag and commit be given to git? PLAN_BROKEN. */
bool share_names_are_plain(const Plan *plan, GError **error);
bool share_record_ended(const ShareRecord *record);
/* The effects that are done by the events: a set of ids, borrowed from the plan. */
GHashTable *share_done(const Plan *plan, const GPtrArray *events);
/* "waits for a sign-off; begun by WHO, last written AT". g_free. */
char *share_record_text(const ShareRecord *record);
/* NAME of a tag. g_free. */
char *share_name(const char *tag);
/* "Name <mail>" of whoever writes here, else the login's name. g_free. */
char *share_who(const Git *git);
/* What other clones get to know of whoever writes here: the name alone, as git has it. g_free. */
char *share_writer(const Git *git);

/* ---- the remote ---- */

/* refs/slipway/… of the remote: full ref → id. Errors as git_remote_refs. */
GHashTable *share_list(const Git *git, const char *remote, GError **error);
/* Borrowed; NULL: there is none. */
const char *share_listed(GHashTable *list, const char *name);
/* The names whose releases are not finished, as far as the list tells; at most 16. Of char*. */
GPtrArray *share_open_names(GHashTable *list);
/* Fetches the record NAME, and reads its head alone: to say how a release stands. NULL with error. */
ShareRecord *share_look(const Git *git, const char *remote, const char *name, GError **error);
/* All of a record that was looked at, with its candidate. NULL with error. */
ShareRecord *share_read(const Git *git, const char *remote, const ShareRecord *head, GError **error);
/* Fetches and reads all of the record NAME, with its candidate. NULL with error. */
ShareRecord *share_fetch(const Git *git, const char *remote, const char *name, GError **error);
/* Is the remote where this clone left it? Errors: it cannot be known. */
bool share_is_ours(const Git *git, const char *name, const char *id, bool *ours, GError **error);
/* What this clone wrote or took last. *last NULL: nothing, or nothing that this slipway reads. Errors: it cannot be known. */
bool share_last(const Git *git, const char *name, ShareRecord **last, GError **error);

/* ---- burned versions ---- */

/* refs/slipway/burned: a commit on the one before, whose tree holds burned.jsonl, one object a line: {version, tag, reason, who, when}. The tag is what is
 * burned: a repository may hold several projects. A member that is not known stays. */
typedef struct {
    char *version, *tag, *reason, *who;
    gint64 when; /* seconds since 1970 */
} ShareBurned;
void share_burned_free(ShareBurned *burned);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ShareBurned, share_burned_free)

/* The pattern for git_remote_refs. */
#define SHARE_BURNED_REF "refs/slipway/burned"
/* The list in burned.jsonl, of ShareBurned*. JOURNAL_EDITED, PARSE, TOO_LARGE. */
GPtrArray *share_burned_read(GBytes *lines, GError **error);
/* The list that the remote has by its refs (git_remote_refs with the pattern above); fetched only where it is not here. refs NULL: nobody is asked, it is as
 * this clone read it last. Empty where there is none. Errors as share_burned_read and git_fetch. */
GPtrArray *share_burned(const Git *git, const char *remote, GHashTable *refs, GError **error);
/* Adds it to the list on the remote; of two that write at once both stay. One whose tag is there already stays as it is: *already. Errors as share_burned,
 * PUSH_REJECTED (the server takes no refs/slipway), PUSH_UNKNOWN, REMOTE_MOVED (others were faster again and again). */
bool share_burn(const Git *git, const char *remote, const ShareBurned *burned, bool *already, GError **error);

/* ---- going on with a release of another clone ---- */

typedef struct {
    const Git *git;
    Journal *journal;
    const char *remote;
    const EffectKind *const *kinds;
} ShareClone;
/* Takes a release over: the record gets the event `taken` and is pushed with the lease on what was read (TAKEN_OVER: another one was faster); branch, tag, work
 * tree and artifacts are made as they were there; then the journal takes it. Whatever stops it on the way, it can be done again.
 * Errors: TREE_DIRTY, BEHIND_REMOTE, CONFLICT, JOURNAL_EDITED, those of share_record_plan. */
bool share_take(const ShareClone *clone, ShareRecord *record, const char *who, GError **error);
/* The journal takes what another clone wrote, and nothing else happens: a release that is finished there. */
bool share_import(const ShareClone *clone, const ShareRecord *record, GError **error);
/* The same into a journal that is there to be looked at only: no ref here changes. */
bool share_import_copy(const ShareClone *clone, const ShareRecord *record, GError **error);
/* A record that this very clone wrote last (share_is_ours), and whose run its journal has lost: what it did since is not in the record, and counts as begun.
 * Nothing is made or overwritten here: who goes on looks. */
bool share_import_own(const ShareClone *clone, const ShareRecord *record, GError **error);
/* Of a finished release that this clone had begun or taken itself, by the very plan: its own branches, as the release would have left them. */
bool share_settle(const ShareClone *clone, const ShareRecord *record, const Plan *plan, GError **error);

/* ---- writing ---- */

/* Who writes the record of the run that an engine executes; give share_witness to it. */
typedef struct Share Share;
Share *share_new(const Git *git, Journal *journal);
void share_free(Share *share);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Share, share_free)
EngineWitness share_witness(Share *share);
/* Before a release begins: is it free? LOCKED says who has it. *attempt: the number that its id begins with. What cannot be seen is no error. */
bool share_is_free(const ShareClone *clone, const Plan *plan, guint *attempt, GError **error);
