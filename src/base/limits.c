#include "base/limits.h"

#include "base/error.h"

#include <string.h>

typedef struct {
    guint64 most;
    const char *unit, *what, *way_out;
} LimitRow;

static const LimitRow rows[] = {
#define LIMIT(name, most, unit, what, way_out) {(most), #unit, what, way_out},
#include "base/limits.def"
#undef LIMIT
};

guint64 limits_most(Limited thing) {
    return rows[thing].most;
}

/* "48.2 MiB", "200 bytes", "10000 lines"; what is not even is rounded up, so that it never reads like its limit. g_free. */
static char *size_text(const LimitRow *row, guint64 size) {
    const guint64 mib = 1 << 20, kib = 1 << 10, unit = size >= mib ? mib : kib;
    const char *name = unit == mib ? "MiB" : "KiB";
    if (!g_str_equal(row->unit, "BYTES"))
        return g_strdup_printf("%" G_GUINT64_FORMAT " %s", size, row->unit);
    if (size < 10 * kib)
        return g_strdup_printf("%" G_GUINT64_FORMAT " bytes", size);
    if (size % unit == 0)
        return g_strdup_printf("%" G_GUINT64_FORMAT " %s", size / unit, name);
    guint64 tenths = size * 10 / unit + 1;
    return g_strdup_printf("%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT " %s", tenths / 10, tenths % 10, name);
}

bool limits_keep(Limited thing, const char *where, guint64 size, GError **error) {
    const LimitRow *row = &rows[thing];
    if (size <= row->most)
        return true;
    g_autofree char *is = size_text(row, size);
    g_autofree char *most = size_text(row, row->most);
    if (where != NULL)
        error_set(error, ERROR_TOO_LARGE, "%s: %s has %s; at most %s are read", where, row->what, is, most);
    else
        error_set(error, ERROR_TOO_LARGE, "%s has %s; at most %s are read", row->what, is, most);
    error_why(error, "what is larger no slipway could read again");
    error_fix(error, "%s", row->way_out);
    return false;
}
