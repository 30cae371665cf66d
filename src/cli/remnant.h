/* What is left of a release of which nothing here tells any more: neither the journal nor the folder of its run, and no other clone's record. */
#pragma once

#include "cli/session.h"

typedef struct {
    EngineRecord *record; /* without events: which release, its branch, where its folder would be */
    Plan *asked;          /* what it must have been asked for, as far as the commit tells: version, time, person, commit */
    char *draft;          /* what the forge has of it, in words; NULL: nothing */
    bool pushed;          /* its tag is on the remote */
    bool unseen;          /* the remote was not reached: whether it is, is not known */
} Remnant;
void remnant_free(Remnant *remnant);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Remnant, remnant_free)

/* Looks for the commit of a release on a branch that is called as its branch, and for the merge that a run keeps (refs/slipway/kept). NULL without error: there
 * is none. */
Remnant *remnant_find(const Session *session, GError **error);
/* "branch release/1.1.0, tag v1.1.0, …": looked up, one line each, by `prefix`. g_free. */
char *remnant_text(const Session *session, const Remnant *remnant, const char *prefix);
/* UNFINISHED where something is left. */
bool remnant_refuse(const Session *session, GError **error);
/* The release is planned again, by itself, and goes into the journal as one of which all may have been begun: resume and abort look at each effect. */
bool remnant_import(Session *session, const Remnant *remnant, GError **error);
