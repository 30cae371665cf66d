/* Mustache templates of a repository. */
#include "changelog/template.h"
#include "changelog/notes.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autofree char *problem = NULL;
    json_t *values = json_pack("{s: s, s: s, s: [{s: s}, {s: s}]}", "version", "1.0.0", "empty", "", "changes", "title", "a", "title", "b");
    g_autofree char *out = template_render(text, values, &problem);
    PROMISE((out == NULL) == (problem != NULL));
    json_decref(values);
    return 0;
}
