/* What `npm pack` makes. Rules: docs.npmjs.com "package.json", validate-npm-package-name, nodejs.org "packages". */
#include "package/npm.h"

#include "version/version.h"

#include <string.h>

#define MAX_JSON (1u << 20)
#define MAX_NAME 214
#define MANIFEST "package/package.json"

static bool wanted(const char *path) {
    return strcmp(path, MANIFEST) == 0;
}

static bool is_npm(const PackageMembers *members) {
    return g_hash_table_contains(members->by_path, MANIFEST);
}

static void check_top(Npm *npm) {
    for (guint i = 0; i < npm->members->members->len; i++) {
        const PackageMember *member = npm->members->members->pdata[i];
        bool top = member->folder && strcmp(member->path, "package") == 0;
        if (!top && !g_str_has_prefix(member->path, "package/"))
            package_report(npm->package, PACKAGE_CHECK_NPM_TOP, "%.300s stands outside the folder package", member->path);
    }
}

/* ---- name, version, file name ---- */

static bool is_url_safe(const char *part) {
    gsize good = strspn(part, "abcdefghijklmnopqrstuvwxyz0123456789-_.");
    return good > 0 && part[good] == '\0' && part[0] != '.' && part[0] != '_';
}

static const char *name_fault(const char *name) {
    static const char *const taken[] = {"node_modules", "favicon.ico", NULL};
    if (strlen(name) > MAX_NAME)
        return "is longer than 214 characters";
    if (g_strv_contains(taken, name))
        return "is a name that npm keeps for itself";
    g_auto(GStrv) parts = g_strsplit(name[0] == '@' ? name + 1 : name, "/", -1);
    if (g_strv_length(parts) != (name[0] == '@' ? 2u : 1u))
        return "is neither NAME nor @SCOPE/NAME";
    for (guint i = 0; parts[i] != NULL; i++) {
        if (!is_url_safe(parts[i]))
            return "is not of lower-case letters, digits, - _ and ., or begins with . or _";
    }
    return NULL;
}

static void check_identity(Npm *npm) {
    Package *package = npm->package;
    const char *name = jsonx_string(npm->json, "name"), *version = jsonx_string(npm->json, "version");
    const char *fault = name != NULL ? name_fault(name) : NULL;
    if (name == NULL)
        package_report(package, PACKAGE_CHECK_NPM_NAME, MANIFEST " has no name");
    else if (fault != NULL)
        package_report(package, PACKAGE_CHECK_NPM_NAME, "the name \"%.220s\" %s", name, fault);
    g_autoptr(Version) parsed = version != NULL ? version_parse(version, NULL) : NULL;
    if (version == NULL)
        package_report(package, PACKAGE_CHECK_NPM_VERSION, MANIFEST " has no version");
    else if (parsed == NULL)
        package_report(package, PACKAGE_CHECK_NPM_VERSION, "the version \"%.100s\" is not a SemVer version", version);
    package->name = g_strdup(name);
    package->version = g_strdup(version);
    package->summary = g_strdup(jsonx_string(npm->json, "description"));
}

static void check_file_name(Npm *npm) {
    const Package *package = npm->package;
    if (package->name == NULL || package->version == NULL)
        return;
    g_autofree char *flat = g_strdelimit(g_strdup(package->name[0] == '@' ? package->name + 1 : package->name), "/", '-');
    g_autofree char *expected = g_strdup_printf("%.220s-%.100s.tgz", flat, package->version);
    if (strcmp(expected, npm->file) != 0)
        package_report(npm->package, PACKAGE_CHECK_NPM_FILE_NAME, "the file name is not %s, as " MANIFEST " wants it", expected);
}

/* ---- what a registry or a user would stumble over ---- */

static void check_private(Npm *npm) {
    if (jsonx_bool(npm->json, "private", false))
        package_report(npm->package, PACKAGE_CHECK_NPM_PRIVATE, MANIFEST " has \"private\": true: npm refuses to publish it");
}

static void check_license(Npm *npm) {
    if (json_object_get(npm->json, "license") == NULL && json_object_get(npm->json, "licenses") == NULL)
        package_report(npm->package, PACKAGE_CHECK_NPM_LICENSE, MANIFEST " names no license");
}

static void check_scripts(Npm *npm) {
    static const char *const scripts[] = {"preinstall", "install", "postinstall"};
    const json_t *all = json_object_get(npm->json, "scripts");
    for (guint i = 0; i < G_N_ELEMENTS(scripts); i++) {
        if (json_object_get(all, scripts[i]) != NULL)
            package_report(npm->package, PACKAGE_CHECK_NPM_SCRIPT, "its script \"%s\" runs on every machine that installs it", scripts[i]);
    }
    if (json_object_get(all, "install") == NULL && g_hash_table_contains(npm->members->by_path, "package/binding.gyp"))
        package_report(npm->package, PACKAGE_CHECK_NPM_SCRIPT, "binding.gyp makes npm run node-gyp on every machine that installs it");
}

/* Fine in a repository, nowhere to be found for whoever installs the tarball. */
static void check_dependencies(Npm *npm) {
    static const char *const lists[] = {"dependencies", "optionalDependencies", "peerDependencies"};
    static const char *const local[] = {"file:", "link:", "workspace:", "portal:", "./", "../", "/", "~/"};
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
        const char *name;
        json_t *value;
        json_object_foreach(json_object_get(npm->json, lists[i]), name, value) {
            const char *range = json_string_value(value);
            for (guint j = 0; range != NULL && j < G_N_ELEMENTS(local); j++) {
                if (g_str_has_prefix(range, local[j]))
                    package_report(npm->package, PACKAGE_CHECK_NPM_DEPENDENCY, "%s: %.200s is \"%.200s\", which only this repository knows", lists[i], name,
                                   range);
            }
        }
    }
}

/* What bundled packages need themselves comes along, so that names cannot be held against the list. */
static void check_modules(Npm *npm) {
    bool bundles = json_array_size(npm->bundled) > 0 || json_is_true(npm->bundled);
    for (guint i = 0; !bundles && i < npm->members->members->len; i++) {
        const PackageMember *member = npm->members->members->pdata[i];
        if (g_str_has_prefix(member->path, "package/node_modules/")) {
            package_report(npm->package, PACKAGE_CHECK_NPM_MODULES, "%.300s: node_modules is packed, and no bundleDependencies ask for it", member->path);
            break;
        }
    }
    for (gsize i = 0; i < json_array_size(npm->bundled); i++) {
        const char *name = json_string_value(json_array_get(npm->bundled, i));
        g_autofree char *path = g_strdup_printf("node_modules/%.220s/package.json", name != NULL ? name : "");
        if (name != NULL && !package_npm_has(npm, path))
            package_report(npm->package, PACKAGE_CHECK_NPM_BUNDLED, "bundleDependencies has %.220s, which is not packed", name);
    }
}

/* One check, one function, one row. */
static void (*const checks[])(Npm *npm) = {
    check_identity, check_file_name, check_private, check_license, check_scripts, check_dependencies, check_modules, package_npm_check_targets,
};

static void check(Package *package, const PackageMembers *members, const char *file) {
    Npm npm = {.package = package, .members = members, .file = file};
    const char *text = package_members_text(members, MANIFEST);
    if (!members->whole)
        return;
    check_top(&npm);
    g_autoptr(GError) problem = NULL;
    g_autoptr(json_t) json = text != NULL ? jsonx_parse(text, strlen(text), MAX_JSON, MANIFEST, &problem) : NULL;
    if (json == NULL || !json_is_object(json)) {
        package_report(package, PACKAGE_CHECK_NPM_JSON, "%s", problem != NULL ? problem->message : MANIFEST " is no JSON object");
        return;
    }
    npm.json = json;
    npm.bundled = json_object_get(json, "bundleDependencies");
    npm.bundled = npm.bundled != NULL ? npm.bundled : json_object_get(json, "bundledDependencies");
    for (guint i = 0; i < G_N_ELEMENTS(checks); i++)
        checks[i](&npm);
}

static const char *const suffixes[] = {".tgz", ".tar.gz", NULL};

const PackageKind package_kind_npm = {.name = "npm", .suffixes = suffixes, .wanted = wanted, .is = is_npm, .check = check};
