/* slipway.yaml: what is read, and what is refused where. */
#include "base/error.h"
#include "git/git.h"
#include "project/config.h"

#include <string.h>

typedef struct {
    const char *text, *words; /* words: of the error */
} Refusal;

static const Refusal refusals[] = {
    {"gats: {}\n", "slipway.yaml:1:1: unknown key 'gats'"},
    {"git:\n  remot: x\n", "slipway.yaml:2:3: unknown key 'remot'"},
    {"gates:\n  a: {run: [x], timeout: soon}\n", "slipway.yaml:2:26: gates.*.timeout must be a whole number"},
    {"gates:\n  a: {run: 'x | y'}\n", "a command is words"},
    {"gates:\n  a: {run: [x, '&&', y]}\n", "a command is words"},
    {"gates:\n  a: {run: {x: y}}\n", "a list of words is wanted"},
    {"git: yes\n", "must hold keys of its own"},
    {"version: {files: {path: x}}\n", "'files' must be a list"},
    {"sign-off: {required: maybe}\n", "must be true or false"},
    {"a: &x [1]\nb: *x\n", "unknown key"},
    {"project: &x a\ngit: {base: *x}\n", "slipway.yaml:2:7: YAML aliases are not read"},
    {"project: a\n---\nproject: b\n", "second YAML document"},
    {"project: [a\n", "slipway.yaml:"},
    {"project: \"\xff\"\n", "not UTF-8"},
    {"- a\n", "keys and values are wanted"},
    {"git:\n  branch: \"-D{version}\"\n", "slipway.yaml:2:12: git.branch cannot be '-D{version}': it begins with -"},
    {"git: {branch: 'a b{version}'}\n", "slipway.yaml:1:16: git.branch cannot be"},
    {"git: {branch: ''}\n", "git.branch cannot be '': it is empty"},
    {"git: {branch: HEAD}\n", "HEAD is no branch"},
    {"git: {tag: 'v{version}..'}\n", "it holds .. or @{"},
    {"git: {tag: 'x/.v{version}'}\n", "begins with a dot"},
    {"git: {tag: '{version}.lock'}\n", "ends with .lock"},
    {"git: {base: '/main'}\n", "has an empty part"},
    {"git: {remote: --upload-pack=x}\n", "git.remote cannot be '--upload-pack=x': it begins with -"},
    {"git: {merge: squash}\n", "slipway.yaml:1:14: git.merge cannot be 'squash'"},
    {"version: {files: [{path: a, count: -1}]}\n", "must be 1 to 10000, not -1"},
    {"gates: {a: {run: [x], retries: 100}}\n", "gates.*.retries must be 0 to 99, not 100"},
    {"gates: {a: {run: [x], timeout: 99999999999999999999}}\n", "gates.*.timeout must be a whole number, 0 to 604800, not '99999999999999999999'"},
};

static void test_refused(gconstpointer data) {
    const Refusal *row = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = config_parse(row->text, strlen(row->text), "slipway.yaml", &error);
    g_assert_null(config);
    g_assert_true(error_is(error, ERROR_CONFIG));
    if (strstr(error->message, row->words) == NULL)
        g_error("\"%s\" is not in: %s", row->words, error->message);
}

/* One below the least and one above the most of every whole number, in a file and in the environment's form. */
static void test_ranges(void) {
    guint count, seen = 0;
    const ConfigKey *keys = config_keys(&count);
    for (guint i = 0; i < count; i++) {
        const gint64 wrong[] = {keys[i].least - 1, keys[i].most + 1}, right[] = {keys[i].least, keys[i].most};
        for (guint k = 0; keys[i].type == CONFIG_INT && k < 2; k++, seen++) {
            g_autofree char *fix = NULL;
            g_autoptr(json_t) bad = json_integer(wrong[k]), good = json_integer(right[k]);
            g_autofree char *said = config_objection(&keys[i], bad, &fix);
            g_autofree char *range = config_range(&keys[i]);
            g_assert_nonnull(said);
            g_assert_nonnull(strstr(fix, range));
            g_assert_null(config_objection(&keys[i], good, &fix));
        }
    }
    g_assert_cmpuint(seen, >=, 20);
}

/* The default of every row is a value that the row takes. */
static void test_defaults(void) {
    guint count;
    const ConfigKey *keys = config_keys(&count);
    for (guint i = 0; i < count; i++) {
        g_autoptr(json_t) value = keys[i].type == CONFIG_INT ? json_integer(g_ascii_strtoll(keys[i].fallback, NULL, 10)) : json_string(keys[i].fallback);
        g_autofree char *fix = NULL;
        g_assert_null(config_objection(&keys[i], value, &fix));
    }
}

/* git itself is asked about the same names. */
static void test_names(void) {
    static const char *const names[] = {"main",  "a/b",     "v1.2.3", "release/v1.2.3+b",
                                        "@",     "a@b",     "{x}",    "\xc3\xa9",
                                        "a.b",   "a-b",     "-D1",    "--x",
                                        "a/-b",  "HEAD",    "a b",    "a~1",
                                        "a^",    "a:b",     "a?",     "a*",
                                        "a[b",   "a\\b",    "a..b",   ".a",
                                        "a/.b",  "a.",      "a.lock", "a.lock/b",
                                        "/a",    "a/",      "a//b",   "a@{b",
                                        "a\x7f", "a\tb",    "a\n",    "",
                                        "a./b",  "x.locks", "refs/x", "a]b"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *words[] = {"git", "check-ref-format", "--branch", names[i], NULL};
        int status = -1;
        g_assert_true(g_spawn_sync("/", (char **)words, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL,
                                   NULL, &status, NULL));
        const char *said = git_name_objection(GIT_NAME_BRANCH, names[i]);
        if ((status == 0) != (said == NULL))
            g_error("'%s': git ends with %d, and here it is said: %s", names[i], status, said != NULL ? said : "nothing");
    }
}

static void test_nearest(void) {
    g_autoptr(GError) error = NULL;
    static const char text[] = "git: {keep-brunch: true}\n";
    g_assert_null(config_parse(text, strlen(text), "slipway.yaml", &error));
    g_assert_cmpstr(error_get_fix(error), ==, "did you mean 'keep-branch'?");
}

static void test_values(void) {
    static const char text[] = "# comment\nproject: tool\njobs: 3\ngit: {keep-branch: true}\ngates:\n  a: {run: pytest -q 'a b', timeout: 7, env: {X: y}}\n  "
                               "b:\n    run: [sh, -c, 'a | b']\nversion:\n  files:\n"
                               "    - {path: x.txt, pattern: 'v={version}'}\n";
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = config_parse(text, strlen(text), "slipway.yaml", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(config_string(config, "project"), ==, "tool");
    g_assert_cmpint(config_int(config, "jobs"), ==, 3);
    g_assert_true(config_bool(config, "git.keep-branch"));
    g_assert_cmpstr(config_string(config, "git.tag"), ==, "v{version}");
    const json_t *run = config_get(config, "gates.a.run");
    g_assert_cmpuint(json_array_size(run), ==, 3);
    g_assert_cmpstr(json_string_value(json_array_get(run, 2)), ==, "a b");
    g_assert_cmpuint(json_array_size(config_get(config, "version.files")), ==, 1);
}

static void test_empty(void) {
    static const char *const texts[] = {"", "\n", "# only a comment\n"};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(Config) config = config_parse(texts[i], strlen(texts[i]), "slipway.yaml", NULL);
        g_assert_nonnull(config);
        g_assert_cmpuint(json_object_size(config->values), ==, 0);
    }
}

/* Every key of the table stands in the schema. */
static void test_schema(void) {
    g_autoptr(json_t) schema = config_schema();
    g_autofree char *text = jsonx_canonical(schema);
    guint count;
    const ConfigKey *keys = config_keys(&count);
    for (guint i = 0; i < count; i++) {
        g_autoptr(json_t) doc = json_string(keys[i].doc);
        g_autofree char *quoted = jsonx_canonical(doc);
        g_assert_nonnull(strstr(text, quoted));
    }
}

/* An alias bomb and deep nesting end at once, in bounded memory. */
static void test_bombs(void) {
    g_autoptr(GString) bomb = g_string_new("a: &a [x, x]\n");
    for (int c = 'b'; c < 'z'; c++)
        g_string_append_printf(bomb, "%c: &%c [*%c, *%c, *%c, *%c]\n", c, c, c - 1, c - 1, c - 1, c - 1);
    g_assert_null(config_parse(bomb->str, bomb->len, "slipway.yaml", NULL));
    g_autofree char *deep = g_strnfill(200000, '[');
    g_assert_null(config_parse(deep, 200000, "slipway.yaml", NULL));
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_autofree char *path = g_strdup_printf("/config/refused/%u", i);
        g_test_add_data_func(path, &refusals[i], test_refused);
    }
    g_test_add_func("/config/nearest", test_nearest);
    g_test_add_func("/config/ranges", test_ranges);
    g_test_add_func("/config/defaults", test_defaults);
    g_test_add_func("/config/names", test_names);
    g_test_add_func("/config/values", test_values);
    g_test_add_func("/config/empty", test_empty);
    g_test_add_func("/config/schema", test_schema);
    g_test_add_func("/config/bombs", test_bombs);
    return g_test_run();
}
