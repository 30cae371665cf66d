/* Versions in texts. */
#include "docs/mentions.h"
#include "fuzz/fuzz.h"

#include <string.h>

static void check(const GPtrArray *found) {
    for (guint i = 0; i < found->len; i++) {
        const Mention *mention = g_ptr_array_index(found, i);
        PROMISE(mention->line > 0 && mention->column > 0 && strlen(mention->value) >= 5);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const names[] = {"tool", "a", NULL};
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(GPtrArray) words = docs_mentions_by_word(bytes);
    g_autoptr(GPtrArray) named = docs_mentions_by_name(bytes, names);
    check(words);
    check(named);
    return 0;
}
