#include "package/differ.h"

#include "base/digest.h"
#include "base/error.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MAX_LINES 40
#define MAX_MEMBERS 100000
#define MAX_TOTAL (G_GUINT64_CONSTANT(4) << 30)

typedef struct archive Archive;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Archive, archive_read_free)

typedef struct {
    char *path;
    char *digest; /* of its content, or the target of a link */
    guint64 size;
    gint64 time, uid, gid;
    char *user, *group;
    guint mode; /* with the type */
} Member;

static void member_free(Member *member) {
    g_free(member->path);
    g_free(member->digest);
    g_free(member->user);
    g_free(member->group);
    g_free(member);
}

typedef struct {
    GPtrArray *members;
    GHashTable *by_path; /* borrowed; of a doubled path the last */
} Contents;

static void contents_free(Contents *contents) {
    g_hash_table_unref(contents->by_path);
    g_ptr_array_unref(contents->members);
    g_free(contents);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Contents, contents_free)

static void G_GNUC_PRINTF(2, 3) say(GPtrArray *lines, const char *format, ...) {
    va_list args;
    va_start(args, format);
    if (lines->len < MAX_LINES)
        g_ptr_array_add(lines, g_strdup_vprintf(format, args));
    va_end(args);
}

/* ---- reading ---- */

static char *digest_data(Archive *archive, guint64 *size) {
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree guchar *buffer = g_malloc(1 << 16);
    la_ssize_t got;
    while ((got = archive_read_data(archive, buffer, 1 << 16)) > 0 && *size < MAX_TOTAL) {
        g_checksum_update(checksum, buffer, got);
        *size += (guint64)got;
    }
    return g_strdup(g_checksum_get_string(checksum));
}

static Member *read_member(Archive *archive, struct archive_entry *entry) {
    Member *member = g_new0(Member, 1);
    const char *path = archive_entry_pathname_utf8(entry);
    const char *link = archive_entry_symlink_utf8(entry);
    member->path = g_strdup(path != NULL ? path : archive_entry_pathname(entry));
    member->time = archive_entry_mtime(entry);
    member->uid = archive_entry_uid(entry);
    member->gid = archive_entry_gid(entry);
    member->user = g_strdup(archive_entry_uname(entry));
    member->group = g_strdup(archive_entry_gname(entry));
    member->mode = archive_entry_mode(entry);
    member->digest = link != NULL ? g_strdup(link) : digest_data(archive, &member->size);
    return member;
}

/* NULL: it is no archive that can be read to its end. */
static Contents *read_contents(const char *path) {
    g_autoptr(Archive) archive = archive_read_new();
    archive_read_support_filter_all(archive);
    archive_read_support_format_tar(archive);
    archive_read_support_format_zip_seekable(archive);
    archive_read_support_format_ar(archive);
    archive_read_set_options(archive, "hdrcharset=UTF-8");
    if (archive_read_open_filename(archive, path, 1 << 16) != ARCHIVE_OK)
        return NULL;
    g_autoptr(Contents) contents = g_new0(Contents, 1);
    contents->members = g_ptr_array_new_with_free_func((GDestroyNotify)member_free);
    contents->by_path = g_hash_table_new(g_str_hash, g_str_equal);
    struct archive_entry *entry;
    int status;
    while ((status = archive_read_next_header(archive, &entry)) == ARCHIVE_OK || status == ARCHIVE_WARN) {
        Member *member = read_member(archive, entry);
        if (member->path == NULL || contents->members->len >= MAX_MEMBERS) {
            member_free(member);
            return NULL;
        }
        g_ptr_array_add(contents->members, member);
        g_hash_table_insert(contents->by_path, member->path, member);
    }
    return status == ARCHIVE_EOF && contents->members->len > 0 ? g_steal_pointer(&contents) : NULL;
}

/* ---- members ---- */

static char *date_of(gint64 time) {
    g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(time);
    return date != NULL ? g_date_time_format(date, "%Y-%m-%dT%H:%M:%SZ") : g_strdup_printf("%" G_GINT64_FORMAT, time);
}

static void compare_time(const Member *a, const Member *b, GPtrArray *lines) {
    if (a->time == b->time)
        return;
    g_autofree char *is = date_of(b->time);
    g_autofree char *was = date_of(a->time);
    say(lines, "%s: its time is %s, not %s", b->path, is, was);
}

static void compare_member(const Member *a, const Member *b, GPtrArray *lines) {
    if (strcmp(a->digest, b->digest) != 0 || a->size != b->size)
        say(lines, "%s: its content differs (%" G_GUINT64_FORMAT " bytes, not %" G_GUINT64_FORMAT ")", b->path, b->size, a->size);
    compare_time(a, b, lines);
    if (a->mode != b->mode)
        say(lines, "%s: its mode is %o, not %o", b->path, b->mode, a->mode);
    if (a->uid != b->uid || a->gid != b->gid || g_strcmp0(a->user, b->user) != 0 || g_strcmp0(a->group, b->group) != 0)
        say(lines, "%s: its owner is %" G_GINT64_FORMAT ":%" G_GINT64_FORMAT " (%s:%s), not %" G_GINT64_FORMAT ":%" G_GINT64_FORMAT " (%s:%s)", b->path, b->uid,
            b->gid, b->user != NULL ? b->user : "", b->group != NULL ? b->group : "", a->uid, a->gid, a->user != NULL ? a->user : "",
            a->group != NULL ? a->group : "");
}

static void compare_sets(const Contents *a, const Contents *b, GPtrArray *lines) {
    for (guint i = 0; i < a->members->len; i++) {
        const Member *member = g_ptr_array_index(a->members, i);
        const Member *other = g_hash_table_lookup(b->by_path, member->path);
        if (other == NULL)
            say(lines, "%s: missing the second time", member->path);
        else
            compare_member(member, other, lines);
    }
    for (guint i = 0; i < b->members->len; i++) {
        const Member *member = g_ptr_array_index(b->members, i);
        if (!g_hash_table_contains(a->by_path, member->path))
            say(lines, "%s: only the second time", member->path);
    }
}

static void compare_order(const Contents *a, const Contents *b, GPtrArray *lines) {
    for (guint i = 0; lines->len == 0 && i < a->members->len && i < b->members->len; i++) {
        const Member *one = g_ptr_array_index(a->members, i);
        const Member *other = g_ptr_array_index(b->members, i);
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
    g_autoptr(Contents) first = read_contents(a);
    g_autoptr(Contents) second = first != NULL ? read_contents(b) : NULL;
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
