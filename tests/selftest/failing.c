/* One test, one failed assertion: GLib says "not ok" and aborts. */
#include <glib.h>

static void test_fails(void) {
    g_assert_cmpint(1, ==, 2);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fails", test_fails);
    return g_test_run();
}
