/* The log of a child: what it printed, in order of arrival, bounded. Private to base/process.c.
 *
 * Where the process knows secrets, they are replaced on their way into the file (base/secret.h): whole lines are written then, so that none is cut in two. */
#pragma once

#include <glib.h>

typedef struct ProcessLog ProcessLog;

/* Appends to the file at `path`, which is made if need be. limit: bytes; of what comes beyond only the end is kept. NULL and error IO. */
ProcessLog *process_log_open(const char *path, guint64 limit, GError **error);
/* stream: 0 or 1. */
void process_log_add(ProcessLog *log, guint stream, const char *data, gsize length);
/* Writes what is held, frees. Returns how many bytes the file does not have. log may be NULL. */
guint64 process_log_close(ProcessLog *log);
