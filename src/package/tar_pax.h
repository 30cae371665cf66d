/* The records of a pax header. Private to this folder. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    char *path, *link;
    guint64 size;
    gint64 mtime;
    bool has_size, has_mtime, owner_named, sparse;
} TarPax;
void package_tar_pax_clear(TarPax *pax);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TarPax, package_tar_pax_clear)

/* Reads "LENGTH KEY=VALUE\n" records into pax. global: a header for all that follows, which may not name, size or link a single member. What is wrong, as the
 * end of a sentence whose subject is the member before it (g_free); NULL: nothing. */
char *package_tar_pax(const guint8 *text, gsize length, bool global, TarPax *pax);
