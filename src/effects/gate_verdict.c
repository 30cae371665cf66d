#include "effects/gate_verdict.h"

#include "effects/child.h"

#include <signal.h>
#include <string.h>

#define TAIL_LINES 20
#define TESTS_SHOWN 20
#define SHELL_KILLED (128 + SIGKILL) /* how shells and npm pass such an end on */

/* ---- what a person is told ---- */

static char *end_of(const ProcessResult *result) {
    g_autofree char *end = process_describe_end(result);
    bool ours = result->timed_out || result->cancelled;
    if (result->signal == SIGKILL && !ours)
        return g_strconcat(end, ", which slipway did not do: the system does it when it is out of memory", NULL);
    if (result->exit_status == SHELL_KILLED && !ours)
        return g_strconcat(end, ": what it ran was killed by signal 9, as the system does when it is out of memory", NULL);
    return g_steal_pointer(&end);
}

static char *failed_tests(const GateTests *tests) {
    GString *out = g_string_new(NULL);
    guint shown = 0;
    for (guint i = 0; tests != NULL && i < tests->notable->len; i++) {
        const GateTest *test = g_ptr_array_index(tests->notable, i);
        g_autofree char *line = gate_test_text(test);
        if (shown++ < TESTS_SHOWN)
            g_string_append_printf(out, "%s\n", line);
    }
    guint64 all = tests != NULL ? tests->failures + tests->errors + tests->flaky : 0;
    if (all > TESTS_SHOWN)
        g_string_append_printf(out, "and %" G_GUINT64_FORMAT " more\n", all - TESTS_SHOWN);
    return g_string_free(out, FALSE);
}

static bool fail(const GateVerdict *verdict, const char *what, const char *because, GError **error) {
    g_autofree char *tests = failed_tests(verdict->tests);
    g_autofree char *tail = effects_output_tail(verdict->result, verdict->log, TAIL_LINES);
    bool counted = verdict->tests != NULL && verdict->tests->tests > 0;
    g_autofree char *counts = counted ? gate_tests_text(verdict->tests) : NULL;
    error_set(error, ERROR_GATE_FAILED, "gate %s failed: %s%s%s%s", verdict->name, what, counts != NULL ? " (" : "", counts != NULL ? counts : "",
              counts != NULL ? ")" : "");
    g_autofree char *key = g_strdup_printf("gates.%s.env-pass", verdict->name);
    g_autofree char *missed = effects_missed_variables(verdict->result, verdict->log, key);
    error_why(error, "%s%s%s%s%s%s", because != NULL ? because : "", because != NULL ? "\n" : "", tests, *tail != '\0' ? tail : "it said nothing",
              missed != NULL ? "\n" : "", missed != NULL ? missed : "");
    if (verdict->of_release)
        error_fix(error, "read %s, then: slipway abort, correct what it names, commit, release again", verdict->log);
    else
        error_fix(error, "read %s, correct what it names, then: slipway gates run %s", verdict->log, verdict->name);
    return false;
}

/* ---- the verdict ---- */

static bool has_reports(const GateVerdict *verdict) {
    return verdict->reports.own != NULL || verdict->reports.globs[0] != NULL;
}

static bool ran_nothing(const GateVerdict *verdict) {
    return verdict->tests != NULL ? gate_tests_ran(verdict->tests) == 0 : gate_empty_is(verdict->empty);
}

/* A runner that ends with a status of its own where there is no test. */
static bool may_end_so(const GateVerdict *verdict) {
    return process_ok(verdict->result) || (verdict->allow_empty && gate_empty_exit(verdict->empty, verdict->result->exit_status));
}

static bool judge(const GateVerdict *verdict, const GError *unread, GError **error) {
    g_autofree char *end = end_of(verdict->result);
    if (!may_end_so(verdict))
        return fail(verdict, end, NULL, error);
    if (unread != NULL)
        return fail(verdict, unread->message, error_get_why(unread), error);
    if (verdict->tests != NULL && verdict->tests->failures + verdict->tests->errors > 0)
        return fail(verdict, "it ended well, but its report tells of tests that failed", NULL, error);
    if (verdict->allow_empty || !ran_nothing(verdict))
        return true;
    bool skipped = verdict->tests != NULL && verdict->tests->tests > 0;
    fail(verdict, skipped ? "every test was skipped" : "it ran no test", "a gate that tests nothing proves nothing", error);
    error_fix(error, "let it run its tests; or, where there are none to run, write `gates: {%s: {allow-empty: true}}` into slipway.yaml", verdict->name);
    return false;
}

bool effects_gate_verdict(GateVerdict *verdict, GError **error) {
    g_autoptr(GError) unread = NULL;
    verdict->tests = has_reports(verdict) ? effects_reports_read(&verdict->reports, &unread) : NULL;
    return judge(verdict, unread, error);
}
