#include "package/reading.h"

#include "package/names.h"

#include <libdeflate.h>
#include <string.h>

#define MAX_TEXT (16u << 20)
#define MAX_KEPT (512u << 20)
/* Who keeps binary files too asks for more than texts; that is no reason to stop. */
#define MAX_WITH_NUL 5
/* All names together: 100,000 long ones would be 400 MiB. */
#define MAX_NAME_BYTES (16u << 20)
#define MAX_LINK 1024
/* Handing a smaller piece to another thread takes longer than it saves. */
#define LARGE_PIECE (256u << 10)
/* An archive with so many faults is not read further: its time is bounded too, and what was said last is still shown. */
#define MAX_FAULTS 40

PackageMember *package_member_new(char *path) {
    PackageMember *member = g_new0(PackageMember, 1);
    member->path = path;
    return member;
}

void package_member_free(PackageMember *member) {
    if (member == NULL)
        return;
    g_free(member->path);
    g_free(member->sha256);
    g_free(member->blob);
    g_free(member->link);
    g_free(member);
}

static void drop_current(PackageReading *reading) {
    g_clear_pointer(&reading->sha256, digest_stream_free);
    g_clear_pointer(&reading->blob, digest_stream_free);
    g_clear_pointer(&reading->text, g_byte_array_unref);
    reading->now = NULL;
}

void package_reading_clear(PackageReading *reading) {
    drop_current(reading);
    g_clear_pointer(&reading->folded, g_hash_table_unref);
    g_clear_pointer(&reading->scan, package_scan_free);
    g_clear_pointer(&reading->beside, package_beside_free);
}

const char *package_reading_last(const PackageReading *reading) {
    const GPtrArray *members = reading->members->members;
    return members->len > 0 ? ((const PackageMember *)members->pdata[members->len - 1])->path : "its beginning";
}

bool package_reading_fits(PackageReading *reading, guint64 more, const char *path) {
    if (more > PACKAGE_MAX_TOTAL || reading->total + more > PACKAGE_MAX_TOTAL) {
        package_problem(reading->package, "\"%.300s\": with it, the archive unpacks to more than 8 GiB", path);
        return false;
    }
    guint64 total = reading->total + more;
    if (total > PACKAGE_FREE_TOTAL && total / PACKAGE_MAX_RATIO > reading->file_size) {
        package_problem(reading->package, "\"%.300s\": with it, the archive unpacks to more than %d times its size", path, PACKAGE_MAX_RATIO);
        return false;
    }
    return true;
}

/* ---- a member begins ---- */

static void check_name(PackageReading *reading, const PackageMember *member) {
    const char *fault = package_name_fault(member->path);
    if (fault != NULL)
        package_problem(reading->package, "the path \"%.300s\" is not a plain path below the archive's top: %s", member->path, fault);
    g_autofree char *folded = package_name_folded(member->path);
    const char *other = g_hash_table_lookup(reading->folded, folded);
    if (g_hash_table_contains(reading->members->by_path, member->path))
        package_problem(reading->package, "the path \"%.300s\" is there twice", member->path);
    else if (other != NULL)
        package_problem(reading->package, "the paths \"%.300s\" and \"%.300s\" are one where case does not count", other, member->path);
    if (other == NULL)
        g_hash_table_insert(reading->folded, g_steal_pointer(&folded), member->path);
}

static void check_link(PackageReading *reading, const PackageMember *member) {
    if (member->link == NULL)
        return;
    const char *what = member->type == MEMBER_SYMLINK ? "a symbolic link" : "a hard link";
    if (member->type == MEMBER_SYMLINK && strlen(member->link) > MAX_LINK) {
        package_problem(reading->package, "\"%.300s\" is a symbolic link to a name of more than %d bytes", member->path, MAX_LINK);
    } else if (member->type == MEMBER_SYMLINK) {
        if (!package_link_stays(member->path, member->link))
            package_problem(reading->package, "\"%.300s\" is %s to \"%.300s\", which leads out of the archive", member->path, what, member->link);
    } else {
        const PackageMember *target = g_hash_table_lookup(reading->members->by_path, member->link);
        if (target == NULL || target->type != MEMBER_FILE)
            package_problem(reading->package, "\"%.300s\" is %s to \"%.300s\", which is no file that stands before it", member->path, what, member->link);
    }
}

static bool within_limits(PackageReading *reading, const PackageMember *member) {
    reading->name_bytes += strlen(member->path) + (member->link != NULL ? strlen(member->link) : 0);
    if (reading->members->members->len >= PACKAGE_MAX_MEMBERS) {
        package_problem(reading->package, "\"%.300s\": it has more than %u members", member->path, PACKAGE_MAX_MEMBERS);
        return false;
    }
    if (reading->name_bytes > MAX_NAME_BYTES) {
        package_problem(reading->package, "\"%.300s\": the names of its members are longer than %u MiB together", member->path, MAX_NAME_BYTES >> 20);
        return false;
    }
    if (member->size > PACKAGE_MAX_MEMBER) {
        package_problem(reading->package, "\"%.300s\" has %" G_GUINT64_FORMAT " bytes; members of 4 GiB and more are not read", member->path, member->size);
        return false;
    }
    if (reading->package->problems->len >= MAX_FAULTS) {
        package_problem(reading->package, "\"%.300s\": after %d problems it is not read further", member->path, MAX_FAULTS);
        return false;
    }
    return package_reading_fits(reading, member->size, member->path);
}

static void begin_file(PackageReading *reading, PackageMember *member) {
    const PackageReadRules *rules = reading->rules;
    member->executable = (member->mode & 0111) != 0;
    reading->sha256 = digest_stream_new();
    if (rules->object_format != NULL)
        reading->blob = digest_stream_new_blob(rules->object_format, member->size);
    if (rules->wanted == NULL || !rules->wanted(member->path, rules->data))
        return;
    if (member->size > MAX_TEXT || reading->kept + member->size > MAX_KEPT) {
        package_problem(reading->package, "%.300s is larger than %u MiB, or all that is kept than %u MiB", member->path, MAX_TEXT >> 20, MAX_KEPT >> 20);
        return;
    }
    reading->kept += member->size;
    reading->text = g_byte_array_sized_new((guint)member->size + 1);
}

bool package_reading_begin(PackageReading *reading, PackageMember *member) {
    /* Nothing that looks at members expects one without a name; so reading ends there. */
    bool named = *member->path != '\0';
    if (!named)
        package_problem(reading->package, "the path \"\" of the member behind \"%.300s\" is not a plain path: it is empty", package_reading_last(reading));
    if (!named || !within_limits(reading, member)) {
        package_member_free(member);
        return false;
    }
    check_name(reading, member);
    check_link(reading, member);
    g_ptr_array_add(reading->members->members, member);
    g_hash_table_insert(reading->members->by_path, member->path, member);
    member->folder = member->type == MEMBER_FOLDER;
    reading->now = member;
    reading->done = 0;
    reading->crc = 0;
    if (member->type == MEMBER_FILE)
        begin_file(reading, member);
    if (reading->rules->scan && reading->scan == NULL)
        reading->scan = package_scan_new(reading->package, reading->rules->allow_secrets);
    if (reading->scan != NULL)
        package_scan_begin(reading->scan, member->path);
    return true;
}

/* What need not wait for the hash. */
static void look_at_piece(gpointer data) {
    PackageReading *reading = data;
    if (reading->with_crc)
        reading->crc = libdeflate_crc32(reading->crc, reading->piece.bytes, reading->piece.length);
    if (reading->scan != NULL)
        package_scan_data(reading->scan, reading->piece.bytes, reading->piece.length, reading->piece.last);
}

static void hash_piece(PackageReading *reading, const guint8 *bytes, gsize length) {
    digest_stream_update(reading->sha256, bytes, length);
    if (reading->blob != NULL)
        digest_stream_update(reading->blob, bytes, length);
}

void package_reading_data(PackageReading *reading, const guint8 *bytes, gsize length) {
    reading->total += length;
    reading->done += length;
    if (reading->text != NULL)
        g_byte_array_append(reading->text, bytes, (guint)length);
    reading->piece.bytes = bytes;
    reading->piece.length = length;
    reading->piece.last = reading->done == reading->now->size;
    bool large = reading->scan != NULL && length >= LARGE_PIECE;
    if (large && reading->beside == NULL)
        reading->beside = package_beside_new();
    if (large && reading->beside != NULL) {
        package_beside_start(reading->beside, look_at_piece, reading);
        hash_piece(reading, bytes, length);
        package_beside_wait(reading->beside);
        return;
    }
    hash_piece(reading, bytes, length);
    look_at_piece(reading);
}

static void keep_text(PackageReading *reading) {
    GByteArray *text = reading->text;
    /* Cut at a NUL: no text that is read here may hold one. */
    if (memchr(text->data, '\0', text->len) != NULL && reading->with_nul++ < MAX_WITH_NUL)
        package_problem(reading->package, "%.300s holds a NUL byte", reading->now->path);
    g_byte_array_append(text, (const guint8 *)"", 1);
    g_hash_table_insert(reading->members->texts, g_strdup(reading->now->path), g_byte_array_free_to_bytes(g_steal_pointer(&reading->text)));
}

void package_reading_end(PackageReading *reading) {
    PackageMember *member = reading->now;
    if (reading->sha256 != NULL)
        member->sha256 = digest_stream_finish(g_steal_pointer(&reading->sha256));
    if (member->type == MEMBER_SYMLINK && reading->rules->object_format != NULL) {
        reading->blob = digest_stream_new_blob(reading->rules->object_format, strlen(member->link));
        digest_stream_update(reading->blob, member->link, strlen(member->link));
    }
    if (reading->blob != NULL)
        member->blob = digest_stream_finish(g_steal_pointer(&reading->blob));
    if (reading->text != NULL)
        keep_text(reading);
    drop_current(reading);
}

/* ---- all members together ---- */

/* Hashes of the paths of all that is no folder. */
static GHashTable *hashes_of_files(const GPtrArray *members) {
    GHashTable *hashes = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < members->len; i++) {
        const PackageMember *member = members->pdata[i];
        if (member->type != MEMBER_FOLDER)
            g_hash_table_add(hashes, GUINT_TO_POINTER(package_name_hash(member->path)));
    }
    return hashes;
}

/* The member that stands where a path passes through, and is no folder. Each byte of the path is looked at once, however deep it is. */
static const PackageMember *in_the_way(const PackageReading *reading, GHashTable *hashes, const char *path) {
    guint64 state = 0;
    for (const char *at = path; *at != '\0'; at++) {
        if (*at == '/' && g_hash_table_contains(hashes, GUINT_TO_POINTER(package_name_fold(state)))) {
            g_autofree char *above = g_strndup(path, (gsize)(at - path));
            const PackageMember *member = g_hash_table_lookup(reading->members->by_path, above);
            if (member != NULL && member->type != MEMBER_FOLDER)
                return member;
        }
        package_name_step(&state, (guint8)*at);
    }
    return NULL;
}

/* Each step of the target, from the link's folder on: if one of them is a link, ".." behind it leads elsewhere than it looks. */
static void check_target(PackageReading *reading, const PackageMember *link) {
    g_autoptr(GPtrArray) way = g_ptr_array_new();
    g_auto(GStrv) from = g_strsplit(link->path, "/", -1);
    g_auto(GStrv) parts = g_strsplit(link->link, "/", -1);
    for (guint i = 0; from[i] != NULL && from[i + 1] != NULL; i++)
        g_ptr_array_add(way, from[i]);
    for (guint i = 0; parts[i] != NULL; i++) {
        if (*parts[i] == '\0' || strcmp(parts[i], ".") == 0)
            continue;
        g_ptr_array_add(way, strcmp(parts[i], "..") == 0 ? NULL : parts[i]);
        if (way->pdata[way->len - 1] == NULL)
            g_ptr_array_set_size(way, (gint)(way->len >= 2 ? way->len - 2 : 0));
        g_autoptr(GString) here = g_string_new(NULL);
        for (guint j = 0; j < way->len; j++)
            g_string_append_printf(here, "%s%s", j > 0 ? "/" : "", (const char *)way->pdata[j]);
        const PackageMember *step = g_hash_table_lookup(reading->members->by_path, here->str);
        if (step == NULL || step->type != MEMBER_SYMLINK || parts[i + 1] == NULL)
            continue;
        package_problem(reading->package, "\"%.300s\" is a link through the link \"%.300s\"", link->path, step->path);
        return;
    }
}

void package_reading_finish(PackageReading *reading) {
    const GPtrArray *members = reading->members->members;
    g_autoptr(GHashTable) hashes = hashes_of_files(members);
    for (guint i = 0; i < members->len && reading->package->problems->len < MAX_FAULTS; i++) {
        const PackageMember *member = members->pdata[i];
        const PackageMember *other = in_the_way(reading, hashes, member->path);
        if (other != NULL)
            package_problem(reading->package, "\"%.300s\" stands below \"%.300s\", which is no folder", member->path, other->path);
        if (member->type == MEMBER_SYMLINK && strlen(member->link) <= MAX_LINK)
            check_target(reading, member);
    }
}
