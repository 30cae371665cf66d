/* Whether a gate passed: by how its program ended, what its reports say, and whether any test ran at all. */
#pragma once

#include "base/process.h"
#include "effects/reports.h"
#include "gate/empty.h"

/* One try of a gate, when its program has ended. */
typedef struct {
    const char *name, *log;
    const ProcessResult *result;
    EffectsReports reports;
    const GateEmpty *empty; /* what its output said */
    bool allow_empty;
    bool of_release;  /* a release waits for it; else it is run by itself */
    GateTests *tests; /* out: of its reports; NULL: it has none, or they cannot be read. Free with gate_tests_free */
} GateVerdict;

/* GATE_FAILED otherwise, whose why names the tests that failed and shows the end of the output. */
bool effects_gate_verdict(GateVerdict *verdict, GError **error);
