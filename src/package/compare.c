#include "package/compare.h"

#include "package/names.h"
#include "package/parts.h"

#include <string.h>

/* What a packer makes of its own, or writes anew, by kind and path below the top folder; `original`: the path in the tree whose contents it must have. */
static const struct {
    const char *kind, *glob, *original;
} made_rows[] = {
    {"sdist", "PKG-INFO", NULL},
    {"sdist", "*.egg-info/*", NULL},
    {"sdist", "setup.cfg", NULL},
    {"crate", "Cargo.toml", NULL},
    {"crate", "Cargo.toml.orig", "Cargo.toml"},
    {"crate", "Cargo.lock", NULL},
    {"crate", ".cargo_vcs_info.json", NULL},
    {"npm", "package.json", NULL},
};

typedef struct {
    const PackageCompare *spec;
    PackageComparison *out;
    GHashTable *seen; /* paths of the tree that the archive has; borrowed */
} Comparing;

void package_comparison_free(PackageComparison *comparison) {
    if (comparison == NULL)
        return;
    g_free(comparison->kind);
    g_ptr_array_unref(comparison->extra);
    g_ptr_array_unref(comparison->differs);
    g_ptr_array_unref(comparison->missing);
    g_ptr_array_unref(comparison->made);
    g_free(comparison);
}

static PackageComparison *comparison_new(const char *kind) {
    PackageComparison *out = g_new0(PackageComparison, 1);
    out->kind = g_strdup(kind);
    out->extra = g_ptr_array_new_with_free_func(g_free);
    out->differs = g_ptr_array_new_with_free_func(g_free);
    out->missing = g_ptr_array_new_with_free_func(g_free);
    out->made = g_ptr_array_new_with_free_func(g_free);
    return out;
}

static char *in_tree(const PackageCompare *spec, const char *path) {
    return spec->under != NULL && *spec->under != '\0' ? g_strconcat(spec->under, "/", path, NULL) : g_strdup(path);
}

/* The row of what is made, if there is one. */
static bool is_made(const char *kind, const char *path, const char **original) {
    for (guint i = 0; i < G_N_ELEMENTS(made_rows); i++) {
        if (strcmp(kind, made_rows[i].kind) == 0 && package_name_matches(made_rows[i].glob, path)) {
            *original = made_rows[i].original;
            return true;
        }
    }
    return false;
}

static void compare_member(Comparing *comparing, const PackageMember *member, const char *path) {
    const char *original = NULL;
    bool made = is_made(comparing->out->kind, path, &original);
    g_autofree char *place = in_tree(comparing->spec, original != NULL ? original : path);
    gpointer key = NULL, id = NULL;
    bool there = g_hash_table_lookup_extended(comparing->spec->tree, place, &key, &id);
    bool same = there && member->blob != NULL && strcmp(member->blob, id) == 0;
    if (there)
        g_hash_table_add(comparing->seen, key);
    if (same)
        comparing->out->same++;
    else if (made && (original == NULL || !there))
        g_ptr_array_add(comparing->out->made, g_strdup(path));
    else
        g_ptr_array_add(there ? comparing->out->differs : comparing->out->extra, g_strdup(path));
}

/* How many members the tree knows when so many bytes of their paths are left out. */
static guint known(const Comparing *comparing, const PackageMembers *members, gsize skip) {
    guint count = 0;
    for (guint i = 0; i < members->members->len; i++) {
        const PackageMember *member = members->members->pdata[i];
        g_autofree char *place = strlen(member->path) > skip ? in_tree(comparing->spec, member->path + skip) : NULL;
        count += place != NULL && g_hash_table_contains(comparing->spec->tree, place) ? 1 : 0;
    }
    return count;
}

static int by_bytes(gconstpointer a, gconstpointer b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void find_missing(Comparing *comparing) {
    g_autofree char *below = in_tree(comparing->spec, "");
    GHashTableIter iter;
    gpointer path, id;
    g_hash_table_iter_init(&iter, comparing->spec->tree);
    while (g_hash_table_iter_next(&iter, &path, &id)) {
        if (g_str_has_prefix(path, below) && !g_hash_table_contains(comparing->seen, path))
            g_ptr_array_add(comparing->out->missing, g_strdup((const char *)path + strlen(below)));
    }
}

static void compare_all(Comparing *comparing, const PackageMembers *members) {
    g_autofree char *top = package_members_top(members);
    gsize skip = top != NULL ? strlen(top) + 1 : 0;
    /* A plain archive of the one folder "src" has no top folder of its own. */
    if (skip > 0 && strcmp(comparing->out->kind, "archive") == 0 && known(comparing, members, 0) > known(comparing, members, skip))
        skip = 0;
    for (guint i = 0; i < members->members->len; i++) {
        const PackageMember *member = members->members->pdata[i];
        if (!member->folder)
            compare_member(comparing, member, member->path + skip);
    }
    find_missing(comparing);
    GPtrArray *lists[] = {comparing->out->extra, comparing->out->differs, comparing->out->missing, comparing->out->made};
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++)
        g_ptr_array_sort(lists[i], by_bytes);
}

PackageComparison *package_compare_tree(const PackageCompare *spec, GError **error) {
    g_autoptr(PackageMembers) members = NULL;
    g_autoptr(Package) package = package_contents(spec->path, spec->object_format, &members, error);
    if (package == NULL)
        return NULL;
    bool source = members != NULL && strcmp(package->kind, "wheel") != 0;
    if (!source || !members->whole || package->problems->len > 0) {
        error_set(error, ERROR_PACKAGE, "%s cannot be compared with the tree", spec->path);
        error_why(error, "%s", !source ? "it is no source archive" : package->problems->len > 0 ? (const char *)package->problems->pdata[0] : "it is broken");
        return NULL;
    }
    g_autoptr(PackageComparison) out = comparison_new(package->kind);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    compare_all(&(Comparing){spec, out, seen}, members);
    return g_steal_pointer(&out);
}
