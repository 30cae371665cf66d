/* In a test build the N-th system call that changes the journal fails once:
 *   SLIPWAY_FAULT_CALLS=FILE     append a line "N NAME" for each such call
 *   SLIPWAY_FAULT_CALL=N ERRNO   the N-th one (from 1 on) fails with the number ERRNO, once */
#pragma once

#include <stdbool.h>

#ifdef SLIPWAY_FAULT_POINTS
/* Is it this one's turn to fail? errno says why. */
bool fault_call_fails(const char *name);
#else
#define fault_call_fails(name) ((void)(name), false)
#endif
