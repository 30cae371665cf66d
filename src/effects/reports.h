/* The JUnit reports that a gate writes. Only what was written since the gate began counts: an old report proves nothing. Files are opened through no link, the
 * work of looking is bounded. */
#pragma once

#include "engine/effect.h"
#include "gate/junit.h"

typedef struct {
    const char *tree;         /* top of the work tree: places are shown relative to it */
    const char *folder;       /* that the globs are relative to */
    const char *const *globs; /* NULL-ended */
    const char *own;          /* a report at a place of the run's own, absolute; NULL: none */
    struct timespec since;
    const char *keep; /* where its tests are kept as one file, as <testcase> elements; a file that is there is replaced */
} EffectsReports;

/* Now, for `since`, by the clock that files get their times from. */
struct timespec effects_reports_now(void);
/* All tests of all reports. NULL: one is missing, old or broken (GATE_FAILED, PARSE, TOO_LARGE). */
GateTests *effects_reports_read(const EffectsReports *reports, GError **error);
