/* The run that a user names behind `publish`, `abort`, `resume` or `status`: by its id, its tag or its version. */
#pragma once

#include "cli/session.h"

#define NAMED_RUN                                                                                                                                              \
    { .shown = "RUN", .most = 1 }

bool named_is(const char *named, const JournalRun *run);
/* The newest run of this name that this clone knows; NO_RELEASE: none. */
JournalRun *named_find(const Session *session, const char *named, GError **error);
/* meant: what `command` would act upon; NULL: nothing. named NULL: whichever it is. NO_RELEASE where it is another: says which one is meant and what became of
 * the named one. */
bool named_is_meant(const Session *session, const char *named, const JournalRun *meant, const char *command, GError **error);
