/* The scanner of Markdown, targets, words and configurations of sites. */
#include "docs/page.h"
#include "docs/site.h"
#include "docs/target.h"
#include "docs/todo.h"
#include "fuzz/fuzz.h"

#include <string.h>

static guint count_lines(const uint8_t *data, size_t size) {
    guint lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n' || data[i] == '\r' ? 1 : 0;
    return lines;
}

static void check_target(const char *text) {
    g_auto(DocsTarget) target = {0};
    docs_target_read(text, "docs/a.md", "", &target);
    PROMISE(target.kind != DOCS_TARGET_PATH || (target.path != NULL && *target.path != '/'));
    PROMISE(target.kind != DOCS_TARGET_PATH ||
            (strcmp(target.path, "..") != 0 && !g_str_has_prefix(target.path, "../") && strstr(target.path, "/../") == NULL));
}

static void check_page(const char *text, size_t size, bool site, guint lines) {
    g_autoptr(DocsPage) page = docs_page(text, size, site);
    for (guint i = 0; i < page->uses->len; i++) {
        const DocsUse *use = g_ptr_array_index(page->uses, i);
        PROMISE(use->line >= 1 && use->line <= lines && use->column >= 1 && use->column <= size + 1);
        check_target(use->target);
    }
    for (guint i = 0; i < page->references->len; i++) {
        const DocsReference *one = g_ptr_array_index(page->references, i);
        PROMISE(one->line >= 1 && one->line <= lines && *one->label != '\0' && (!one->twice || one->uses == 0));
    }
}

static void found(gsize at, guint word, void *data) {
    gsize *last = data;
    PROMISE(word < 2 && (*last == G_MAXSIZE || at >= *last));
    *last = at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const words[] = {"TODO", "X", NULL};
    g_autofree char *text = g_strndup((const char *)data, size);
    gsize last = G_MAXSIZE;
    memcpy(text, data, size);
    guint lines = count_lines(data, size);
    check_page(text, size, false, lines);
    check_page(text, size, true, lines);
    docs_words_find(&(DocsWords){.words = words, .found = found, .data = &last}, text, size);
    docs_site_free(docs_site_read("mkdocs.yml", text, MIN(size, 4096)));
    return 0;
}
