#include "effects/inputs.h"

#include "base/digest.h"
#include "base/fs.h"
#include "base/glob.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNKNOWN_FILES 2000
#define UNKNOWN_BYTES (64u << 20)

typedef struct {
    char *id;            /* of the whole: a tree's, or a digest of all entries */
    GHashTable *by_path; /* path → "MODE ID" */
    GPtrArray *paths;    /* sorted, borrowed from by_path */
} Inputs;

static void inputs_free(Inputs *inputs) {
    g_free(inputs->id);
    if (inputs->by_path != NULL)
        g_hash_table_unref(inputs->by_path);
    if (inputs->paths != NULL)
        g_ptr_array_unref(inputs->paths);
    g_free(inputs);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Inputs, inputs_free)

static GPtrArray *names_of(const Git *git, const char *const *words, GError **error) {
    gsize length = 0;
    GitCall call = {.read = true, .words = words, .length = &length};
    g_autofree char *out = git_call(git, &call, error);
    if (out == NULL)
        return NULL;
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (gsize at = 0; at < length; at += strlen(out + at) + 1)
        g_ptr_array_add(names, g_strdup(out + at));
    return names;
}

/* "MODE TYPE ID\tPATH" */
static bool list_tree(const Git *git, const char *tree, Inputs *inputs, GError **error) {
    const char *words[] = {"ls-tree", "-r", "-z", "--full-tree", tree, NULL};
    g_autoptr(GPtrArray) lines = names_of(git, words, error);
    inputs->by_path = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (guint i = 0; lines != NULL && i < lines->len; i++) {
        char *line = g_ptr_array_index(lines, i);
        char *tab = strchr(line, '\t');
        if (tab != NULL)
            g_hash_table_insert(inputs->by_path, g_strdup(tab + 1), g_strndup(line, (gsize)(tab - line)));
    }
    return lines != NULL;
}

/* A file as it stands in the work tree; NULL: it is neither a file nor a link, such as a submodule. */
static char *as_it_is(const char *tree, const char *path, guint64 *size) {
    g_autofree char *whole = g_build_filename(tree, path, NULL);
    struct stat is;
    if (lstat(whole, &is) != 0)
        return g_strdup("gone");
    if (S_ISLNK(is.st_mode)) {
        g_autofree char *target = g_file_read_link(whole, NULL);
        return target != NULL ? g_strconcat("link ", target, NULL) : NULL;
    }
    g_autofree char *digest = S_ISREG(is.st_mode) ? digest_file(whole, size, NULL) : NULL;
    return digest != NULL ? g_strdup_printf("%s %s", (is.st_mode & S_IXUSR) != 0 ? "exec" : "file", digest) : NULL;
}

/* False: what differs cannot be known. */
static bool put_differences(const Git *git, Inputs *inputs, bool *clean, GError **error) {
    const char *changed[] = {"diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--ignore-submodules=none", "HEAD", "--", NULL};
    const char *unknown[] = {"ls-files", "--others", "--exclude-standard", "-z", NULL};
    g_autoptr(GPtrArray) names = names_of(git, changed, error);
    g_autoptr(GPtrArray) others = names != NULL ? names_of(git, unknown, error) : NULL;
    guint64 total = 0;
    if (others == NULL || others->len > UNKNOWN_FILES)
        return false;
    g_ptr_array_extend_and_steal(names, g_steal_pointer(&others));
    for (guint i = 0; i < names->len; i++) {
        guint64 size = 0;
        char *id = as_it_is(git->tree, g_ptr_array_index(names, i), &size);
        total += size;
        if (id == NULL || total > UNKNOWN_BYTES) {
            g_free(id);
            return false;
        }
        g_hash_table_insert(inputs->by_path, g_strdup(g_ptr_array_index(names, i)), id);
    }
    *clean = names->len == 0;
    return true;
}

static int by_name(gconstpointer a, gconstpointer b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_entry(GChecksum *sum, const char *path, const char *id) {
    g_checksum_update(sum, (const guchar *)path, (gssize)strlen(path) + 1);
    g_checksum_update(sum, (const guchar *)id, (gssize)strlen(id) + 1);
}

static char *digest_of(const Inputs *inputs, const char *const *globs) {
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    for (guint i = 0; i < inputs->paths->len; i++) {
        const char *path = g_ptr_array_index(inputs->paths, i);
        if (globs[0] == NULL || glob_match_any(globs, path))
            add_entry(sum, path, g_hash_table_lookup(inputs->by_path, path));
    }
    return g_strdup(g_checksum_get_string(sum));
}

static void sort_paths(Inputs *inputs) {
    GHashTableIter iter;
    gpointer path;
    inputs->paths = g_ptr_array_new();
    g_hash_table_iter_init(&iter, inputs->by_path);
    while (g_hash_table_iter_next(&iter, &path, NULL))
        g_ptr_array_add(inputs->paths, path);
    g_ptr_array_sort(inputs->paths, by_name);
}

/* With an id of NULL: it cannot be known. */
static Inputs *read_inputs(const char *place, const char *commit, GError **error) {
    g_autoptr(Inputs) inputs = g_new0(Inputs, 1);
    GError *problem = NULL;
    g_autoptr(Git) git = git_open(place, error);
    g_autofree char *tree = git != NULL ? git_peel(git, commit != NULL ? commit : "HEAD", "tree", &problem) : NULL;
    bool clean = true;
    bool known = tree != NULL && list_tree(git, tree, inputs, &problem) && (commit != NULL || put_differences(git, inputs, &clean, &problem));
    if (git == NULL)
        return NULL;
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return NULL;
    }
    if (!known)
        return g_steal_pointer(&inputs);
    static const char *const all[] = {NULL};
    sort_paths(inputs);
    inputs->id = clean ? g_steal_pointer(&tree) : digest_of(inputs, all);
    return g_steal_pointer(&inputs);
}

static const Inputs *inputs_of(const char *tree, const char *commit, GError **error) {
    static GMutex lock;
    static GHashTable *known = NULL;
    g_autofree char *key = g_strdup_printf("%s\n%s", commit != NULL ? commit : "", tree);
    g_mutex_lock(&lock);
    if (known == NULL)
        known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Inputs *inputs = g_hash_table_lookup(known, key);
    if (inputs == NULL && (inputs = read_inputs(tree, commit, error)) != NULL)
        g_hash_table_insert(known, g_steal_pointer(&key), inputs);
    g_mutex_unlock(&lock);
    return inputs;
}

char *effects_inputs_digest(const char *tree, const char *commit, const char *const *globs, GError **error) {
    const Inputs *inputs = inputs_of(tree, commit, error);
    if (inputs == NULL || inputs->id == NULL)
        return NULL;
    return globs[0] == NULL ? g_strdup(inputs->id) : digest_of(inputs, globs);
}

char *effects_inputs_file(const char *tree, const char *commit, const char *path, GError **error) {
    const Inputs *inputs = inputs_of(tree, commit, error);
    return inputs != NULL && inputs->id != NULL ? g_strdup(g_hash_table_lookup(inputs->by_path, path)) : NULL;
}
