/* Passes, then leaves with a status that says otherwise. */
#include <glib.h>

static void test_passes(void) {
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/passes", test_passes);
    g_test_run();
    return 3;
}
