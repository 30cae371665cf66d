/* What reaches a screen: nothing of it moves a cursor, changes a title, turns letters round or starts a command, however it is cut. */
#include "base/screen.h"
#include "base/text.h"

#include <string.h>

static char *shown_in_two(const char *text, gsize length, gsize cut, bool actions) {
    g_autoptr(Screen) screen = screen_new(actions);
    GString *out = g_string_new(NULL);
    screen_feed(screen, text, cut, out);
    screen_feed(screen, text + cut, length - cut, out);
    screen_flush(screen, out);
    return g_string_free(out, FALSE);
}

/* Whole, cut in two anywhere, and byte by byte. */
static void assert_shown(const char *text, gsize length, bool actions, const char *wanted) {
    for (gsize cut = 0; cut <= length; cut++) {
        g_autofree char *shown = shown_in_two(text, length, cut, actions);
        g_assert_cmpstr(shown, ==, wanted);
    }
    g_autoptr(Screen) screen = screen_new(actions);
    g_autoptr(GString) out = g_string_new(NULL);
    for (gsize i = 0; i < length; i++)
        screen_feed(screen, text + i, 1, out);
    screen_flush(screen, out);
    g_assert_cmpstr(out->str, ==, wanted);
}

static void test_every_control_byte(void) {
    for (guint byte = 0; byte < 0x100; byte++) {
        char text[] = {'a', (char)byte, 'b'};
        bool stays = byte == '\n' || byte == '\t' || (byte >= 0x20 && byte < 0x7f);
        g_autofree char *as_it_is = g_strndup(text, 3);
        g_autofree char *escaped = g_strdup_printf(byte == 0x7f ? "a\\u%04xb" : "a\\x%02xb", byte);
        assert_shown(text, 3, false, stays ? as_it_is : escaped);
    }
}

static void test_every_harmful_letter(void) {
    static const gunichar letters[] = {0x061c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c,  0x202d,  0x202e,
                                       0x2066, 0x2067, 0x2068, 0x2069, 0xfeff, 0x00ad, 0x034f, 0x115f,  0x200b,  0x200c,
                                       0x200d, 0x2060, 0x3164, 0xe000, 0xfdd0, 0xfe0f, 0xfff9, 0xe0041, 0xe0100, 0x10ffff};
    for (gunichar c = 0x80; c < 0xa0; c++) {
        char text[7] = {0};
        gint length = g_unichar_to_utf8(c, text);
        g_autofree char *wanted = g_strdup_printf("\\u%04x", c);
        assert_shown(text, (gsize)length, false, wanted);
    }
    for (guint i = 0; i < G_N_ELEMENTS(letters); i++) {
        char text[7] = {0};
        gint length = g_unichar_to_utf8(letters[i], text);
        g_autofree char *wanted = g_strdup_printf(letters[i] > 0xffff ? "\\u{%x}" : "\\u%04x", letters[i]);
        assert_shown(text, (gsize)length, false, wanted);
        g_autofree char *name = text_escape(text, length, false);
        g_assert_cmpstr(name, ==, letters[i] == 0xad ? "\\xad" : wanted);
    }
}

/* Running text keeps a joiner where the letter before it needs one; a name or a path shows it even there. */
static void test_joiners(void) {
    static const struct {
        const char *text, *running, *name;
    } rows[] = {
        {"\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e", "\u0645\u06cc\\u200c\u062e"},
        {"\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937", "\u0915\u094d\\u200d\u0937"},
        {"\U0001f469\u200d\U0001f4bb", "\U0001f469\u200d\U0001f4bb", "\U0001f469\\u200d\U0001f4bb"},
        {"\u26a0\ufe0f", "\u26a0\ufe0f", "\u26a0\\ufe0f"},
        {"a\u200cb", "a\\u200cb", "a\\u200cb"},
        {"\u6f22\u200d", "\u6f22\\u200d", "\u6f22\\u200d"},
        {"a\ufe0f", "a\\ufe0f", "a\\ufe0f"},
        {"\U0001f469\u200d\u200d", "\U0001f469\u200d\\u200d", "\U0001f469\\u200d\\u200d"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *running = text_escape(rows[i].text, -1, true), *name = text_escape(rows[i].text, -1, false);
        assert_shown(rows[i].text, strlen(rows[i].text), false, rows[i].running);
        g_assert_cmpstr(running, ==, rows[i].running);
        g_assert_cmpstr(name, ==, rows[i].name);
    }
}

static void test_texts(void) {
    static const struct {
        const char *text, *wanted;
    } rows[] = {
        {"plain, ünï, 漢字, 🙂\n", "plain, ünï, 漢字, 🙂\n"},
        {"\033[31mred\033[0m", "\\x1b[31mred\\x1b[0m"},
        {"\033]0;title\a", "\\x1b]0;title\\x07"},
        {"\033]8;;http://x\033\\link", "\\x1b]8;;http://x\\x1b\\link"},
        {"\033Pq\033\\", "\\x1bPq\\x1b\\"},
        {"\x9b"
         "2J",
         "\\x9b2J"},
        {"\xc2\x9b"
         "2J",
         "\\u009b2J"},
        {"good\rbad", "good\\x0dbad"},
        {"line\r\nline\r\n", "line\r\nline\r\n"},
        {"line\r\r\n", "line\\x0d\r\n"},
        {"end\r", "end\\x0d"},
        {"cut \xe2\x82", "cut \\xe2\\x82"},
        {"\xe2\x82\xe2\x82\xac", "\\xe2\\x82€"},
        {"\xc0\xaf\xed\xa0\x80", "\\xc0\\xaf\\xed\\xa0\\x80"},
        {"\001", "\\x01"},
        {"\001\001", "\\x01\\x01"},
        {"\0010123456789abcdef0123456789abcdefr", "\\x010123456789abcdef0123456789abcdefr"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_shown(rows[i].text, strlen(rows[i].text), false, rows[i].wanted);
}

static void test_own_marks(void) {
    g_autofree char *up = screen_up(3);
    g_autofree char *text = g_strconcat(screen_mark(SCREEN_RED), "x", screen_mark(SCREEN_RESET), up, "y", screen_mark(SCREEN_CLEAR_LINE), "\n", NULL);
    assert_shown(text, strlen(text), false, "\033[31mx\033[0m\033[3A\033[Jy\033[K\n");
    g_assert_cmpuint(strlen(screen_mark(SCREEN_RED)), >, 32); /* as long as its number must be */
    g_assert_cmpstr(screen_mark(SCREEN_RED), !=, screen_mark(SCREEN_RESET));
}

/* The number is what counts: with one digit of it wrong, or something else behind it, it is text. */
static void test_forged_marks(void) {
    const char *mark = screen_mark(SCREEN_BOLD);
    gsize length = strlen(mark);
    for (gsize i = 1; i + 1 < length; i++) {
        g_autofree char *forged = g_strdup(mark);
        forged[i] = forged[i] == '0' ? '1' : '0';
        g_autofree char *wanted = g_strconcat("\\x01", forged + 1, NULL);
        assert_shown(forged, length, false, wanted);
    }
    static const char *const ends[] = {"?", "00a3A", "003A", "\033[2J"};
    static const char *const shown[] = {"?", "00a3A", "003A", "\\x1b[2J"};
    for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
        g_autofree char *number = g_strndup(mark, length - 1);
        g_autofree char *forged = g_strconcat(number, ends[i], NULL);
        g_autofree char *wanted = g_strconcat("\\x01", number + 1, shown[i], NULL);
        assert_shown(forged, strlen(forged), false, wanted);
    }
}

static void test_commands_of_actions(void) {
    static const struct {
        const char *text, *wanted;
    } rows[] = {
        {"::error::x\n", ":\\u003aerror::x\n"},
        {"a\n \t::add-mask::x", "a\n \t:\\u003aadd-mask::x"},
        {"\xc2\xa0\xe3\x80\x80::stop-commands::x", "\xc2\xa0\xe3\x80\x80:\\u003astop-commands::x"},
        {"a ::b::", "a ::b::"},
        {"std::vector", "std::vector"},
        {"a ##[group]b", "a ##\\u005bgroup]b"},
        {"#[a] ## [b]", "#[a] ## [b]"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        assert_shown(rows[i].text, strlen(rows[i].text), true, rows[i].wanted);
        assert_shown(rows[i].text, strlen(rows[i].text), false, rows[i].text);
    }
    g_autofree char *own = g_strconcat(screen_mark(SCREEN_COMMAND), "error::x\n", NULL);
    assert_shown(own, strlen(own), true, "::error::x\n");
    g_autofree char *coloured = g_strconcat(screen_mark(SCREEN_BOLD), "::error::x", NULL);
    assert_shown(coloured, strlen(coloured), true, "\033[1m:\\u003aerror::x");
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/screen/every-control-byte", test_every_control_byte);
    g_test_add_func("/screen/every-harmful-letter", test_every_harmful_letter);
    g_test_add_func("/screen/joiners", test_joiners);
    g_test_add_func("/screen/texts", test_texts);
    g_test_add_func("/screen/own-marks", test_own_marks);
    g_test_add_func("/screen/forged-marks", test_forged_marks);
    g_test_add_func("/screen/commands-of-actions", test_commands_of_actions);
    return g_test_run();
}
