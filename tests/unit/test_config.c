/* slipway.yaml: what is read, and what is refused where. */
#include "base/error.h"
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
    g_test_add_func("/config/values", test_values);
    g_test_add_func("/config/empty", test_empty);
    g_test_add_func("/config/schema", test_schema);
    g_test_add_func("/config/bombs", test_bombs);
    return g_test_run();
}
