/* Text made harmless: no element of HTML and no link comes out of it. */
#include "changelog/escape.h"
#include "changelog/markup.h"
#include "fuzz/fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    g_autofree char *text = g_strndup((const char *)data, MIN(size, 4096));
    g_autofree char *escaped = escape_markdown(text, false);
    PROMISE(g_utf8_validate(escaped, -1, NULL) && strchr(escaped, '\n') == NULL);
    g_autofree char *entry = g_strconcat("- x ", escaped, "\n", NULL);
    g_autofree char *html = markup_html(entry);
    static const char *const never[] = {"<img", "<script", "<h1", "<h2", "<blockquote", "<em>", "<strong>", "<table", "<del>", "<input"};
    for (guint i = 0; i < G_N_ELEMENTS(never); i++)
        PROMISE(strstr(html, never[i]) == NULL);
    return 0;
}
