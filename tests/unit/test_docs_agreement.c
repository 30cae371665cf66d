/* The scanner of Markdown finds the links and images that cmark-gfm finds, in texts put together at random from pieces of Markdown. */
#include "docs/page.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>
#include <string.h>

#define TEXTS 20000
#define OPTIONS CMARK_OPT_DEFAULT

static int by_text(gconstpointer a, gconstpointer b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Where cmark-gfm 0.29 strays from the specification: a run of several backticks that nothing closes spoils later ones, and a comment holds no "--". */
static bool is_clear(const char *text) {
    return strstr(text, "``") == NULL && strstr(text, "<!---") == NULL;
}

/* What both see differently on purpose: addresses of mail without brackets. */
static bool is_compared(const char *target) {
    return !g_str_has_prefix(target, "mailto:");
}

static char *join(GPtrArray *found) {
    g_ptr_array_sort(found, by_text);
    g_ptr_array_add(found, NULL);
    char *text = g_strjoinv("\n", (char **)found->pdata);
    g_ptr_array_unref(found);
    return text;
}

static char *by_cmark(const char *text) {
    static const char *const extensions[] = {"table", "strikethrough", "autolink", "tasklist"};
    cmark_parser *parser = cmark_parser_new(OPTIONS);
    for (guint i = 0; i < G_N_ELEMENTS(extensions); i++)
        cmark_parser_attach_syntax_extension(parser, cmark_find_syntax_extension(extensions[i]));
    cmark_parser_feed(parser, text, strlen(text));
    cmark_node *document = cmark_parser_finish(parser);
    cmark_iter *iter = cmark_iter_new(document);
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    cmark_event_type event;
    while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(iter);
        cmark_node_type type = cmark_node_get_type(node);
        bool link = type == CMARK_NODE_LINK || type == CMARK_NODE_IMAGE;
        if (event == CMARK_EVENT_ENTER && link && is_compared(cmark_node_get_url(node)))
            g_ptr_array_add(found, g_strdup_printf("%s %s", type == CMARK_NODE_LINK ? "link" : "image", cmark_node_get_url(node)));
    }
    cmark_iter_free(iter);
    cmark_node_free(document);
    cmark_parser_free(parser);
    return join(found);
}

static char *by_us(const char *text) {
    g_autoptr(DocsPage) page = docs_page(text, strlen(text), false);
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < page->uses->len; i++) {
        const DocsUse *use = g_ptr_array_index(page->uses, i);
        bool link = use->kind == DOCS_LINK || use->kind == DOCS_AUTOLINK;
        if ((link || use->kind == DOCS_IMAGE) && is_compared(use->target))
            g_ptr_array_add(found, g_strdup_printf("%s %s", link ? "link" : "image", use->target));
    }
    return join(found);
}

static const char *const pieces[] = {
    "a",
    " ",
    "\n",
    "\n\n",
    "- ",
    "1. ",
    "2) ",
    "> ",
    "    ",
    "\t",
    "  ",
    "# ",
    "## x\n",
    "---\n",
    "===\n",
    "\n~~~\n",
    "~~~\n",
    "`",
    "`c [g](h)`",
    "*",
    "**",
    "_",
    "[",
    "]",
    "](x)",
    "](y.md#z)",
    "[t](u)",
    "![i](p.png)",
    "[r][d]",
    "[d]",
    "[d][]",
    "![d]",
    "[D]: /e",
    "[d]: <f g>",
    "[q]: h 't'",
    "[q]",
    "<b.c>",
    "<http://h.i>",
    "<a href=\"k\">",
    "</a>",
    "<div>\n",
    "</div>\n",
    "<!-- [c](d) -->",
    "\n<!--\n[e](f)\n-->\n",
    "<pre>\n",
    "</pre>\n",
    "http://l.mn",
    "https://o.pq/r(s).",
    "www.t.uv",
    "\\",
    "\\[",
    "(",
    ")",
    "\"",
    "| a | b |\n",
    "|---|---|\n",
    "| [c](v) | `|` |\n",
    "&amp;",
    "!",
    "word word",
    "\n[w]: x\n",
    "\n\n[d]: y\n",
    "<",
    ">",
    "+ ",
    "***\n",
    "[x]",
    "](<a b>)",
    "](m \"n\")",
    "](m 'n'",
    "<script>\n",
    "</script>\n",
    "\r\n",
    "~",
    "~~",
    ":",
    ";",
};

static char *make_text(GRand *random) {
    GString *text = g_string_new("x\n\n");
    gint count = g_rand_int_range(random, 2, 24);
    for (gint i = 0; i < count; i++)
        g_string_append(text, pieces[g_rand_int_range(random, 0, G_N_ELEMENTS(pieces))]);
    g_string_append(text, "\n\n[d]: /dd\n");
    return g_string_free(text, FALSE);
}

static void test_random(void) {
    guint texts = TEXTS, differ = 0;
    const char *more = g_getenv("SLIPWAY_AGREEMENT_TEXTS");
    texts = more != NULL ? (guint)g_ascii_strtoull(more, NULL, 10) : texts;
    g_autoptr(GRand) random = g_rand_new_with_seed(4);
    for (guint i = 0; i < texts; i++) {
        g_autofree char *text = make_text(random);
        g_autofree char *theirs = by_cmark(text);
        g_autofree char *ours = by_us(text);
        if (!is_clear(text) || strcmp(theirs, ours) == 0)
            continue;
        g_autofree char *shown = g_strescape(text, NULL);
        g_test_message("text %u: \"%s\"\ncmark-gfm: %s\nours: %s", i, shown, theirs, ours);
        differ++;
    }
    g_test_message("%u of %u texts differ", differ, texts);
    g_assert_cmpuint(differ, ==, 0);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    cmark_gfm_core_extensions_ensure_registered();
    g_test_add_func("/docs/agreement/random", test_random);
    return g_test_run();
}
