/* Ctrl-C and its like. One thread waits for SIGINT, SIGTERM and SIGHUP, and the first one always ends the program:
 * - where nobody heeds the flag (a question is asked, a plan is made, something is read), at once;
 * - where somebody does (a run: it starts nothing more and ends what runs), as soon as that has stopped, and after INTERRUPT_PATIENCE in any case.
 * The second one ends it at once. What is ended so is as after a crash: the journal knows what to do. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define INTERRUPT_PATIENCE 20 /* seconds */

/* Before any other thread is made. False: there is no thread to have. */
bool interrupt_watch(void);
const gint *interrupt_flag(void);
/* From now on somebody looks at the flag, or nobody does any more. */
void interrupt_heed(bool heeds);
