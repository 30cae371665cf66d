/* One function that runs beside the caller, on a thread that waits for the next: for the halves of a piece of work that need not wait for each other. Private
 * to this folder.
 *
 * Order: new, (start, wait)…, free. Between start and wait the caller touches nothing that the function does. */
#pragma once

#include <glib.h>

typedef struct PackageBeside PackageBeside;
/* NULL: there is no thread to get, or only one processor; the caller then does both halves itself. */
PackageBeside *package_beside_new(void);
void package_beside_start(PackageBeside *beside, void (*function)(gpointer data), gpointer data);
void package_beside_wait(PackageBeside *beside);
void package_beside_free(PackageBeside *beside);
