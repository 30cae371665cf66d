/* The list of burned versions as it comes from a remote: what a slipway wrote is read, all else is refused with its line. The ref is tested on the real binary.
 */
#include "base/error.h"
#include "share/share.h"

#include <string.h>

#define ROW(version, tag, reason, who, when) "{\"reason\":" reason ",\"tag\":" tag ",\"version\":" version ",\"when\":" when ",\"who\":" who "}\n"
#define GOOD ROW("\"1.1.0\"", "\"v1.1.0\"", "\"a wrong wheel\"", "\"Ada <ada@example.org>\"", "1790000000")
#define OTHER ROW("\"2.0.0-rc.1\"", "\"tool/v2.0.0-rc.1\"", "\"ä\\u001b[31m\"", "\"Bob\"", "0")

typedef struct {
    const char *name, *text;
    int count; /* -1: refused */
    ErrorCode code;
    const char *says; /* in what or why */
} Case;

static const Case cases[] = {
    {"empty", "", 0, 0, NULL},
    {"one", GOOD, 1, 0, NULL},
    {"two", GOOD OTHER, 2, 0, NULL},
    {"twice", GOOD GOOD, 2, 0, NULL},
    {"no last newline", "{\"version\":\"1.1.0\",\"tag\":\"v1.1.0\",\"reason\":\"r\",\"who\":\"w\",\"when\":1}", 1, 0, NULL},
    {"a member of a newer one", "{\"version\":\"1.1.0\",\"tag\":\"v1.1.0\",\"reason\":\"r\",\"who\":\"w\",\"when\":1,\"more\":[1]}\n", 1, 0, NULL},
    {"no JSON", GOOD "burned\n", -1, ERROR_PARSE, "line 2"},
    {"empty line", GOOD "\n" OTHER, -1, ERROR_PARSE, "line 2"},
    {"array", "[]\n", -1, ERROR_JOURNAL_EDITED, "burned.jsonl:1"},
    {"text", "\"1.1.0\"\n", -1, ERROR_PARSE, "line 1"},
    {"a key twice", "{\"tag\":\"a\",\"tag\":\"b\"}\n", -1, ERROR_PARSE, "line 1"},
    {"no version", GOOD ROW("null", "\"v1\"", "\"r\"", "\"w\"", "1"), -1, ERROR_JOURNAL_EDITED, "burned.jsonl:2"},
    {"a version that is none", ROW("\"1.1\"", "\"v1.1\"", "\"r\"", "\"w\"", "1"), -1, ERROR_JOURNAL_EDITED, "no version and tag"},
    {"a number for a version", ROW("1", "\"v1\"", "\"r\"", "\"w\"", "1"), -1, ERROR_JOURNAL_EDITED, "no version and tag"},
    {"empty tag", ROW("\"1.1.0\"", "\"\"", "\"r\"", "\"w\"", "1"), -1, ERROR_JOURNAL_EDITED, "no version and tag"},
    {"no reason", ROW("\"1.1.0\"", "\"v1.1.0\"", "\"\"", "\"w\"", "1"), -1, ERROR_JOURNAL_EDITED, "why, who and when"},
    {"nobody", ROW("\"1.1.0\"", "\"v1.1.0\"", "\"r\"", "{}", "1"), -1, ERROR_JOURNAL_EDITED, "why, who and when"},
    {"before all", ROW("\"1.1.0\"", "\"v1.1.0\"", "\"r\"", "\"w\"", "-1"), -1, ERROR_JOURNAL_EDITED, "why, who and when"},
    {"after all", ROW("\"1.1.0\"", "\"v1.1.0\"", "\"r\"", "\"w\"", "253402300800"), -1, ERROR_JOURNAL_EDITED, "why, who and when"},
    {"a fraction", ROW("\"1.1.0\"", "\"v1.1.0\"", "\"r\"", "\"w\"", "1.5"), -1, ERROR_JOURNAL_EDITED, "why, who and when"},
    {"NUL", ROW("\"1.1.0\"", "\"v\\u0000\"", "\"r\"", "\"w\"", "1"), -1, ERROR_PARSE, "line 1"},
    {"not UTF-8", "{\"version\":\"\xff\"}\n", -1, ERROR_PARSE, "line 1"},
};

static void check(const char *name, GBytes *bytes, const Case *row) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) list = share_burned_read(bytes, &error);
    g_test_message("%s: %s", name, error != NULL ? error->message : "-");
    g_assert_cmpint(list != NULL ? (int)list->len : -1, ==, row->count);
    if (list != NULL) {
        g_assert_no_error(error);
        return;
    }
    g_assert_nonnull(error);
    const char *why = error_get_why(error);
    g_autofree char *all = g_strdup_printf("%s\n%s", error->message, why != NULL ? why : "");
    g_assert_error(error, SLIPWAY_ERROR, (int)row->code);
    g_assert_nonnull(strstr(all, row->says));
}

static void test_read(void) {
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GBytes) bytes = g_bytes_new_static(cases[i].text, strlen(cases[i].text));
        check(cases[i].name, bytes, &cases[i]);
    }
}

static void test_fields(void) {
    g_autoptr(GBytes) bytes = g_bytes_new_static(GOOD OTHER, strlen(GOOD OTHER));
    GError *error = NULL;
    g_autoptr(GPtrArray) list = share_burned_read(bytes, &error);
    g_assert_no_error(error);
    const ShareBurned *one = g_ptr_array_index(list, 0), *other = g_ptr_array_index(list, 1);
    g_assert_cmpstr(one->version, ==, "1.1.0");
    g_assert_cmpstr(one->tag, ==, "v1.1.0");
    g_assert_cmpstr(one->reason, ==, "a wrong wheel");
    g_assert_cmpstr(one->who, ==, "Ada <ada@example.org>");
    g_assert_cmpint(one->when, ==, 1790000000);
    g_assert_cmpstr(other->tag, ==, "tool/v2.0.0-rc.1");
    g_assert_cmpstr(other->reason, ==, "ä\033[31m"); /* shown escaped */
}

static GBytes *repeated(const char *text, gsize count) {
    GString *all = g_string_new(NULL);
    for (gsize i = 0; i < count; i++)
        g_string_append(all, text);
    return g_string_free_to_bytes(all);
}

/* The most that is read, and one more. */
static void test_limits(void) {
    static const char shortest[] = "{\"version\":\"1.1.0\",\"tag\":\"v\",\"reason\":\"r\",\"who\":\"w\",\"when\":1}\n";
    g_autofree char *reason = g_strnfill(SHARE_REASON_LIMIT, 'r');
    g_autofree char *longest = g_strdup_printf("{\"version\":\"1.1.0\",\"tag\":\"v\",\"reason\":\"%s\",\"who\":\"w\",\"when\":1}\n", reason);
    g_autofree char *longer = g_strdup_printf("{\"version\":\"1.1.0\",\"tag\":\"v\",\"reason\":\"%sr\",\"who\":\"w\",\"when\":1}\n", reason);
    g_autofree char *deep = g_strnfill(100, '[');
    const struct {
        const char *text;
        gsize count;
        Case row;
    } limits[] = {
        {shortest, SHARE_LINES_LIMIT, {.count = (int)SHARE_LINES_LIMIT}},
        {shortest, SHARE_LINES_LIMIT + 1, {.count = -1, .code = ERROR_TOO_LARGE, .says = "10000 lines"}},
        {longest, 1, {.count = 1}},
        {longer, 1, {.count = -1, .code = ERROR_JOURNAL_EDITED, .says = "why, who and when"}},
        {longest, SHARE_BURNED_LIMIT / SHARE_REASON_LIMIT, {.count = -1, .code = ERROR_TOO_LARGE, .says = "1 MiB"}},
        {deep, 1, {.count = -1, .code = ERROR_PARSE, .says = "deeper"}},
    };
    for (guint i = 0; i < G_N_ELEMENTS(limits); i++) {
        g_autoptr(GBytes) bytes = repeated(limits[i].text, limits[i].count);
        check("limit", bytes, &limits[i].row);
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/burned/read", test_read);
    g_test_add_func("/burned/fields", test_fields);
    g_test_add_func("/burned/limits", test_limits);
    return g_test_run();
}
