#include "project/python.h"

#include "base/process.h"

#include <string.h>

static const char probe[] = "import importlib.metadata as d, importlib.util as u, sys\n"
                            "def has(m):\n"
                            "    try: return (d.distribution(m[5:]) if m.startswith('dist:') else u.find_spec(m)) is not None\n"
                            "    except Exception: return False\n"
                            "print(' '.join(m for m in sys.argv[1:] if has(m)))\n";

void python_free(Python *python) {
    g_free(python->path);
    g_hash_table_unref(python->modules);
    g_free(python);
}

/* -I: nothing of the tree is imported by asking. */
static Python *ask(const char *tree, const char *path, const char *const *modules) {
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    const char *head[] = {path, "-I", "-c", probe};
    for (guint i = 0; i < G_N_ELEMENTS(head); i++)
        g_ptr_array_add(argv, (char *)head[i]);
    for (guint i = 0; modules[i] != NULL; i++)
        g_ptr_array_add(argv, (char *)modules[i]);
    g_ptr_array_add(argv, NULL);
    g_auto(GStrv) env = process_clean_env(NULL);
    ProcessSpec spec = {.argv = (const char *const *)argv->pdata, .cwd = tree, .env = (const char *const *)env, .timeout_seconds = 20};
    g_auto(ProcessResult) result = {0};
    if (!process_run(&spec, &result, NULL) || !process_ok(&result))
        return NULL;
    g_autofree char *words = g_strchomp(g_strdup(process_text(result.out)));
    g_auto(GStrv) found = g_strsplit(words, " ", -1);
    Python *python = g_new0(Python, 1);
    python->path = g_strdup(path);
    python->modules = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; found[i] != NULL; i++)
        g_hash_table_add(python->modules, g_strdup(found[i]));
    return python;
}

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
    for (guint i = 0; i < paths->len; i++) {
        Python *python = ask(tree, g_ptr_array_index(paths, i), modules);
        if (python != NULL)
            g_ptr_array_add(pythons, python);
    }
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
