/* The one clock. Wall time is whole seconds UTC since 1970; waits use the monotonic clock. A build with fault points honours
 * SLIPWAY_TEST_NOW (seconds), so that tests can fix the time; others ignore it. */
#pragma once

#include <glib.h>

gint64 clock_now(void);
gint64 clock_monotonic_us(void);
char *clock_date(gint64 when);      /* "2026-11-23", UTC; free with g_free */
char *clock_timestamp(gint64 when); /* "2026-11-23T21:13:05Z"; free with g_free */
