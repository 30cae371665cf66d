/* What makes two files that should be equal differ: member by member, field by field. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Lines for people ("demo-1.0/a.py: its time is 2026-01-01T00:00:00Z, not 2026-01-02T00:00:00Z"), of char*, at most 40; empty: the bytes are equal. Archives
 * (zip, tar and what packages are made of) are looked into as streams, in bounded memory; of other files the first byte that differs is named. `b` is what is
 * looked at, `a` what it should be. Error IO. */
GPtrArray *package_differ(const char *a, const char *b, GError **error);
