/* Runs a fuzz target over every file of a folder: what the fuzzer once found must stay mended. TAP on standard output. */
#include "base/fs.h"
#include "fuzz/fuzz.h"

#include <stdio.h>

int main(int argc, char **argv) {
    const char *folder = argc > 1 ? argv[argc - 1] : ".";
    g_autoptr(GPtrArray) files = fs_list(folder, NULL);
    guint count = files != NULL ? files->len : 0;
    printf("1..%u\n", count + 1);
    for (guint i = 0; i < count; i++) {
        g_autofree char *path = g_build_filename(folder, g_ptr_array_index(files, i), NULL);
        g_autoptr(GBytes) bytes = fs_read(path, 1 << 24, NULL);
        gsize size = 0;
        const uint8_t *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
        fflush(stdout);
        LLVMFuzzerTestOneInput(data, size);
        printf("ok %u %s\n", i + 1, (const char *)g_ptr_array_index(files, i));
    }
    printf("%s %u there is a corpus\n", count > 0 ? "ok" : "not ok", count + 1);
    return count > 0 ? 0 : 1;
}
