#include "package/repack.h"

#include "package/pack.h"
#include "package/parts.h"

#include <string.h>

static bool all(const char *path, const void *data) {
    (void)path;
    (void)data;
    return true;
}

static bool refuse(const char *path, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);
static bool refuse(const char *path, GError **error, const char *format, ...) {
    va_list args;
    va_start(args, format);
    g_autofree char *why = g_strdup_vprintf(format, args);
    va_end(args);
    error_set(error, ERROR_PARSE, "%s cannot be written anew", path);
    error_why(error, "%s", why);
    error_fix(error, "set packages.NAME.normalise to false in slipway.yaml, or correct the build");
    return false;
}

static void entry_clear(gpointer data) {
    PackageEntry *entry = data;
    g_clear_pointer(&entry->bytes, g_bytes_unref);
}

/* False: it is no member that can be taken over. Folders go: those that files stand in come of themselves. */
static bool take(const PackageMembers *members, const PackageMember *member, GArray *entries) {
    PackageEntry entry = {.path = member->path, .executable = member->executable};
    GBytes *text = g_hash_table_lookup(members->texts, member->path);
    if (member->type == MEMBER_FOLDER)
        return true;
    if (member->type == MEMBER_SYMLINK)
        entry.link = member->link;
    else if (member->type == MEMBER_FILE && text != NULL)
        entry.bytes = g_bytes_new_from_bytes(text, 0, member->size); /* less the NUL that stands behind a text */
    else
        return false;
    g_array_append_val(entries, entry);
    return true;
}

bool package_repack(const char *path, gint64 epoch, GError **error) {
    g_autoptr(PackageMembers) members = NULL;
    const PackageReadRules rules = {.wanted = all};
    g_autoptr(Package) package = package_contents_by(path, &rules, &members, error);
    if (package == NULL)
        return false;
    if (members == NULL || !members->whole || members->members->len == 0)
        return refuse(path, error, "%s", package->problems->len > 0 ? (const char *)package->problems->pdata[0] : "it is no archive");
    g_autoptr(GArray) entries = g_array_new(FALSE, TRUE, sizeof(PackageEntry));
    g_array_set_clear_func(entries, entry_clear);
    for (guint i = 0; i < members->members->len; i++) {
        const PackageMember *member = members->members->pdata[i];
        if (!take(members, member, entries))
            return refuse(path, error, "%.300s is no plain file, or larger than 16 MiB", member->path);
    }
    PackageSpec spec = {.format = PACK_TAR_GZ, .to = path, .epoch = epoch, .entries = (const PackageEntry *)(void *)entries->data, .count = entries->len};
    return package_pack(&spec, error);
}
