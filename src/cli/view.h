/* How a run is shown while it goes on, on stderr: live on a terminal, a line per event in a pipe, or JSON lines (--events, on stdout).
 *
 * view_open looks at the terminal (isatty, TERM=dumb, NO_COLOR, CLICOLOR_FORCE) once. All that comes from outside is escaped here. Main thread only. */
#pragma once

#include "engine/engine.h"

typedef enum { VIEW_AUTO, VIEW_EVENTS, VIEW_QUIET } ViewMode;

typedef struct View View;
View *view_open(ViewMode mode, const char *title);
EngineListener view_listener(View *view);
/* Leaves the last picture standing and puts the cursor below it. */
void view_close(View *view);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(View, view_close)

/* Colour for what is printed outside a view: "" when there is none. name: bold red green yellow blue dim reset. */
const char *view_colour(int fd, const char *name);

/* The plan for a person: release, stages, effects with id, title and details (diffs, refs, commands), how each is undone, skipped steps with reasons, problems,
 * and the marked point of no return. On stdout. */
void view_print_plan(const Plan *plan);
/* What of it is skipped, and why. On stdout. */
void view_print_notes(const Plan *plan);
void view_print_skipped(const Plan *plan);
/* What `slipway status` says of a run: its release, state, each effect with its state, time and failure, what to do next. */
void view_print_status(const Engine *engine, const JournalRun *run, const JournalOwner *owner);
json_t *view_status_json(const Engine *engine, const JournalRun *run, const JournalOwner *owner);
/* The five lines on stderr, escaped and coloured; as JSON on stdout with json. Under GITHUB_ACTIONS also an ::error annotation. */
void view_print_error(const GError *error, bool json);
