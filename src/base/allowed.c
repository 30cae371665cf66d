#include "base/allowed.h"

#include "base/beneath.h"
#include "base/process.h"

#include <stdlib.h>
#include <string.h>

#define LIST_LIMIT (64 * 1024)
#define SECONDS 30
#define PATH_ALLOWED "slipway.allow-path"
#define NOT_SET 1 /* git config's status */

/* git says why on a terminal that nobody reads here: no trace, no question. */
static char **environment(void) {
    char **env = g_environ_setenv(g_get_environ(), "LC_ALL", "C", TRUE);
    return g_environ_unsetenv(env, "GIT_TRACE");
}

static bool ask(const char *name, ProcessResult *result, GError **error) {
    const char *const words[] = {"git", "config", "-z", "--show-scope", "--get-all", name, NULL};
    g_auto(GStrv) env = environment();
    ProcessSpec spec = {.argv = words, .env = (const char *const *)env, .capture = LIST_LIMIT, .timeout_seconds = SECONDS, .planned = true};
    if (!process_run(&spec, result, error))
        return false;
    if (!result->cut && (process_ok(result) || (!result->timed_out && result->exit_status == NOT_SET)))
        return true;
    g_autofree char *how = process_describe_end(result);
    error_set(error, result->cut ? ERROR_TOO_LARGE : ERROR_GIT_KILLED, "what your git configuration allows was not found out");
    error_why(error, "git config --get-all %s %s", name, result->cut ? "says more than slipway reads" : how);
    return false;
}

/* Pairs of a scope and a value, each ended by a zero byte, so that no value can look like a line of another scope. */
char **allowed_values(const char *name, GError **error) {
    static const char *const scopes[] = {"system", "global", "command", NULL};
    g_auto(ProcessResult) result = {0};
    if (!ask(name, &result, error))
        return NULL;
    gsize size = 0;
    const char *at = g_bytes_get_data(result.out, &size), *end = at + size;
    const char *scope = NULL;
    g_autoptr(GStrvBuilder) own = g_strv_builder_new();
    while (at < end) {
        g_autofree char *word = g_strndup(at, (gsize)(end - at));
        gsize length = strlen(word);
        if (scope != NULL && g_strv_contains(scopes, scope))
            g_strv_builder_add(own, word);
        scope = scope == NULL ? at : NULL;
        at += MIN(length + 1, (gsize)(end - at));
    }
    return g_strv_builder_end(own);
}

char *allowed_expand(const char *path) {
    return g_str_has_prefix(path, "~/") ? g_build_filename(g_get_home_dir(), path + 2, NULL) : g_strdup(path);
}

/* What does not exist yet lies where its nearest folder that does really is. */
char *allowed_real(const char *path) {
    g_autofree char *whole = g_canonicalize_filename(path, "/");
    g_autofree char *folder = g_strdup(whole);
    char *real = realpath(folder, NULL);
    while (real == NULL && strlen(folder) > 1) {
        char *parent = g_path_get_dirname(folder);
        g_free(folder);
        folder = parent;
        real = realpath(folder, NULL);
    }
    g_autofree char *found = g_strdup(real != NULL ? real : "/");
    free(real);
    const char *rest = whole + strlen(folder);
    return *rest == '\0' ? g_steal_pointer(&found) : g_build_filename(found, rest, NULL);
}

static bool names_git(const char *path) {
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    for (guint i = 0; parts[i] != NULL; i++) {
        if (beneath_is_git(parts[i], strlen(parts[i])))
            return true;
    }
    return false;
}

bool allowed_covers(const char *folder, const char *real) {
    gsize length = g_str_equal(folder, "/") ? 0 : strlen(folder);
    bool below = strncmp(real, folder, length) == 0 && (real[length] == '\0' || real[length] == '/');
    return below && !names_git(real + length);
}

bool allowed_path(const char *real, bool *allowed, GError **error) {
    g_auto(GStrv) lines = allowed_values(PATH_ALLOWED, error);
    *allowed = false;
    for (guint i = 0; lines != NULL && lines[i] != NULL && !*allowed; i++) {
        g_autofree char *line = allowed_expand(lines[i]);
        g_autofree char *folder = g_path_is_absolute(line) ? allowed_real(line) : NULL;
        *allowed = folder != NULL && allowed_covers(folder, real);
    }
    return lines != NULL;
}
