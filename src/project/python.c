/* What is installed beside an interpreter is found out by reading. To ask the interpreter would run what a repository brings in .venv before anybody said yes,
 * and a shim of pyenv is sixty processes. */
#include "project/python.h"

#include "base/fs.h"
#include "base/process.h"
#include "package/package.h"

#include <stdlib.h>
#include <string.h>

#define CONFIG_LIMIT (64u << 10)

void python_free(Python *python) {
    g_free(python->path);
    g_hash_table_unref(python->modules);
    g_free(python);
}

/* ---- a Python's place ---- */

/* Where an interpreter's packages are: below `prefix` and, where a virtual environment shares them, below `base`. */
typedef struct {
    char *prefix;
    char *base;    /* or NULL */
    char *version; /* "3.11"; NULL: not known */
} Home;

static void home_clear(Home *home) {
    g_free(home->prefix);
    g_free(home->base);
    g_free(home->version);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Home, home_clear)

static char *small_file(const char *path) {
    g_autoptr(GBytes) bytes = g_file_test(path, G_FILE_TEST_IS_REGULAR) ? fs_read(path, CONFIG_LIMIT, NULL) : NULL;
    return bytes != NULL ? g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)) : NULL;
}

/* "KEY = VALUE" of pyvenv.cfg; NULL: it does not stand there. */
static char *setting(const char *text, const char *key) {
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        g_auto(GStrv) pair = g_strsplit(lines[i], "=", 2);
        if (g_strv_length(pair) == 2 && g_ascii_strcasecmp(g_strstrip(pair[0]), key) == 0)
            return g_strdup(g_strstrip(pair[1]));
    }
    return NULL;
}

/* "3.11" of "3.11.2", "3.11.2.final.0" or "3.11"; NULL: there is none. */
static char *minor_of(const char *text) {
    gsize major = text != NULL ? strspn(text, "0123456789") : 0;
    gsize minor = major > 0 && text[major] == '.' ? strspn(text + major + 1, "0123456789") : 0;
    return minor > 0 ? g_strndup(text, major + 1 + minor) : NULL;
}

static bool is_yes(const char *value) {
    return value != NULL && g_ascii_strcasecmp(value, "true") == 0;
}

/* A virtual environment says itself where it comes from: venv's `version`, virtualenv's and uv's `version_info`. */
static void read_environment(Home *home, const char *text) {
    g_autofree char *version = setting(text, "version");
    g_autofree char *info = version == NULL ? setting(text, "version_info") : NULL;
    g_autofree char *shared = setting(text, "include-system-site-packages");
    g_autofree char *from = is_yes(shared) ? setting(text, "home") : NULL;
    home->version = minor_of(version != NULL ? version : info);
    home->base = from != NULL && g_path_is_absolute(from) ? g_path_get_dirname(from) : NULL;
}

static char *first_word(char *text) {
    g_autofree char *line = text;
    return line != NULL ? g_strndup(g_strchug(line), strcspn(line, " \t\r\n")) : NULL;
}

/* Behind a shim of pyenv stands the version that the environment, the tree or the user names, in this order. NULL: it is no shim, or none is named. */
static char *behind_shim(const char *tree, const char *shim) {
    g_autofree char *folder = g_path_get_dirname(shim), *name = g_path_get_basename(folder), *root = g_path_get_dirname(folder);
    g_autofree char *of_tree = g_build_filename(tree, ".python-version", NULL), *of_user = g_build_filename(root, "version", NULL);
    if (!g_str_equal(name, "shims"))
        return NULL;
    char *version = first_word(g_strdup(g_getenv("PYENV_VERSION")));
    version = version != NULL ? version : first_word(small_file(of_tree));
    version = version != NULL ? version : first_word(small_file(of_user));
    g_autofree char *word = version;
    bool plain = word != NULL && *word != '\0' && *word != '.' && strchr(word, '/') == NULL;
    return plain ? g_build_filename(root, "versions", word, "bin", "python3", NULL) : NULL;
}

static void find_home(const char *tree, const char *path, Home *home) {
    g_autofree char *whole = g_canonicalize_filename(path, tree);
    g_autofree char *folder = g_path_get_dirname(whole);
    g_autofree char *above = g_path_get_dirname(folder);
    g_autofree char *config = g_build_filename(above, "pyvenv.cfg", NULL);
    g_autofree char *text = small_file(config);
    if (text != NULL) {
        home->prefix = g_steal_pointer(&above);
        read_environment(home, text);
        return;
    }
    g_autofree char *behind = behind_shim(tree, whole);
    g_autofree char *real = realpath(behind != NULL ? behind : whole, NULL);
    g_autofree char *name = real != NULL ? g_path_get_basename(real) : g_strdup("");
    g_autofree char *bin = real != NULL ? g_path_get_dirname(real) : g_steal_pointer(&folder);
    home->prefix = g_path_get_dirname(bin);
    home->version = g_str_has_prefix(name, "python") ? minor_of(name + strlen("python")) : NULL;
}

/* ---- what is installed ---- */

/* Of an entry of a folder that Python imports from: the module, or "dist:NAME" in its normal form. */
static void note(GHashTable *found, const char *entry) {
    gsize stem = strcspn(entry, ".");
    if (g_str_has_suffix(entry, ".dist-info") || g_str_has_suffix(entry, ".egg-info")) {
        g_autofree char *whole = g_strndup(entry, strlen(entry) - strlen(strrchr(entry, '.')));
        g_autofree char *name = g_strndup(whole, strcspn(whole, "-"));
        g_autofree char *normal = package_normalise(name);
        g_hash_table_add(found, g_strconcat("dist:", normal, NULL));
    } else if (entry[stem] == '\0' || g_str_has_suffix(entry, ".py") || g_str_has_suffix(entry, ".so")) {
        g_hash_table_add(found, g_strndup(entry, stem));
    }
}

static void look_into(GHashTable *found, const char *first, ...) {
    va_list args;
    va_start(args, first);
    g_autofree char *path = g_build_filename_valist((char *)first, &args);
    va_end(args);
    g_autoptr(GPtrArray) names = g_file_test(path, G_FILE_TEST_IS_DIR) ? fs_list(path, NULL) : NULL;
    for (guint i = 0; names != NULL && i < names->len; i++)
        note(found, g_ptr_array_index(names, i));
}

static bool is_of(const char *name, const char *version) {
    const char *number = g_str_has_prefix(name, "python") ? name + strlen("python") : "";
    return strchr(number, '.') != NULL && (version == NULL || g_str_equal(number, version));
}

/* site-packages is Python's own name, dist-packages Debian's. */
static void look_below(GHashTable *found, const char *prefix, const char *version) {
    static const char *const libraries[] = {"lib", "lib64"};
    for (guint i = 0; i < G_N_ELEMENTS(libraries); i++) {
        g_autofree char *library = g_build_filename(prefix, libraries[i], NULL);
        g_autoptr(GPtrArray) names = g_file_test(library, G_FILE_TEST_IS_DIR) ? fs_list(library, NULL) : NULL;
        for (guint k = 0; names != NULL && k < names->len; k++) {
            const char *name = g_ptr_array_index(names, k);
            if (!is_of(name, version))
                continue;
            look_into(found, library, name, NULL);
            look_into(found, library, name, "site-packages", NULL);
            look_into(found, library, name, "dist-packages", NULL);
        }
        look_into(found, library, "python3", "dist-packages", NULL);
    }
}

static void look_at_base(GHashTable *found, const char *prefix, const char *version) {
    look_below(found, prefix, version);
    if (g_str_equal(prefix, "/usr"))
        look_below(found, "/usr/local", version);
}

static GHashTable *installed(const char *tree, const char *path) {
    g_auto(Home) home = {0};
    GHashTable *found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    find_home(tree, path, &home);
    look_at_base(found, home.prefix, home.version);
    if (home.base != NULL)
        look_at_base(found, home.base, home.version);
    return found;
}

static Python *read_one(const char *tree, const char *path, const char *const *modules) {
    g_autoptr(GHashTable) found = installed(tree, path);
    Python *python = g_new0(Python, 1);
    python->path = g_strdup(path);
    python->modules = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; modules[i] != NULL; i++) {
        bool distribution = g_str_has_prefix(modules[i], "dist:");
        g_autofree char *normal = distribution ? package_normalise(modules[i] + strlen("dist:")) : NULL;
        g_autofree char *name = distribution ? g_strconcat("dist:", normal, NULL) : g_strdup(modules[i]);
        if (g_hash_table_contains(found, name))
            g_hash_table_add(python->modules, g_strdup(modules[i]));
    }
    return python;
}

/* ---- the list ---- */

static void add_candidate(GPtrArray *paths, const char *tree, const char *path) {
    g_autofree char *found = path != NULL ? process_find(path, tree) : NULL;
    if (found == NULL || g_ptr_array_find_with_equal_func(paths, found, g_str_equal, NULL))
        return;
    g_ptr_array_add(paths, g_steal_pointer(&found));
}

GPtrArray *python_list(const char *tree, const char *const *modules) {
    const char *active = g_getenv("VIRTUAL_ENV");
    g_autofree char *of_active = active != NULL ? g_build_filename(active, "bin", "python", NULL) : NULL;
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    const char *const candidates[] = {".venv/bin/python", "venv/bin/python", of_active, "python3", "/usr/bin/python3"};
    for (guint i = 0; i < G_N_ELEMENTS(candidates); i++)
        add_candidate(paths, tree, candidates[i]);
    GPtrArray *pythons = g_ptr_array_new_with_free_func((GDestroyNotify)python_free);
    for (guint i = 0; i < paths->len; i++)
        g_ptr_array_add(pythons, read_one(tree, g_ptr_array_index(paths, i), modules));
    return pythons;
}

const Python *python_with(const GPtrArray *pythons, const char *module) {
    for (guint i = 0; i < pythons->len; i++) {
        const Python *python = g_ptr_array_index(pythons, i);
        if (g_hash_table_contains(python->modules, module))
            return python;
    }
    return NULL;
}
