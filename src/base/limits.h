/* How large things may be that one slipway writes and another one reads: NAME_LIMIT for each row of base/limits.def. Reader and writer keep the same row. */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum {
#define LIMIT(name, most, unit, what, way_out) name##_LIMIT = (most),
#include "base/limits.def"
#undef LIMIT
};

typedef enum {
#define LIMIT(name, most, unit, what, way_out) LIMITED_##name,
#include "base/limits.def"
#undef LIMIT
    LIMITED_COUNT
} Limited;

/* Does it keep its limit? Else the error TOO_LARGE, which says what is how large, how much is read, and the way out; where: which one it is, or NULL. */
bool limits_keep(Limited thing, const char *where, guint64 size, GError **error);
guint64 limits_most(Limited thing);
