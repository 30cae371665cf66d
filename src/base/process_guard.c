/* Planning runs nothing that a repository brings. Three ways lead to such a program: it lies below the work tree; PATH leads there, for it or for a child of
 * it; the repository's own configuration tells git of it (process_git.c). All are closed here, for every caller, so that no adapter has to think of it. */
#include "base/process_guard.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USUAL_PATH "/usr/bin:/bin"

static gint planning;

void process_plan(void) {
    g_atomic_int_set(&planning, 1);
}

void process_act(void) {
    g_atomic_int_set(&planning, 0);
}

bool process_is_planning(void) {
    return g_atomic_int_get(&planning) != 0;
}

/* ---- what a repository brings ---- */

/* `folder` or the next one above it that has .git of a kind; NULL: there is none. */
static char *holder_of(const char *folder, GFileTest kind) {
    char *here = realpath(folder, NULL);
    while (here != NULL) {
        g_autofree char *mark = g_build_filename(here, ".git", NULL);
        g_autofree char *above = g_path_get_dirname(here);
        if (g_file_test(mark, kind))
            return here;
        bool end = g_str_equal(above, here);
        g_free(here);
        here = end ? NULL : g_steal_pointer(&above);
    }
    return NULL;
}

char *process_guard_top(const char *folder) {
    return holder_of(folder, G_FILE_TEST_EXISTS);
}

/* Where .git is a file, the tree is a submodule or a linked work tree: what holds it may be the same repository. */
static char *widest_top(const char *folder) {
    char *top = holder_of(folder, G_FILE_TEST_IS_DIR);
    return top != NULL ? top : process_guard_top(folder);
}

static bool is_below(const char *path, const char *top) {
    gsize length = strlen(top);
    return strncmp(path, top, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* Also where the way leads through the tree and out of it again: then the repository has chosen what it is. */
static bool leads_through(const char *path, const char *top) {
    g_autofree char *part = g_canonicalize_filename(path, NULL);
    while (strlen(part) > 1) {
        g_autofree char *real = realpath(part, NULL);
        if (is_below(part, top) || (real != NULL && is_below(real, top)))
            return true;
        char *above = g_path_get_dirname(part);
        g_free(part);
        part = above;
    }
    return false;
}

static bool is_brought(const ProcessSpec *spec, const char *path) {
    const char *const folders[] = {spec->cwd, "."};
    for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *top = folders[i] != NULL ? widest_top(folders[i]) : NULL;
        if (top != NULL && leads_through(path, top))
            return true;
    }
    return false;
}

/* ---- finding ---- */

static char *usable(const char *folder, const char *program) {
    g_autofree char *path = g_build_filename(folder, program, NULL);
    return access(path, X_OK) == 0 && !g_file_test(path, G_FILE_TEST_IS_DIR) ? g_steal_pointer(&path) : NULL;
}

static char *find_in(const char *path, const char *program) {
    g_auto(GStrv) folders = g_strsplit(path, ":", -1);
    char *found = NULL;
    /* An empty or relative entry would run what a repository put in the current folder. */
    for (guint i = 0; folders[i] != NULL && found == NULL; i++)
        found = g_path_is_absolute(folders[i]) ? usable(folders[i], program) : NULL;
    return found;
}

static const char *users_path(void) {
    const char *path = g_getenv("PATH");
    return path != NULL ? path : USUAL_PATH;
}

char *process_find(const char *program, const char *cwd) {
    if (strchr(program, '/') == NULL)
        return find_in(users_path(), program);
    return usable(g_path_is_absolute(program) ? "/" : cwd != NULL ? cwd : ".", program);
}

/* PATH without the entries that a repository fills. */
static char *clean_path(const ProcessSpec *spec, const char *path) {
    g_auto(GStrv) folders = g_strsplit(path, ":", -1);
    g_autoptr(GString) kept = g_string_new(NULL);
    for (guint i = 0; folders[i] != NULL; i++) {
        if (g_path_is_absolute(folders[i]) && !is_brought(spec, folders[i]))
            g_string_append_printf(kept, "%s%s", kept->len > 0 ? ":" : "", folders[i]);
    }
    return g_string_free(g_steal_pointer(&kept), FALSE);
}

static char *refuse(const char *program, const char *why, const char *fix, GError **error) {
    error_set(error, ERROR_PROGRAM_REFUSED, "%s is not started before your yes", program);
    error_why(error, "%s", why);
    error_state(error, "nothing was changed");
    if (fix != NULL)
        error_fix(error, "%s", fix);
    return NULL;
}

static char *missing(const char *program, GError **error) {
    error_set(error, ERROR_PROGRAM_MISSING, "%s is not installed", program);
    error_why(error, "no such program in PATH");
    return NULL;
}

static char *find_while_planning(const ProcessSpec *spec, GError **error) {
    const char *program = spec->argv[0];
    if (!spec->planned)
        return refuse(program, "while planning, only git and what you yourself have set up may run", "report this: it is a fault of slipway", error);
    g_autofree char *any = process_find(program, spec->cwd);
    g_autofree char *path = clean_path(spec, users_path());
    g_autofree char *found = strchr(program, '/') == NULL ? find_in(path, program) : g_strdup(any);
    if (any == NULL)
        return missing(program, error);
    if (found == NULL || is_brought(spec, found)) {
        g_autofree char *why = g_strdup_printf("%s is in the work tree: it came with the repository", any);
        return refuse(program, why, NULL, error);
    }
    return g_steal_pointer(&found);
}

char *process_guard_find(const ProcessSpec *spec, GError **error) {
    if (process_is_planning())
        return find_while_planning(spec, error);
    char *found = process_find(spec->argv[0], spec->cwd);
    return found != NULL ? found : missing(spec->argv[0], error);
}

char **process_guard_environment(const ProcessSpec *spec, char **env, GError **error) {
    const char *path = g_environ_getenv(env, "PATH");
    const char *own = g_environ_getenv(env, "GIT_EXEC_PATH");
    if (!process_is_planning())
        return env;
    g_autofree char *kept = clean_path(spec, path != NULL ? path : USUAL_PATH);
    if (own != NULL && is_brought(spec, own))
        env = g_environ_unsetenv(env, "GIT_EXEC_PATH");
    env = g_environ_setenv(env, "PATH", *kept != '\0' ? kept : USUAL_PATH, TRUE);
    return g_str_equal(spec->argv[0], "git") ? process_guard_git(spec, env, error) : env;
}
