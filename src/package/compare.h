/* A source archive against the files of the tag's tree: what is in it that git does not know, what is otherwise than git has it, what was left out.
 *
 * Contents are compared by git's own ids, computed while the archive is read: nothing is unpacked, no file of the tree is read. What a packer makes or writes
 * anew (PKG-INFO, Cargo.toml, …) is told apart by kind: rows of compare.c. */
#pragma once

#include "base/error.h"

typedef struct {
    const char *path;          /* of the archive: sdist, crate, npm tarball or a plain archive, as package_read takes it */
    GHashTable *tree;          /* path → id in hex, as `git ls-tree -r` has them (files and symbolic links); borrowed */
    const char *object_format; /* "sha1" or "sha256": git rev-parse --show-object-format */
    const char *under;         /* the package's folder in the tree, as "crates/demo"; NULL or "": the tree's top */
} PackageCompare;

/* Paths are the archive's without its top folder, sorted by bytes; of char*. */
typedef struct {
    char *kind;
    GPtrArray *extra;   /* in the archive, not in the tree: packed by mistake, or smuggled in */
    GPtrArray *differs; /* in both, with different contents */
    GPtrArray *missing; /* in the tree below `under`, not in the archive: seldom a fault */
    GPtrArray *made;    /* what this kind's packer makes or writes anew, and so is not compared */
    guint same;         /* how many are byte for byte the tree's */
} PackageComparison;
void package_comparison_free(PackageComparison *comparison);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PackageComparison, package_comparison_free)

/* Errors: IO when the file cannot be read, PACKAGE when it is broken or no source archive. */
PackageComparison *package_compare_tree(const PackageCompare *spec, GError **error);
