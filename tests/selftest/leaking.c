/* Passes and loses memory: the leak check speaks through the exit status alone. */
#include <glib.h>

static void test_leaks(void) {
    for (int i = 0; i < 100; i++) {
        char *lost = g_strdup("lost");
        lost[0] = 'm';
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/leaks", test_leaks);
    return g_test_run();
}
