/* Shared by the files of the view. */
#pragma once

#include "cli/view.h"

#include <stdio.h>

#define VIEW_ROWS 64

/* One effect that runs. */
typedef struct {
    const Effect *effect;
    gint64 since;
    char *line; /* its last line of output, escaped */
} ViewRow;

struct View {
    ViewMode mode;
    bool live, actions; /* actions: under GitHub Actions */
    char *title;
    GPtrArray *rows; /* of ViewRow* */
    guint drawn;     /* lines of the last picture */
    gint64 drawn_at;
    guint done, total;
    Stage group; /* of GitHub Actions; STAGE_COUNT: none is open */
};

void view_live_event(View *view, const EngineEvent *event);  /* keeps the picture of what runs */
void view_live_clear(View *view);                            /* before a line is printed above it */
void view_lines_event(View *view, const EngineEvent *event); /* a line for each thing that happened */
void view_json_event(const EngineEvent *event);
/* An error's text, `indent` columns from the left, broken between words on a terminal. */
void view_error_text(FILE *stream, const GError *error, gsize indent);
/* "::error …" of GitHub Actions, with its escapes. */
void view_annotate(const GError *error);
