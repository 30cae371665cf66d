/* Records of the journal for other clones: what goes out comes in again, and what was tampered with does not. The refs are tested on the real binary. */
#include "effects/effects.h"
#include "share/share.h"

#include <glib/gstdio.h>
#include <string.h>

static const SharePlaces ada = {.tree = "/code/ada/tool", .git_dir = "/code/ada/tool/.git", .work_dir = "/code/ada/tool/.git/slipway/runs/v1.1.0"};
static const SharePlaces bob = {.tree = "/srv/bob", .git_dir = "/srv/bob.git", .work_dir = "/srv/bob.git/slipway/runs/v1.1.0"};

/* ---- places ---- */

typedef struct {
    const char *here, *shared, *there; /* JSON */
} PlaceCase;

static const PlaceCase place_cases[] = {
    {"\"/code/ada/tool\"", "\"{slipway:tree}\"", "\"/srv/bob\""},
    {"\"/code/ada/tool/a b\"", "\"{slipway:tree}/a b\"", "\"/srv/bob/a b\""},
    {"\"/code/ada/tool2\"", "\"/code/ada/tool2\"", "\"/code/ada/tool2\""},
    {"\"/code/ada/tool-2/x\"", "\"/code/ada/tool-2/x\"", "\"/code/ada/tool-2/x\""},
    {"\"/code/ada/tool/.git/slipway/runs/v1.1.0/artifacts\"", "\"{slipway:work}/artifacts\"", "\"/srv/bob.git/slipway/runs/v1.1.0/artifacts\""},
    {"\"/code/ada/tool/.git/slipway/runs/v1.1.0.2/artifacts\"", "\"{slipway:git}/slipway/runs/v1.1.0.2/artifacts\"",
     "\"/srv/bob.git/slipway/runs/v1.1.0.2/artifacts\""},
    {"\"read '/code/ada/tool/.git/x.log', then /code/ada/tool\"", "\"read '{slipway:git}/x.log', then {slipway:tree}\"",
     "\"read '/srv/bob.git/x.log', then /srv/bob\""},
    {"{\"a\":[{\"/code/ada/tool\":\"/code/ada/tool\"},1,null]}", "{\"a\":[{\"/code/ada/tool\":\"{slipway:tree}\"},1,null]}",
     "{\"a\":[{\"/code/ada/tool\":\"/srv/bob\"},1,null]}"},
    {"\"\"", "\"\"", "\"\""},
    {"{\"base64\":\"L2NvZGUvYWRhL3Rvb2wv/w==\"}", "{\"base64\":\"e3NsaXB3YXk6dHJlZX0v/w==\"}", "{\"base64\":\"L3Nydi9ib2Iv/w==\"}"},
    {"{\"base64\":\"AC9jb2RlL2FkYS90b29s\"}", "{\"base64\":\"AC9jb2RlL2FkYS90b29s\"}", "{\"base64\":\"AC9jb2RlL2FkYS90b29s\"}"},
};

static void test_places(void) {
    for (guint i = 0; i < G_N_ELEMENTS(place_cases); i++) {
        const PlaceCase *row = &place_cases[i];
        g_autoptr(json_t) here = json_loads(row->here, JSON_DECODE_ANY, NULL);
        g_autoptr(json_t) out = share_places_out(here, &ada);
        g_autoptr(json_t) in = share_places_in(out, &bob);
        g_autofree char *shared = jsonx_canonical(out);
        g_autofree char *there = jsonx_canonical(in);
        g_assert_cmpstr(shared, ==, row->shared);
        g_assert_cmpstr(there, ==, row->there);
        g_autoptr(json_t) again = share_places_out(in, &bob);
        g_assert_true(json_equal(again, out));
    }
}

/* ---- records ---- */

static JournalEvent *event_of(const char *type, const char *effect, const char *data) {
    JournalEvent *event = g_new0(JournalEvent, 1);
    event->when = 1790000000;
    event->run = g_strdup("v1.1.0");
    event->type = g_strdup(type);
    event->effect = g_strdup(effect);
    event->data = json_loads(data, 0, NULL);
    g_assert_nonnull(event->data);
    return event;
}

static const char *const events[][3] = {
    {"begun", NULL,
     "{\"plan\": {\"forge\": \"/code/ada/tool/forge\", \"notes\": [\"through http://proxy.example\"], \"problems\": [], \"effects\": [{\"id\": "
     "\"prove/gate/a\","
     " \"kind\": \"draft\", \"params\": {}}, {\"id\": \"b\", \"kind\": \"push\", \"params\": {\"x\": [{\"result\": \"prove/gate/a\", \"field\": "
     "\"path\"}]}}]}}"},
    {"intent", "prove/gate/a", "{}"},
    {"kept", "prove/gate/a", "{\"process\": {\"pid\": 17, \"start_time\": \"99\"}, \"id\": 1}"},
    {"outcome", "prove/gate/a", "{\"result\": {\"path\": \"/code/ada/tool/.git/slipway/runs/v1.1.0/logs/a.log\", \"log\": \"tail\", \"url\": 4.8e-05}}"},
    {"failed", "prove/gate/a", "{\"code\": \"GATE_FAILED\", \"what\": \"no\", \"why\": \"tail\", \"fix\": \"tail\"}"},
    {"stopped", NULL, "{\"what\": \"ää\\u0001\"}"},
};

static GPtrArray *make_events(guint count) {
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)journal_event_free);
    for (guint i = 0; i < count; i++)
        g_ptr_array_add(list, event_of(events[i][0], events[i][1], events[i][2]));
    return list;
}

static JournalRun run = {.id = (char *)"v1.1.0", .project = (char *)"tool", .command = (char *)"release", .version = (char *)"1.1.0", .tag = (char *)"v1.1.0"};

static ShareRecord *make_record(guint count) {
    g_autoptr(GPtrArray) list = make_events(count);
    return share_record_make(&run, list, &ada);
}

static json_t *head_of(const ShareRecord *record) {
    return json_pack("{s: i, s: s, s: s, s: s, s: s, s: s, s: s, s: i, s: s}", "schema", 1, "id", "v1.1.0", "tag", "v1.1.0", "project", "tool", "command",
                     "release", "version", "1.1.0", "state", "stopped", "events", (int)record->events->len, "hash",
                     g_ptr_array_index(record->hashes, record->hashes->len - 1));
}

static ShareRecord *read_back(const json_t *head, const char *lines, GError **error) {
    g_autofree char *text = jsonx_canonical(head);
    g_autoptr(GBytes) head_bytes = g_bytes_new(text, strlen(text));
    g_autoptr(GBytes) line_bytes = g_bytes_new(lines, strlen(lines));
    return share_record_read("v1.1.0", head_bytes, line_bytes, error);
}

static void test_what_goes_out_comes_in(void) {
    g_autoptr(ShareRecord) record = make_record(G_N_ELEMENTS(events));
    g_autofree char *lines = share_record_lines(record);
    g_autoptr(json_t) head = head_of(record);
    GError *error = NULL;
    g_autoptr(ShareRecord) back = read_back(head, lines, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(share_record_common(record, back), ==, G_N_ELEMENTS(events));
    g_autofree char *again = share_record_lines(back);
    g_assert_cmpstr(again, ==, lines);
    static const char *const stays[] = {"pid", "proxy", "problems", "tail", "notes", "\"fix\""};
    for (guint i = 0; i < G_N_ELEMENTS(stays); i++)
        g_assert_null(strstr(lines, stays[i]));
    g_assert_nonnull(strstr(lines, "{slipway:work}/logs/a.log"));
    g_assert_nonnull(strstr(lines, "\"forge\":\"/code/ada/tool/forge\"")); /* the plan is sealed */
    g_assert_cmpint(back->run->state, ==, RUN_STOPPED);
}

static void test_what_is_common(void) {
    g_autoptr(ShareRecord) all = make_record(5);
    g_autoptr(ShareRecord) part = make_record(3);
    g_assert_cmpuint(share_record_common(all, part), ==, 3);
    share_record_add(part, "stopped", NULL, 1, NULL);
    g_assert_cmpuint(share_record_common(all, part), ==, 3);
}

/* Text of the lines or of the head that is replaced, and the error that comes of it. */
typedef struct {
    const char *name, *from, *to;
    ErrorCode code;
} Hostile;

static const Hostile hostile_lines[] = {
    {"content", "\"id\":1", "\"id\":2", ERROR_JOURNAL_EDITED},
    {"time", "\"at\":1790000000", "\"at\":1790000001", ERROR_JOURNAL_EDITED},
    {"negative", "\"at\":1790000000", "\"at\":-1", ERROR_JOURNAL_EDITED},
    {"type", "\"type\":\"intent\"", "\"type\":\"execute\"", ERROR_JOURNAL_EDITED},
    {"another beginning", "\"type\":\"intent\"", "\"type\":\"begun\"", ERROR_JOURNAL_EDITED},
    {"no beginning", "\"type\":\"begun\"", "\"type\":\"resumed\"", ERROR_JOURNAL_EDITED},
    {"set aside", "\"type\":\"intent\"", "\"type\":\"superseded\"", ERROR_JOURNAL_EDITED},
    {"effect", "\"effect\":\"prove/gate/a\"", "\"effect\":7", ERROR_JOURNAL_EDITED},
    {"data", "\"data\":{}", "\"data\":[]", ERROR_JOURNAL_EDITED},
    {"no JSON", "\"data\":{}", "\"data\":{", ERROR_PARSE},
    {"a key twice", "\"data\":{}", "\"data\":{},\"data\":{}", ERROR_PARSE},
    {"NUL", "\"data\":{}", "\"data\":{\"a\":\"\\u0000\"}", ERROR_PARSE},
    {"empty line", "\n", "\n\n", ERROR_PARSE},
};

static const Hostile hostile_heads[] = {
    {"schema", "\"schema\":1", "\"schema\":2", ERROR_JOURNAL_NEWER},
    {"no schema", "\"schema\":1", "\"schema\":\"1\"", ERROR_JOURNAL_EDITED},
    {"id", "\"id\":\"v1.1.0\"", "\"id\":\"../v1.1.0\"", ERROR_JOURNAL_EDITED},
    {"attempt", "\"id\":\"v1.1.0\"", "\"id\":\"v1.1.0.x\"", ERROR_JOURNAL_EDITED},
    {"slash", "\"id\":\"v1.1.0\"", "\"id\":\"v1.1.0/../x\"", ERROR_JOURNAL_EDITED},
    {"tag", "\"tag\":\"v1.1.0\"", "\"tag\":\"v1.1.1\"", ERROR_JOURNAL_EDITED},
    {"command", "\"command\":\"release\"", "\"command\":\"build\"", ERROR_JOURNAL_EDITED},
    {"state", "\"state\":\"stopped\"", "\"state\":\"owned\"", ERROR_JOURNAL_EDITED},
    {"count", "\"events\":6", "\"events\":4", ERROR_JOURNAL_EDITED},
    {"project", "\"project\":\"tool\"", "\"project\":\"other\"", ERROR_JOURNAL_EDITED},
    {"number", "\"version\":\"1.1.0\"", "\"version\":1", ERROR_JOURNAL_EDITED},
    {"command for a version", "\"version\":\"1.1.0\"", "\"version\":\"1.1.0;id\"", ERROR_JOURNAL_EDITED},
    {"array", "{", "[{", ERROR_PARSE},
};

/* Takes text. */
static GString *new_string(char *text) {
    GString *string = g_string_new(text);
    g_free(text);
    return string;
}

static void check_hostile(const Hostile *row, bool of_head) {
    g_autoptr(ShareRecord) record = make_record(G_N_ELEMENTS(events));
    g_autoptr(json_t) head = head_of(record);
    g_autoptr(GString) head_text = new_string(jsonx_canonical(head));
    g_autoptr(GString) lines = new_string(share_record_lines(record));
    g_assert_cmpuint(g_string_replace(of_head ? head_text : lines, row->from, row->to, 1), ==, 1);
    g_autoptr(GBytes) head_bytes = g_bytes_new(head_text->str, head_text->len);
    g_autoptr(GBytes) line_bytes = g_bytes_new(lines->str, lines->len);
    g_autoptr(GError) error = NULL;
    g_autoptr(ShareRecord) back = share_record_read("v1.1.0", head_bytes, line_bytes, &error);
    g_test_message("%s: %s", row->name, error != NULL ? error->message : "-");
    g_assert_null(back);
    g_assert_error(error, SLIPWAY_ERROR, (int)row->code);
}

/* Names stand in what a person is told to run. */
static void test_hostile_names(void) {
    static const char *const names[] = {"v1;id", "v1$(id)", "v1`id`", "v1'id", "v1|id", "v1&id", "v1>id", "v1\\id", "-v1", "..", "v1\"", NULL};
    g_autoptr(GBytes) nothing = g_bytes_new("{}", 2);
    for (guint i = 0; names[i] != NULL; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(ShareRecord) back = share_record_read(names[i], nothing, nothing, &error);
        g_assert_null(back);
        g_assert_error(error, SLIPWAY_ERROR, ERROR_JOURNAL_EDITED);
        g_assert_null(strstr(error_get_fix(error), names[i]));
    }
}

static void test_hostile(void) {
    for (guint i = 0; i < G_N_ELEMENTS(hostile_lines); i++)
        check_hostile(&hostile_lines[i], false);
    for (guint i = 0; i < G_N_ELEMENTS(hostile_heads); i++)
        check_hostile(&hostile_heads[i], true);
}

static const char *const bad_names[] = {"", ".", "..", "-v1", "a/b", "a b", "a:b", "v1..2", "v1\n", "a*"};

static void test_names(void) {
    g_autofree char *slashed = share_name("tool/v1.1.0");
    g_assert_cmpstr(slashed, ==, "tool-v1.1.0");
    g_autoptr(GBytes) nothing = g_bytes_new_static("{}", 2);
    for (guint i = 0; i < G_N_ELEMENTS(bad_names); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(share_record_read(bad_names[i], nothing, nothing, &error));
        g_assert_error(error, SLIPWAY_ERROR, ERROR_JOURNAL_EDITED);
    }
}

/* ---- plans from elsewhere ---- */

/* Every kind says what it is about to do of parameters that no step has made. */
static void test_kinds_describe_anything(void) {
    static const char *const names[] = {"message", "files", "refs",     "from",   "run",  "release", "forge", "tag",
                                        "branch",  "paths", "packages", "target", "path", "env",     "name",  "what"};
    static const char *const values[] = {
        "{}", "[]", "7", "null", "[null]", "[{}]", "[\"x\"]", "\"x\"", "{\"result\": \"a\"}", "{\"result\": \"a\", \"field\": \"b\"}"};
    const EffectKind *const *kinds = effect_kinds();
    for (guint k = 0; kinds[k] != NULL; k++) {
        for (guint v = 0; v < G_N_ELEMENTS(values); v++) {
            g_autoptr(json_t) params = json_object();
            for (guint i = 0; i < G_N_ELEMENTS(names) && v > 0; i++)
                json_object_set_new(params, names[i], json_loads(values[v], JSON_DECODE_ANY, NULL));
            g_test_message("%s of %s", kinds[k]->name, values[v]);
            g_autofree char *title = kinds[k]->describe(params);
            g_autofree char *detail = kinds[k]->detail != NULL ? kinds[k]->detail(params) : NULL;
            g_assert_nonnull(title);
            g_assert_true(detail == NULL || g_utf8_validate(detail, -1, NULL));
        }
    }
}

/* ---- the journal takes it ---- */

static char *scratch(void) {
    char *folder = g_dir_make_tmp("slipway-share-XXXXXX", NULL);
    g_assert_nonnull(folder);
    return folder;
}

static void test_import(void) {
    g_autofree char *folder = scratch();
    g_autofree char *path = g_build_filename(folder, "journal.db", NULL);
    GError *error = NULL;
    g_autoptr(Journal) journal = journal_open(path, true, &error);
    g_assert_no_error(error);
    g_autoptr(GPtrArray) first = make_events(3);
    g_assert_true(journal_import(journal, &run, first, 0, &error));
    g_assert_true(journal_append(journal, "v1.1.0", "aborted", NULL, NULL, &error));
    g_autoptr(GPtrArray) later = make_events(G_N_ELEMENTS(events));
    g_assert_false(journal_import(journal, &run, later, 5, &error)); /* four are here */
    g_clear_error(&error);
    g_assert_true(journal_import(journal, &run, later, 3, &error));
    g_autoptr(GPtrArray) here = journal_events(journal, "v1.1.0", &error);
    g_assert_cmpuint(here->len, ==, G_N_ELEMENTS(events));
    g_assert_cmpstr(((JournalEvent *)g_ptr_array_index(here, 3))->type, ==, "outcome");
    g_autoptr(JournalRun) now = journal_run(journal, "v1.1.0", &error);
    g_assert_cmpint(now->state, ==, RUN_STOPPED);
    g_assert_cmpint(now->ended, ==, 0);
    g_assert_true(journal_verify(journal, &error));
    g_autofree char *free_id = journal_free_id(journal, "v1.1.0", 4, &error);
    g_assert_cmpstr(free_id, ==, "v1.1.0.4");
    g_assert_no_error(error);
    g_clear_pointer(&journal, journal_close);
    g_assert_cmpint(g_remove(path), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/share/places", test_places);
    g_test_add_func("/share/out-and-in", test_what_goes_out_comes_in);
    g_test_add_func("/share/common", test_what_is_common);
    g_test_add_func("/share/hostile", test_hostile);
    g_test_add_func("/share/hostile-names", test_hostile_names);
    g_test_add_func("/share/names", test_names);
    g_test_add_func("/share/describe", test_kinds_describe_anything);
    g_test_add_func("/share/import", test_import);
    return g_test_run();
}
