/* Links GLib and does nothing: what starting a program costs here. */
#include <glib.h>

int main(void) {
    return glib_check_version(2, 74, 0) == NULL ? 0 : 1;
}
