/* Archives made of what a fuzzer gives: the bytes are cut at "\n%%\n", each piece is the text of one member. */
#pragma once

#include "archives.h"
#include "base/fs.h"
#include "fuzz/fuzz.h"
#include "package/package.h"

/* Fills the texts of `parts` in order; a missing piece leaves its member out. The pieces are owned by the result: g_strfreev. */
static inline char **package_pieces(const uint8_t *data, size_t size, const Part *names, Part *parts) {
    g_autofree char *text = g_strndup((const char *)data, size);
    char **pieces = g_strsplit(text, "\n%%\n", MAX_PARTS);
    guint used = 0;
    for (guint i = 0; pieces[i] != NULL && i < MAX_PARTS && names[i].path != NULL; i++) {
        bool link = g_str_has_prefix(pieces[i], "->");
        if (*pieces[i] != '\0' && !link)
            parts[used++] = (Part){names[i].path, pieces[i]};
    }
    return pieces;
}

/* Reads it; what is found is bounded, and the same when it is read again. */
static inline void package_try(const char *name, const Part *parts) {
    static char *folder = NULL;
    if (folder == NULL)
        folder = fs_make_temp_dir("slipway-fuzz", NULL);
    g_autofree char *path = archive_make(folder, name, parts);
    g_autoptr(Package) package = package_read(path, NULL);
    g_autoptr(Package) again = package_read(path, NULL);
    PROMISE(package != NULL && again != NULL);
    PROMISE(package->findings->len == again->findings->len && package->findings->len <= 3 * 51);
    for (guint i = 0; i < package->findings->len; i++) {
        const PackageFinding *one = package->findings->pdata[i], *other = again->findings->pdata[i];
        PROMISE(one->check == other->check && g_str_equal(one->text, other->text) && strlen(one->text) < 2000);
    }
    PROMISE(package->rst == NULL || package->unchecked->len > 0);
    remove(path);
    /* Left behind when the process is killed; empty otherwise. */
    remove(folder);
    g_clear_pointer(&folder, g_free);
}
