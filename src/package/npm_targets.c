#include "package/npm.h"

#include "package/names.h"

#include <string.h>

#define MAX_DEPTH 16
#define MAX_PATTERNS 200

bool package_npm_has(const Npm *npm, const char *path) {
    g_autofree char *whole = g_strconcat("package/", path, NULL);
    const PackageMember *member = g_hash_table_lookup(npm->members->by_path, whole);
    return member != NULL && member->type == MEMBER_FILE;
}

/* "./dist//a.js" → "dist/a.js". g_free. */
static char *plain(const char *target) {
    GString *out = g_string_new(NULL);
    g_auto(GStrv) parts = g_strsplit(target, "/", -1);
    for (guint i = 0; parts[i] != NULL; i++) {
        if (*parts[i] != '\0' && strcmp(parts[i], ".") != 0)
            g_string_append_printf(out, "%s%s", out->len > 0 ? "/" : "", parts[i]);
    }
    return g_string_free(out, FALSE);
}

/* As node finds it: the file itself, with an ending, or the index of the folder. */
static bool found(const Npm *npm, const char *target, const char *const *endings) {
    g_autofree char *path = plain(target);
    for (guint i = 0; endings[i] != NULL; i++) {
        g_autofree char *name = *path == '\0' && endings[i][0] == '/' ? g_strdup(endings[i] + 1) : g_strconcat(path, endings[i], NULL);
        if (package_npm_has(npm, name))
            return true;
    }
    return false;
}

/* A package without its types still runs. */
static void check_one(Npm *npm, const char *key, const char *target, const char *const *endings) {
    PackageCheck check = g_str_has_prefix(key, "typ") ? PACKAGE_CHECK_NPM_TYPES : PACKAGE_CHECK_NPM_TARGET;
    if (target != NULL && !found(npm, target, endings))
        package_report(npm->package, check, "\"%.100s\" points to %.300s, which is not in the tarball", key, target);
}

static const char *const exact[] = {"", NULL};

static void check_bin(Npm *npm) {
    const json_t *bin = json_object_get(npm->json, "bin");
    const char *name;
    json_t *value;
    check_one(npm, "bin", json_string_value(bin), exact);
    json_object_foreach((json_t *)bin, name, value) {
        check_one(npm, "bin", json_string_value(value), exact);
        if (*name == '\0' || *name == '.' || strpbrk(name, "/\\") != NULL)
            package_report(npm->package, PACKAGE_CHECK_NPM_BIN_NAME, "\"bin\" has the name \"%.100s\", under which no program can be put", name);
    }
}

/* With a "*" any file fits it; with a "/" at the end any file below it. */
static bool pattern_found(Npm *npm, const char *target) {
    if (npm->patterns++ >= MAX_PATTERNS)
        return true;
    g_autofree char *path = plain(target);
    g_autofree char *glob = g_strconcat("package/", path, g_str_has_suffix(target, "/") ? "/*" : "", NULL);
    for (guint i = 0; i < npm->members->members->len; i++) {
        const PackageMember *member = npm->members->members->pdata[i];
        if (member->type == MEMBER_FILE && package_name_matches(glob, member->path))
            return true;
    }
    return false;
}

/* Strings, in conditions in subpaths, in lists of fall-backs; null closes a way. */
static void check_exports(Npm *npm, const json_t *value, guint depth) {
    const char *target = json_string_value(value);
    if (depth > MAX_DEPTH)
        return;
    if (target != NULL && g_str_has_prefix(target, "./")) {
        bool pattern = strchr(target, '*') != NULL || g_str_has_suffix(target, "/");
        const char *star = strchr(target, '*');
        if (!pattern)
            check_one(npm, "exports", target, exact);
        else if (star != NULL && strchr(star + 1, '*') != NULL)
            package_report(npm->package, PACKAGE_CHECK_NPM_TARGET, "\"exports\" points to %.300s, which has more than one *", target);
        else if (!pattern_found(npm, target))
            package_report(npm->package, PACKAGE_CHECK_NPM_TARGET, "\"exports\" points to %.300s, and nothing in the tarball fits it", target);
    } else if (target != NULL) {
        package_report(npm->package, PACKAGE_CHECK_NPM_TARGET, "\"exports\" points to %.300s, which does not begin with ./", target);
    }
    const char *key;
    json_t *below;
    json_object_foreach((json_t *)value, key, below) check_exports(npm, below, depth + 1);
    for (gsize i = 0; json_is_array(value) && i < json_array_size(value); i++)
        check_exports(npm, json_array_get(value, i), depth + 1);
}

/* A folder or a file by its name; patterns are npm's own matter. */
static void check_files(Npm *npm) {
    const json_t *files = json_object_get(npm->json, "files");
    for (gsize i = 0; i < json_array_size(files); i++) {
        const char *entry = json_string_value(json_array_get(files, i));
        if (entry == NULL || strpbrk(entry, "*?[]{}!") != NULL)
            continue;
        g_autofree char *path = plain(entry);
        g_autofree char *below = g_strconcat(path, "/", NULL);
        if (*path != '\0' && !package_npm_has(npm, path) && !pattern_found(npm, below))
            package_report(npm->package, PACKAGE_CHECK_NPM_FILES, "\"files\" has %.300s, and nothing of it was packed", entry);
    }
}

void package_npm_check_targets(Npm *npm) {
    static const char *const code[] = {"", ".js", ".json", ".node", "/index.js", "/index.json", "/index.node", NULL};
    static const char *const types[] = {"", ".d.ts", "/index.d.ts", ".ts", NULL};
    check_one(npm, "main", jsonx_string(npm->json, "main"), code);
    check_one(npm, "module", jsonx_string(npm->json, "module"), code);
    check_one(npm, "types", jsonx_string(npm->json, "types"), types);
    check_one(npm, "typings", jsonx_string(npm->json, "typings"), types);
    check_bin(npm);
    check_exports(npm, json_object_get(npm->json, "exports"), 0);
    check_files(npm);
    if (npm->patterns > MAX_PATTERNS)
        package_not_checked(npm->package, "npm/patterns", "what \"exports\" and \"files\" point to", "they have more than 200 patterns and folders");
}
