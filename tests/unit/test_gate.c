/* Reports of tests, runners that ran none, and paths by patterns. Cases are data: tests/unit/data/junit and tests/unit/data/gate. */
#include "base/fs.h"
#include "base/glob.h"
#include "gate/empty.h"
#include "gate/gate.h"
#include "gate/junit.h"

#include <string.h>

static GBytes *read_data(const char *folder, const char *name) {
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "unit", "data", folder, name, NULL);
    g_autoptr(GError) error = NULL;
    GBytes *bytes = fs_read(path, 1 << 24, &error);
    g_assert_no_error(error);
    return bytes;
}

static json_t *read_cases(const char *folder, const char *name) {
    g_autoptr(GBytes) bytes = read_data(folder, name);
    g_autoptr(GError) error = NULL;
    json_t *cases = jsonx_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), 1 << 24, name, &error);
    g_assert_no_error(error);
    return cases;
}

/* ---- reports ---- */

static void check_count(const json_t *row, const char *key, guint64 is) {
    if ((guint64)jsonx_int(row, key, -1) != is)
        g_error("%s: %s is %" G_GUINT64_FORMAT, jsonx_string(row, "file"), key, is);
}

static void check_report(const json_t *row) {
    const char *file = jsonx_string(row, "file");
    g_autoptr(GBytes) bytes = read_data("junit", file);
    g_autoptr(GateTests) tests = gate_tests_new();
    g_autoptr(GError) error = NULL;
    gate_junit_read(tests, bytes, file, NULL, &error);
    g_assert_no_error(error);
    check_count(row, "tests", tests->tests);
    check_count(row, "failures", tests->failures);
    check_count(row, "errors", tests->errors);
    check_count(row, "skipped", tests->skipped);
    check_count(row, "flaky", tests->flaky);
    g_auto(GStrv) notable = jsonx_to_strv(json_object_get(row, "notable"));
    g_assert_cmpuint(tests->notable->len, ==, g_strv_length(notable));
    for (guint i = 0; i < tests->notable->len; i++) {
        g_autofree char *text = gate_test_text(g_ptr_array_index(tests->notable, i));
        g_assert_cmpstr(text, ==, notable[i]);
    }
}

static void test_dialects(void) {
    g_autoptr(json_t) cases = read_cases("junit", "cases.json");
    const json_t *rows = json_object_get(cases, "read");
    g_assert_cmpuint(json_array_size(rows), >=, 13);
    for (gsize i = 0; i < json_array_size(rows); i++)
        check_report(json_array_get(rows, i));
}

static void refused(GBytes *bytes, const char *name, ErrorCode code, const char *why) {
    g_autoptr(GateTests) tests = gate_tests_new();
    g_autoptr(GError) error = NULL;
    g_assert_false(gate_junit_read(tests, bytes, name, NULL, &error));
    g_assert_true(error_is(error, code));
    g_assert_nonnull(strstr(error->message, name));
    const char *said = error_get_why(error);
    if (*why != '\0' && (said == NULL || strstr(said, why) == NULL))
        g_error("%s: \"%s\" is not in \"%s\"", name, why, said);
}

static void test_refused(void) {
    g_autoptr(json_t) cases = read_cases("junit", "cases.json");
    const json_t *rows = json_object_get(cases, "refused");
    for (gsize i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        g_autoptr(GBytes) bytes = read_data("junit", jsonx_string(row, "file"));
        refused(bytes, jsonx_string(row, "file"), ERROR_PARSE, jsonx_string(row, "why"));
    }
}

static void test_bounds(void) {
    g_autoptr(GString) many = g_string_new("<testsuite>");
    for (guint i = 0; i < 1000001; i++)
        g_string_append(many, "<testcase/>");
    g_string_append(many, "</testsuite>");
    g_autoptr(GBytes) bytes = g_bytes_new(many->str, many->len);
    refused(bytes, "many", ERROR_TOO_LARGE, "");
    g_autoptr(GBytes) large = g_bytes_new_take(g_malloc0(GATE_JUNIT_BYTES + 1), GATE_JUNIT_BYTES + 1);
    refused(large, "large", ERROR_TOO_LARGE, "");
}

/* Names, messages and text of a megabyte, and a thousand failures: what is kept is bounded. */
static void test_long(void) {
    g_autofree char *word = g_strnfill(1 << 20, 'x');
    g_autoptr(GString) report = g_string_new("<testsuite>");
    g_string_append_printf(report, "<testcase name='%s'><failure message='%s'>%s:1: %s</failure></testcase>", word, word, word, word);
    for (guint i = 0; i < 1000; i++)
        g_string_append(report, "<testcase name='a'><error/></testcase>");
    g_string_append(report, "</testsuite>");
    g_autoptr(GBytes) bytes = g_bytes_new(report->str, report->len);
    g_autoptr(GateTests) tests = gate_tests_new();
    g_assert_true(gate_junit_read(tests, bytes, "long", NULL, NULL));
    g_assert_cmpuint(tests->errors, ==, 1000);
    g_assert_cmpuint(tests->notable->len, ==, GATE_TESTS_NAMED);
    g_autofree char *text = gate_test_text(g_ptr_array_index(tests->notable, 0));
    g_assert_cmpuint(strlen(text), <, 2000);
}

static void collect(const GateTest *test, void *data) {
    gate_junit_append(data, test);
}

/* What is written is read again as the same. */
static void test_written(void) {
    g_autoptr(json_t) cases = read_cases("junit", "cases.json");
    const json_t *rows = json_object_get(cases, "read");
    for (gsize i = 0; i < json_array_size(rows); i++) {
        const char *file = jsonx_string(json_array_get(rows, i), "file");
        g_autoptr(GBytes) bytes = read_data("junit", file);
        g_autoptr(GateTests) tests = gate_tests_new();
        g_autoptr(GString) cases_text = g_string_new(NULL);
        GateTestVisitor visitor = {.test = collect, .data = cases_text};
        g_assert_true(gate_junit_read(tests, bytes, file, &visitor, NULL));
        g_autoptr(GString) whole = g_string_new("<testsuites>");
        gate_junit_begin_suite(whole, "a <&\"\x01", tests);
        g_string_append_printf(whole, "%s</testsuite></testsuites>", cases_text->str);
        g_autoptr(GBytes) written = g_bytes_new(whole->str, whole->len);
        g_autoptr(GateTests) again = gate_tests_new();
        g_autoptr(GError) error = NULL;
        gate_junit_read(again, written, file, NULL, &error);
        g_assert_no_error(error);
        g_autofree char *before = gate_tests_text(tests);
        g_autofree char *after = gate_tests_text(again);
        g_assert_cmpstr(before, ==, after);
    }
}

/* ---- runners that ran nothing ---- */

static void test_empty(void) {
    g_autoptr(json_t) cases = read_cases("gate", "empty.json");
    guint32 nothing = 0, something = 0;
    for (gsize i = 0; i < json_array_size(cases); i++) {
        const json_t *row = json_array_get(cases, i);
        g_auto(GStrv) words = jsonx_to_strv(json_object_get(row, "run"));
        g_auto(GStrv) lines = g_strsplit(jsonx_string(row, "out"), "\n", -1);
        GateEmpty empty = {.rows = gate_empty_rows((const char *const *)words)};
        for (guint k = 0; lines[k] != NULL; k++)
            gate_empty_line(&empty, lines[k]);
        nothing |= empty.nothing;
        something |= empty.something;
        if (gate_empty_is(&empty) != jsonx_bool(row, "empty", false))
            g_error("case %" G_GSIZE_FORMAT ": %s", i, jsonx_string(row, "out"));
        int status = (int)jsonx_int(row, "exit", 0);
        g_assert_true(status == 0 || gate_empty_exit(&empty, status));
        g_assert_false(gate_empty_exit(&empty, 1));
    }
    /* every row has its case, of both kinds */
    g_assert_cmphex(nothing, ==, (1u << gate_empty_count()) - 1);
    g_assert_cmphex(something, ==, (1u << gate_empty_count()) - 1);
}

static void test_glob(void) {
    g_autoptr(json_t) cases = read_cases("gate", "glob.json");
    for (gsize i = 0; i < json_array_size(cases); i++) {
        const json_t *row = json_array_get(cases, i);
        const char *pattern = json_string_value(json_array_get(row, 0));
        const char *path = json_string_value(json_array_get(row, 1));
        if (glob_match(pattern, path) != json_is_true(json_array_get(row, 2)))
            g_error("%s and %s", pattern, path);
    }
    g_autofree char *root = glob_root("build/reports/**/x-*.xml");
    g_assert_cmpstr(root, ==, "build/reports");
    g_autofree char *top = glob_root("*.xml");
    g_assert_cmpstr(top, ==, "");
}

static void test_presets(void) {
    g_autofree const char **names = gate_preset_names();
    g_assert_true(g_strv_contains(names, "unit"));
    guint count;
    const GatePreset *presets = gate_presets(&count);
    for (guint i = 0; i < count; i++) {
        g_assert_true(g_strv_contains(names, presets[i].name));
        g_assert_true((presets[i].condition == GATE_IF_ALWAYS) == (presets[i].text == NULL));
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gate/junit/dialects", test_dialects);
    g_test_add_func("/gate/junit/refused", test_refused);
    g_test_add_func("/gate/junit/bounds", test_bounds);
    g_test_add_func("/gate/junit/long", test_long);
    g_test_add_func("/gate/junit/written", test_written);
    g_test_add_func("/gate/empty", test_empty);
    g_test_add_func("/gate/glob", test_glob);
    g_test_add_func("/gate/presets", test_presets);
    return g_test_run();
}
