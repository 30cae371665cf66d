/* Wheels whose METADATA, WHEEL, RECORD, entry points and module are any text. */
#include "fuzz/package.h"

#define INFO "demo_pkg-1.2.0.dist-info/"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const Part names[MAX_PARTS] = {
        {INFO "METADATA", NULL},    {INFO "WHEEL", NULL},
        {INFO "RECORD", NULL},      {INFO "entry_points.txt", NULL},
        {"demo/__init__.py", NULL}, {"demo_pkg-1.2.0.data/scripts/demo", NULL},
        {"tests/x.py", NULL},
    };
    Part parts[MAX_PARTS] = {0};
    g_auto(GStrv) pieces = package_pieces(data, size, names, parts);
    (void)pieces;
    package_try(size % 2 == 0 ? "demo_pkg-1.2.0-py3-none-any.whl" : "demo_pkg-1.2.0-1-py2.py3-none-linux_x86_64.whl", parts);
    return 0;
}
