/* JUnit XML, as test runners write it: pytest, surefire, gradle, jest-junit, go-junit-report, cargo-nextest, ctest. There is no standard; what is read is what
 * they have in common (testsuites, testsuite, testcase, failure, error, skipped) and surefire's and nextest's reruns (rerunFailure, flakyFailure, …).
 *
 * Pure: bytes in. The parser is GLib's GMarkup: it knows no entity but XML's five and expands nothing, so that there is no bomb; a document type is refused.
 * Bounds: GATE_JUNIT_BYTES, depth 64, a million testcases; error PARSE or TOO_LARGE, which names `where`. Bytes that are no UTF-8 are replaced; of other
 * encodings ISO 8859-1, Windows-1252 and UTF-16 are read. */
#pragma once

#include "base/error.h"
#include "gate/tests.h"

#define GATE_JUNIT_BYTES (64u << 20)

typedef struct {
    void (*test)(const GateTest *test, void *data); /* each test as it comes; borrowed */
    void *data;
} GateTestVisitor;

/* Adds what a report says to `tests`. visitor may be NULL. */
bool gate_junit_read(GateTests *tests, GBytes *bytes, const char *where, const GateTestVisitor *visitor, GError **error);

/* Where a test failed, by the text of its failure: "path:line:" of pytest, frames of Java, JavaScript, Rust, Go, Python. *file is g_free'd by the caller. */
bool gate_junit_place(const char *text, const char *suite, char **file, guint *line);

/* Writing: <testsuite …> of one name, its tests one after the other; the caller writes </testsuite> and what stands around. */
void gate_junit_begin_suite(GString *out, const char *name, const GateTests *tests);
void gate_junit_append(GString *out, const GateTest *test);
