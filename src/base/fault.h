/* Fault points: named places where a test ends the process or makes a call fail. Outside test builds (-Dfault_points=true) they are nothing.
 *
 * A point is known by its key, "NAME OBJECT #K": K counts the hits of that name and object in this process, so that a key means the same place
 * in every run whatever the threads do. Environment of a test build:
 *   SLIPWAY_FAULT_LOG=FILE    append each key hit, one a line
 *   SLIPWAY_FAULT_KILL=KEY    SIGKILL this process when KEY is hit
 *   SLIPWAY_FAULT_STOP=KEY    SIGSTOP this process when KEY is hit (a test continues it)
 *   SLIPWAY_FAULT_HANG=KEY    wait there for ever, as on a file system that does not answer
 *   SLIPWAY_FAULT_FAIL=KEY    fault_fails() says true there
 *   SLIPWAY_BUG=NAME          plant a bug, to show that the crash test sees it: journal-after-effect, inspect-existence
 *   SLIPWAY_TEST_NO_FENCE=landlock,namespace  as on a machine that does not have them (base/process_fence.c)
 *   SLIPWAY_TEST_PATIENCE=SECONDS  see cli/interrupt.h
 *   SLIPWAY_FAULT_CALL=N ERRNO, SLIPWAY_FAULT_CALLS=FILE  see store/calls.c
 *   SLIPWAY_TEST_NOW=SECONDS  see base/clock.h */
#pragma once

#include <stdbool.h>

#ifdef SLIPWAY_FAULT_POINTS
void fault_point(const char *name, const char *object);
bool fault_fails(const char *name, const char *object);
bool fault_bug(const char *name);
const char *fault_setting(const char *variable);
#else
#define fault_point(name, object) ((void)(name), (void)(object))
#define fault_fails(name, object) ((void)(name), (void)(object), false)
#define fault_bug(name) ((void)(name), false)
#define fault_setting(variable) ((void)(variable), (const char *)NULL)
#endif
