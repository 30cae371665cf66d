#include "package/differ.h"

#include "base/digest.h"
#include "package/parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MAX_LINES 40

static void G_GNUC_PRINTF(2, 3) say(GPtrArray *lines, const char *format, ...) {
    va_list args;
    va_start(args, format);
    if (lines->len < MAX_LINES)
        g_ptr_array_add(lines, g_strdup_vprintf(format, args));
    va_end(args);
}

/* NULL: it is no archive that can be read to its end. */
static PackageMembers *read_contents(const char *path) {
    g_autoptr(PackageMembers) members = NULL;
    const PackageReadRules rules = {.wanted = NULL};
    g_autoptr(Package) package = package_contents_by(path, &rules, &members, NULL);
    bool whole = package != NULL && members != NULL && members->whole && members->members->len > 0;
    return whole ? g_steal_pointer(&members) : NULL;
}

/* ---- members ---- */

static char *date_of(gint64 time) {
    g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(time);
    return date != NULL ? g_date_time_format(date, "%Y-%m-%dT%H:%M:%SZ") : g_strdup_printf("%" G_GINT64_FORMAT, time);
}

static void compare_time(const PackageMember *a, const PackageMember *b, GPtrArray *lines) {
    if (a->mtime == b->mtime)
        return;
    g_autofree char *is = date_of(b->mtime);
    g_autofree char *was = date_of(a->mtime);
    say(lines, "%s: its time is %s, not %s", b->path, is, was);
}

static void compare_content(const PackageMember *a, const PackageMember *b, GPtrArray *lines) {
    static const char *const types[] = {"a file", "a folder", "a symbolic link", "a hard link"};
    if (a->type != b->type)
        say(lines, "%s: it is %s, not %s", b->path, types[b->type], types[a->type]);
    else if (g_strcmp0(a->link, b->link) != 0)
        say(lines, "%s: it leads to %s, not %s", b->path, b->link, a->link);
    else if (g_strcmp0(a->sha256, b->sha256) != 0)
        say(lines, "%s: its content differs (%" G_GUINT64_FORMAT " bytes, not %" G_GUINT64_FORMAT ")", b->path, b->size, a->size);
}

static void compare_member(const PackageMember *a, const PackageMember *b, GPtrArray *lines) {
    compare_content(a, b, lines);
    compare_time(a, b, lines);
    if (a->mode != b->mode)
        say(lines, "%s: its mode is %04o, not %04o", b->path, b->mode, a->mode);
    if (a->uid != b->uid || a->gid != b->gid)
        say(lines, "%s: its owner is %" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ", not %" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, b->path, b->uid, b->gid,
            a->uid, a->gid);
    else if (a->owner_named != b->owner_named)
        say(lines, "%s: its owner %s", b->path, b->owner_named ? "has a name" : "has no name");
}

static void compare_sets(const PackageMembers *a, const PackageMembers *b, GPtrArray *lines) {
    for (guint i = 0; i < a->members->len; i++) {
        const PackageMember *member = g_ptr_array_index(a->members, i);
        const PackageMember *other = g_hash_table_lookup(b->by_path, member->path);
        if (other == NULL)
            say(lines, "%s: missing the second time", member->path);
        else
            compare_member(member, other, lines);
    }
    for (guint i = 0; i < b->members->len; i++) {
        const PackageMember *member = g_ptr_array_index(b->members, i);
        if (!g_hash_table_contains(a->by_path, member->path))
            say(lines, "%s: only the second time", member->path);
    }
}

static void compare_order(const PackageMembers *a, const PackageMembers *b, GPtrArray *lines) {
    for (guint i = 0; lines->len == 0 && i < a->members->len && i < b->members->len; i++) {
        const PackageMember *one = g_ptr_array_index(a->members, i);
        const PackageMember *other = g_ptr_array_index(b->members, i);
        if (strcmp(one->path, other->path) == 0)
            continue;
        say(lines, "the order of the members differs: member %u is %s, not %s", i + 1, other->path, one->path);
        return;
    }
}

/* ---- the file around them ---- */

typedef struct {
    guint8 bytes[10];
    gsize length;
} Head;

static Head read_head(const char *path) {
    Head head = {.length = 0};
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return head;
    head.length = fread(head.bytes, 1, sizeof head.bytes, file);
    fclose(file);
    return head;
}

/* RFC 1952, 2.3: magic, method, flags, time, extra flags, system. */
static void compare_gzip(const char *a, const char *b, GPtrArray *lines) {
    static const struct {
        const char *field;
        guint from, to;
    } fields[] = {{"flags (a file name is one)", 3, 4}, {"time", 4, 8}, {"compression level", 8, 9}, {"operating system", 9, 10}};
    Head one = read_head(a), other = read_head(b);
    bool gzip = one.length == 10 && other.length == 10 && one.bytes[0] == 0x1f && one.bytes[1] == 0x8b && other.bytes[0] == 0x1f && other.bytes[1] == 0x8b;
    for (guint i = 0; gzip && i < G_N_ELEMENTS(fields); i++) {
        if (memcmp(one.bytes + fields[i].from, other.bytes + fields[i].from, fields[i].to - fields[i].from) != 0)
            say(lines, "the gzip header's %s differs", fields[i].field);
    }
}

static void first_difference(const char *a, const char *b, GPtrArray *lines) {
    FILE *one = fopen(a, "rbe");
    FILE *other = one != NULL ? fopen(b, "rbe") : NULL;
    guint64 at = 0;
    int x = 0, y = 0;
    while (other != NULL && (x = getc_unlocked(one)) == (y = getc_unlocked(other)) && x != EOF)
        at++;
    if (other != NULL)
        say(lines, "byte %" G_GUINT64_FORMAT " differs%s", at, x == EOF || y == EOF ? ": one of them ends there" : "");
    if (one != NULL)
        fclose(one);
    if (other != NULL)
        fclose(other);
}

GPtrArray *package_differ(const char *a, const char *b, GError **error) {
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *one = digest_file(a, NULL, error);
    g_autofree char *other = one != NULL ? digest_file(b, NULL, error) : NULL;
    if (other == NULL)
        return NULL;
    if (strcmp(one, other) == 0)
        return g_steal_pointer(&lines);
    g_autoptr(PackageMembers) first = read_contents(a);
    g_autoptr(PackageMembers) second = first != NULL ? read_contents(b) : NULL;
    if (second != NULL) {
        compare_sets(first, second, lines);
        compare_order(first, second, lines);
    }
    compare_gzip(a, b, lines);
    if (lines->len == 0 && second != NULL)
        say(lines, "all members are equal; they are packed differently");
    if (second == NULL)
        first_difference(a, b, lines);
    return g_steal_pointer(&lines);
}
