/* Ctrl-C and its like. One thread waits for SIGINT, SIGTERM and SIGHUP; the first raises the flag (the engine starts nothing more and ends what runs),
 * the second ends the program at once, as a crash would: the journal knows what to do. */
#pragma once

#include <glib.h>

/* Before any other thread is made. */
void interrupt_watch(void);
const gint *interrupt_flag(void);
