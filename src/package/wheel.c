#include "package/parts.h"

#include <string.h>

typedef struct {
    Package *package;
    PackageMembers *members;
    /* Parts of the file name. */
    char *name, *version, *python, *abi, *platform;
    char *info; /* "NAME-VERSION.dist-info", as it is in the archive; NULL when there is none or several */
} Wheel;

static void wheel_clear(Wheel *wheel) {
    package_members_free(wheel->members);
    g_free(wheel->name);
    g_free(wheel->version);
    g_free(wheel->python);
    g_free(wheel->abi);
    g_free(wheel->platform);
    g_free(wheel->info);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Wheel, wheel_clear)

static bool wanted(const char *path) {
    static const char *const names[] = {".dist-info/METADATA", ".dist-info/WHEEL", ".dist-info/RECORD"};
    const char *slash = strchr(path, '/');
    if (slash == NULL || strchr(slash + 1, '/') != NULL)
        return false;
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_str_has_suffix(path, names[i]))
            return true;
    }
    return false;
}

static char *info_path(const Wheel *wheel, const char *name) {
    return g_strconcat(wheel->info, "/", name, NULL);
}

/* NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl */
static bool split_name(Wheel *wheel, const char *path) {
    g_autofree char *base = g_path_get_basename(path);
    base[strlen(base) - strlen(".whl")] = '\0';
    g_auto(GStrv) parts = g_strsplit(base, "-", -1);
    guint count = g_strv_length(parts);
    bool right = count == 5 || (count == 6 && g_ascii_isdigit(parts[2][0]));
    for (guint i = 0; i < count; i++)
        right = right && *parts[i] != '\0';
    if (!right) {
        package_problem(wheel->package, "the file name is not NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl");
        return false;
    }
    wheel->name = g_strdup(parts[0]);
    wheel->version = g_strdup(parts[1]);
    wheel->python = g_strdup(parts[count - 3]);
    wheel->abi = g_strdup(parts[count - 2]);
    wheel->platform = g_strdup(parts[count - 1]);
    return true;
}

static void check_info_folder(Wheel *wheel) {
    g_autoptr(GHashTable) found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < wheel->members->members->len; i++) {
        const PackageMember *member = wheel->members->members->pdata[i];
        g_auto(GStrv) parts = g_strsplit(member->path, "/", 2);
        if (g_str_has_suffix(parts[0], ".dist-info") && (parts[1] != NULL || member->folder))
            g_hash_table_add(found, g_strdup(parts[0]));
    }
    if (g_hash_table_size(found) != 1) {
        package_problem(wheel->package, "it has %u .dist-info folders; one is right", g_hash_table_size(found));
        return;
    }
    GHashTableIter iter;
    gpointer only = NULL;
    g_hash_table_iter_init(&iter, found);
    g_hash_table_iter_next(&iter, &only, NULL);
    wheel->info = g_strdup(only);
    g_autofree char *expected = g_strdup_printf("%s-%s.dist-info", wheel->name, wheel->version);
    if (strcmp(expected, wheel->info) != 0)
        package_problem(wheel->package, "it has the folder %.200s; by its file name it is %s", wheel->info, expected);
}

static void check_metadata(Wheel *wheel) {
    if (wheel->info == NULL)
        return;
    g_autofree char *path = info_path(wheel, "METADATA");
    const char *text = package_members_text(wheel->members, path);
    if (text == NULL)
        package_problem(wheel->package, "%s is missing", path);
    else
        package_take_metadata(wheel->package, text, path);
}

static void check_names(Wheel *wheel) {
    Package *package = wheel->package;
    if (package->name == NULL || package->version == NULL)
        return;
    g_autofree char *said = package_normalise(package->name);
    g_autofree char *named = package_normalise(wheel->name);
    g_autofree char *version = g_strdelimit(g_strdup(package->version), "-", '_');
    if (strcmp(said, named) != 0)
        package_problem(package, "the metadata has the name %.100s, the file name %.100s", package->name, wheel->name);
    else if (strcmp(wheel->name, named) != 0)
        package_warning(package, "the file name has %.100s; indexes want it normalised: %s", wheel->name, named);
    if (strcmp(version, wheel->version) != 0)
        package_problem(package, "the metadata has the version %.100s, the file name %.100s", package->version, wheel->version);
}

/* py2.py3-none-any stands for py2-none-any and py3-none-any. */
static GPtrArray *expanded_tags(const Wheel *wheel) {
    GPtrArray *tags = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) pythons = g_strsplit(wheel->python, ".", 64);
    g_auto(GStrv) abis = g_strsplit(wheel->abi, ".", 64);
    g_auto(GStrv) platforms = g_strsplit(wheel->platform, ".", 64);
    guint many = g_strv_length(pythons) * g_strv_length(abis) * g_strv_length(platforms);
    guint a = g_strv_length(abis), p = g_strv_length(platforms);
    for (guint i = 0; i < many && i < 4096; i++)
        g_ptr_array_add(tags, g_strdup_printf("%s-%s-%s", pythons[i / (a * p)], abis[i / p % a], platforms[i % p]));
    return tags;
}

static void check_tags(Wheel *wheel, const char *text) {
    g_autoptr(GPtrArray) said = package_headers(text, "Tag");
    g_autoptr(GPtrArray) named = expanded_tags(wheel);
    for (guint i = 0; i < named->len; i++) {
        if (!g_ptr_array_find_with_equal_func(said, named->pdata[i], g_str_equal, NULL))
            package_problem(wheel->package, "the file name has the tag %.100s, WHEEL has not", (char *)named->pdata[i]);
    }
    for (guint i = 0; i < said->len; i++) {
        if (!g_ptr_array_find_with_equal_func(named, said->pdata[i], g_str_equal, NULL))
            package_problem(wheel->package, "WHEEL has the tag %.100s, the file name has not", (char *)said->pdata[i]);
    }
}

static void check_wheel_file(Wheel *wheel) {
    if (wheel->info == NULL)
        return;
    g_autofree char *path = info_path(wheel, "WHEEL");
    const char *text = package_members_text(wheel->members, path);
    if (text == NULL) {
        package_problem(wheel->package, "%s is missing", path);
        return;
    }
    g_autoptr(GPtrArray) version = package_headers(text, "Wheel-Version");
    g_autoptr(GPtrArray) pure = package_headers(text, "Root-Is-Purelib");
    if (version->len != 1 || !g_str_has_prefix(version->pdata[0], "1."))
        package_problem(wheel->package, "%s has not the Wheel-Version 1.x", path);
    if (pure->len != 1)
        package_problem(wheel->package, "%s has no Root-Is-Purelib", path);
    check_tags(wheel, text);
}

static void check_record(Wheel *wheel) {
    if (wheel->info == NULL)
        return;
    g_autofree char *path = info_path(wheel, "RECORD");
    package_check_record(wheel->package, wheel->members, path);
}

/* "a" of a/b.py, a.py, a.cpython-311-x86_64-linux-gnu.so, N.data/purelib/a/…; NULL for what cannot be imported. */
static char *importable(const char *path) {
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    guint first = 0;
    if (g_str_has_suffix(parts[0], ".data"))
        first = parts[1] != NULL && g_str_has_suffix(parts[1], "lib") && parts[2] != NULL ? 2 : G_MAXUINT;
    guint count = g_strv_length(parts);
    bool code = g_str_has_suffix(path, ".py") || g_str_has_suffix(path, ".so") || g_str_has_suffix(path, ".pyd");
    if (first >= count || !code || g_str_has_suffix(parts[0], ".dist-info"))
        return NULL;
    char *name = g_strdup(parts[first]);
    if (first == count - 1)
        *strchrnul(name, '.') = '\0';
    if (g_regex_match_simple("^[A-Za-z_][A-Za-z0-9_]*$", name, G_REGEX_DOLLAR_ENDONLY, 0))
        return name;
    g_free(name);
    return NULL;
}

static int by_bytes(gconstpointer a, gconstpointer b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void find_top_level(Wheel *wheel) {
    GPtrArray *names = wheel->package->top_level;
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < wheel->members->members->len; i++) {
        const PackageMember *member = wheel->members->members->pdata[i];
        g_autofree char *name = member->folder ? NULL : importable(member->path);
        if (name == NULL || g_hash_table_contains(seen, name))
            continue;
        g_hash_table_add(seen, name);
        g_ptr_array_add(names, g_steal_pointer(&name));
    }
    g_ptr_array_sort(names, by_bytes);
}

/* One check, one function, one row; in this order, each may use what earlier ones found. */
static void (*const checks[])(Wheel *wheel) = {
    check_info_folder, check_metadata, check_names, check_wheel_file, check_record, find_top_level,
};

bool package_read_wheel(Package *package, const char *path, GError **error) {
    g_auto(Wheel) wheel = {.package = package};
    bool named = split_name(&wheel, path);
    wheel.members = package_members_read(package, path, PACKAGE_ZIP, wanted, error);
    if (wheel.members == NULL)
        return false;
    for (guint i = 0; named && wheel.members->whole && i < G_N_ELEMENTS(checks); i++)
        checks[i](&wheel);
    return true;
}
