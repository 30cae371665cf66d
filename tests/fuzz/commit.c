/* Commit messages, and the history they make up; the entries made of them hold no markup. */
#include "changelog/changelog.h"
#include "changelog/generate.h"
#include "fuzz/fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    g_autofree char *message = g_strndup((const char *)data, size);
    g_autoptr(History) history = history_new();
    HistoryRecord records[] = {
        {.id = "aaaaaaaaaaaaaaaa", .parents = "bbbbbbbbbbbbbbbb aaaaaaaaaaaaaaaa", .when = 5, .author = message, .email = "e", .message = message},
        {.id = "bbbbbbbbbbbbbbbb", .parents = message, .when = 9, .author = "n", .email = message, .message = "feat: x"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(records); i++)
        history_add(history, &records[i]);
    HistoryTag tag = {.name = "v1", .commit = "bbbbbbbbbbbbbbbb"};
    g_autoptr(GPtrArray) parts = history_divide(history, &tag, 1);
    PROMISE(parts->len == 2);
    g_autoptr(Links) links = links_new("https://github.com/o/r.git", NULL);
    GenerateStyle style = {.other = "Changed", .links = links};
    for (guint i = 0; i < parts->len; i++) {
        g_autoptr(GPtrArray) groups = generate_groups(g_ptr_array_index(parts, i), &style);
        g_autofree char *body = generate_body(groups);
        PROMISE(g_utf8_validate(body, -1, NULL));
        g_autoptr(GPtrArray) read = changelog_groups(body);
        PROMISE(read->len == groups->len);
    }
    return 0;
}
