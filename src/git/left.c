/* What stands in the way of a clean work tree, and what of it came there while slipway ran gates or builds. */
#include "git/git.h"

#include "base/fs.h"
#include "base/text.h"

#include <string.h>

#define SHOWN 20
#define NOTE_LIMIT (1u << 20)

/* ---- what git does not know ---- */

static GPtrArray *split(const char *text, gsize length) {
    GPtrArray *parts = g_ptr_array_new_with_free_func(g_free);
    for (gsize at = 0; at < length; at += strlen(text + at) + 1)
        g_ptr_array_add(parts, g_strndup(text + at, length - at));
    return parts;
}

GPtrArray *git_untracked(const Git *git, GError **error) {
    const char *words[] = {"ls-files", "--others", "--exclude-standard", "--directory", "--no-empty-directory", "-z", NULL};
    gsize length = 0;
    g_autofree char *out = git_call(git, &(GitCall){.read = true, .words = words, .length = &length}, error);
    return out != NULL ? split(out, length) : NULL;
}

static bool has(const GPtrArray *list, const char *path) {
    return g_ptr_array_find_with_equal_func((GPtrArray *)list, path, g_str_equal, NULL);
}

/* ---- what was left before ---- */

/* In the work tree's own folder: another work tree of the repository has other files. */
static char *note_path(const Git *git) {
    return g_build_filename(git->git_dir, "slipway", "left", NULL);
}

static GPtrArray *read_note(const Git *git) {
    g_autofree char *path = note_path(git);
    g_autoptr(GBytes) bytes = fs_exists(path) ? fs_read(path, NOTE_LIMIT, NULL) : NULL;
    gsize length = 0;
    const char *text = bytes != NULL ? g_bytes_get_data(bytes, &length) : NULL;
    return text != NULL ? split(text, length) : g_ptr_array_new_with_free_func(g_free);
}

/* Where it cannot be kept, the next plan does not know where the files come from, and says so by its silence. */
static void write_note(const Git *git, const GPtrArray *left) {
    g_autofree char *path = note_path(git);
    g_autofree char *folder = g_path_get_dirname(path);
    g_autoptr(GByteArray) text = g_byte_array_new();
    if (left->len == 0 && !fs_exists(path))
        return;
    for (guint i = 0; i < left->len && text->len < NOTE_LIMIT; i++)
        g_byte_array_append(text, left->pdata[i], (guint)strlen(left->pdata[i]) + 1);
    g_autoptr(GBytes) bytes = g_byte_array_free_to_bytes(g_steal_pointer(&text));
    if (fs_make_dirs(folder, 0700, NULL))
        fs_write(path, bytes, 0600, NULL);
}

GPtrArray *git_left_since(const Git *git, const GPtrArray *before, bool clean, GError **error) {
    g_autoptr(GPtrArray) now = git_untracked(git, error);
    if (now == NULL)
        return NULL;
    g_autoptr(GPtrArray) noted = read_note(git), own = g_ptr_array_new();
    GPtrArray *left = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < now->len; i++) {
        bool is_own = !has(before, now->pdata[i]) || has(noted, now->pdata[i]);
        if (is_own)
            g_ptr_array_add(own, now->pdata[i]);
        if (is_own || clean)
            g_ptr_array_add(left, g_strdup(now->pdata[i]));
    }
    write_note(git, own);
    return left;
}

/* ---- the ways out ---- */

/* As a line of gitignore(5). */
static char *pattern_of(const char *path) {
    GString *pattern = g_string_new("/");
    for (const char *at = path; *at != '\0'; at++) {
        if (strchr("*?[\\", *at) != NULL || (*at == ' ' && at[1] == '\0'))
            g_string_append_c(pattern, '\\');
        g_string_append_c(pattern, *at);
    }
    return g_string_free(pattern, FALSE);
}

static bool stands_at_top(const Git *git) {
    g_autofree char *here = g_get_current_dir();
    return strcmp(here, git->tree) == 0;
}

char *git_ignore_command(const Git *git, const GPtrArray *paths) {
    g_autofree char *usual = g_build_filename(git->tree, ".git", NULL);
    bool plain = stands_at_top(git) && strcmp(usual, git->common_dir) == 0;
    g_autofree char *file = g_build_filename(plain ? ".git" : git->common_dir, "info", "exclude", NULL);
    g_autofree char *quoted = plain ? g_strdup(file) : g_shell_quote(file);
    GString *command = g_string_new("printf '%s\\n'");
    for (guint i = 0; i < paths->len; i++) {
        g_autofree char *pattern = pattern_of(paths->pdata[i]);
        const char *words[] = {pattern, NULL};
        g_autofree char *word = text_command(words);
        g_string_append_printf(command, " %s", word);
    }
    g_string_append_printf(command, " >>%s", quoted);
    return g_string_free(command, FALSE);
}

char *git_remove_command(const Git *git, const GPtrArray *paths) {
    bool top = stands_at_top(git);
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    const char *const first[] = {"git", "clean", "-fd", "--"};
    for (guint i = 0; i < G_N_ELEMENTS(first); i++)
        g_ptr_array_add(words, g_strdup(first[i]));
    for (guint i = 0; i < paths->len; i++)
        g_ptr_array_add(words, g_strconcat(top && strpbrk(paths->pdata[i], ":*?[\\") == NULL ? "" : ":(top,literal)", paths->pdata[i], NULL));
    g_ptr_array_add(words, NULL);
    return text_command((const char *const *)words->pdata);
}

/* ---- is it clean? ---- */

/* All that is dirty, "?? PATH", came while slipway ran gates or builds. */
static GPtrArray *all_left(const Git *git, const GPtrArray *dirt) {
    g_autoptr(GPtrArray) noted = read_note(git);
    g_autoptr(GPtrArray) left = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < dirt->len; i++) {
        const char *entry = dirt->pdata[i];
        if (!g_str_has_prefix(entry, "?? ") || !has(noted, entry + 3))
            return NULL;
        g_ptr_array_add(left, g_strdup(entry + 3));
    }
    return g_steal_pointer(&left);
}

static void say_dirt(const Git *git, const GPtrArray *dirt, GError **error) {
    g_autoptr(GString) list = g_string_new(NULL);
    g_autoptr(GPtrArray) left = dirt->len < SHOWN ? all_left(git, dirt) : NULL;
    for (guint i = 0; i < dirt->len; i++) {
        g_autofree char *line = text_escape(dirt->pdata[i], -1, false);
        g_string_append_printf(list, "%s%s", i > 0 ? "\n" : "", line);
    }
    error_set(error, ERROR_TREE_DIRTY, "the work tree has %s", left != NULL ? "files that git neither knows nor ignores" : "changes that are not committed");
    error_why(error, "%s%s%s", list->str, dirt->len == SHOWN ? "\n…" : "", left != NULL ? "\nthey came while slipway ran gates or a build" : "");
    if (left == NULL)
        return;
    g_autofree char *ignore = git_ignore_command(git, left), *remove = git_remove_command(git, left);
    error_fix(error, "%s, which lets git ignore them; or remove them: %s; or commit them", ignore, remove);
}

bool git_is_clean(const Git *git, GError **error) {
    g_autoptr(GPtrArray) dirt = git_dirt(git, true, SHOWN, error);
    if (dirt != NULL && dirt->len > 0)
        say_dirt(git, dirt, error);
    return dirt != NULL && dirt->len == 0;
}
