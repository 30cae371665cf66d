/* Releases that another clone began, or went on with: seen on the remote (share/share.h), shown, and taken over when a person says so. */
#pragma once

#include "cli/session.h"
#include "share/share.h"

/* The head of the release that the remote knows better than this clone: the unfinished run that is here (`local`, or NULL) where another clone wrote last, else
 * one that is not finished there. NULL: none, or the remote was not asked (journal.share: off, no remote) or could not be (a line on stderr says so). What is
 * there and cannot be used is an error. */
ShareRecord *elsewhere_look(Session *session, const JournalRun *local, GError **error);
/* What a person said beforehand of taking a release over. */
typedef struct {
    bool yes;                    /* not to be asked */
    const char *const *accepted; /* in what the record may differ from what this clone plans by itself (cli/again.h), NULL-ended; or NULL */
} TakeOver;
/* The run that `command` (resume, publish, abort) goes on with: the one that is here, or one of another clone, taken over after a question (not with
 * `how->yes`). `named`: the run that the user named, which must be this one; NULL: whichever it is. NULL without error: it was finished elsewhere, which was
 * said. Errors: NO_RELEASE, those of share_take. */
JournalRun *elsewhere_unfinished(Session *session, const char *command, const char *named, const TakeOver *how, GError **error);
/* As review_make, of the unfinished release that the remote knows: by its record, which nobody takes over. Says on stderr whose it is. */
bool elsewhere_review(Session *session, json_t **review, GError **error);
/* UNFINISHED where another clone has a release under way. */
bool elsewhere_refuse_unfinished(Session *session, GError **error);

/* Says on stderr that the remote was not reached, and notes it in the session. */
void elsewhere_not_reached(Session *session, const GError *problem);

/* What `slipway status` says of it. */
void elsewhere_print(const ShareRecord *record, bool here);
json_t *elsewhere_json(const ShareRecord *record, bool here);
