/* Standard output and standard error: the one place that all that is printed passes. In this order: known secrets are replaced (base/secret.h), what could do
 * harm on a screen is made visible (base/screen.h), and what cannot be written is kept.
 *
 * Prose is for people and is escaped wherever it goes: a pipe often ends on a screen (less -R, the log of a CI). A document (JSON, notes, a section of the
 * changelog) is for programs: only on a terminal is it escaped, in a pipe or a file every byte is as it was. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Puts itself behind stdout and stderr, and makes the tokens of the environment known. Once, at the program's start; what is printed is then as before, but
 * that a line of stdout without its end is written at the end of the program where secrets are known. Writing to them never fails. */
void sink_open(void);
/* What comes on stdout from now on is a document. */
void sink_document(void);
/* errno of the first write to stdout that failed: nothing is written there any more. 0: all went well. */
int sink_problem(void);
/* The folder of the run, where what cannot be written is kept (stdout.txt, stderr.txt). */
void sink_keep_in(const char *folder);
/* Writes what is left of both. */
void sink_flush(void);
/* At the end of a command that acts, whose exit status is that of the act: says on stderr what became of what could not be written. */
void sink_settle(void);
