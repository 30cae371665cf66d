/* JUnit reports: whatever is read, counts fit each other, what is kept is bounded, and what is written is read again as the same. */
#include "gate/junit.h"
#include "fuzz/fuzz.h"

#include <string.h>

static void collect(const GateTest *test, void *data) {
    PROMISE(test->suite != NULL && test->name != NULL && test->message != NULL);
    PROMISE(test->line == 0 || test->file != NULL || test->line < 10000000);
    gate_junit_append(data, test);
}

/* A word of GLib's on the way is a promise broken, too. */
static GLogWriterOutput no_word(GLogLevelFlags level, const GLogField *fields, gsize count, gpointer data) {
    (void)level;
    (void)data;
    for (gsize i = 0; i < count; i++) {
        if (strcmp(fields[i].key, "MESSAGE") == 0)
            fprintf(stderr, "%s\n", (const char *)fields[i].value);
    }
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static gsize listening = 0;
    if (g_once_init_enter(&listening)) {
        g_log_set_writer_func(no_word, NULL, NULL);
        g_once_init_leave(&listening, 1);
    }
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(GateTests) tests = gate_tests_new();
    g_autoptr(GString) out = g_string_new(NULL);
    GateTestVisitor visitor = {.test = collect, .data = out};
    bool read = gate_junit_read(tests, bytes, "report", &visitor, NULL);
    PROMISE(tests->failures + tests->errors + tests->skipped + tests->flaky <= tests->tests);
    PROMISE(tests->notable->len <= GATE_TESTS_NAMED);
    if (!read)
        return 0;
    g_autoptr(GString) whole = g_string_new("<testsuites>");
    gate_junit_begin_suite(whole, "again", tests);
    g_string_append_printf(whole, "%s</testsuite></testsuites>", out->str);
    g_autoptr(GBytes) written = g_bytes_new(whole->str, whole->len);
    g_autoptr(GateTests) again = gate_tests_new();
    PROMISE(gate_junit_read(again, written, "again", NULL, NULL));
    PROMISE(again->tests == tests->tests && again->failures == tests->failures && again->errors == tests->errors);
    PROMISE(again->skipped == tests->skipped && again->flaky == tests->flaky);
    g_autofree char *file = NULL;
    g_autofree char *text = g_strndup((const char *)data, size);
    guint line = 0;
    PROMISE(!gate_junit_place(text, "a.b.C", &file, &line) || (file != NULL && line > 0));
    return 0;
}
