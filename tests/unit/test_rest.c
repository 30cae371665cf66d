/* Remotes' addresses, marks in notes, members of answers: what rests on no network. Hostile tables. */
#include "forge/rest_parts.h"

#include <string.h>

/* ---- remotes ---- */

typedef struct {
    const char *url;
    const char *scheme, *host, *path; /* NULL: refused */
} RemoteRow;

static const RemoteRow remotes[] = {
    {"https://github.com/acme/demo.git", "https", "github.com", "acme/demo"},
    {"https://github.com/acme/demo", "https", "github.com", "acme/demo"},
    {"https://github.com/acme/demo/", "https", "github.com", "acme/demo"},
    {"https://github.com//acme/demo.git/", "https", "github.com", "acme/demo"},
    {"HTTPS://GitHub.COM/Acme/Demo", "https", "github.com", "Acme/Demo"},
    {"https://user:pa%40ss@github.com/acme/demo", "https", "github.com", "acme/demo"},
    {"https://x@y@github.com/acme/demo", "https", "github.com", "acme/demo"},
    {"https://git.example.com:8443/acme/demo", "https", "git.example.com:8443", "acme/demo"},
    {"https://git.example.com:443/acme/demo", "https", "git.example.com", "acme/demo"},
    {"http://127.0.0.1:3000/acme/demo.git", "http", "127.0.0.1:3000", "acme/demo"},
    {"http://[::1]:3000/acme/demo.git", "http", "[::1]:3000", "acme/demo"},
    {"http://git.example.com:80/a/b", "http", "git.example.com", "a/b"},
    {"ssh://git@github.com/acme/demo.git", "https", "github.com", "acme/demo"},
    {"ssh://git@git.example.com:2222/acme/demo.git", "https", "git.example.com", "acme/demo"},
    {"ssh://git@[2001:db8::1]:22/acme/demo.git", "https", "[2001:db8::1]", "acme/demo"},
    {"git+ssh://git@github.com/acme/demo.git", "https", "github.com", "acme/demo"},
    {"git://github.com/acme/demo.git", "https", "github.com", "acme/demo"},
    {"git@github.com:acme/demo.git", "https", "github.com", "acme/demo"},
    {"github.com:acme/demo", "https", "github.com", "acme/demo"},
    {"git@gitlab.com:group/sub/sub2/name.with.dots.git", "https", "gitlab.com", "group/sub/sub2/name.with.dots"},
    {"git@host:/acme/demo", "https", "host", "acme/demo"},
    {"git@[::1]:acme/demo", "https", "[::1]", "acme/demo"},
    {"https://github.com/demo", "https", "github.com", "demo"},
    /* no address of a server */
    {NULL, NULL, NULL, NULL},
    {"", NULL, NULL, NULL},
    {"/srv/git/demo.git", NULL, NULL, NULL},
    {"../demo.git", NULL, NULL, NULL},
    {"./a:b", NULL, NULL, NULL},
    {"C:/x y", NULL, NULL, NULL},
    {"file:///srv/git/demo.git", NULL, NULL, NULL},
    {"ext::sh -c evil", NULL, NULL, NULL},
    {"ftp://example.com/a/b", NULL, NULL, NULL},
    /* hostile */
    {"https://github.com", NULL, NULL, NULL},
    {"https://github.com/", NULL, NULL, NULL},
    {"https://github.com/.git", NULL, NULL, NULL},
    {"https:///acme/demo", NULL, NULL, NULL},
    {"https://-oProxyCommand=evil/acme/demo", NULL, NULL, NULL},
    {"ssh://-oProxyCommand=evil/acme/demo", NULL, NULL, NULL},
    {"-oProxyCommand=evil:acme/demo", NULL, NULL, NULL},
    {"git@-evil:acme/demo", NULL, NULL, NULL},
    {"https://github.com/acme/../../etc", NULL, NULL, NULL},
    {"https://github.com/../demo", NULL, NULL, NULL},
    {"https://github.com/acme/./demo", NULL, NULL, NULL},
    {"https://github.com/acme//demo", NULL, NULL, NULL},
    {"https://github.com/acme/%2e%2e/demo", NULL, NULL, NULL},
    {"https://github.com/acme/demo?x=1", NULL, NULL, NULL},
    {"https://github.com/acme/demo#x", NULL, NULL, NULL},
    {"https://github.com/acme/de mo", NULL, NULL, NULL},
    {"https://github.com/acme/demo\n", NULL, NULL, NULL},
    {"https://github.com\n.evil.com/acme/demo", NULL, NULL, NULL},
    {"https://github.com/acme/\x1b[31mdemo", NULL, NULL, NULL},
    {"https://g\xc3\xadthub.com/acme/demo", NULL, NULL, NULL},
    {"https://github.com\\@evil.com/acme/demo", "https", "evil.com", "acme/demo"},
    {"https://github.com:99999/acme/demo", NULL, NULL, NULL},
    {"https://github.com:8x/acme/demo", NULL, NULL, NULL},
    {"https://git..hub.com/acme/demo", NULL, NULL, NULL},
    {"https://.github.com/acme/demo", NULL, NULL, NULL},
    {"https://[::1/acme/demo", NULL, NULL, NULL},
    {"https://[evil]/acme/demo", NULL, NULL, NULL},
    {"https://github.com/-acme/demo", NULL, NULL, NULL},
    {"https://github.com/acme/$(evil)", NULL, NULL, NULL},
    {"https://github.com/acme/`evil`", NULL, NULL, NULL},
};

static void test_remotes(void) {
    for (guint i = 0; i < G_N_ELEMENTS(remotes); i++) {
        g_auto(ForgeRemote) remote = {0};
        bool read = forge_remote_parse(remotes[i].url, &remote);
        g_test_message("%s", remotes[i].url != NULL ? remotes[i].url : "none");
        g_assert_cmpint(read, ==, remotes[i].host != NULL);
        g_assert_cmpstr(remote.scheme, ==, remotes[i].scheme);
        g_assert_cmpstr(remote.host, ==, remotes[i].host);
        g_assert_cmpstr(remote.path, ==, remotes[i].path);
    }
    g_autofree char *path = g_strnfill(3000, 'a');
    g_autofree char *large = g_strconcat("https://github.com/acme/", path, NULL);
    g_auto(ForgeRemote) remote = {0};
    g_assert_false(forge_remote_parse(large, &remote));
}

/* ---- notes ---- */

#define MARK "slipway:v1.1.0:9f86d081884c7d65"

static void test_notes_there_and_back(void) {
    static const char *const texts[] = {"",
                                        "one line",
                                        "with its end\n",
                                        "two\n\nparagraphs\n\n",
                                        "ends in a comment <!-- x -->",
                                        "<!-- slipway:v1:aa -->",
                                        "> **This release was withdrawn: do not use it.**\n\nquoted",
                                        "ä\n\n\n\n"};
    for (guint i = 0; i < 3 * G_N_ELEMENTS(texts); i++) {
        RestNotes notes = {.mark = (char *)MARK, .notes = (char *)texts[i / 3], .withdrawn = i % 3 > 0, .was_prerelease = i % 3 == 2};
        g_autofree char *body = rest_notes_write(&notes);
        g_auto(RestNotes) back = {0};
        rest_notes_parse(body, &back);
        g_test_message("%s", body);
        g_assert_cmpstr(back.mark, ==, MARK);
        g_assert_cmpstr(back.notes, ==, texts[i / 3]);
        g_assert_cmpint(back.withdrawn, ==, notes.withdrawn);
        g_assert_cmpint(back.was_prerelease, ==, notes.was_prerelease);
        g_assert_cmpint(g_str_has_prefix(body, "> **This release was withdrawn"), ==, notes.withdrawn || g_str_has_prefix(texts[i / 3], "> **"));
        g_assert_true(g_str_has_suffix(body, " -->\n"));
        g_auto(GStrv) lines = g_strsplit(body, "\n", -1);
        g_autofree char *windows = g_strjoinv("\r\n", lines);
        g_auto(RestNotes) again = {0};
        rest_notes_parse(g_strchomp(windows), &again);
        g_assert_cmpstr(again.mark, ==, MARK);
        g_assert_cmpstr(again.notes, ==, texts[i / 3]);
    }
}

static void test_what_carries_no_mark(void) {
    static const char *const bodies[] = {"",
                                         "notes",
                                         "<!-- slipway:v1:aa --> and more",
                                         "<!-- slipway:v1:aa -->\nmore",
                                         "x <!-- slipway:v1:aa -->",
                                         "<!-- slipway: -->",
                                         "<!-- other:v1:aa -->",
                                         "<!--slipway:v1:aa-->",
                                         "<!-- slipway:v1:aa bb -->",
                                         "<!-- slipway:v1:aa withdrawn -->",
                                         "<!-- slipway:v1:aa withdrawn stable x -->",
                                         "<!-- slipway:v1:aa\" -->",
                                         "<!-- slipway:v1:aa>b -->",
                                         "<!-- -->",
                                         "<!-->",
                                         "<!-- "};
    for (guint i = 0; i < G_N_ELEMENTS(bodies); i++) {
        g_auto(RestNotes) notes = {0};
        rest_notes_parse(bodies[i], &notes);
        g_test_message("%s", bodies[i]);
        g_assert_null(notes.mark);
        g_assert_cmpstr(notes.notes, ==, bodies[i]);
        g_assert_false(notes.withdrawn);
    }
    g_auto(RestNotes) none = {0};
    rest_notes_parse(NULL, &none);
    g_assert_null(none.mark);
    g_assert_cmpstr(none.notes, ==, "");
    g_autofree char *written = rest_notes_write(&(RestNotes){.notes = (char *)"plain"});
    g_assert_cmpstr(written, ==, "plain");
}

static void test_what_a_person_did_to_the_mark(void) {
    g_auto(RestNotes) notes = {0};
    rest_notes_parse("edited\r\n\r\n<!-- " MARK " -->  \r\n\r\n", &notes);
    g_assert_cmpstr(notes.mark, ==, MARK);
    g_assert_cmpstr(notes.notes, ==, "edited");
    g_auto(RestNotes) close = {0};
    rest_notes_parse("edited\n<!-- " MARK " -->", &close);
    g_assert_cmpstr(close.mark, ==, MARK);
    g_assert_cmpstr(close.notes, ==, "edited\n");
}

/* ---- shapes ---- */

static const RestKind kind = {.title = "Test"};

static void check_error(GError *error, const char *words) {
    g_assert_nonnull(error);
    g_assert_true(error_is(error, ERROR_ANSWER));
    g_assert_nonnull(strstr(error->message, words));
    g_assert_nonnull(strstr(error->message, "https://api.example/list"));
    g_assert_null(strstr(error->message, "secret"));
    g_error_free(error);
}

static void test_shapes(void) {
    Rest rest = {.kind = &kind, .api = (char *)"https://api.example"};
    g_autoptr(json_t) json =
        json_pack("{s:s, s:i, s:b, s:[i], s:{s:i}, s:n, s:f}", "text", "x", "int", 5, "bool", 1, "list", 1, "object", "a", 1, "null", "real", 1.5);
    RestShape shape = {.rest = &rest, .path = "/list?token=secret", .json = json};
    const char *text;
    gint64 number;
    bool flag;
    const json_t *value;
    GError *error = NULL;
    g_assert_true(rest_text(&shape, "text", &text, &error) && g_str_equal(text, "x"));
    g_assert_true(rest_int(&shape, "int", &number, &error) && number == 5);
    g_assert_true(rest_bool(&shape, "bool", &flag, &error) && flag);
    g_assert_true(rest_array(&shape, "list", &value, &error) && json_array_size(value) == 1);
    g_assert_true(rest_object(&shape, "object", &value, &error) && json_object_size(value) == 1);
    g_assert_true(rest_text_or_null(&shape, "null", &text, &error) && text == NULL);
    g_assert_true(rest_text_or_null(&shape, "missing", &text, &error) && text == NULL);
    g_assert_no_error(error);
    g_assert_false(rest_text(&shape, "missing", &text, &error));
    check_error(g_steal_pointer(&error), "has no text missing");
    g_assert_false(rest_text(&shape, "null", &text, &error));
    check_error(g_steal_pointer(&error), "has no text null");
    g_assert_false(rest_text_or_null(&shape, "int", &text, &error));
    check_error(g_steal_pointer(&error), "has no text int");
    g_assert_false(rest_int(&shape, "real", &number, &error));
    check_error(g_steal_pointer(&error), "has no whole number real");
    g_assert_false(rest_bool(&shape, "int", &flag, &error));
    check_error(g_steal_pointer(&error), "true or false in int");
    g_assert_false(rest_array(&shape, "object", &value, &error));
    check_error(g_steal_pointer(&error), "has no list object");
    g_assert_false(rest_object(&shape, "list", &value, &error));
    check_error(g_steal_pointer(&error), "has no object list");
    RestShape none = {.rest = &rest, .path = "https://api.example/list", .json = NULL};
    g_assert_false(rest_text_or_null(&none, "text", &text, &error));
    check_error(g_steal_pointer(&error), "has no text text");
}

static void test_times(void) {
    static const struct {
        const char *text;
        gint64 seconds;
    } rows[] = {{"2025-11-24T10:00:00Z", 1763978400},
                {"2025-11-24T11:00:00+01:00", 1763978400},
                {"2025-11-24T10:00:00.123Z", 1763978400},
                {"2025-11-24", 0},
                {"1960-01-01T00:00:00Z", 0},
                {"soon", 0},
                {"", 0},
                {NULL, 0}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpint(rest_time(rows[i].text), ==, rows[i].seconds);
}

/* A company's forge has a name like any other, and an address of a private network: it may be called. What it leads to may not, unless its own name is private.
 */
static void test_who_may_be_called(void) {
    static const struct {
        const char *api, *may;
    } rows[] = {{"https://gitlab.corp.example/api/v4", "gitlab.corp.example:443"},
                {"http://git.corp.example:3000/api/v1", "git.corp.example:3000"},
                {"http://10.0.0.7/api/v4", "*"},
                {"http://localhost:8080/api/v4", "*"}};
    static const RestKind other = {.title = "Forge"};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(json_t) params = json_pack("{s: s, s: b}", "api", rows[i].api, "anonymous", 1);
        Rest rest;
        g_assert_true(rest_open(&rest, &other, params, &error));
        g_assert_no_error(error);
        HttpRequest request = rest_request(&rest, "GET", rows[i].api, NULL);
        g_assert_cmpstr(request.private_hosts[0], ==, rows[i].may);
        g_assert_null(request.private_hosts[1]);
        rest_close(&rest);
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rest/remotes", test_remotes);
    g_test_add_func("/rest/notes", test_notes_there_and_back);
    g_test_add_func("/rest/no-mark", test_what_carries_no_mark);
    g_test_add_func("/rest/edited", test_what_a_person_did_to_the_mark);
    g_test_add_func("/rest/shapes", test_shapes);
    g_test_add_func("/rest/times", test_times);
    g_test_add_func("/rest/who-may-be-called", test_who_may_be_called);
    return g_test_run();
}
