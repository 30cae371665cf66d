#include "package/metadata.h"
#include "package/wheel.h"

#include <string.h>

/* ---- tags ---- */

#define MAX_TAGS 4096

static bool is_tag(const char *text) {
    bool right = *text != '\0';
    for (const char *c = text; *c != '\0'; c++)
        right = right && (g_ascii_isalnum(*c) || *c == '_' || *c == '.');
    return right && *text != '.' && !g_str_has_suffix(text, ".") && strstr(text, "..") == NULL;
}

/* py2.py3-none-any stands for py2-none-any and py3-none-any. */
static GHashTable *expanded_tags(const Wheel *wheel) {
    GHashTable *tags = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_auto(GStrv) pythons = g_strsplit(wheel->python, ".", 64);
    g_auto(GStrv) abis = g_strsplit(wheel->abi, ".", 64);
    g_auto(GStrv) platforms = g_strsplit(wheel->platform, ".", 64);
    guint a = g_strv_length(abis), p = g_strv_length(platforms);
    guint many = g_strv_length(pythons) * a * p;
    for (guint i = 0; i < many && i < MAX_TAGS; i++)
        g_hash_table_add(tags, g_strdup_printf("%s-%s-%s", pythons[i / (a * p)], abis[i / p % a], platforms[i % p]));
    return tags;
}

static void check_tags(Wheel *wheel, const PackageHeaders *headers) {
    g_autoptr(GHashTable) named = expanded_tags(wheel);
    g_autoptr(GHashTable) said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint at = 0;
    const PackageField *field;
    while ((field = package_headers_get(headers, "Tag", &at)) != NULL) {
        char *tag = g_strstrip(g_strdup(field->value));
        if (!g_hash_table_contains(named, tag))
            package_report(wheel->package, PACKAGE_CHECK_WHEEL_TAGS, "WHEEL has the tag %.100s, the file name has not", tag);
        g_hash_table_add(said, tag);
    }
    g_autoptr(GList) tags = g_list_sort(g_hash_table_get_keys(named), (GCompareFunc)strcmp);
    for (GList *tag = tags; tag != NULL; tag = tag->next) {
        if (!g_hash_table_contains(said, tag->data))
            package_report(wheel->package, PACKAGE_CHECK_WHEEL_TAGS, "the file name has the tag %.100s, WHEEL has not", (char *)tag->data);
    }
}

/* Those that PyPI takes; a bare linux_ says nothing about the system's libraries. */
static bool platform_is_taken(const char *platform) {
    static const char *const whole[] = {"any", "win32", "win_amd64", "win_arm64", "win_ia64", "linux_armv6l", "linux_armv7l", NULL};
    static const char *const begins[] = {"manylinux", "musllinux_", "macosx_", "ios_", "android_", "pyodide_", "pyemscripten_"};
    if (g_strv_contains(whole, platform))
        return true;
    for (guint i = 0; i < G_N_ELEMENTS(begins); i++) {
        if (g_str_has_prefix(platform, begins[i]))
            return true;
    }
    return false;
}

static void check_platforms(Wheel *wheel) {
    g_auto(GStrv) platforms = g_strsplit(wheel->platform, ".", 64);
    for (guint i = 0; platforms[i] != NULL; i++) {
        if (!platform_is_taken(platforms[i]))
            package_report(wheel->package, PACKAGE_CHECK_WHEEL_PLATFORM, "public indexes refuse the platform %.100s%s", platforms[i],
                           g_str_has_prefix(platforms[i], "linux_") ? "; auditwheel makes a manylinux or musllinux wheel of it" : "");
    }
    const char *const tags[] = {wheel->python, wheel->abi, wheel->platform};
    for (guint i = 0; i < G_N_ELEMENTS(tags); i++) {
        if (!is_tag(tags[i]))
            package_report(wheel->package, PACKAGE_CHECK_WHEEL_TAG, "\"%.100s\" in the file name is no compatibility tag", tags[i]);
    }
}

/* ---- WHEEL ---- */

static char *only(Wheel *wheel, const PackageHeaders *headers, const char *name, const char *where) {
    guint at = 0;
    const PackageField *field = package_headers_get(headers, name, &at);
    if (field == NULL)
        package_report(wheel->package, PACKAGE_CHECK_WHEEL_FIELD, "%.200s has no %s", where, name);
    else if (package_headers_get(headers, name, &at) != NULL)
        package_report(wheel->package, PACKAGE_CHECK_WHEEL_FIELD, "%.200s has %s twice", where, name);
    return field != NULL ? g_strstrip(g_strdup(field->value)) : NULL;
}

static void check_version(Wheel *wheel, const PackageHeaders *headers, const char *where) {
    g_autofree char *version = only(wheel, headers, "Wheel-Version", where);
    if (version == NULL)
        return;
    if (!g_regex_match_simple("^1\\.[0-9]+$", version, G_REGEX_DOLLAR_ENDONLY, 0))
        package_report(wheel->package, PACKAGE_CHECK_WHEEL_FIELD, "%.200s has not the Wheel-Version 1.x, but \"%.20s\"", where, version);
    else if (strcmp(version, "1.0") != 0)
        package_report(wheel->package, PACKAGE_CHECK_WHEEL_VERSION_NEWER, "%.200s has the Wheel-Version %.20s; 1.0 is the newest known", where, version);
}

static bool has_compiled(const Wheel *wheel) {
    for (guint i = 0; i < wheel->members->members->len; i++) {
        const char *path = ((const PackageMember *)wheel->members->members->pdata[i])->path;
        if (g_str_has_suffix(path, ".so") || g_str_has_suffix(path, ".pyd") || g_str_has_suffix(path, ".dylib"))
            return true;
    }
    return false;
}

static void check_purity(Wheel *wheel, const PackageHeaders *headers, const char *where) {
    g_autofree char *pure = only(wheel, headers, "Root-Is-Purelib", where);
    if (pure == NULL)
        return;
    bool yes = g_ascii_strcasecmp(pure, "true") == 0;
    if (!yes && g_ascii_strcasecmp(pure, "false") != 0)
        package_report(wheel->package, PACKAGE_CHECK_WHEEL_FIELD, "%.200s has Root-Is-Purelib \"%.20s\", which is neither true nor false", where, pure);
    else if (yes && has_compiled(wheel))
        package_report(wheel->package, PACKAGE_CHECK_WHEEL_PURE, "it holds compiled modules, and WHEEL says that it is pure Python");
}

static void check_build(Wheel *wheel, const PackageHeaders *headers) {
    const PackageField *field = package_headers_get(headers, "Build", NULL);
    g_autofree char *build = field != NULL ? g_strstrip(g_strdup(field->value)) : NULL;
    if (build == NULL && wheel->build != NULL)
        package_report(wheel->package, PACKAGE_CHECK_WHEEL_BUILD_MISSING, "the file name has the build tag %.50s, WHEEL has none", wheel->build);
    else if (g_strcmp0(build, wheel->build) != 0)
        package_report(wheel->package, PACKAGE_CHECK_WHEEL_BUILD, "WHEEL has the build tag %.50s, the file name %.50s", build,
                       wheel->build != NULL ? wheel->build : "none");
}

void package_wheel_check_file(Wheel *wheel) {
    check_platforms(wheel);
    if (wheel->info == NULL)
        return;
    g_autofree char *path = NULL;
    const char *text = package_wheel_text(wheel, "WHEEL", &path);
    if (text == NULL) {
        package_report(wheel->package, PACKAGE_CHECK_WHEEL_MISSING, "%.200s is missing", path);
        return;
    }
    g_autoptr(PackageHeaders) headers = package_headers_parse(text);
    if (headers->broken_line > 0 || headers->too_many)
        package_report(wheel->package, PACKAGE_CHECK_WHEEL_FIELD, "%.200s:%u: this line is no field", path, headers->broken_line);
    check_version(wheel, headers, path);
    check_purity(wheel, headers, path);
    check_build(wheel, headers);
    check_tags(wheel, headers);
}
