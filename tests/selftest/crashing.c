/* One test that ends the program by a signal before it could say anything: only the exit status and the plan tell. */
#include <glib.h>
#include <signal.h>

static void test_crashes(void) {
    raise(SIGKILL);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/crashes", test_crashes);
    return g_test_run();
}
