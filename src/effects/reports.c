#include "effects/reports.h"

#include "base/beneath.h"
#include "base/glob.h"
#include "git/git.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define ENTRIES_LIMIT 200000
#define DEPTH_LIMIT 40
#define FILES_LIMIT 10000
#define KEEP_LIMIT (64u << 20)
#define ALL_LIMIT (G_GUINT64_CONSTANT(256) << 20)

struct timespec effects_reports_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return now;
}

/* ---- finding ---- */

typedef struct {
    const EffectsReports *reports;
    const char *glob;
    GPtrArray *found; /* of char*, relative to the folder */
    guint entries;
    bool old; /* something matched and is older than the gate */
} Search;

/* Some file systems know whole seconds only. */
static bool is_fresh(const struct stat *is, const struct timespec *since) {
    bool whole = is->st_mtim.tv_nsec == 0;
    if (is->st_mtim.tv_sec != since->tv_sec)
        return is->st_mtim.tv_sec > since->tv_sec;
    return whole || is->st_mtim.tv_nsec >= since->tv_nsec;
}

static void look_into(Search *search, const char *folder, guint depth);

static void look_at(Search *search, const char *path, guint depth) {
    g_autofree char *whole = g_build_filename(search->reports->folder, path, NULL);
    struct stat is;
    if (lstat(whole, &is) != 0)
        return;
    if (S_ISDIR(is.st_mode)) {
        look_into(search, path, depth + 1);
        return;
    }
    if (!S_ISREG(is.st_mode) || !glob_match(search->glob, path))
        return;
    if (is_fresh(&is, &search->reports->since))
        g_ptr_array_add(search->found, g_strdup(path));
    else
        search->old = true;
}

static void look_into(Search *search, const char *folder, guint depth) {
    g_autofree char *whole = g_build_filename(search->reports->folder, folder, NULL);
    g_autoptr(GDir) dir = depth < DEPTH_LIMIT ? g_dir_open(whole, 0, NULL) : NULL;
    const char *name;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL && search->entries++ < ENTRIES_LIMIT) {
        g_autofree char *path = *folder != '\0' ? g_build_filename(folder, name, NULL) : g_strdup(name);
        if (!beneath_is_git(name, strlen(name)) && search->found->len < FILES_LIMIT)
            look_at(search, path, depth);
    }
}

static int by_name(gconstpointer a, gconstpointer b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool find(const EffectsReports *reports, const char *glob, GPtrArray *found, GError **error) {
    guint before = found->len;
    Search search = {.reports = reports, .glob = glob, .found = found};
    g_autofree char *root = glob_root(glob);
    const char *reason = beneath_refuses(glob);
    if (reason != NULL)
        return error_set(error, ERROR_UNTRUSTED_PATH, "the report %s %s", glob, reason);
    if (strpbrk(glob, "*?[") == NULL)
        look_at(&search, glob, 0);
    else
        look_into(&search, root, 0);
    if (found->len > before)
        return true;
    error_set(error, ERROR_GATE_FAILED, search.old ? "the report %s is older than the gate: it was not written by it" : "the gate wrote no report %s", glob);
    error_why(error, "gates.*.reports says that it writes one");
    return false;
}

/* ---- where a test is ---- */

static bool is_file(const char *tree, const char *path) {
    return !g_path_is_absolute(path) && fs_kind_beneath(tree, path) == FS_FILE;
}

/* "FooTest.java" or "com/example/FooTest.java": the only tracked file that ends so. */
static char *only_file(const GPtrArray *files, const char *path) {
    g_autofree char *end = g_strconcat("/", path, NULL);
    const char *found = NULL;
    for (guint i = 0; i < files->len; i++) {
        const char *file = g_ptr_array_index(files, i);
        if (!g_str_has_suffix(file, end))
            continue;
        if (found != NULL)
            return NULL;
        found = file;
    }
    return g_strdup(found);
}

typedef struct {
    const EffectsReports *reports;
    GPtrArray *files; /* tracked; NULL: not asked for yet */
} Places;

static char *in_tree(Places *places, const char *path) {
    const char *tree = places->reports->tree;
    gsize length = strlen(tree);
    if (strncmp(path, tree, length) == 0 && path[length] == '/' && is_file(tree, path + length + 1))
        return g_strdup(path + length + 1);
    if (is_file(tree, path))
        return g_strdup(path);
    if (places->files == NULL) {
        g_autoptr(Git) git = git_open(tree, NULL);
        places->files = git != NULL ? git_files(git, NULL) : NULL;
        if (places->files == NULL)
            places->files = g_ptr_array_new_with_free_func(g_free);
    }
    return only_file(places->files, path);
}

static void find_places(const EffectsReports *reports, GateTests *tests) {
    Places places = {.reports = reports};
    for (guint i = 0; i < tests->notable->len; i++) {
        GateTest *test = g_ptr_array_index(tests->notable, i);
        char *file = test->file != NULL ? in_tree(&places, test->file) : NULL;
        if (file == NULL)
            continue;
        g_free(test->file);
        test->file = file;
    }
    g_clear_pointer(&places.files, g_ptr_array_unref);
}

/* ---- reading ---- */

static void keep_test(const GateTest *test, void *data) {
    GString *kept = data;
    if (kept->len < KEEP_LIMIT)
        gate_junit_append(kept, test);
}

static bool read_one(GateTests *tests, GBytes *bytes, const char *name, GString *kept, GError **error) {
    GateTestVisitor visitor = {.test = keep_test, .data = kept};
    return bytes != NULL && gate_junit_read(tests, bytes, name, &visitor, error);
}

static bool read_own(const EffectsReports *reports, GateTests *tests, GString *kept, GError **error) {
    if (reports->own == NULL)
        return true;
    if (!fs_exists(reports->own)) {
        error_set(error, ERROR_GATE_FAILED, "the gate wrote no report, though {report} stands in its command");
        error_why(error, "%s is not there", reports->own);
        return false;
    }
    g_autoptr(GBytes) bytes = fs_read(reports->own, GATE_JUNIT_BYTES, error);
    return read_one(tests, bytes, reports->own, kept, error);
}

static bool read_all(const EffectsReports *reports, GateTests *tests, GString *kept, GError **error) {
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; reports->globs[i] != NULL; i++) {
        if (!find(reports, reports->globs[i], found, error))
            return false;
    }
    g_ptr_array_sort(found, by_name);
    guint64 total = 0;
    for (guint i = 0; i < found->len; i++) {
        const char *path = g_ptr_array_index(found, i);
        if (i > 0 && strcmp(path, g_ptr_array_index(found, i - 1)) == 0)
            continue;
        g_autoptr(GBytes) bytes = fs_read_beneath(reports->folder, path, GATE_JUNIT_BYTES, error);
        total += bytes != NULL ? g_bytes_get_size(bytes) : 0;
        if (total > ALL_LIMIT)
            return error_set(error, ERROR_TOO_LARGE, "the reports of the gate are larger than %u MiB", (guint)(ALL_LIMIT >> 20));
        if (!read_one(tests, bytes, path, kept, error))
            return false;
    }
    return true;
}

GateTests *effects_reports_read(const EffectsReports *reports, GError **error) {
    g_autoptr(GateTests) tests = gate_tests_new();
    g_autoptr(GString) kept = g_string_new(NULL);
    if (!read_own(reports, tests, kept, error) || !read_all(reports, tests, kept, error))
        return NULL;
    find_places(reports, tests);
    g_autoptr(GBytes) bytes = g_bytes_new(kept->str, kept->len);
    return fs_write(reports->keep, bytes, 0600, error) ? g_steal_pointer(&tests) : NULL;
}
