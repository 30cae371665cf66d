/* Standard output and standard error: the one place that all that is printed passes, where known secrets are replaced (base/secret.h). */
#pragma once

/* Puts itself behind stdout and stderr, and makes the tokens of the environment known. Once, at the program's start; what is printed is then as before, but
 * that a line of stdout without its end is written at the end of the program where secrets are known. */
void sink_open(void);
/* Writes what is left. 0, or -1 where something could not be written. */
int sink_close(void);
