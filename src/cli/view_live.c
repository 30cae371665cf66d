/* The picture of what runs, below the lines of what is done: redrawn in one write, at most ten times a second. */
#include "base/screen.h"
#include "base/terminal.h"
#include "base/text.h"
#include "cli/view_private.h"

#include <stdio.h>
#include <unistd.h>

#define FRAME_US 100000

static ViewRow *row_of(const View *view, const Effect *effect, guint *index) {
    for (guint i = 0; i < view->rows->len; i++) {
        ViewRow *row = g_ptr_array_index(view->rows, i);
        if (row->effect == effect) {
            *index = i;
            return row;
        }
    }
    return NULL;
}

static void add_row(View *view, const Effect *effect) {
    ViewRow *row = g_new0(ViewRow, 1);
    row->effect = effect;
    row->since = g_get_monotonic_time();
    g_ptr_array_add(view->rows, row);
}

static void keep_rows(View *view, const EngineEvent *event) {
    guint index = 0;
    ViewRow *row = event->effect != NULL ? row_of(view, event->effect, &index) : NULL;
    if ((event->type == ENGINE_STARTED || event->type == ENGINE_UNDOING) && row == NULL) {
        add_row(view, event->effect);
    } else if (event->type == ENGINE_LINE && row != NULL) {
        g_free(row->line);
        row->line = text_escape(event->text, -1, false);
    } else if (event->type != ENGINE_TICK && event->type != ENGINE_STARTED && event->type != ENGINE_CROSSED && row != NULL) {
        g_ptr_array_remove_index(view->rows, index);
    }
}

static void add_line(GString *frame, const char *text, guint width) {
    g_autofree char *cut = terminal_cut(text, width);
    g_string_append_printf(frame, "%s%s\n", cut, screen_mark(SCREEN_CLEAR_LINE));
}

static void add_row_lines(GString *frame, const ViewRow *row, guint width) {
    double seconds = (double)(g_get_monotonic_time() - row->since) / G_USEC_PER_SEC;
    g_autofree char *time = text_duration(seconds);
    g_autofree char *title = text_escape(row->effect->title, -1, false);
    g_autofree char *head = g_strdup_printf("%s %-8s %s  %s", terminal_has_utf8() ? "▸" : ">", stage_name(row->effect->stage), time, title);
    add_line(frame, head, width);
    if (row->line == NULL)
        return;
    g_autofree char *tabless = g_strdelimit(g_strdup(row->line), "\t", ' ');
    g_autofree char *output = g_strdup_printf("             %s", tabless);
    add_line(frame, output, width);
}

/* The cursor goes up over the last picture and everything from there on is cleared. */
void view_live_clear(View *view) {
    g_autofree char *up = screen_up(view->drawn);
    if (view->drawn > 0)
        fputs(up, stderr);
    fflush(stderr);
    view->drawn = 0;
}

static void draw(View *view) {
    guint width = terminal_width(STDERR_FILENO);
    g_autoptr(GString) frame = g_string_new(NULL);
    g_autoptr(GString) lines = g_string_new(NULL);
    width = width > 1 ? width - 1 : 1;
    g_autofree char *up = screen_up(view->drawn);
    if (view->drawn > 0)
        g_string_append(frame, up);
    g_autofree char *head = g_strdup_printf("%s: %u of %u done, %u running", view->title, view->done, view->total, view->rows->len);
    add_line(lines, head, width);
    for (guint i = 0; i < view->rows->len && i < VIEW_ROWS; i++)
        add_row_lines(lines, g_ptr_array_index(view->rows, i), width);
    view->drawn = 0;
    for (const char *p = lines->str; *p != '\0'; p++)
        view->drawn += *p == '\n' ? 1 : 0;
    g_string_append(frame, lines->str);
    fputs(frame->str, stderr);
    fflush(stderr);
    view->drawn_at = g_get_monotonic_time();
}

void view_live_event(View *view, const EngineEvent *event) {
    keep_rows(view, event);
    bool due = g_get_monotonic_time() - view->drawn_at >= FRAME_US;
    if (view->rows->len == 0)
        view_live_clear(view);
    else if (due || view->drawn == 0)
        draw(view);
}
