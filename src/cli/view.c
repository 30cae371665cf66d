#include "cli/view.h"

#include "base/screen.h"
#include "base/terminal.h"
#include "base/text.h"
#include "cli/view_private.h"
#include "cli/words.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LABEL 7 /* "why:   " */

static void row_free(ViewRow *row) {
    g_free(row->line);
    g_free(row);
}

View *view_open(ViewMode mode, const char *title) {
    fflush(stdout); /* what was printed before must stand above what comes on stderr */
    View *view = g_new0(View, 1);
    view->mode = mode;
    view->live = mode == VIEW_AUTO && terminal_is_live(STDERR_FILENO);
    view->actions = g_strcmp0(g_getenv("GITHUB_ACTIONS"), "true") == 0;
    view->title = g_strdup(title);
    view->rows = g_ptr_array_new_with_free_func((GDestroyNotify)row_free);
    view->group = STAGE_COUNT;
    return view;
}

static void on_event(const EngineEvent *event, void *data) {
    View *view = data;
    if (view->mode == VIEW_EVENTS && event->type != ENGINE_TICK)
        view_json_event(event);
    if (view->mode != VIEW_AUTO)
        return;
    view->done = event->done;
    view->total = event->total;
    view_lines_event(view, event);
    if (view->live)
        view_live_event(view, event);
}

EngineListener view_listener(View *view) {
    return (EngineListener){.event = on_event, .data = view};
}

void view_close(View *view) {
    if (view->live)
        view_live_clear(view);
    if (view->actions && view->group != STAGE_COUNT && view->mode == VIEW_AUTO)
        fprintf(stderr, "%sendgroup::\n", screen_mark(SCREEN_COMMAND));
    g_ptr_array_unref(view->rows);
    g_free(view->title);
    g_free(view);
}

const char *view_colour(int fd, const char *name) {
    return terminal_colour(fd, name);
}

/* ---- errors ---- */

void view_annotate(const GError *error) {
    g_autoptr(GString) text = g_string_new(error->message);
    g_string_replace(text, "%", "%25", 0);
    g_string_replace(text, "\r", "%0D", 0);
    g_string_replace(text, "\n", "%0A", 0);
    fprintf(stderr, "%serror title=slipway %s::%s\n", screen_mark(SCREEN_COMMAND), error_name(error), text->str);
}

/* "error[CODE]: what" */
static void print_what(FILE *stream, const char *line, gsize indent, const char *hue, const char *reset) {
    gsize length = strcspn(line, ":");
    const char *what = strncmp(line + length, ": ", 2) == 0 ? line + length + 2 : "";
    fprintf(stream, "%*s%s%.*s%s:", (int)indent, "", hue, (int)length, line, reset);
    words_print(stream, what, indent + LABEL, MAX(length, LABEL) + 1 - LABEL);
    fputc('\n', stream);
}

/* A label, or the blanks that stand for one, and what it says. The fix is copied from there: it is not broken. */
static void print_rest(FILE *stream, char **lines, gsize indent) {
    bool fix = false;
    for (guint i = 0; lines[i] != NULL && *lines[i] != '\0'; i++) {
        gsize label = MIN(strlen(lines[i]), LABEL);
        fix = g_str_has_prefix(lines[i], "fix:") || (fix && *lines[i] == ' ');
        fprintf(stream, "%*s%.*s", (int)indent, "", (int)label, lines[i]);
        if (fix)
            fputs(lines[i] + label, stream);
        else
            words_print(stream, lines[i] + label, indent + LABEL, 0);
        fputc('\n', stream);
    }
}

void view_error_text(FILE *stream, const GError *error, gsize indent) {
    g_autofree char *raw = error_to_text(error);
    g_autofree char *clean = text_escape(raw, -1, true);
    g_auto(GStrv) lines = g_strsplit(g_strchomp(clean), "\n", -1);
    int fd = stream == stdout ? STDOUT_FILENO : STDERR_FILENO;
    bool plain = indent > 0; /* it stands below a line in red */
    print_what(stream, lines[0], indent, plain ? "" : terminal_colour(fd, "red"), plain ? "" : terminal_colour(fd, "reset"));
    print_rest(stream, lines + 1, indent);
}

void view_print_error(const GError *error, bool json) {
    fflush(stdout);
    if (json) {
        g_autoptr(json_t) document = json_pack("{s: i, s: o}", "schema", 1, "error", error_to_json(error));
        g_autofree char *text = jsonx_pretty(document);
        fputs(text, stderr);
        return;
    }
    view_error_text(stderr, error, 0);
    if (g_strcmp0(g_getenv("GITHUB_ACTIONS"), "true") == 0)
        view_annotate(error);
}

/* ---- JSON lines ---- */

void view_json_event(const EngineEvent *event) {
    static const char *const names[] = {"started", "line", "done", "adopted", "failed", "waiting", "crossed", "undoing", "undone", "orphans", "note", "tick"};
    g_autoptr(json_t) object = json_pack("{s: i, s: s}", "schema", 1, "event", names[event->type]);
    if (event->effect != NULL)
        json_object_set_new(object, "effect", json_string(event->effect->id));
    if (event->effect != NULL && event->type == ENGINE_STARTED)
        json_object_set_new(object, "title", jsonx_text(event->effect->title));
    g_autofree char *clean = event->text != NULL ? text_escape(event->text, -1, false) : NULL;
    if (clean != NULL)
        json_object_set_new(object, event->type == ENGINE_LINE ? "line" : "note", jsonx_text(clean));
    if (event->error != NULL)
        json_object_set_new(object, "error", error_to_json(event->error));
    json_object_set_new(object, "seconds", json_real(event->seconds));
    json_object_set_new(object, "done", json_integer(event->done));
    json_object_set_new(object, "running", json_integer(event->running));
    json_object_set_new(object, "total", json_integer(event->total));
    char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(4));
    puts(text);
    fflush(stdout);
    free(text);
}
