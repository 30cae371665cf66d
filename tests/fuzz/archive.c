/* Archives of every kind, read as `slipway verify` reads them. The first byte chooses the file name. */
#include "base/fs.h"
#include "fuzz/fuzz.h"
#include "package/package.h"

#include <stdlib.h>

static char *folder;

static void remove_folder(void) {
    fs_remove_tree(folder, NULL);
    g_free(folder);
    folder = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const names[] = {
        "x.zip", "demo_pkg-1.2.0-py3-none-any.whl", "x.tar", "demo_pkg-1.2.0.tar.gz", "acme-demo-1.2.0.tgz", "demo-1.2.0.crate", "x.tar.zst", "x.tar.xz"};
    if (size == 0)
        return 0;
    if (folder == NULL) {
        folder = fs_make_temp_dir("slipway-fuzz", NULL);
        PROMISE(folder != NULL);
        atexit(remove_folder);
    }
    g_autofree char *path = g_build_filename(folder, names[data[0] % G_N_ELEMENTS(names)], NULL);
    PROMISE(g_file_set_contents_full(path, (const char *)data + 1, (gssize)(size - 1), G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    g_autoptr(Package) package = package_read(path, NULL);
    PROMISE(package != NULL);
    for (guint i = 0; i < package->findings->len; i++)
        PROMISE(((const PackageFinding *)package->findings->pdata[i])->text != NULL);
    return 0;
}
