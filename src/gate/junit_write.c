/* JUnit XML as slipway writes it. */
#include "gate/junit.h"

/* What XML 1.0 cannot hold, even escaped, is replaced. */
static char *clean(const char *text) {
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    for (char *p = valid; *p != '\0'; p++) {
        if ((guchar)*p < 0x20 && *p != '\t' && *p != '\n')
            *p = '?';
    }
    return g_markup_escape_text(valid, -1);
}

static void add_attribute(GString *out, const char *name, const char *value) {
    g_autofree char *text = clean(value);
    g_string_append_printf(out, " %s=\"%s\"", name, text);
}

void gate_junit_append(GString *out, const GateTest *test) {
    static const char *const elements[] = {NULL, "failure", "error", "skipped"};
    g_string_append(out, "    <testcase");
    add_attribute(out, "classname", test->suite);
    add_attribute(out, "name", test->name);
    if (test->file != NULL)
        add_attribute(out, "file", test->file);
    if (test->line > 0)
        g_string_append_printf(out, " line=\"%u\"", test->line);
    char seconds[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append_printf(out, " time=\"%s\"", g_ascii_formatd(seconds, sizeof seconds, "%.3f", test->seconds));
    const char *element = elements[test->state];
    if (element == NULL && test->reruns == 0) {
        g_string_append(out, "/>\n");
        return;
    }
    g_string_append(out, ">");
    for (guint i = 0; i < MIN(test->reruns, 10); i++) {
        g_string_append_printf(out, "<%s", element == NULL ? "flakyFailure" : "rerunFailure");
        add_attribute(out, "message", test->message);
        g_string_append(out, "/>");
    }
    if (element != NULL) {
        g_string_append_printf(out, "<%s", element);
        add_attribute(out, "message", test->message);
        g_string_append(out, "/>");
    }
    g_string_append(out, "</testcase>\n");
}

void gate_junit_begin_suite(GString *out, const char *name, const GateTests *tests) {
    g_string_append(out, "  <testsuite");
    add_attribute(out, "name", name);
    g_string_append_printf(
        out, " tests=\"%" G_GUINT64_FORMAT "\" failures=\"%" G_GUINT64_FORMAT "\" errors=\"%" G_GUINT64_FORMAT "\" skipped=\"%" G_GUINT64_FORMAT "\">\n",
        tests->tests, tests->failures, tests->errors, tests->skipped);
}
