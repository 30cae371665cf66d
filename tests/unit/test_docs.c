/* Docs: slugs, what the scanner finds, targets, words, the baseline, sites, private addresses. Cases are data in data/docs. */
#include "base/fs.h"
#include "base/http.h"
#include "base/jsonx.h"
#include "docs/links.h"
#include "docs/page.h"
#include "docs/site.h"
#include "docs/slug.h"
#include "docs/target.h"
#include "docs/todo.h"
#include "docs/versions.h"

#include <string.h>

static json_t *read_cases(const char *name, json_t **document) {
    g_autofree char *path = g_build_filename(g_getenv("G_TEST_SRCDIR"), "unit", "data", "docs", name, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = fs_read(path, 1 << 20, &error);
    g_assert_no_error(error);
    *document = jsonx_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), 1 << 20, path, &error);
    g_assert_no_error(error);
    json_t *cases = json_object_get(*document, "cases");
    g_assert_cmpuint(json_array_size(cases), >, 10);
    return cases;
}

/* ---- slugs ---- */

static void test_slugs(void) {
    g_autoptr(json_t) document = NULL;
    const json_t *cases = read_cases("slugs.json", &document);
    for (gsize i = 0; i < json_array_size(cases); i++) {
        g_auto(GStrv) headings = jsonx_to_strv(json_array_get(json_array_get(cases, i), 0));
        g_auto(GStrv) slugs = jsonx_to_strv(json_array_get(json_array_get(cases, i), 1));
        g_autoptr(GHashTable) anchors = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        for (guint k = 0; headings[k] != NULL; k++) {
            g_autofree char *slug = docs_slug(headings[k]);
            guint before = g_hash_table_size(anchors);
            docs_slug_add(anchors, slug, '-');
            g_assert_cmpuint(g_hash_table_size(anchors), ==, before + 1);
            if (!g_hash_table_contains(anchors, slugs[k]))
                g_error("%s: %s wanted", headings[k], slugs[k]);
        }
        g_assert_cmpuint(g_hash_table_size(anchors), ==, g_strv_length(slugs));
    }
}

/* ---- pages ---- */

static char *uses_of(const DocsPage *page) {
    static const char *const kinds[] = {"link", "image", "auto", "html", "html-image", "undefined"};
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < page->uses->len; i++) {
        const DocsUse *use = g_ptr_array_index(page->uses, i);
        g_string_append_printf(text, "%s %u:%u %s\n", kinds[use->kind], use->line, use->column, use->target);
    }
    return g_string_free(text, FALSE);
}

static char *definitions_of(const DocsPage *page) {
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < page->references->len; i++) {
        const DocsReference *one = g_ptr_array_index(page->references, i);
        g_string_append_printf(text, "%u:%u %s %s %u%s\n", one->line, one->column, one->label, one->target, one->uses, one->twice ? " twice" : "");
    }
    return g_string_free(text, FALSE);
}

static void compare(const char *name, const json_t *wanted, const char *found) {
    g_auto(GStrv) lines = jsonx_to_strv(wanted);
    g_autofree char *joined = g_strjoinv("\n", lines);
    g_autofree char *text = lines[0] != NULL ? g_strconcat(joined, "\n", NULL) : g_strdup("");
    if (strcmp(text, found) != 0)
        g_error("%s: wanted\n%sfound\n%s", name, text, found);
}

static void test_pages(void) {
    g_autoptr(json_t) document = NULL;
    const json_t *cases = read_cases("pages.json", &document);
    for (gsize i = 0; i < json_array_size(cases); i++) {
        const json_t *row = json_array_get(cases, i);
        const char *name = jsonx_string(row, "name"), *text = jsonx_string(row, "text");
        g_autoptr(DocsPage) page = docs_page(text, strlen(text), jsonx_bool(row, "site", false));
        g_autofree char *uses = uses_of(page);
        g_autofree char *definitions = definitions_of(page);
        compare(name, json_object_get(row, "uses"), uses);
        if (json_object_get(row, "definitions") != NULL)
            compare(name, json_object_get(row, "definitions"), definitions);
        const json_t *anchors = json_object_get(row, "anchors");
        for (gsize k = 0; k < json_array_size(anchors); k++) {
            if (!g_hash_table_contains(page->anchors, json_string_value(json_array_get(anchors, k))))
                g_error("%s: no anchor %s", name, json_string_value(json_array_get(anchors, k)));
        }
        gint64 count = jsonx_int(row, "count", -1);
        g_assert_true(count < 0 || g_hash_table_size(page->anchors) == (guint)count);
    }
}

static void test_targets(void) {
    static const char *const kinds[] = {"path", "web", "forge", "other", "out", "bad"};
    g_autoptr(json_t) document = NULL;
    const json_t *cases = read_cases("targets.json", &document);
    for (gsize i = 0; i < json_array_size(cases); i++) {
        const json_t *row = json_array_get(cases, i);
        const char *words[5];
        for (guint k = 0; k < 5; k++)
            words[k] = json_string_value(json_array_get(row, k));
        g_auto(DocsTarget) target = {0};
        docs_target_read(words[0], words[1], "", &target);
        g_test_message("%s in %s", words[0], words[1]);
        g_assert_cmpstr(kinds[target.kind], ==, words[2]);
        g_assert_cmpstr(target.path, ==, words[3]);
        g_assert_cmpstr(target.fragment, ==, words[4]);
    }
}

/* What takes quadratic time takes minutes with these. */
static void test_hostile(void) {
    static const char *const pieces[] = {"[",   "![", "[a](", "](", "<a x=\"", "<!--",      "`",  "``a`", "> ", "- ", "* a\n",    "[a]: <", "[x]: y\n",
                                         "_a ", "<",  "&#",   "|",  "www.",    "http://a_", "\\", "(",    "{#", "\r", "a\n---\n", "[a][b]", "<?"};
    for (guint i = 0; i < G_N_ELEMENTS(pieces); i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        while (text->len < 200000)
            g_string_append(text, pieces[i]);
        g_autoptr(DocsPage) page = docs_page(text->str, text->len, i % 2 == 0);
        g_assert_nonnull(page);
    }
}

/* ---- words ---- */

static void count_place(gsize at, guint word, void *data) {
    g_string_append_printf(data, "%u@%" G_GSIZE_FORMAT " ", word, at);
}

/* Against the obvious way, with words at every place of a block and at its edges. */
static char *by_steps(const char *const *words, const char *text, gsize length) {
    GString *found = g_string_new(NULL);
    for (gsize i = 0; i < length; i++) {
        for (guint k = 0; words[k] != NULL; k++) {
            gsize size = strlen(words[k]);
            bool here = i + size <= length && memcmp(text + i, words[k], size) == 0;
            bool before = i > 0 && (g_ascii_isalnum(text[i - 1]) || text[i - 1] == '_');
            bool after = i + size < length && (g_ascii_isalnum(text[i + size]) || text[i + size] == '_');
            if (here && !before && !after)
                g_string_append_printf(found, "%u@%" G_GSIZE_FORMAT " ", k, i);
        }
    }
    return g_string_free(found, FALSE);
}

static void test_words(void) {
    static const char *const words[] = {"TODO", "FIXME", "XXX", "X", NULL};
    static const char *const pieces[] = {"TODO", "FIXME", "XXX", "X", " ", "\n", "a", "_", "TO", "DO", "FIX", "-", "0123456789abcdef "};
    g_autoptr(GRand) random = g_rand_new_with_seed(7);
    for (guint i = 0; i < 3000; i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        gint count = g_rand_int_range(random, 0, 30);
        for (gint k = 0; k < count; k++)
            g_string_append(text, pieces[g_rand_int_range(random, 0, G_N_ELEMENTS(pieces))]);
        g_autoptr(GString) found = g_string_new(NULL);
        docs_words_find(&(DocsWords){.words = words, .found = count_place, .data = found}, text->str, text->len);
        g_autofree char *wanted = by_steps(words, text->str, text->len);
        g_assert_cmpstr(found->str, ==, wanted);
    }
}

/* ---- the baseline ---- */

static void put(const char *root, const char *path, const char *text) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = g_bytes_new_static(text, strlen(text));
    g_assert_true(fs_write_beneath(root, path, bytes, 0, &error));
}

static guint todo_count(const char *root, bool update, const char *baseline, GError **error) {
    static const char *const words[] = {"TODO", NULL};
    g_autoptr(GPtrArray) files = g_ptr_array_new();
    g_ptr_array_add(files, (gpointer) "a.md");
    g_auto(DocsTodoResult) result = {0};
    DocsTodo todo = {.root = root, .files = files, .words = words, .baseline = baseline, .update = update};
    return docs_todo(&todo, &result, error) ? result.findings->len : G_MAXUINT;
}

static void test_baseline(void) {
    g_autoptr(GError) error = NULL;
    g_autofree char *root = fs_make_temp_dir("slipway-docs", &error);
    put(root, "a.md", "TODO one\n\nx TODO two\n");
    g_assert_cmpuint(todo_count(root, false, "base", &error), ==, 2);
    g_assert_cmpuint(todo_count(root, true, "base", &error), ==, 0);
    g_assert_cmpuint(todo_count(root, false, "base", &error), ==, 0);
    put(root, "a.md", "new\nx   TODO two  \nTODO one\n"); /* lines moved, blanks changed */
    g_assert_cmpuint(todo_count(root, false, "base", &error), ==, 0);
    put(root, "a.md", "TODO one\nTODO one\nx TODO two\n"); /* once more than is known */
    g_assert_cmpuint(todo_count(root, false, "base", &error), ==, 1);
    g_assert_no_error(error);
    put(root, "base", "nonsense\n");
    g_assert_cmpuint(todo_count(root, false, "base", &error), ==, G_MAXUINT);
    g_assert_true(error_is(error, ERROR_PARSE));
    fs_remove_tree(root, NULL);
}

/* ---- versions ---- */

static void test_versions(void) {
    static const char *const names[] = {"tool", NULL};
    g_autoptr(GError) error = NULL;
    g_autofree char *root = fs_make_temp_dir("slipway-docs", &error);
    put(root, "a.md", "pip install tool==1.0.0\ntool==1.1.0 tool@0.9.1 other==0.1.0 mytool==0.1.0\n");
    g_autoptr(GPtrArray) files = g_ptr_array_new();
    g_ptr_array_add(files, (gpointer) "a.md");
    DocsVersions versions = {.root = root, .files = files, .names = names, .version = "1.1.0"};
    g_autoptr(GPtrArray) found = docs_versions(&versions, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(found->len, ==, 2);
    const DocsFinding *second = g_ptr_array_index(found, 1);
    g_assert_cmpuint(second->line, ==, 2);
    g_assert_cmpuint(second->column, ==, 18);
    versions.version = "one";
    g_assert_null(docs_versions(&versions, &error));
    g_assert_true(error_is(error, ERROR_BAD_VERSION));
    fs_remove_tree(root, NULL);
}

/* ---- sites ---- */

static void test_site(void) {
    static const char text[] =
        "site_name: x\ndocs_dir: pages\nplugins:\n  - search\n  - mkdocstrings:\n      x: 1\nmarkdown_extensions:\n  - pymdownx.emoji:\n      emoji_index: "
        "!!python/name:material.extensions.emoji.twemoji\n      generator: !ENV [A, b]\nnav:\n  - index.md\n  - Guide:\n      - One: guide/one.md\n      - "
        "Two: https://example.org/\n  - More: '*.md'\n";
    DocsSite *site = docs_site_read("sub/mkdocs.yml", text, sizeof text - 1);
    g_assert_null(site->problem);
    g_assert_cmpstr(site->folder, ==, "sub/pages");
    g_assert_true(site->autorefs);
    g_assert_cmpuint(site->nav->len, ==, 4);
    const DocsNavItem *item = g_ptr_array_index(site->nav, 1);
    g_assert_cmpstr(item->path, ==, "guide/one.md");
    g_assert_cmpuint(item->line, ==, 14);
    docs_site_free(site);
    site = docs_site_read("mkdocs.yml", "nav: [a\n", 8);
    g_assert_nonnull(site->problem);
    g_assert_cmpstr(site->folder, ==, "docs");
    docs_site_free(site);
}

/* ---- addresses ---- */

static void test_private(void) {
    static const char *const own[] = {"localhost",
                                      "a.localhost",
                                      "LOCALHOST.",
                                      "127.0.0.1",
                                      "127.1",
                                      "2130706433",
                                      "0x7f000001",
                                      "10.1.2.3",
                                      "172.16.0.1",
                                      "172.31.255.255",
                                      "192.168.1.1",
                                      "169.254.169.254",
                                      "100.64.0.1",
                                      "0.0.0.0",
                                      "224.0.0.1",
                                      "255.255.255.255",
                                      "::1",
                                      "[::1]",
                                      "::",
                                      "fe80::1",
                                      "fc00::1",
                                      "fd12::1",
                                      "::ffff:127.0.0.1",
                                      "::ffff:10.0.0.1",
                                      "64:ff9b::7f00:1",
                                      "2002:7f00:1::",
                                      "printer.local",
                                      "x.internal"};
    static const char *const others[] = {"example.org",    "93.184.216.34",         "172.32.0.1", "100.128.0.1", "2606:2800:220:1::1", "[2606:2800:220:1::1]",
                                         "::ffff:8.8.8.8", "localhost.example.org", "11.0.0.1"};
    for (guint i = 0; i < G_N_ELEMENTS(own); i++) {
        if (!http_is_private(own[i]))
            g_error("%s is private", own[i]);
    }
    for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
        if (http_is_private(others[i]))
            g_error("%s is not private", others[i]);
    }
}

static void test_authority(void) {
    static const char *const rows[][2] = {{"https://Example.org/x#y", "example.org:443"},
                                          {"http://a:b@example.org:81", "example.org:81"},
                                          {"http://[::1]:9/", "[::1]:9"},
                                          {"ftp://example.org", NULL},
                                          {"https://", NULL},
                                          {"http://a b/", NULL},
                                          {"/x", NULL},
                                          {"", NULL},
                                          {"file:///etc/passwd", NULL}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *authority = http_authority(rows[i][0]);
        g_assert_cmpstr(authority, ==, rows[i][1]);
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/docs/slugs", test_slugs);
    g_test_add_func("/docs/pages", test_pages);
    g_test_add_func("/docs/targets", test_targets);
    g_test_add_func("/docs/hostile", test_hostile);
    g_test_add_func("/docs/words", test_words);
    g_test_add_func("/docs/baseline", test_baseline);
    g_test_add_func("/docs/versions", test_versions);
    g_test_add_func("/docs/site", test_site);
    g_test_add_func("/docs/private", test_private);
    g_test_add_func("/docs/authority", test_authority);
    return g_test_run();
}
