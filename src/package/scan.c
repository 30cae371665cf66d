#include "package/scan.h"

#include "package/names.h"
#include "package/secret_rules.h"

#include <string.h>

/* What a check may look at around a token. */
#define BACK 512u
#define AHEAD 1024u
#define CARRY (BACK + AHEAD)
#define BORDER (4 * CARRY)
#define MAX_FINDINGS 20
/* Looking around a token costs more than finding it: an archive of nothing but halves of tokens is not looked at forever. */
#define MAX_CHECKS 100000
/* The last four bytes of a prefix are what is searched for. */
#define ANCHOR 4u
/* Values of the table below: how far to go on; beyond SHIFTS, a rule. */
#define SHIFTS 4u
#define TABLE (1u << 13)

/* By two bytes: either how far the end of an anchor is at least away, or the first rule whose anchor ends in them (Wu and Manber, "A fast algorithm for
 * multi-pattern searching"). */
typedef struct {
    guint8 table[TABLE]; /* by a hash, so that it stays in the nearest cache */
    guint8 next[256];    /* the next rule with the same two bytes; 0: none */
    const SecretToken *rules;
    guint count;
} Search;

struct PackageScan {
    Package *package;
    const char *const *allow;
    const char *path;
    bool allowed;
    guint8 carry[CARRY + BORDER]; /* the end of what came before */
    gsize carried;
    gsize undecided; /* from here on in the carry, nothing has been searched */
    guint64 lines;   /* in all pieces before */
    guint findings, checks;
    bool first;
};

/* Bytes in which tokens that begin in [from, to) are looked for. */
typedef struct {
    const guint8 *bytes;
    gsize length, from, to;
    guint64 lines; /* before the bytes */
} Stretch;

static guint block_of(const guint8 *end) {
    return ((guint)end[-1] + ((guint)end[0] << 6)) & (TABLE - 1);
}

static void add_rule(Search *search, guint rule) {
    const char *prefix = search->rules[rule].prefix;
    const guint8 *anchor = (const guint8 *)prefix + strlen(prefix) - ANCHOR;
    for (guint i = 1; i < ANCHOR - 1; i++) {
        guint8 *value = &search->table[block_of(anchor + i)];
        *value = (guint8)(*value < SHIFTS ? MIN(*value, ANCHOR - 1 - i) : *value);
    }
    guint8 *value = &search->table[block_of(anchor + ANCHOR - 1)];
    search->next[rule] = *value < SHIFTS ? 0 : *value;
    *value = (guint8)(rule + SHIFTS);
}

static const Search *search_get(void) {
    static Search *search;
    static gsize once;
    if (g_once_init_enter(&once)) {
        search = g_new0(Search, 1);
        search->rules = package_secret_tokens(&search->count);
        memset(search->table, ANCHOR - 1, sizeof search->table);
        for (guint i = 0; i < search->count; i++)
            add_rule(search, i);
        g_once_init_leave(&once, 1);
    }
    return search;
}

PackageScan *package_scan_new(Package *package, const char *const *allow) {
    PackageScan *scan = g_new0(PackageScan, 1);
    scan->package = package;
    scan->allow = allow;
    return scan;
}

void package_scan_free(PackageScan *scan) {
    g_free(scan);
}

/* ---- names ---- */

static bool fits(const char *glob, const char *part) {
    return strchr(glob, '*') != NULL ? package_name_matches(glob, part) : strcmp(glob, part) == 0;
}

static bool any_fits(const char *glob, char **parts) {
    for (guint i = 0; parts[i] != NULL; i++) {
        if (fits(glob, parts[i]))
            return true;
    }
    return false;
}

static bool is_allowed(const PackageScan *scan, const char *path) {
    for (guint i = 0; scan->allow != NULL && scan->allow[i] != NULL; i++) {
        if (package_name_matches(scan->allow[i], path))
            return true;
    }
    return false;
}

void package_scan_begin(PackageScan *scan, const char *path) {
    guint count;
    scan->path = path;
    scan->allowed = is_allowed(scan, path);
    scan->carried = scan->undecided = 0;
    scan->lines = 0;
    scan->first = true;
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    const SecretFile *files = package_secret_files(&count);
    for (guint i = 0; !scan->allowed && i < count; i++) {
        if (any_fits(files[i].glob, parts))
            package_report(scan->package, PACKAGE_CHECK_CONTENT_SECRET, "\"%.300s\" must not be in a package: %s (rule %s)", path, files[i].words,
                           files[i].rule);
    }
}

void package_check_litter(Package *package, const PackageMembers *members, bool caches) {
    guint count;
    const SecretFile *litter = package_secret_litter(&count);
    for (guint m = 0; m < members->members->len; m++) {
        const char *path = ((const PackageMember *)members->members->pdata[m])->path;
        g_auto(GStrv) parts = g_strsplit(path, "/", -1);
        for (guint i = 0; i < count; i++) {
            bool known = !caches && strcmp(litter[i].glob, "__pycache__") == 0;
            if (!known && any_fits(litter[i].glob, parts))
                package_report(package, PACKAGE_CHECK_CONTENT_LITTER, "\"%.300s\" is litter: %s", path, litter[i].words);
        }
    }
}

/* ---- contents ---- */

static guint64 newlines(const guint8 *bytes, gsize length) {
    guint64 count = 0;
    for (gsize i = 0; i < length; i++)
        count += bytes[i] == '\n';
    return count;
}

static void report(PackageScan *scan, const Stretch *stretch, gsize start, const SecretToken *rule, gsize length) {
    if (scan->findings++ >= MAX_FINDINGS)
        return;
    guint64 line = stretch->lines + newlines(stretch->bytes, start) + 1;
    /* Of a key in PEM the header alone was looked at, which is no secret. */
    g_autofree char *shown =
        rule->prefix[0] == '-' ? g_strdup("") : g_strdup_printf(": %.4s…, %" G_GSIZE_FORMAT " characters", (const char *)stretch->bytes + start, length);
    package_report(scan->package, PACKAGE_CHECK_CONTENT_SECRET, "%.300s:%" G_GUINT64_FORMAT ": it holds %s (rule %s)%s", scan->path, line, rule->words,
                   rule->rule, shown);
}

/* The rule's anchor ends at `end`. */
static void try_rule(PackageScan *scan, const Stretch *stretch, gsize end, const SecretToken *rule) {
    gsize prefix = strlen(rule->prefix);
    if (end + 1 < prefix)
        return;
    gsize start = end + 1 - prefix;
    if (start < stretch->from || start >= stretch->to || memcmp(stretch->bytes + start, rule->prefix, prefix) != 0)
        return;
    bool word = g_ascii_isalnum(rule->prefix[0]);
    if (word && start > 0 && (g_ascii_isalnum(stretch->bytes[start - 1]) || stretch->bytes[start - 1] == '_'))
        return;
    gsize length = 0;
    while (end + 1 + length < stretch->length && length <= rule->most && package_secret_is(rule->characters, stretch->bytes[end + 1 + length]))
        length++;
    SecretFound found = {scan->path, stretch->bytes + end + 1, length, stretch->bytes, stretch->bytes + stretch->length};
    if (length >= rule->least && length <= rule->most && scan->checks++ < MAX_CHECKS && (rule->check == NULL || rule->check(&found)))
        report(scan, stretch, start, rule, prefix + length);
}

/* Four steps at once, while all of them are as long as they can be, which is nearly always: they need not wait for each other. */
static gsize hurry(const Search *search, const guint8 *bytes, gsize end, gsize length) {
    const guint step = ANCHOR - 1;
    while (end + 4 * step < length) {
        guint other = search->table[block_of(bytes + end)] ^ step;
        other |= search->table[block_of(bytes + end + step)] ^ step;
        other |= search->table[block_of(bytes + end + 2 * step)] ^ step;
        other |= search->table[block_of(bytes + end + 3 * step)] ^ step;
        if (other != 0)
            break;
        end += 4 * step;
    }
    return end;
}

static void search_stretch(PackageScan *scan, const Stretch *stretch) {
    const Search *search = search_get();
    const guint8 *bytes = stretch->bytes;
    for (gsize end = stretch->from + ANCHOR - 1; end < stretch->length;) {
        end = hurry(search, bytes, end, stretch->length);
        guint8 value = search->table[block_of(bytes + end)];
        if (value < SHIFTS) {
            end += value;
            continue;
        }
        for (guint rule = value; rule >= SHIFTS; rule = search->next[rule - SHIFTS])
            try_rule(scan, stretch, end, &search->rules[rule - SHIFTS]);
        end++;
    }
}

static void check_lfs(const PackageScan *scan, const guint8 *bytes, gsize length) {
    static const char head[] = "version https://git-lfs.github.com/spec/v1\n";
    if (length < 1024 && length >= strlen(head) && memcmp(bytes, head, strlen(head)) == 0)
        package_report(scan->package, PACKAGE_CHECK_CONTENT_LFS, "\"%.300s\" is a pointer of Git LFS, not the file itself: git lfs pull, then build again",
                       scan->path);
}

/* Keeps the end of the stretch, of which everything before `decided` has been searched. */
static void keep(PackageScan *scan, const Stretch *stretch, gsize decided) {
    gsize length = MIN(stretch->length, CARRY);
    gsize dropped = stretch->length - length;
    scan->lines = stretch->lines + newlines(stretch->bytes, dropped);
    memmove(scan->carry, stretch->bytes + dropped, length);
    scan->carried = length;
    scan->undecided = decided > dropped ? decided - dropped : 0;
}

static gsize append(PackageScan *scan, const guint8 *bytes, gsize length) {
    gsize taken = MIN(length, BORDER);
    memcpy(scan->carry + scan->carried, bytes, taken);
    return taken;
}

void package_scan_data(PackageScan *scan, const guint8 *bytes, gsize length, bool last) {
    if (scan->first && last)
        check_lfs(scan, bytes, length);
    scan->first = false;
    if (scan->allowed)
        return;
    Stretch stretch = {.bytes = bytes, .length = length, .lines = scan->lines};
    if (scan->carried > 0) {
        gsize taken = append(scan, bytes, length), before = scan->carried;
        Stretch border = {.bytes = scan->carry, .length = before + taken, .from = scan->undecided, .lines = scan->lines};
        bool all = taken == length;
        /* A long piece is searched where it lies; what lies across the border, and what needs to look back over it, here. */
        border.to = all ? (last ? border.length : border.length - MIN(border.length, AHEAD)) : before + BACK;
        search_stretch(scan, &border);
        if (all) {
            keep(scan, &border, MAX(border.to, border.from));
            return;
        }
        stretch.from = BACK;
        stretch.lines = scan->lines + newlines(scan->carry, before);
    }
    stretch.to = last ? length : length - MIN(length, AHEAD);
    search_stretch(scan, &stretch);
    if (!last)
        keep(scan, &stretch, MAX(stretch.to, stretch.from));
}
