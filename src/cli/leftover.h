/* What is left of releases that the journal does not know any more: it was deleted, emptied, damaged, or put back from a backup. */
#pragma once

#include "cli/session.h"

/* The records in the runs' folders (engine/mirror.c) that the journal does not have, the oldest first; journal NULL: all. Of EngineRecord*. What cannot be
 * read is left out, and said on standard error. */
GPtrArray *leftover_find(const Git *git, Journal *journal, GError **error);
bool leftover_is_open(const EngineRecord *record); /* neither done nor aborted */
/* "branch release/1.1.0, tag v1.1.0, …": looked up, one line each, by `prefix`. g_free. */
char *leftover_text(const Git *git, const EngineRecord *record, const char *prefix);
/* UNFINISHED where a release was begun here that the journal does not know. */
bool leftover_refuse(const Session *session, GError **error);
/* A journal that is damaged: the error says what is left of which release. */
void leftover_explain(GError **error);
