/* One test that passes, one that is skipped. */
#include <glib.h>

static void test_passes(void) {
}

static void test_skips(void) {
    g_test_skip("nothing here to test");
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/passes", test_passes);
    g_test_add_func("/skips", test_skips);
    return g_test_run();
}
