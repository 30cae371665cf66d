/* What may reach a screen. Everything that is printed passes here last (cli/sink.c): what could move a cursor, change a title, turn letters round or start a
 * command of GitHub Actions is made visible instead. slipway's own colours and movements go through as marks, which hold a number that is drawn when the
 * program starts and that nobody outside knows: text from outside cannot be a mark, whatever it holds. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    SCREEN_RESET,
    SCREEN_BOLD,
    SCREEN_DIM,
    SCREEN_RED,
    SCREEN_GREEN,
    SCREEN_YELLOW,
    SCREEN_BLUE,
    SCREEN_CLEAR_LINE, /* from the cursor to the end of the line */
    SCREEN_COMMAND,    /* "::", with which a command of GitHub Actions begins */
    SCREEN_MARKS,
} ScreenMark;

/* What is printed for it. Borrowed; "" where no number could be drawn. */
const char *screen_mark(ScreenMark mark);
/* The cursor goes up so many lines, and everything from there on is cleared. g_free. */
char *screen_up(guint lines);

/* One stream. Text may come in pieces that are cut anywhere. actions: GitHub Actions reads along, so that lines from outside must not begin as its commands do
 * (docs.github.com, "Workflow commands"; its runner also takes "##[" anywhere in a line). */
typedef struct Screen Screen;
Screen *screen_new(bool actions);
void screen_free(Screen *screen);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Screen, screen_free)
/* Appends what may be shown: newlines, tabs and CR LF stay; other control characters of ASCII and bytes that are no UTF-8 become \x1b, others that harm
 * \u202e, as JSON writes them too. What is not whole yet waits. */
void screen_feed(Screen *screen, const char *data, gsize length, GString *out);
/* What waits; the stream may go on after it. */
void screen_flush(Screen *screen, GString *out);
