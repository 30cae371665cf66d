/* Fault points: named places where a test ends the process or makes a call fail. Outside test builds (-Dfault_points=true) they are nothing.
 *
 * A point is known by its key, "NAME OBJECT #K": K counts the hits of that name and object in this process, so that a key means the same place
 * in every run whatever the threads do. Environment of a test build:
 *   SLIPWAY_FAULT_LOG=FILE    append each key hit, one a line
 *   SLIPWAY_FAULT_KILL=KEY    SIGKILL this process when KEY is hit
 *   SLIPWAY_FAULT_STOP=KEY    SIGSTOP this process when KEY is hit (a test continues it)
 *   SLIPWAY_FAULT_FAIL=KEY    fault_fails() says true there
 *   SLIPWAY_BUG=NAME          plant a bug, to show that the crash test sees it: journal-after-effect, inspect-existence
 *   SLIPWAY_TEST_NOW=SECONDS  see base/clock.h */
#pragma once

#include <stdbool.h>

#ifdef SLIPWAY_FAULT_POINTS
void fault_point(const char *name, const char *object);
bool fault_fails(const char *name, const char *object);
bool fault_bug(const char *name);
#else
#define fault_point(name, object) ((void)(name), (void)(object))
#define fault_fails(name, object) ((void)(name), (void)(object), false)
#define fault_bug(name) ((void)(name), false)
#endif
