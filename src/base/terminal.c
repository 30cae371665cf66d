#include "base/terminal.h"

#include "base/screen.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool is_dumb(void) {
    const char *term = g_getenv("TERM");
    return term == NULL || *term == '\0' || g_str_equal(term, "dumb");
}

bool terminal_is_live(int fd) {
    return isatty(fd) == 1 && !is_dumb();
}

static bool is_set(const char *name) {
    const char *value = g_getenv(name);
    return value != NULL && *value != '\0' && !g_str_equal(value, "0");
}

bool terminal_has_colour(int fd) {
    const char *none = g_getenv("NO_COLOR");
    if (none != NULL && *none != '\0')
        return false;
    return is_set("CLICOLOR_FORCE") || terminal_is_live(fd);
}

bool terminal_has_utf8(void) {
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *value = g_getenv(names[i]);
        if (value == NULL || *value == '\0')
            continue;
        g_autofree char *lower = g_ascii_strdown(value, -1);
        return strstr(lower, "utf-8") != NULL || strstr(lower, "utf8") != NULL;
    }
    return false;
}

guint terminal_width(int fd) {
    struct winsize size = {0};
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static guint columns_of(gunichar c) {
    return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

char *terminal_cut(const char *text, guint columns) {
    guint used = 0;
    const char *fits = text; /* the end of what leaves a column for the mark */
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        if (used + 1 <= columns)
            fits = p;
        used += columns_of(g_utf8_get_char(p));
        if (used > columns)
            return columns == 0 ? g_strdup("") : g_strdup_printf("%.*s%s", (int)(fits - text), text, terminal_has_utf8() ? "…" : ">");
    }
    return g_strdup(text);
}

const char *terminal_colour(int fd, const char *name) {
    static const struct {
        const char *name;
        ScreenMark mark;
    } rows[] = {{"bold", SCREEN_BOLD},     {"dim", SCREEN_DIM},   {"red", SCREEN_RED},    {"green", SCREEN_GREEN},
                {"yellow", SCREEN_YELLOW}, {"blue", SCREEN_BLUE}, {"reset", SCREEN_RESET}};
    if (!terminal_has_colour(fd))
        return "";
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (g_str_equal(rows[i].name, name))
            return screen_mark(rows[i].mark);
    }
    return "";
}
