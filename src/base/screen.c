#include "base/screen.h"

#include "base/text.h"

#include <string.h>
#include <sys/random.h>

#define NUMBER_BYTES 16
#define MARK_BYTE '\001'
#define MOST_LINES 9999

static const struct {
    char letter;
    const char *sequence;
} marks[SCREEN_MARKS] = {
    [SCREEN_RESET] = {'z', "\033[0m"}, [SCREEN_BOLD] = {'b', "\033[1m"},      [SCREEN_DIM] = {'d', "\033[2m"},
    [SCREEN_RED] = {'r', "\033[31m"},  [SCREEN_GREEN] = {'g', "\033[32m"},    [SCREEN_YELLOW] = {'y', "\033[33m"},
    [SCREEN_BLUE] = {'l', "\033[34m"}, [SCREEN_CLEAR_LINE] = {'K', "\033[K"}, [SCREEN_COMMAND] = {':', "::"},
};

/* Where in a line the stream is, as far as commands of GitHub Actions go. */
typedef enum { AT_START, AFTER_COLON, INSIDE } Place;

struct Screen {
    bool actions;
    Place place;
    guint hashes;    /* "#" just before */
    gunichar before; /* the letter just before */
    GString *waiting;
};

/* ---- marks ---- */

/* What every mark begins with; "" without a number. */
static gpointer draw_number(gpointer data) {
    guint8 bytes[NUMBER_BYTES];
    (void)data;
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
        return g_strdup("");
    GString *out = g_string_new(NULL);
    g_string_append_c(out, MARK_BYTE);
    for (guint i = 0; i < NUMBER_BYTES; i++)
        g_string_append_printf(out, "%02x", bytes[i]);
    return g_string_free(out, FALSE);
}

static const char *number(void) {
    static GOnce once = G_ONCE_INIT;
    return g_once(&once, draw_number, NULL);
}

static gpointer make_marks(gpointer data) {
    char **made = g_new0(char *, SCREEN_MARKS);
    (void)data;
    for (guint i = 0; i < SCREEN_MARKS; i++)
        made[i] = *number() != '\0' ? g_strdup_printf("%s%c", number(), marks[i].letter) : g_strdup("");
    return made;
}

const char *screen_mark(ScreenMark mark) {
    static GOnce once = G_ONCE_INIT;
    char **made = g_once(&once, make_marks, NULL);
    return made[mark];
}

char *screen_up(guint lines) {
    return *number() != '\0' ? g_strdup_printf("%s%04uA", number(), MIN(lines, MOST_LINES)) : g_strdup("");
}

/* The length of "0012A" behind the number; 0: it is none; left + 1: it is not whole. */
static gsize read_up(const char *text, gsize left, GString *out) {
    for (gsize i = 0; i < MIN(left, 4); i++) {
        if (!g_ascii_isdigit(text[i]))
            return 0;
    }
    if (left < 5)
        return left + 1;
    if (text[4] == 'A')
        g_string_append_printf(out, "\033[%" G_GUINT64_FORMAT "A\033[J", g_ascii_strtoull(text, NULL, 10));
    return text[4] == 'A' ? 5 : 0;
}

/* The length of the mark that text begins with; 0: none; left + 1: it may become one. */
static gsize read_mark(const char *text, gsize left, GString *out) {
    gsize length = strlen(number());
    if (length == 0 || memcmp(text, number(), MIN(left, length)) != 0)
        return 0;
    if (left <= length)
        return left + 1;
    for (guint i = 0; i < SCREEN_MARKS; i++) {
        if (marks[i].letter == text[length]) {
            g_string_append(out, marks[i].sequence);
            return length + 1;
        }
    }
    gsize up = read_up(text + length, left - length, out);
    return up > 0 ? length + up : 0;
}

/* ---- text ---- */

Screen *screen_new(bool actions) {
    Screen *screen = g_new0(Screen, 1);
    *screen = (Screen){.actions = actions, .waiting = g_string_new(NULL)};
    return screen;
}

void screen_free(Screen *screen) {
    g_string_free(screen->waiting, TRUE);
    g_free(screen);
}

static void move_on(Screen *screen, gunichar c) {
    screen->before = c;
    screen->hashes = c == '#' ? screen->hashes + 1 : 0;
    if (c == '\n')
        screen->place = AT_START;
    else if (screen->place == AT_START && c == ':')
        screen->place = AFTER_COLON;
    else if (screen->place != AT_START || !g_unichar_isspace(c)) /* the runner passes over every blank of Unicode */
        screen->place = INSIDE;
}

static bool begins_command(const Screen *screen, gunichar c) {
    return screen->actions && ((c == ':' && screen->place == AFTER_COLON) || (c == '[' && screen->hashes >= 2));
}

static void put(Screen *screen, const char *text, gsize length, gunichar c, GString *out) {
    if (c < 0x20 && c != '\n' && c != '\t')
        g_string_append_printf(out, "\\x%02x", c);
    else if (begins_command(screen, c) || (text_is_harmful(c) && c >= 0x20 && !text_is_needed(screen->before, c)))
        text_add_escape(out, c);
    else
        g_string_append_len(out, text, (gssize)length);
    move_on(screen, c);
}

/* Takes what text begins with; its length, or left + 1 where that is not known yet. last: nothing comes behind it. */
static gsize take_one(Screen *screen, const char *text, gsize left, bool last, GString *out) {
    gsize mark = *text == MARK_BYTE ? read_mark(text, left, out) : 0;
    if (mark > 0 && (mark <= left || !last))
        return mark;
    if (*text == '\r' && left == 1 && !last)
        return 2;
    if (*text == '\r' && left > 1 && text[1] == '\n') {
        g_string_append_c(out, '\r');
        return 1;
    }
    if ((guchar)*text < 0x80) {
        put(screen, text, 1, (guchar)*text, out);
        return 1;
    }
    gunichar c = g_utf8_get_char_validated(text, (gssize)left);
    if (c == (gunichar)-2 && !last)
        return left + 1;
    if (c == (gunichar)-1 || c == (gunichar)-2) {
        g_string_append_printf(out, "\\x%02x", (guchar)*text);
        move_on(screen, 0xfffd);
        return 1;
    }
    gsize length = (gsize)(g_utf8_next_char(text) - text);
    put(screen, text, length, c, out);
    return length;
}

static gsize take_all(Screen *screen, const char *text, gsize length, bool last, GString *out) {
    gsize done = 0;
    while (done < length) {
        gsize took = take_one(screen, text + done, length - done, last, out);
        if (took > length - done)
            break;
        done += took;
    }
    return done;
}

void screen_feed(Screen *screen, const char *data, gsize length, GString *out) {
    g_string_append_len(screen->waiting, data, (gssize)length);
    gsize done = take_all(screen, screen->waiting->str, screen->waiting->len, false, out);
    g_string_erase(screen->waiting, 0, (gssize)done);
}

void screen_flush(Screen *screen, GString *out) {
    take_all(screen, screen->waiting->str, screen->waiting->len, true, out);
    g_string_truncate(screen->waiting, 0);
}
