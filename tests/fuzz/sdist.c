/* Source archives whose PKG-INFO and other members are any text. */
#include "fuzz/package.h"

#define TOP "demo_pkg-1.2.0/"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const Part names[MAX_PARTS] = {
        {TOP "PKG-INFO", NULL},        {TOP "pyproject.toml", NULL},        {TOP "LICENSE", NULL},
        {TOP "venv/pyvenv.cfg", NULL}, {TOP "old.egg-info/PKG-INFO", NULL}, {"other/x", NULL},
    };
    Part parts[MAX_PARTS] = {0};
    g_auto(GStrv) pieces = package_pieces(data, size, names, parts);
    (void)pieces;
    package_try("demo_pkg-1.2.0.tar.gz", parts);
    return 0;
}
