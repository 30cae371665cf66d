#include "base/glob.h"

#include <fnmatch.h>
#include <string.h>

static bool is_plain(const char *part) {
    return strpbrk(part, "*?[") == NULL;
}

/* A star over folders is gone back to at most once for each folder of the path, as with one over letters. Where the pattern ends in a plain name, what is left
 * of the path is below it. */
static bool match_parts(char **pattern, char **path) {
    char **star = NULL, **mark = NULL;
    for (;;) {
        bool ended = *pattern == NULL;
        if (ended && (*path == NULL || is_plain(pattern[-1])))
            return true;
        if (!ended && strcmp(*pattern, "**") == 0) {
            star = pattern++;
            mark = path;
            if (*pattern == NULL)
                return true;
        } else if (!ended && *path != NULL && fnmatch(*pattern, *path, 0) == 0) {
            pattern++;
            path++;
        } else if (star != NULL && *mark != NULL) {
            pattern = star + 1;
            path = ++mark;
        } else {
            return false;
        }
    }
}

static char **parts_of(const char *text) {
    while (g_str_has_prefix(text, "./"))
        text += 2;
    g_autofree char *plain = g_strdup(text);
    for (gsize length = strlen(plain); length > 0 && plain[length - 1] == '/'; length--)
        plain[length - 1] = '\0';
    return g_strsplit(plain, "/", -1);
}

bool glob_match(const char *pattern, const char *path) {
    g_auto(GStrv) wanted = parts_of(pattern);
    g_auto(GStrv) is = parts_of(path);
    if (wanted[0] == NULL || strcmp(pattern, ".") == 0)
        return true;
    return match_parts(wanted, is);
}

bool glob_match_any(const char *const *patterns, const char *path) {
    for (guint i = 0; patterns[i] != NULL; i++) {
        if (glob_match(patterns[i], path))
            return true;
    }
    return false;
}

char *glob_root(const char *pattern) {
    g_auto(GStrv) parts = parts_of(pattern);
    GString *root = g_string_new(NULL);
    for (guint i = 0; parts[i] != NULL && parts[i + 1] != NULL && is_plain(parts[i]); i++)
        g_string_append_printf(root, "%s%s", i > 0 ? "/" : "", parts[i]);
    return g_string_free(root, FALSE);
}
