#include "package/wheel.h"

#include <string.h>

static void wheel_clear(Wheel *wheel) {
    g_free(wheel->name);
    g_free(wheel->version);
    g_free(wheel->build);
    g_free(wheel->python);
    g_free(wheel->abi);
    g_free(wheel->platform);
    g_free(wheel->info);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Wheel, wheel_clear)

static bool wanted(const char *path) {
    static const char *const names[] = {".dist-info/METADATA", ".dist-info/WHEEL", ".dist-info/RECORD", ".dist-info/entry_points.txt"};
    const char *slash = strchr(path, '/');
    if (slash == NULL || strchr(slash + 1, '/') != NULL)
        return false;
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_str_has_suffix(path, names[i]))
            return true;
    }
    return false;
}

const char *package_wheel_text(const Wheel *wheel, const char *name, char **path) {
    g_autofree char *made = g_strconcat(wheel->info, "/", name, NULL);
    const char *text = package_members_text(wheel->members, made);
    *path = g_steal_pointer(&made);
    return text;
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
        package_report(wheel->package, PACKAGE_CHECK_FILE_NAME, "the file name is not NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl");
        return false;
    }
    wheel->name = g_strdup(parts[0]);
    wheel->version = g_strdup(parts[1]);
    wheel->build = count == 6 ? g_strdup(parts[2]) : NULL;
    wheel->python = g_strdup(parts[count - 3]);
    wheel->abi = g_strdup(parts[count - 2]);
    wheel->platform = g_strdup(parts[count - 1]);
    return true;
}

static char *top_of(const char *path) {
    return g_strndup(path, strcspn(path, "/"));
}

static void check_info_folder(Wheel *wheel) {
    g_autoptr(GHashTable) found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    bool last = false;
    for (guint i = 0; i < wheel->members->members->len; i++) {
        const PackageMember *member = wheel->members->members->pdata[i];
        g_autofree char *top = top_of(member->path);
        bool info = g_str_has_suffix(top, ".dist-info") && (strlen(top) < strlen(member->path) || member->folder);
        last = info || (last && member->folder);
        if (info)
            g_hash_table_add(found, g_steal_pointer(&top));
    }
    if (g_hash_table_size(found) != 1) {
        package_report(wheel->package, PACKAGE_CHECK_WHEEL_INFO, "it has %u .dist-info folders; one is right", g_hash_table_size(found));
        return;
    }
    GHashTableIter iter;
    gpointer only = NULL;
    g_hash_table_iter_init(&iter, found);
    g_hash_table_iter_next(&iter, &only, NULL);
    wheel->info = g_strdup(only);
    g_autofree char *expected = g_strdup_printf("%s-%s.dist-info", wheel->name, wheel->version);
    if (strcmp(expected, wheel->info) != 0)
        package_report(wheel->package, PACKAGE_CHECK_WHEEL_INFO, "it has the folder %.200s; by its file name it is %.200s", wheel->info, expected);
    if (!last)
        package_report(wheel->package, PACKAGE_CHECK_WHEEL_INFO_LAST, "%.200s is not the last in the archive, where readers find it fastest", wheel->info);
}

static void check_metadata(Wheel *wheel) {
    if (wheel->info == NULL)
        return;
    g_autofree char *path = g_strconcat(wheel->info, "/METADATA", NULL);
    g_autofree char *licenses = g_strconcat(wheel->info, "/licenses/", NULL);
    package_take_metadata(wheel->package, wheel->members, path, licenses);
}

static void check_names(Wheel *wheel) {
    Package *package = wheel->package;
    g_autofree char *named = package_normalise(wheel->name);
    if (package->name == NULL || package->version == NULL)
        return;
    g_autofree char *said = package_normalise(package->name);
    if (strcmp(said, named) != 0)
        package_report(package, PACKAGE_CHECK_FILE_NAME_OTHER, "the metadata has the name %.100s, the file name %.100s", package->name, wheel->name);
    else if (strcmp(wheel->name, named) != 0)
        package_report(package, PACKAGE_CHECK_FILE_NAME_NORMALISED, "the file name has %.100s; indexes want it normalised: %s", wheel->name, named);
    package_check_file_version(package, wheel->version);
}

static void check_record(Wheel *wheel) {
    if (wheel->info == NULL)
        return;
    g_autofree char *path = g_strconcat(wheel->info, "/RECORD", NULL);
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
    check_info_folder,        check_metadata, check_names,    package_wheel_check_file,  package_wheel_check_entry_points,
    package_wheel_check_data, check_record,   find_top_level, package_wheel_check_stray,
};

static void check(Package *package, const PackageMembers *members, const char *file) {
    g_auto(Wheel) wheel = {.package = package, .members = members};
    bool named = split_name(&wheel, file);
    for (guint i = 0; named && members->whole && i < G_N_ELEMENTS(checks); i++)
        checks[i](&wheel);
}

static const char *const suffixes[] = {".whl", NULL};

const PackageKind package_kind_wheel = {.name = "wheel", .suffixes = suffixes, .wanted = wanted, .check = check, .caches = true};
