#include "base/clock.h"

gint64 clock_now(void) {
#ifdef SLIPWAY_FAULT_POINTS
    const char *fixed = g_getenv("SLIPWAY_TEST_NOW");
    if (fixed != NULL)
        return g_ascii_strtoll(fixed, NULL, 10);
#endif
    return g_get_real_time() / G_USEC_PER_SEC;
}

gint64 clock_monotonic_us(void) {
    return g_get_monotonic_time();
}

/* By numbers, not by %F: a locale may have digits of its own. */
char *clock_date(gint64 when) {
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(when);
    if (time == NULL)
        return g_strdup("?");
    return g_strdup_printf("%04d-%02d-%02d", g_date_time_get_year(time), g_date_time_get_month(time), g_date_time_get_day_of_month(time));
}

char *clock_timestamp(gint64 when) {
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(when);
    if (time == NULL)
        return g_strdup("?");
    g_autofree char *date = clock_date(when);
    return g_strdup_printf("%sT%02d:%02d:%02dZ", date, g_date_time_get_hour(time), g_date_time_get_minute(time), g_date_time_get_second(time));
}
