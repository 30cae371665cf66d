/* A test runner that ran no test proves nothing, though it may exit with 0. The runners are the rows of empty.def. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* What was seen, a bit for each row. Starts zeroed, but for `rows`. */
typedef struct {
    guint32 rows; /* that the command may be of */
    guint32 nothing, something;
} GateEmpty;

guint gate_empty_count(void); /* how many rows there are */
/* The rows that a command is of; 0: it is no runner that is known. */
guint32 gate_empty_rows(const char *const *words);
/* A line of output, with escape sequences and all. */
void gate_empty_line(GateEmpty *empty, const char *line);
/* Whether it said that no test ran, and nothing else. */
bool gate_empty_is(const GateEmpty *empty);
/* Whether this exit status says no more than that. */
bool gate_empty_exit(const GateEmpty *empty, int exit_status);
