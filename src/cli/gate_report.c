#include "cli/gate_report.h"

#include "base/clock.h"
#include "base/fs.h"
#include "base/text.h"
#include "cli/file.h"
#include "cli/findings.h"
#include "gate/junit.h"

#include <stdio.h>
#include <string.h>

#define KEPT_LIMIT (128u << 20)
#define FINDINGS_SHOWN 20

void gate_row_free(GateRow *row) {
    json_decref(row->tests);
    json_decref(row->findings);
    g_free(row->log);
    g_free(row);
}

/* ---- collecting ---- */

/* What a failing gate kept of its tests or findings, the last time. */
static json_t *kept_value(const GPtrArray *events, const char *effect, const char *key) {
    json_t *found = NULL;
    for (guint i = 0; events != NULL && i < events->len; i++) {
        const JournalEvent *event = g_ptr_array_index(events, i);
        json_t *value = g_strcmp0(event->effect, effect) == 0 && g_str_equal(event->type, "kept") ? json_object_get(event->data, key) : NULL;
        if (value != NULL)
            found = value;
    }
    return found;
}

static GateRow *row_of(const Engine *engine, const Effect *effect, const GPtrArray *events) {
    const char *log = jsonx_string(effect->params, "log");
    GateRow *row = g_new0(GateRow, 1);
    *row = (GateRow){
        .effect = effect,
        .name = jsonx_string(effect->params, "name"),
        .state = engine_state(engine, effect->id),
        .failure = engine_failure(engine, effect->id),
        .result = engine_result(engine, effect->id),
        .seconds = engine_seconds(engine, effect->id),
    };
    json_t *tests = row->result != NULL ? json_object_get(row->result, "tests") : kept_value(events, effect->id, "tests");
    json_t *findings = row->result != NULL ? json_object_get(row->result, "findings") : kept_value(events, effect->id, "findings");
    row->tests = json_incref(tests);
    row->findings = json_incref(findings);
    row->log = row->result != NULL ? jsonx_get_path(json_object_get(row->result, "log")) : NULL;
    if (row->log == NULL && log != NULL)
        row->log = g_build_filename(engine_work_dir(engine), "logs", log, NULL);
    return row;
}

static bool any_failed(const Engine *engine, const Plan *plan) {
    for (guint i = 0; i < plan->effects->len; i++) {
        if (engine_state(engine, ((const Effect *)g_ptr_array_index(plan->effects, i))->id) == EFFECT_FAILED)
            return true;
    }
    return false;
}

GPtrArray *gate_rows(const Engine *engine, Journal *journal) {
    const Plan *plan = engine_plan(engine);
    GPtrArray *rows = g_ptr_array_new_with_free_func((GDestroyNotify)gate_row_free);
    g_autoptr(GPtrArray) events = any_failed(engine, plan) ? journal_events(journal, engine_run_id(engine), NULL) : NULL;
    for (guint i = 0; i < plan->effects->len; i++) {
        const Effect *effect = g_ptr_array_index(plan->effects, i);
        if (g_str_has_prefix(effect->id, "prove/gate/") && jsonx_string(effect->params, "name") != NULL)
            g_ptr_array_add(rows, row_of(engine, effect, events));
    }
    return rows;
}

bool gate_row_is_warning(const GateRow *row) {
    return row->result != NULL && json_object_get(row->result, "failed") != NULL;
}

gint64 gate_row_proven(const GateRow *row) {
    return row->result != NULL ? jsonx_int(row->result, "proven", 0) : 0;
}

/* ---- for people ---- */

static const char *message_of(const GateRow *row) {
    if (row->failure != NULL)
        return row->failure->message;
    return gate_row_is_warning(row) ? jsonx_string(json_object_get(row->result, "failed"), "what") : NULL;
}

/* "gate unit failed: exit 1" is "exit 1" in a list that says so. */
static char *short_message(const GateRow *row) {
    g_autofree char *begin = g_strdup_printf("gate %s failed: ", row->name);
    const char *message = message_of(row);
    const char *rest = message != NULL && g_str_has_prefix(message, begin) ? message + strlen(begin) : message;
    return text_escape(rest != NULL ? rest : "", -1, false);
}

static int width_of(const GPtrArray *rows) {
    gsize width = 0;
    for (guint i = 0; i < rows->len; i++)
        width = MAX(width, strlen(((const GateRow *)g_ptr_array_index(rows, i))->name));
    return (int)MIN(width, 30);
}

static void print_row(const GateRow *row, int width) {
    g_autofree char *message = short_message(row);
    g_autofree char *name = text_escape(row->name, -1, false);
    g_autofree char *log = text_escape(row->log, -1, false);
    fprintf(stderr, "  %-*s  %s%s\n  %-*s  %s\n", width, name, gate_row_is_warning(row) ? "not required: " : "", message, width, "", log);
}

/* Unlike that of a failure, its end was not shown while it ran. */
static void print_warning(const GateRow *row, int width) {
    const char *why = jsonx_string(json_object_get(row->result, "failed"), "why");
    g_autofree char *clean = text_escape(why != NULL ? why : "", -1, true);
    g_auto(GStrv) lines = g_strsplit(g_strchomp(clean), "\n", -1);
    fputs("warning: a gate failed that is not required\n", stderr);
    print_row(row, width);
    for (guint i = 0; lines[i] != NULL; i++)
        fprintf(stderr, "  %-*s  %s\n", width, "", lines[i]);
}

static guint count_failed(const GPtrArray *rows) {
    guint count = 0;
    for (guint i = 0; i < rows->len; i++)
        count += ((const GateRow *)g_ptr_array_index(rows, i))->state == EFFECT_FAILED ? 1 : 0;
    return count;
}

/* What waited for one that failed is not among those that passed. */
static void print_not_run(const GPtrArray *rows) {
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < rows->len; i++) {
        const GateRow *row = g_ptr_array_index(rows, i);
        if (row->state == EFFECT_PENDING)
            g_ptr_array_add(names, text_escape(row->name, -1, false));
    }
    g_ptr_array_add(names, NULL);
    g_autofree char *joined = g_strjoinv(", ", (char **)names->pdata);
    if (*joined != '\0')
        fprintf(stderr, "not run: %s\n", joined);
}

static void print_failures(const GPtrArray *rows) {
    guint failed = count_failed(rows);
    int width = width_of(rows);
    if (failed > 0)
        fprintf(stderr, "%u of %u %s failed\n", failed, rows->len, rows->len == 1 ? "gate" : "gates");
    for (guint i = 0; i < rows->len; i++) {
        const GateRow *row = g_ptr_array_index(rows, i);
        if (row->state == EFFECT_FAILED)
            print_row(row, width);
    }
    print_not_run(rows);
    for (guint i = 0; i < rows->len; i++) {
        const GateRow *row = g_ptr_array_index(rows, i);
        if (gate_row_is_warning(row))
            print_warning(row, width);
    }
}

/* Passed, but not at once: said once more at the end, where it is read. */
static void print_doubt(const GateRow *row) {
    const json_t *tries = row->result != NULL && !gate_row_is_warning(row) ? json_object_get(row->result, "tries") : NULL;
    gint64 flaky = row->result != NULL ? jsonx_int(row->tests, "flaky", 0) : 0;
    g_autofree char *name = text_escape(row->name, -1, false);
    if (tries != NULL)
        fprintf(stderr, "note: the gate %s passed on try %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT "\n", name, jsonx_int(tries, "made", 0),
                jsonx_int(tries, "allowed", 0));
    if (flaky > 0)
        fprintf(stderr, "note: of the gate %s %" G_GINT64_FORMAT " %s passed only when run again\n", name, flaky, flaky == 1 ? "test" : "tests");
}

/* Of a check that knows places in files, see effects/check_docs.c. */
static void annotate_findings(const GateRow *row) {
    for (gsize i = 0; i < json_array_size(row->findings); i++) {
        const json_t *finding = json_array_get(row->findings, i);
        g_autofree char *path = text_escape(jsonx_string(finding, "path"), -1, false);
        g_autofree char *what = text_escape(jsonx_string(finding, "what"), -1, false);
        Annotation annotation = {
            .path = path,
            .line = (guint)jsonx_int(finding, "line", 0),
            .column = (guint)jsonx_int(finding, "column", 0),
            .code = row->name,
            .what = what,
            .warning = jsonx_bool(finding, "warning", false) || gate_row_is_warning(row),
        };
        findings_annotate(&annotation);
    }
}

static void annotate(const GateRow *row) {
    const json_t *notable = json_object_get(row->tests, "notable");
    for (gsize i = 0; i < json_array_size(notable); i++) {
        const json_t *test = json_array_get(notable, i);
        const char *file = jsonx_string(test, "file");
        g_autofree char *raw = g_strdup_printf("%s %s: %s", jsonx_string(test, "suite"), jsonx_string(test, "name"), jsonx_string(test, "message"));
        g_autofree char *what = text_escape(raw, -1, false);
        g_autofree char *path = text_escape(file != NULL ? file : "", -1, false);
        bool passed = g_strcmp0(jsonx_string(test, "state"), "passed") == 0;
        Annotation annotation = {
            .path = path,
            .line = (guint)jsonx_int(test, "line", 0),
            .code = row->name,
            .what = what,
            .warning = passed || gate_row_is_warning(row),
        };
        if (file != NULL)
            findings_annotate(&annotation);
    }
}

void gate_report_print(const Engine *engine, Journal *journal) {
    g_autoptr(GPtrArray) rows = gate_rows(engine, journal);
    print_failures(rows);
    for (guint i = 0; i < rows->len; i++)
        print_doubt(g_ptr_array_index(rows, i));
    for (guint i = 0; i < rows->len; i++) {
        annotate(g_ptr_array_index(rows, i));
        annotate_findings(g_ptr_array_index(rows, i));
    }
}

/* ---- for machines ---- */

static const char *state_of(const GateRow *row) {
    if (row->state == EFFECT_FAILED)
        return "failed";
    if (row->state != EFFECT_DONE)
        return "not run";
    return gate_row_is_warning(row) ? "failed, not required" : gate_row_proven(row) != 0 ? "proven" : "passed";
}

static json_t *row_json(const GateRow *row) {
    json_t *object =
        json_pack("{s: o, s: s, s: f, s: o}", "name", jsonx_text(row->name), "state", state_of(row), "seconds", row->seconds, "log", jsonx_path(row->log));
    json_t *tries = row->result != NULL ? json_object_get(row->result, "tries") : json_object_get(row->tests, "tries");
    g_autofree char *at = gate_row_proven(row) != 0 ? clock_timestamp(gate_row_proven(row)) : NULL;
    if (row->tests != NULL)
        json_object_set(object, "tests", row->tests);
    if (row->findings != NULL)
        json_object_set(object, "findings", row->findings);
    if (tries != NULL)
        json_object_set(object, "tries", tries);
    if (at != NULL)
        json_object_set_new(object, "proven", json_string(at));
    if (row->failure != NULL)
        json_object_set_new(object, "error", error_to_json(row->failure));
    else if (gate_row_is_warning(row))
        json_object_set(object, "error", json_object_get(row->result, "failed"));
    return object;
}

json_t *gate_report_json(const GPtrArray *rows) {
    json_t *array = json_array();
    for (guint i = 0; i < rows->len; i++)
        json_array_append_new(array, row_json(g_ptr_array_index(rows, i)));
    return array;
}

static void add_gate(GString *out, GateTests *all, const GateRow *row) {
    const json_t *tries = row->result != NULL ? json_object_get(row->result, "tries") : json_object_get(row->tests, "tries");
    gint64 made = CLAMP(jsonx_int(tries, "made", 1), 1, 100);
    GateTest test = {
        .suite = (char *)"gates",
        .name = (char *)row->name,
        .message = (char *)(message_of(row) != NULL ? message_of(row) : ""),
        .state = row->state == EFFECT_DONE     ? GATE_TEST_PASSED
                 : row->state == EFFECT_FAILED ? GATE_TEST_FAILED
                                               : GATE_TEST_SKIPPED,
        .reruns = made > 1 ? (guint)made - 1 : 0,
        .seconds = row->seconds,
    };
    gate_tests_add(all, &test);
    gate_junit_append(out, &test);
}

/* Beside the log: LOG.tests of this run, KEY.tests of a proof. */
static GBytes *read_tests(const GateRow *row) {
    g_autofree char *beside = g_strconcat(row->log, ".tests", NULL);
    g_autofree char *stem = g_str_has_suffix(row->log, ".log") ? g_strndup(row->log, strlen(row->log) - strlen(".log")) : g_strdup(row->log);
    g_autofree char *of_proof = g_strconcat(stem, ".tests", NULL);
    return fs_read(fs_exists(beside) ? beside : of_proof, KEPT_LIMIT, NULL);
}

static void add_tests(GString *out, const GateRow *row) {
    g_autoptr(GBytes) bytes = read_tests(row);
    GateTests tests = {
        .tests = (guint64)jsonx_int(row->tests, "tests", 0),
        .failures = (guint64)jsonx_int(row->tests, "failures", 0),
        .errors = (guint64)jsonx_int(row->tests, "errors", 0),
        .skipped = (guint64)jsonx_int(row->tests, "skipped", 0),
    };
    if (bytes == NULL)
        return;
    gate_junit_begin_suite(out, row->name, &tests);
    g_string_append_len(out, g_bytes_get_data(bytes, NULL), (gssize)g_bytes_get_size(bytes));
    g_string_append(out, "  </testsuite>\n");
}

bool gate_report_junit(const GPtrArray *rows, const char *path, GError **error) {
    g_autoptr(GString) gates = g_string_new(NULL);
    g_autoptr(GateTests) all = gate_tests_new();
    for (guint i = 0; i < rows->len; i++)
        add_gate(gates, all, g_ptr_array_index(rows, i));
    g_autoptr(GString) out = g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"slipway\">\n");
    gate_junit_begin_suite(out, "gates", all);
    g_string_append(out, gates->str);
    g_string_append(out, "  </testsuite>\n");
    for (guint i = 0; i < rows->len; i++) {
        const GateRow *row = g_ptr_array_index(rows, i);
        if (jsonx_int(row->tests, "tests", 0) > 0)
            add_tests(out, row);
    }
    g_string_append(out, "</testsuites>\n");
    g_autoptr(GBytes) bytes = g_bytes_new(out->str, out->len);
    return file_write("junit", path, bytes, error);
}
