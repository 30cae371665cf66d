/* What came of the gates of a run: each that failed by name with its log, what passed with a doubt, the tests that failed as annotations, all of it as JSON or
 * JUnit XML. */
#pragma once

#include "engine/engine.h"

typedef struct {
    const Effect *effect; /* borrowed, as all but what is said otherwise */
    const char *name;
    EffectState state;
    const GError *failure; /* NULL: it did not fail */
    const json_t *result;  /* NULL: it did not pass */
    json_t *tests;         /* as gate_tests_to_json, owned; NULL: none */
    json_t *findings;      /* [{path, line, column, code, what, warning}], owned; NULL: none */
    char *log;             /* owned */
    double seconds;
} GateRow;

void gate_row_free(GateRow *row);
/* Of GateRow*, the gates of a run in the order of its plan. */
GPtrArray *gate_rows(const Engine *engine, Journal *journal);
/* Passed, but not required to; its failure is in its result. */
bool gate_row_is_warning(const GateRow *row);
gint64 gate_row_proven(const GateRow *row); /* when; 0: it was run now */

/* On standard error: what failed, with logs, and what a person must not miss; annotations where they are wanted. Nothing where all is well. */
void gate_report_print(const Engine *engine, Journal *journal);
/* [{name, state, seconds, log, note, tests, tries, proven, error}]. New reference. */
json_t *gate_report_json(const GPtrArray *rows);
/* One JUnit XML file: a test for each gate, and a suite for each that has tests of its own. */
bool gate_report_junit(const GPtrArray *rows, const char *path, GError **error);
