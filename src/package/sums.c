#include "base/digest.h"
#include "base/fs.h"
#include "package/parts.h"

#include <string.h>
#include <sys/stat.h>

/* sha256sum marks names with these by a leading backslash; nothing slipway ships is called so. */
static bool breaks_line(const char *name) {
    return strpbrk(name, "\n\r\\") != NULL;
}

static bool add_line(GString *out, const char *folder, const char *name, GError **error) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    struct stat info;
    if (lstat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return true;
    if (breaks_line(name))
        return error_set(error, ERROR_UNTRUSTED_PATH, "the file name \"%s\" cannot stand in a list of checksums", name);
    g_autofree char *digest = digest_file(path, NULL, error);
    if (digest == NULL)
        return false;
    g_string_append_printf(out, "%s  %s\n", digest, name);
    return true;
}

char *package_sums(const char *folder, const char *except, GError **error) {
    g_autoptr(GPtrArray) names = fs_list(folder, error);
    if (names == NULL)
        return NULL;
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        bool skip = name[0] == '.' || g_strcmp0(name, except) == 0;
        if (!skip && !add_line(out, folder, name, error))
            return NULL;
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* "HEX  NAME" or "HEX *NAME". */
static bool parse_line(GHashTable *sums, const char *line) {
    bool shape = strlen(line) > DIGEST_HEX_LENGTH + 2 && line[DIGEST_HEX_LENGTH] == ' ' && strchr(" *", line[DIGEST_HEX_LENGTH + 1]) != NULL;
    for (guint i = 0; shape && i < DIGEST_HEX_LENGTH; i++)
        shape = g_ascii_isxdigit(line[i]);
    const char *name = shape ? line + DIGEST_HEX_LENGTH + 2 : "/";
    if (strchr(name, '/') != NULL || breaks_line(name) || g_hash_table_contains(sums, name))
        return false;
    g_hash_table_insert(sums, g_strdup(name), g_ascii_strdown(line, DIGEST_HEX_LENGTH));
    return true;
}

GHashTable *package_sums_parse(const char *text, const char *where, GError **error) {
    g_autoptr(GHashTable) sums = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        if (*lines[i] == '\0' && lines[i + 1] == NULL)
            break;
        if (!parse_line(sums, lines[i])) {
            error_set(error, ERROR_PARSE, "%s:%u: not a line of SHA-256 checksums, or a name twice", where, i + 1);
            return NULL;
        }
    }
    return g_steal_pointer(&sums);
}

bool package_check_sum(Package *package, const char *path, GHashTable *sums, GError **error) {
    g_autofree char *name = g_path_get_basename(path);
    const char *said = g_hash_table_lookup(sums, name);
    if (said == NULL) {
        package_report(package, PACKAGE_CHECK_FILE_SUM_MISSING, "SHA256SUMS beside it does not name it");
        return true;
    }
    g_autofree char *digest = digest_file(path, NULL, error);
    if (digest == NULL)
        return false;
    if (strcmp(digest, said) != 0)
        package_report(package, PACKAGE_CHECK_FILE_SUM, "SHA256SUMS beside it has another digest: %.12s…, the file has %.12s…", said, digest);
    return true;
}
