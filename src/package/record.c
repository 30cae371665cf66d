#include "package/names.h"
#include "package/parts.h"

#include <string.h>

typedef struct {
    char *path, *hash, *size;
} Row;

static void row_clear(Row *row) {
    g_free(row->path);
    g_free(row->hash);
    g_free(row->size);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Row, row_clear)

/* One field of a CSV line (RFC 4180); *at moves behind its comma, to NULL at the line's end. NULL: broken quotes. */
static char *next_field(const char **at) {
    GString *out = g_string_new(NULL);
    const char *c = *at;
    bool quoted = *c == '"';
    if (quoted)
        c++;
    while (*c != '\0' && (quoted ? true : *c != ',')) {
        if (quoted && c[0] == '"' && c[1] != '"')
            break;
        if (quoted && c[0] == '"')
            c++;
        g_string_append_c(out, *c++);
    }
    bool broken = quoted && *c++ != '"';
    if (broken || (*c != ',' && *c != '\0')) {
        g_string_free(out, TRUE);
        return NULL;
    }
    *at = *c == ',' ? c + 1 : NULL;
    return g_string_free(out, FALSE);
}

static bool parse_row(const char *line, Row *row) {
    char **fields[] = {&row->path, &row->hash, &row->size};
    const char *at = line;
    for (guint i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (at == NULL || (*fields[i] = next_field(&at)) == NULL)
            return false;
    }
    return at == NULL;
}

static int hex_value(char c) {
    return g_ascii_xdigit_value(c);
}

/* The form RECORD has: sha256=URLSAFE-BASE64 without padding. */
static char *record_hash(const char *hex) {
    guchar raw[32];
    for (guint i = 0; i < sizeof raw; i++)
        raw[i] = (guchar)(hex_value(hex[2 * i]) << 4 | hex_value(hex[2 * i + 1]));
    g_autofree char *text = g_base64_encode(raw, sizeof raw);
    g_strdelimit(text, "+", '-');
    g_strdelimit(text, "/", '_');
    *strchrnul(text, '=') = '\0';
    return g_strconcat("sha256=", text, NULL);
}

static void check_hash(Package *package, const PackageMember *member, const Row *row) {
    if (*row->hash == '\0') {
        package_report(package, PACKAGE_CHECK_RECORD_HASH_WEAK, "RECORD has no hash for %.300s", row->path);
        return;
    }
    if (!g_str_has_prefix(row->hash, "sha256=")) {
        bool stronger = g_str_has_prefix(row->hash, "sha384=") || g_str_has_prefix(row->hash, "sha512=");
        g_autofree char *what = g_strdup_printf("the %.6s of %.300s in RECORD", row->hash, row->path);
        if (stronger)
            package_not_checked(package, "record/hash", what, "only SHA-256 is computed");
        else
            package_report(package, PACKAGE_CHECK_RECORD_HASH_WEAK, "RECORD has a hash weaker than SHA-256 for %.300s", row->path);
        return;
    }
    g_autofree char *is = record_hash(member->sha256);
    g_autofree char *said = g_strdup(row->hash);
    *strchrnul(said + strlen("sha256="), '=') = '\0';
    if (strcmp(said, is) != 0)
        package_report(package, PACKAGE_CHECK_RECORD_HASH, "RECORD has another hash for %.300s than the file", row->path);
}

static void check_size(Package *package, const PackageMember *member, const Row *row) {
    char *end = NULL;
    guint64 size = g_ascii_strtoull(row->size, &end, 10);
    if (*row->size != '\0' && (*end != '\0' || size != member->size))
        package_report(package, PACKAGE_CHECK_RECORD_SIZE, "RECORD has the size %.20s for %.300s, which has %" G_GUINT64_FORMAT " bytes", row->size, row->path,
                       member->size);
}

static void check_row(Package *package, const PackageMembers *members, const Row *row, const char *record_path) {
    if (strcmp(row->path, record_path) == 0)
        return;
    const PackageMember *member = g_hash_table_lookup(members->by_path, row->path);
    if (member == NULL) {
        package_report(package, PACKAGE_CHECK_RECORD_GONE, "RECORD names %.300s, which is not there", row->path);
        return;
    }
    if (member->sha256 == NULL)
        return;
    check_hash(package, member, row);
    check_size(package, member, row);
}

/* Signatures of RECORD cannot be in RECORD. */
static bool needs_row(const PackageMember *member, const char *record_path) {
    gsize length = strlen(record_path);
    const char *rest = strncmp(member->path, record_path, length) == 0 ? member->path + length : NULL;
    bool signature = rest != NULL && (strcmp(rest, ".jws") == 0 || strcmp(rest, ".p7s") == 0);
    return !member->folder && !signature;
}

void package_check_record(Package *package, const PackageMembers *members, const char *record_path) {
    const char *text = package_members_text(members, record_path);
    if (text == NULL) {
        package_report(package, PACKAGE_CHECK_RECORD_MISSING, "%.200s is missing", record_path);
        return;
    }
    g_autoptr(GHashTable) listed = g_hash_table_new_full(package_name_hash, g_str_equal, g_free, NULL);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        g_strchomp(lines[i]);
        if (*lines[i] == '\0')
            continue;
        g_auto(Row) row = {0};
        if (!parse_row(lines[i], &row)) {
            package_report(package, PACKAGE_CHECK_RECORD_LINE, "RECORD line %u is not PATH,HASH,SIZE", i + 1);
            continue;
        }
        check_row(package, members, &row, record_path);
        if (!g_hash_table_add(listed, g_strdup(row.path)))
            package_report(package, PACKAGE_CHECK_RECORD_TWICE, "RECORD names %.300s twice", row.path);
    }
    for (guint i = 0; i < members->members->len; i++) {
        const PackageMember *member = members->members->pdata[i];
        if (needs_row(member, record_path) && !g_hash_table_contains(listed, member->path))
            package_report(package, PACKAGE_CHECK_RECORD_INCOMPLETE, "RECORD does not name %.300s", member->path);
    }
}
