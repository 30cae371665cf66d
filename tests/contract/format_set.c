/* What the property test edits files with: reads `FORMAT PATH OLD NEW IN OUT PATTERN COUNT [NAME…]` line by line, the words divided by tabs, and writes IN with
 * OLD changed to NEW to OUT; says "ok" or the error's message in one line each. "-" as OLD: whatever stands there. */
#include "base/fs.h"
#include "manifest/manifest.h"

#include <stdio.h>
#include <string.h>

enum { FORMAT, PATH, OLD, NEW, IN, OUT, PATTERN, COUNT, NAMES };

static bool edit(char **words, GError **error) {
    ManifestFile file = {.format = manifest_format_by_name(words[FORMAT]),
                         .path = words[PATH],
                         .pattern = words[PATTERN],
                         .count = (guint)g_ascii_strtoull(words[COUNT], NULL, 10),
                         .names = (const char *const *)words + NAMES};
    g_autoptr(GBytes) bytes = fs_read(words[IN], 64 << 20, error);
    if (bytes == NULL || file.format == NULL)
        return false;
    g_autoptr(GBytes) edited = manifest_set(&file, bytes, g_str_equal(words[OLD], "-") ? NULL : words[OLD], words[NEW], error);
    if (edited == NULL)
        return false;
    return g_file_set_contents(words[OUT], g_bytes_get_data(edited, NULL), (gssize)g_bytes_get_size(edited), error);
}

int main(void) {
    char line[8192];
    while (fgets(line, sizeof line, stdin) != NULL) {
        g_auto(GStrv) words = g_strsplit(g_strchomp(line), "\t", -1);
        g_autoptr(GError) error = NULL;
        if (g_strv_length(words) < NAMES) {
            fprintf(stderr, "too few words: %s\n", words[0]);
            return 2;
        }
        bool done = edit(words, &error);
        printf("%s\n", done ? "ok" : error != NULL ? g_strdelimit(error->message, "\n", ' ') : "no such format");
        fflush(stdout);
    }
    return 0;
}
