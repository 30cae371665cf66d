/* A line for each thing that happened: what scrolls on a terminal, and all there is in a pipe. */
#include "base/screen.h"
#include "base/terminal.h"
#include "base/text.h"
#include "cli/view_private.h"
#include "cli/words.h"
#include "effects/artifact.h"

#include <stdio.h>
#include <unistd.h>

#define INDENT 11 /* behind mark and stage */

static const char *colour(const char *name) {
    return terminal_colour(STDERR_FILENO, name);
}

static const char *mark_of(EngineEventType type) {
    bool utf8 = terminal_has_utf8();
    if (type == ENGINE_DONE || type == ENGINE_ADOPTED || type == ENGINE_UNDONE)
        return utf8 ? "✓" : "ok";
    if (type == ENGINE_FAILED)
        return utf8 ? "✗" : "FAILED";
    return utf8 ? "·" : "..";
}

/* What passed with a doubt, or was not run now, has no tick. */
static const char *mark_of_note(const EngineEvent *event, const char **hue) {
    bool utf8 = terminal_has_utf8();
    if (event->type != ENGINE_DONE || event->text == NULL)
        return mark_of(event->type);
    if (g_str_has_prefix(event->text, "warning: ")) {
        *hue = "yellow";
        return "!";
    }
    if (g_str_has_prefix(event->text, EFFECT_NOT_TRIED)) {
        *hue = "yellow";
        return "?";
    }
    if (!g_str_has_prefix(event->text, "proven at "))
        return mark_of(event->type);
    *hue = "blue";
    return utf8 ? "≡" : "==";
}

static void print_outcome(const EngineEvent *event, const char *hue, const char *word) {
    const char *mark = mark_of_note(event, &hue);
    g_autofree char *time = text_duration(event->seconds);
    g_autofree char *title = text_escape(event->effect->title, -1, false);
    g_autofree char *note = event->text != NULL ? text_escape(event->text, -1, false) : NULL;
    g_autofree char *what = g_strconcat(word, title, NULL);
    g_autofree char *how = g_strdup_printf("(%s%s%s)", note != NULL ? note : "", note != NULL ? ", " : "", time);
    fprintf(stderr, "%s%s%s %-8s ", colour(hue), mark, colour("reset"), stage_name(event->effect->stage));
    gsize used = words_print(stderr, what, INDENT, 0);
    fputs(colour("dim"), stderr);
    words_print(stderr, how, INDENT, used);
    fprintf(stderr, "%s\n", colour("reset"));
}

static void print_failure(const View *view, const EngineEvent *event) {
    print_outcome(event, "red", "");
    view_error_text(stderr, event->error, 4);
    if (view->actions)
        view_annotate(event->error);
}

static void print_crossing(void) {
    const char *line = terminal_has_utf8() ? "──────" : "------";
    fprintf(stderr, "%s%s point of no return passed: branch and tag are on the remote %s%s\n", colour("yellow"), line, line, colour("reset"));
}

static void print_waiting(const EngineEvent *event) {
    g_autofree char *title = text_escape(event->effect->title, -1, false);
    fprintf(stderr, "%s%s%s %-8s %s\n", colour("yellow"), mark_of(event->type), colour("reset"), stage_name(event->effect->stage), title);
}

static void print_note(const EngineEvent *event) {
    g_autofree char *text = text_escape(event->text, -1, false);
    fprintf(stderr, "%s!%s %s\n", colour("yellow"), colour("reset"), text);
}

static void print_start(const EngineEvent *event) {
    g_autofree char *title = text_escape(event->effect->title, -1, false);
    fprintf(stderr, "%s %-8s %s\n", mark_of(event->type), stage_name(event->effect->stage), title);
}

/* Under GitHub Actions each stage is a group that can be folded. */
static void change_group(View *view, const EngineEvent *event) {
    if (!view->actions || event->effect == NULL || event->effect->stage == view->group)
        return;
    if (view->group != STAGE_COUNT)
        fprintf(stderr, "%sendgroup::\n", screen_mark(SCREEN_COMMAND));
    view->group = event->effect->stage;
    fprintf(stderr, "%sgroup::%s\n", screen_mark(SCREEN_COMMAND), stage_name(view->group));
}

static void print_event(const View *view, const EngineEvent *event) {
    switch (event->type) {
    case ENGINE_DONE:
        print_outcome(event, "green", "");
        break;
    case ENGINE_ADOPTED:
        print_outcome(event, "green", "already done: ");
        break;
    case ENGINE_UNDONE:
        print_outcome(event, "green", "undone: ");
        break;
    case ENGINE_FAILED:
        print_failure(view, event);
        break;
    case ENGINE_WAITING:
        print_waiting(event);
        break;
    case ENGINE_CROSSED:
        print_crossing();
        break;
    case ENGINE_ORPHANS:
        fprintf(stderr, "%s ended %s process(es) that a killed slipway left running\n", mark_of(event->type), event->text);
        break;
    case ENGINE_NOTE:
        print_note(event);
        break;
    case ENGINE_STARTED:
        print_start(event);
        break;
    default:
        break;
    }
}

void view_lines_event(View *view, const EngineEvent *event) {
    bool checked = event->type == ENGINE_UNDONE && event->effect->kind->undo == effects_undo_nothing;
    bool quiet = event->type == ENGINE_TICK || event->type == ENGINE_LINE || event->type == ENGINE_UNDOING || checked;
    if (quiet || (view->live && event->type == ENGINE_STARTED))
        return;
    if (view->live)
        view_live_clear(view);
    change_group(view, event);
    print_event(view, event);
}
