/* What a gate's tests came to: counts, and by name those that a person wants to hear of (failed, or passed only when run again). */
#pragma once

#include "base/jsonx.h"

typedef enum { GATE_TEST_PASSED, GATE_TEST_FAILED, GATE_TEST_ERROR, GATE_TEST_SKIPPED } GateTestState;

typedef struct {
    char *suite, *name; /* suite: class, module or package; may be "" */
    char *file;         /* as the report has it; NULL: not known */
    guint line;         /* from 1; 0: not known */
    char *message;      /* one line, bounded; "" : none */
    GateTestState state;
    guint reruns; /* how often it failed before it passed, or failed for good */
    double seconds;
} GateTest;

void gate_test_free(GateTest *test);

typedef struct {
    guint64 tests, failures, errors, skipped;
    guint64 flaky;      /* passed, but not at once; counted among the passed */
    GPtrArray *notable; /* of GateTest*: failed and flaky ones, the first GATE_TESTS_NAMED */
} GateTests;

#define GATE_TESTS_NAMED 100

GateTests *gate_tests_new(void);
void gate_tests_free(GateTests *tests);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GateTests, gate_tests_free)
void gate_tests_add(GateTests *tests, const GateTest *test);
/* Those that ran: all but the skipped ones. */
guint64 gate_tests_ran(const GateTests *tests);
/* "12 tests", "12 tests, 2 failed, 1 skipped, 1 flaky". g_free. */
char *gate_tests_text(const GateTests *tests);
/* "suite::name at file:line: message". Raw. g_free. */
char *gate_test_text(const GateTest *test);
/* {tests, failures, errors, skipped, flaky, notable: [{suite, name, file, line, message, state, reruns}]}. New reference. */
json_t *gate_tests_to_json(const GateTests *tests);
