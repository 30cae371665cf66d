/* In a test build the N-th system call that changes the journal fails once:
 *   SLIPWAY_FAULT_CALLS=FILE     append a line "N NAME" for each such call
 *   SLIPWAY_FAULT_CALL=N ERRNO   the N-th one (from 1 on) fails with the number ERRNO, once
 * And the machine has no room for one more pipe, process or thread:
 *   SLIPWAY_FAULT_STARTS=FILE    append a line WHAT for each that is started: pipe, process, thread
 *   SLIPWAY_FAULT_START=WHAT N   the N-th of these (from 1 on) cannot be had, once */
#pragma once

#include <stdbool.h>

#ifdef SLIPWAY_FAULT_POINTS
/* Is it this one's turn to fail? errno says why. */
bool fault_call_fails(const char *name);
/* Is there no room for this one? */
bool fault_start_fails(const char *what);
#else
#define fault_start_fails(what) ((void)(what), false)
#define fault_call_fails(name) ((void)(name), false)
#endif
