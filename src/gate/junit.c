#include "gate/junit.h"

#include <string.h>

#define DEPTH_LIMIT 64
#define TESTS_LIMIT 1000000
#define TEXT_LIMIT 65536
#define MESSAGE_LIMIT 300
#define NAME_LIMIT 500

typedef struct {
    GateTests *tests;
    const GateTestVisitor *visitor;
    const char *where;
    guint depth;
    guint64 count;
    bool inside;       /* a testcase */
    GateTest test;     /* the one that is read */
    GString *text;     /* of its first failure or error; NULL: not inside one */
    guint text_depth;  /* of the element that text is of */
    char *told;        /* all of that text */
    guint64 suite_has; /* count when the suite began */
    guint64 claimed;   /* failures and errors that the suite speaks of */
    char *suite_name;
} Reader;

/* ---- one test ---- */

static void clear_test(Reader *reader) {
    g_free(reader->test.suite);
    g_free(reader->test.name);
    g_free(reader->test.file);
    g_free(reader->test.message);
    reader->test = (GateTest){0};
    g_clear_pointer(&reader->told, g_free);
}

/* The first line that says something. */
static char *first_line(const char *text) {
    while (g_ascii_isspace(*text))
        text++;
    gsize length = strcspn(text, "\r\n");
    const char *end = text + length;
    if (g_utf8_strlen(text, (gssize)length) > MESSAGE_LIMIT)
        end = g_utf8_offset_to_pointer(text, MESSAGE_LIMIT);
    return g_strchomp(g_strndup(text, (gsize)(end - text)));
}

/* What runners write where they have nothing to say. */
static bool says_nothing(const char *message) {
    static const char *const empty[] = {"", "Failed", "failed", "No message", "test failure", NULL};
    return g_strv_contains(empty, message);
}

static void find_place(Reader *reader) {
    GateTest *test = &reader->test;
    g_autofree char *file = NULL;
    guint line = 0;
    if (reader->told == NULL || !gate_junit_place(reader->told, test->suite, &file, &line))
        return;
    /* pytest counts the lines of its attribute from 0, others from 1; a text has no such doubt */
    bool same = test->file == NULL || g_str_has_suffix(file, test->file) || g_str_has_suffix(test->file, file);
    if (!same)
        return;
    if (test->file == NULL)
        test->file = g_steal_pointer(&file);
    test->line = line;
}

static void end_test(Reader *reader) {
    GateTest *test = &reader->test;
    if (test->message == NULL)
        test->message = g_strdup("");
    if (says_nothing(test->message) && reader->told != NULL) {
        g_free(test->message);
        test->message = first_line(reader->told);
    }
    find_place(reader);
    gate_tests_add(reader->tests, test);
    if (reader->visitor != NULL)
        reader->visitor->test(test, reader->visitor->data);
    clear_test(reader);
    reader->inside = false;
}

/* ---- elements ---- */

static const char *attribute(const char **names, const char **values, const char *name) {
    for (guint i = 0; names[i] != NULL; i++) {
        if (strcmp(names[i], name) == 0)
            return values[i];
    }
    return NULL;
}

static char *short_text(const char *text) {
    if (text == NULL)
        return g_strdup("");
    return g_utf8_strlen(text, -1) > NAME_LIMIT ? g_utf8_substring(text, 0, NAME_LIMIT) : g_strdup(text);
}

static guint number(const char *text) {
    guint64 value = text != NULL ? g_ascii_strtoull(text, NULL, 10) : 0;
    return value < 10000000 ? (guint)value : 0;
}

static void begin_test(Reader *reader, const char **names, const char **values) {
    static const char *const unrun[] = {"notrun", "disabled", "skipped", NULL};
    const char *file = attribute(names, values, "file");
    const char *status = attribute(names, values, "status");
    const char *seconds = attribute(names, values, "time");
    clear_test(reader);
    reader->inside = true;
    reader->test = (GateTest){
        .suite = short_text(attribute(names, values, "classname")),
        .name = short_text(attribute(names, values, "name")),
        .file = file != NULL && *file != '\0' ? short_text(file) : NULL,
        .line = number(attribute(names, values, "line")),
        .state = status != NULL && g_strv_contains(unrun, status) ? GATE_TEST_SKIPPED : GATE_TEST_PASSED,
        .seconds = seconds != NULL ? CLAMP(g_ascii_strtod(seconds, NULL), 0, 1e9) : 0,
    };
}

/* An error counts more than a failure, a failure more than having been skipped. */
static void judge(Reader *reader, GateTestState state, const char *message) {
    GateTest *test = &reader->test;
    bool more = test->state == GATE_TEST_PASSED || test->state == GATE_TEST_SKIPPED || state == GATE_TEST_ERROR;
    if (!more && test->state != state)
        return;
    test->state = state;
    if (test->message == NULL && message != NULL)
        test->message = first_line(message);
}

static void listen(Reader *reader) {
    if (reader->told != NULL || reader->text != NULL)
        return;
    reader->text = g_string_new(NULL);
    reader->text_depth = reader->depth;
}

static void begin_inside(Reader *reader, const char *name, const char *message) {
    bool flaky = g_str_has_prefix(name, "flaky");
    bool again = flaky || g_str_has_prefix(name, "rerun");
    if (strcmp(name, "failure") == 0 || strcmp(name, "error") == 0) {
        judge(reader, *name == 'e' ? GATE_TEST_ERROR : GATE_TEST_FAILED, message);
        listen(reader);
    } else if (strcmp(name, "system-out") == 0 && (reader->test.state == GATE_TEST_FAILED || reader->test.state == GATE_TEST_ERROR)) {
        listen(reader); /* where a runner says no more than that it failed, as ctest does */
    } else if (strcmp(name, "skipped") == 0) {
        if (reader->test.state == GATE_TEST_PASSED)
            judge(reader, GATE_TEST_SKIPPED, NULL);
    } else if (again && (g_str_has_suffix(name, "Failure") || g_str_has_suffix(name, "Error"))) {
        reader->test.reruns++;
        if (reader->test.message == NULL && flaky && message != NULL)
            reader->test.message = first_line(message);
        if (flaky)
            listen(reader);
    }
}

static void begin_suite(Reader *reader, const char **names, const char **values) {
    reader->suite_has = reader->count;
    reader->claimed = (guint64)number(attribute(names, values, "failures")) + number(attribute(names, values, "errors"));
    g_free(reader->suite_name);
    reader->suite_name = short_text(attribute(names, values, "name"));
}

/* A suite that speaks of failures and names no test did not get so far as to run one. */
static void end_suite(Reader *reader) {
    if (reader->claimed > 0 && reader->count == reader->suite_has) {
        const char *none[] = {NULL};
        begin_test(reader, none, none);
        g_free(reader->test.suite);
        reader->test.suite = g_strdup(reader->suite_name);
        judge(reader, GATE_TEST_ERROR, "the suite speaks of failures and names no test");
        end_test(reader);
    }
    reader->claimed = 0;
}

static bool refuse(const Reader *reader, GError **error, const char *why) {
    error_set(error, ERROR_PARSE, "%s is no JUnit report that can be believed", reader->where);
    error_why(error, "%s", why);
    return false;
}

static bool may_begin(Reader *reader, const char *name, GError **error) {
    if (++reader->depth > DEPTH_LIMIT)
        return refuse(reader, error, "its elements stand within each other too deep");
    if (reader->depth == 1 && strcmp(name, "testsuites") != 0 && strcmp(name, "testsuite") != 0)
        return refuse(reader, error, "its outermost element is neither testsuites nor testsuite");
    if (strcmp(name, "testcase") == 0 && ++reader->count > TESTS_LIMIT)
        return error_set(error, ERROR_TOO_LARGE, "%s holds more than %d tests", reader->where, TESTS_LIMIT);
    return true;
}

static void on_begin(GMarkupParseContext *context, const char *name, const char **names, const char **values, gpointer data, GError **error) {
    (void)context;
    Reader *reader = data;
    if (!may_begin(reader, name, error))
        return;
    if (strcmp(name, "testcase") == 0)
        begin_test(reader, names, values);
    else if (strcmp(name, "testsuite") == 0)
        begin_suite(reader, names, values);
    else if (reader->inside)
        begin_inside(reader, name, attribute(names, values, "message"));
}

static void on_end(GMarkupParseContext *context, const char *name, gpointer data, GError **error) {
    (void)context;
    (void)error;
    Reader *reader = data;
    if (reader->text != NULL && reader->text_depth == reader->depth) {
        bool said = reader->text->len > 0;
        reader->told = g_string_free(g_steal_pointer(&reader->text), !said);
    }
    reader->depth--;
    if (strcmp(name, "testcase") == 0 && reader->inside)
        end_test(reader);
    else if (strcmp(name, "testsuite") == 0)
        end_suite(reader);
}

static void on_text(GMarkupParseContext *context, const char *text, gsize length, gpointer data, GError **error) {
    (void)context;
    (void)error;
    const Reader *reader = data;
    if (reader->text != NULL && reader->text->len < TEXT_LIMIT)
        g_string_append_len(reader->text, text, (gssize)MIN(length, TEXT_LIMIT - reader->text->len));
}

/* Comments, instructions and a document type come here; the last one could define entities. */
static void on_rest(GMarkupParseContext *context, const char *text, gsize length, gpointer data, GError **error) {
    (void)context;
    if (length > 9 && g_ascii_strncasecmp(text, "<!DOCTYPE", 9) == 0)
        refuse(data, error, "it has a document type, and so may have entities, which are not read");
}

/* ---- bytes to UTF-8 ---- */

static const char *encoding_of(const char *bytes, gsize length) {
    static const char *const known[] = {"ISO-8859-1", "ISO-8859-15", "windows-1252"};
    if (length >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0))
        return "UTF-16";
    if (length < 5 || memcmp(bytes, "<?xml", 5) != 0)
        return NULL;
    g_autofree char *head = g_strndup(bytes, MIN(length, 200));
    head[strcspn(head, ">")] = '\0';
    g_autofree char *lower = g_ascii_strdown(head, -1);
    const char *at = strstr(lower, "encoding=");
    at = at != NULL && strlen(at) > strlen("encoding=") ? at + strlen("encoding=") + 1 : "";
    for (guint i = 0; i < G_N_ELEMENTS(known); i++) {
        g_autofree char *name = g_ascii_strdown(known[i], -1);
        char end = g_str_has_prefix(at, name) ? at[strlen(name)] : '\0';
        if (end == '"' || end == '\'')
            return known[i];
    }
    return NULL;
}

/* Without a NUL, too: GMarkup goes on after it has refused one. */
static char *to_utf8(GBytes *bytes, gsize *length) {
    const char *data = g_bytes_get_data(bytes, length);
    const char *encoding = encoding_of(data, *length);
    gsize converted_length = 0;
    g_autofree char *converted = encoding != NULL ? g_convert(data, (gssize)*length, "UTF-8", encoding, NULL, &converted_length, NULL) : NULL;
    if (converted != NULL) {
        data = converted;
        *length = converted_length;
    }
    if (*length >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
        data += 3;
        *length -= 3;
    }
    char *text = g_utf8_validate_len(data, *length, NULL) ? g_strndup(data, *length) : g_utf8_make_valid(data, (gssize)*length);
    *length = strlen(text);
    return text;
}

/* ---- the whole ---- */

static bool parse(Reader *reader, const char *text, gsize length, GError **error) {
    static const GMarkupParser parser = {.start_element = on_begin, .end_element = on_end, .text = on_text, .passthrough = on_rest};
    GMarkupParseContext *context = g_markup_parse_context_new(&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, reader, NULL);
    GError *problem = NULL;
    bool read = g_markup_parse_context_parse(context, text, (gssize)length, &problem) && g_markup_parse_context_end_parse(context, &problem);
    g_markup_parse_context_free(context);
    if (read && problem == NULL)
        return true;
    if (problem->domain == G_MARKUP_ERROR) {
        refuse(reader, error, problem->message);
        g_clear_error(&problem);
    } else {
        g_propagate_error(error, problem);
    }
    return false;
}

bool gate_junit_read(GateTests *tests, GBytes *bytes, const char *where, const GateTestVisitor *visitor, GError **error) {
    if (g_bytes_get_size(bytes) > GATE_JUNIT_BYTES)
        return error_set(error, ERROR_TOO_LARGE, "%s is larger than %u MiB", where, GATE_JUNIT_BYTES >> 20);
    gsize length = 0;
    g_autofree char *text = g_bytes_get_size(bytes) > 0 ? to_utf8(bytes, &length) : g_strdup("");
    Reader reader = {.tests = tests, .visitor = visitor, .where = where};
    bool read = parse(&reader, text, length, error);
    clear_test(&reader);
    if (reader.text != NULL)
        g_string_free(reader.text, TRUE);
    g_free(reader.suite_name);
    return read;
}
