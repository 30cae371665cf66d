#include "effects/tool.h"

#include "base/process.h"
#include "effects/inputs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SECONDS 2
#define SAID_BYTES 4096

static const char module_probe[] = "import sys, importlib.metadata as m, importlib.util as u, os\n"
                                   "name = sys.argv[1]\n"
                                   "try: print(m.version(name))\n"
                                   "except Exception:\n"
                                   "    spec = u.find_spec(name.split('.')[0])\n"
                                   "    path = spec.origin if spec else None\n"
                                   "    print(path, os.path.getmtime(path) if path and os.path.exists(path) else '')\n";

static char *by_stat(const char *path) {
    struct stat is;
    if (stat(path, &is) != 0)
        return NULL;
    return g_strdup_printf("%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT ".%09ld", path, (gint64)is.st_size, (gint64)is.st_mtim.tv_sec, is.st_mtim.tv_nsec);
}

static char *ask(const char *const *words, const char *cwd) {
    g_auto(GStrv) env = process_clean_env(NULL);
    ProcessSpec spec = {.argv = words, .env = (const char *const *)env, .cwd = cwd, .capture = SAID_BYTES, .timeout_seconds = SECONDS};
    g_auto(ProcessResult) result = {0};
    if (!process_run(&spec, &result, NULL) || !process_ok(&result))
        return NULL;
    return g_strconcat(process_text(result.out), process_text(result.err), NULL);
}

/* Relative to the tree, when the program is in it. */
static char *inside(const char *tree, const char *program) {
    g_autofree char *folder = g_path_get_dirname(program);
    g_autofree char *name = g_path_get_basename(program);
    char *real = realpath(folder, NULL);
    char *top = realpath(tree, NULL);
    gsize length = top != NULL ? strlen(top) : 0;
    bool below = real != NULL && top != NULL && strncmp(real, top, length) == 0 && (real[length] == '/' || real[length] == '\0');
    char *path = below ? g_build_filename(real[length] == '/' ? real + length + 1 : "", name, NULL) : NULL;
    free(real);
    free(top);
    return path;
}

static char *version_of(const char *program, const char *cwd, const char *tree, const char *commit) {
    g_autofree char *path = inside(tree, program);
    if (path != NULL) {
        char *id = effects_inputs_file(tree, commit, path, NULL);
        return id != NULL ? id : by_stat(program);
    }
    const char *words[] = {program, "--version", NULL};
    char *said = ask(words, cwd);
    return said != NULL ? said : by_stat(program);
}

static bool is_python(const char *program) {
    g_autofree char *name = g_path_get_basename(program);
    return g_str_has_prefix(name, "python");
}

/* -I: nothing of the tree is imported by asking. */
static char *module_version(const char *program, const char *module, const char *cwd) {
    const char *words[] = {program, "-I", "-c", module_probe, module, NULL};
    char *said = ask(words, cwd);
    return said != NULL ? said : g_strdup("");
}

static char *find_out(const char *const *words, const char *cwd, const char *tree, const char *commit) {
    g_autofree char *program = process_find(words[0], cwd);
    if (program == NULL)
        return NULL;
    g_autofree char *version = version_of(program, cwd, tree, commit);
    bool module = version != NULL && is_python(program) && words[1] != NULL && strcmp(words[1], "-m") == 0 && words[2] != NULL;
    g_autofree char *of_module = module ? module_version(program, words[2], cwd) : NULL;
    return version != NULL ? g_strdup_printf("%s\n%s\n%s", program, version, of_module != NULL ? of_module : "") : NULL;
}

char *effects_tool_version(const char *const *words, const char *cwd, const char *tree, const char *commit) {
    static GMutex lock;
    static GHashTable *known = NULL;
    bool module = words[1] != NULL && strcmp(words[1], "-m") == 0 && words[2] != NULL;
    g_autofree char *key = g_strjoin("\n", words[0], module ? words[2] : "", cwd, tree, commit != NULL ? commit : "", NULL);
    g_mutex_lock(&lock);
    if (known == NULL)
        known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (!g_hash_table_contains(known, key)) {
        char *version = find_out(words, cwd, tree, commit);
        g_hash_table_insert(known, g_strdup(key), version);
    }
    char *version = g_strdup(g_hash_table_lookup(known, key));
    g_mutex_unlock(&lock);
    return version;
}
