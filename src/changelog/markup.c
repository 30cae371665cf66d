#include "changelog/markup.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS (CMARK_OPT_DEFAULT | CMARK_OPT_VALIDATE_UTF8)

static gpointer register_extensions(gpointer data) {
    (void)data;
    cmark_gfm_core_extensions_ensure_registered();
    return NULL;
}

static cmark_parser *parser_for(const char *text) {
    static GOnce once = G_ONCE_INIT;
    static const char *const extensions[] = {"table", "strikethrough", "autolink", "tasklist"};
    g_once(&once, register_extensions, NULL);
    cmark_parser *parser = cmark_parser_new(OPTIONS);
    for (guint i = 0; i < G_N_ELEMENTS(extensions); i++)
        cmark_parser_attach_syntax_extension(parser, cmark_find_syntax_extension(extensions[i]));
    cmark_parser_feed(parser, text, strlen(text));
    return parser;
}

/* What cmark gives is malloc's. */
static char *taken(char *text) {
    char *copy = g_strdup(text);
    free(text);
    return copy;
}

char *markup_html(const char *markdown) {
    cmark_parser *parser = parser_for(markdown);
    cmark_node *document = cmark_parser_finish(parser);
    char *html = taken(cmark_render_html(document, OPTIONS, cmark_parser_get_syntax_extensions(parser)));
    cmark_node_free(document);
    cmark_parser_free(parser);
    return html;
}

char *markup_text(const char *markdown) {
    cmark_parser *parser = parser_for(markdown);
    cmark_node *document = cmark_parser_finish(parser);
    char *text = taken(cmark_render_plaintext(document, OPTIONS, 0));
    cmark_node_free(document);
    cmark_parser_free(parser);
    return text;
}
