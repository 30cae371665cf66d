#include "docs/page.h"

#include "docs/slug.h"

#include <string.h>

typedef struct {
    DocsPage *page;
    DocsBlocks *blocks;
    GHashTable *slugs[2]; /* GitHub's, MkDocs' */
} Reading;

static void use_free(DocsUse *use) {
    g_free(use->target);
    g_free(use);
}

static void reference_free(DocsReference *reference) {
    g_free(reference->label);
    g_free(reference->target);
    g_free(reference);
}

void docs_page_free(DocsPage *page) {
    g_ptr_array_unref(page->uses);
    g_ptr_array_unref(page->references);
    g_hash_table_unref(page->anchors);
    g_free(page);
}

static void take_use(DocsUseKind kind, gsize at, char *target, void *data) {
    const Reading *reading = data;
    if (kind == DOCS_ANCHOR) {
        g_hash_table_add(reading->page->anchors, target);
        return;
    }
    DocsUse *use = g_new0(DocsUse, 1);
    *use = (DocsUse){.kind = kind, .target = target};
    docs_blocks_place(reading->blocks, at, &use->line, &use->column);
    g_ptr_array_add(reading->page->uses, use);
}

/* ---- headings ---- */

/* "{#id}" and "{: #id .class}" at a heading's end are no part of it. */
static void cut_attributes(GString *plain) {
    gsize end = plain->len;
    while (end > 0 && g_ascii_isspace(plain->str[end - 1]))
        end--;
    char *open = end > 0 && plain->str[end - 1] == '}' ? g_strrstr_len(plain->str, (gssize)end, "{") : NULL;
    if (open == NULL || strpbrk(open, "#.:=") == NULL)
        return;
    while (open > plain->str && g_ascii_isspace(open[-1]))
        open--;
    g_string_truncate(plain, (gsize)(open - plain->str));
}

static void add_heading(const Reading *reading, GString *plain, bool site) {
    g_strchomp(plain->str);
    plain->len = strlen(plain->str);
    g_autofree char *whole = docs_slug(plain->str);
    gsize before = plain->len;
    cut_attributes(plain);
    g_autofree char *slug = docs_slug(plain->str);
    docs_slug_add(reading->slugs[0], slug, '-');
    if (plain->len != before)
        g_hash_table_add(reading->page->anchors, g_steal_pointer(&whole));
    g_autofree char *other = site ? docs_site_slug(plain->str) : NULL;
    if (other != NULL)
        docs_slug_add(reading->slugs[1], other, '_');
}

/* ---- definitions ---- */

static GHashTable *label_table(const DocsBlocks *blocks) {
    if (blocks->definitions->len == 0)
        return NULL;
    GHashTable *labels = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < blocks->definitions->len; i++) {
        g_autofree char *key = docs_label_key(blocks->bytes->str, g_array_index(blocks->definitions, DocsDefinition, i).label);
        if (!g_hash_table_contains(labels, key))
            g_hash_table_insert(labels, g_steal_pointer(&key), GUINT_TO_POINTER(i + 1));
    }
    return labels;
}

static void add_references(const Reading *reading, GHashTable *labels) {
    const char *text = reading->blocks->bytes->str;
    for (guint i = 0; i < reading->blocks->definitions->len; i++) {
        const DocsDefinition *definition = &g_array_index(reading->blocks->definitions, DocsDefinition, i);
        g_autofree char *key = docs_label_key(text, definition->label);
        guint first = GPOINTER_TO_UINT(g_hash_table_lookup(labels, key)) - 1;
        const DocsDefinition *counts = &g_array_index(reading->blocks->definitions, DocsDefinition, first);
        g_autofree char *target = docs_unescape(text, counts->destination, true);
        DocsReference *reference = g_new0(DocsReference, 1);
        guint column;
        *reference = (DocsReference){
            .label = g_strndup(text + definition->label.from, definition->label.to - definition->label.from),
            .target = docs_unescape(text, definition->destination, true),
            .uses = definition->uses,
            .twice = first != i,
        };
        docs_blocks_place(reading->blocks, definition->label.from - 1, &reference->line, &reference->column);
        docs_blocks_place(reading->blocks, counts->label.from - 1, &reference->first_line, &column);
        reference->same = g_str_equal(target, reference->target);
        g_ptr_array_add(reading->page->references, reference);
    }
}

/* ---- the page ---- */

/* Of MkDocs: snippets, markdown-include, mkdocstrings and the like. */
static bool has_includes(const char *text, gsize length) {
    static const char *const marks[] = {"--8<--", "{!", "\n::: "};
    for (guint i = 0; i < G_N_ELEMENTS(marks); i++) {
        if (length > 0 && memmem(text, length, marks[i], strlen(marks[i])) != NULL)
            return true;
    }
    return false;
}

static void merge(GHashTable *into, GHashTable *from) {
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, from);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        g_hash_table_add(into, g_strdup(key));
    g_hash_table_unref(from);
}

DocsPage *docs_page(const char *text, gsize length, bool site) {
    g_autoptr(DocsBlocks) blocks = docs_blocks(text, length, site);
    DocsPage *page = g_new0(DocsPage, 1);
    page->uses = g_ptr_array_new_with_free_func((GDestroyNotify)use_free);
    page->references = g_ptr_array_new_with_free_func((GDestroyNotify)reference_free);
    page->anchors = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    page->includes = site && has_includes(text, length);
    Reading reading = {.page = page, .blocks = blocks};
    for (guint i = 0; i < 2; i++)
        reading.slugs[i] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) labels = label_table(blocks);
    DocsInlines inlines = {.blocks = blocks, .labels = labels, .site = site, .use = take_use, .data = &reading};
    g_autoptr(GString) plain = g_string_new(NULL);
    for (guint i = 0; i < blocks->blocks->len; i++) {
        const DocsBlock *block = &g_array_index(blocks->blocks, DocsBlock, i);
        g_string_truncate(plain, 0);
        docs_inlines(&inlines, block, block->kind == DOCS_HEADING ? plain : NULL);
        if (block->kind == DOCS_HEADING)
            add_heading(&reading, plain, site);
    }
    if (labels != NULL)
        add_references(&reading, labels);
    for (guint i = 0; i < 2; i++)
        merge(page->anchors, reading.slugs[i]);
    return page;
}
