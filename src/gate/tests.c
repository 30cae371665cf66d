#include "gate/tests.h"

#include <string.h>

static const char *const state_names[] = {"passed", "failed", "error", "skipped"};

void gate_test_free(GateTest *test) {
    g_free(test->suite);
    g_free(test->name);
    g_free(test->file);
    g_free(test->message);
    g_free(test);
}

GateTests *gate_tests_new(void) {
    GateTests *tests = g_new0(GateTests, 1);
    tests->notable = g_ptr_array_new_with_free_func((GDestroyNotify)gate_test_free);
    return tests;
}

void gate_tests_free(GateTests *tests) {
    g_ptr_array_unref(tests->notable);
    g_free(tests);
}

static GateTest *copy_of(const GateTest *test) {
    GateTest *copy = g_memdup2(test, sizeof *test);
    copy->suite = g_strdup(test->suite);
    copy->name = g_strdup(test->name);
    copy->file = g_strdup(test->file);
    copy->message = g_strdup(test->message);
    return copy;
}

void gate_tests_add(GateTests *tests, const GateTest *test) {
    bool bad = test->state == GATE_TEST_FAILED || test->state == GATE_TEST_ERROR;
    bool flaky = test->state == GATE_TEST_PASSED && test->reruns > 0;
    tests->tests++;
    tests->failures += test->state == GATE_TEST_FAILED ? 1 : 0;
    tests->errors += test->state == GATE_TEST_ERROR ? 1 : 0;
    tests->skipped += test->state == GATE_TEST_SKIPPED ? 1 : 0;
    tests->flaky += flaky ? 1 : 0;
    if ((bad || flaky) && tests->notable->len < GATE_TESTS_NAMED)
        g_ptr_array_add(tests->notable, copy_of(test));
}

guint64 gate_tests_ran(const GateTests *tests) {
    return tests->tests - tests->skipped;
}

char *gate_tests_text(const GateTests *tests) {
    GString *out = g_string_new(NULL);
    const struct {
        guint64 count;
        const char *word;
    } parts[] = {{tests->failures, "failed"}, {tests->errors, "with errors"}, {tests->skipped, "skipped"}, {tests->flaky, "passed only when run again"}};
    g_string_append_printf(out, "%" G_GUINT64_FORMAT " %s", tests->tests, tests->tests == 1 ? "test" : "tests");
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (parts[i].count > 0)
            g_string_append_printf(out, ", %" G_GUINT64_FORMAT " %s", parts[i].count, parts[i].word);
    }
    return g_string_free(out, FALSE);
}

/* A message that begins with the place does not say it twice. */
static const char *without_place(const GateTest *test) {
    const char *slash = test->file != NULL ? strrchr(test->file, '/') : NULL;
    const char *forms[] = {test->file, slash != NULL ? slash + 1 : NULL};
    for (guint i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_autofree char *place = forms[i] != NULL ? g_strdup_printf("%s:%u: ", forms[i], test->line) : NULL;
        if (place != NULL && g_str_has_prefix(test->message, place))
            return test->message + strlen(place);
    }
    return test->message;
}

char *gate_test_text(const GateTest *test) {
    GString *out = g_string_new(NULL);
    if (test->file != NULL && test->line > 0)
        g_string_append_printf(out, "%s:%u: ", test->file, test->line);
    else if (test->file != NULL)
        g_string_append_printf(out, "%s: ", test->file);
    bool both = *test->suite != '\0' && *test->name != '\0';
    g_string_append_printf(out, "%s%s%s", test->suite, both ? " " : "", test->name);
    if (test->state == GATE_TEST_PASSED && test->reruns > 0)
        g_string_append_printf(out, " (passed, after it failed %u %s)", test->reruns, test->reruns == 1 ? "time" : "times");
    if (*test->message != '\0')
        g_string_append_printf(out, ": %s", without_place(test));
    return g_string_free(out, FALSE);
}

static json_t *test_json(const GateTest *test) {
    json_t *object = json_pack("{s: o, s: o, s: s, s: o}", "suite", jsonx_text(test->suite), "name", jsonx_text(test->name), "state", state_names[test->state],
                               "message", jsonx_text(test->message));
    if (test->file != NULL)
        json_object_set_new(object, "file", jsonx_text(test->file));
    if (test->line > 0)
        json_object_set_new(object, "line", json_integer(test->line));
    if (test->reruns > 0)
        json_object_set_new(object, "reruns", json_integer(test->reruns));
    return object;
}

json_t *gate_tests_to_json(const GateTests *tests) {
    json_t *notable = json_array();
    for (guint i = 0; i < tests->notable->len; i++)
        json_array_append_new(notable, test_json(g_ptr_array_index(tests->notable, i)));
    return json_pack("{s: I, s: I, s: I, s: I, s: I, s: o}", "tests", (json_int_t)tests->tests, "failures", (json_int_t)tests->failures, "errors",
                     (json_int_t)tests->errors, "skipped", (json_int_t)tests->skipped, "flaky", (json_int_t)tests->flaky, "notable", notable);
}
