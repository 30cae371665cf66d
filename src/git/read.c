#include "base/fs.h"
#include "base/process.h"
#include "git/git.h"

#include <string.h>

/* git's answer to a question that may have none: NULL without error where it says so. */
static char *ask(const Git *git, const char *const *words, GError **error) {
    GitEnd end = GIT_DONE;
    GitCall call = {.read = true, .words = words, .end = &end};
    g_autofree char *out = git_call(git, &call, error);
    return end == GIT_DONE ? g_steal_pointer(&out) : NULL;
}

char *git_config(const Git *git, const char *key, GError **error) {
    const char *words[] = {"config", "--get", key, NULL};
    return ask(git, words, error);
}

bool git_is_shallow(const Git *git) {
    g_autofree char *mark = g_build_filename(git->common_dir, "shallow", NULL);
    return fs_exists(mark);
}

bool git_head(const Git *git, char **branch, char **id, GError **error) {
    const char *symbolic[] = {"symbolic-ref", "-q", "HEAD", NULL};
    GError *problem = NULL;
    *branch = ask(git, symbolic, &problem);
    *id = problem == NULL ? git_ref(git, "HEAD", &problem) : NULL;
    if (problem == NULL)
        return true;
    g_propagate_error(error, problem);
    return false;
}

char *git_ref(const Git *git, const char *ref, GError **error) {
    const char *words[] = {"rev-parse", "-q", "--verify", "--end-of-options", ref, NULL};
    return ask(git, words, error);
}

char *git_peel(const Git *git, const char *revision, const char *type, GError **error) {
    g_autofree char *name = g_strdup_printf("%s^{%s}", revision, type);
    return git_ref(git, name, error);
}

GHashTable *git_tags(const Git *git, GError **error) {
    g_autofree char *out = git_read(git, error, "for-each-ref", "--format=%(refname)%00%(objectname)%00%(*objectname)", "refs/tags/", NULL);
    if (out == NULL)
        return NULL;
    GHashTable *tags = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    /* The record ends at a newline, which no ref name holds; its fields are divided by NUL. */
    const char *at = out;
    while (*at != '\0') {
        const char *object = at + strlen(at) + 1;
        const char *rest = object + strlen(object) + 1;
        gsize length = strcspn(rest, "\n");
        char *commit = length > 0 ? g_strndup(rest, length) : g_strdup(object);
        g_hash_table_insert(tags, g_strdup(at + strlen("refs/tags/")), commit);
        at = rest + length + (rest[length] == '\n' ? 1 : 0);
    }
    return tags;
}

GPtrArray *git_kept(const Git *git, GError **error) {
    g_autofree char *out = git_read(git, error, "for-each-ref", "--format=%(refname)", GIT_KEPT, NULL);
    if (out == NULL)
        return NULL;
    GPtrArray *runs = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) refs = g_strsplit(out, "\n", -1);
    for (guint i = 0; refs[i] != NULL; i++) {
        if (g_str_has_prefix(refs[i], GIT_KEPT))
            g_ptr_array_add(runs, g_strdup(refs[i] + strlen(GIT_KEPT)));
    }
    return runs;
}

bool git_is_ancestor(const Git *git, const char *ancestor, const char *descendant, bool *result, GError **error) {
    const char *words[] = {"merge-base", "--is-ancestor", ancestor, descendant, NULL};
    GitEnd end = GIT_DONE;
    GitCall call = {.read = true, .words = words, .end = &end};
    g_autofree char *out = git_call(git, &call, error);
    *result = end == GIT_DONE;
    return out != NULL;
}

gint64 git_time(const Git *git, const char *revision, GError **error) {
    g_autofree char *text = git_read(git, error, "log", "-1", "--format=%ct", "--end-of-options", revision, "--", NULL);
    return text != NULL ? g_ascii_strtoll(text, NULL, 10) : 0;
}

GBytes *git_blob(const Git *git, const char *revision, const char *path, gsize limit, GError **error) {
    g_autofree char *name = g_strdup_printf("%s:%s", revision, path);
    g_autofree char *id = git_ref(git, name, error);
    if (id == NULL)
        return NULL;
    const char *words[] = {"cat-file", "blob", id, NULL};
    gsize length = 0;
    GitCall call = {.read = true, .words = words, .length = &length};
    g_autofree char *size = git_read(git, error, "cat-file", "-s", id, NULL);
    if (size == NULL || g_ascii_strtoull(size, NULL, 10) > limit)
        return NULL;
    /* git_call drops one last newline; the size says whether there was one. */
    char *data = git_call(git, &call, error);
    gsize whole = g_ascii_strtoull(size, NULL, 10);
    if (data == NULL)
        return NULL;
    if (whole == length + 1)
        data[length] = '\n';
    return g_bytes_new_take(data, whole);
}

static GPtrArray *split_nul(const char *text, gsize length) {
    GPtrArray *parts = g_ptr_array_new_with_free_func(g_free);
    for (gsize at = 0; at < length; at += strlen(text + at) + 1)
        g_ptr_array_add(parts, g_strdup(text + at));
    return parts;
}

GPtrArray *git_files(const Git *git, GError **error) {
    const char *words[] = {"ls-files", "-z", NULL};
    gsize length = 0;
    GitCall call = {.read = true, .words = words, .length = &length};
    g_autofree char *out = git_call(git, &call, error);
    return out != NULL ? split_nul(out, length) : NULL;
}

/* A git that looks into a submodule goes by that one's own configuration, of which the guard of planning knows nothing: each is looked at for itself then. */
static bool add_submodules(const Git *git, bool untracked, GPtrArray *dirt, GError **error) {
    const char *words[] = {"ls-files", "--stage", "-z", NULL};
    gsize length = 0;
    GitCall call = {.read = true, .words = words, .length = &length};
    g_autofree char *out = git_call(git, &call, error);
    g_autoptr(GPtrArray) lines = out != NULL ? split_nul(out, length) : g_ptr_array_new();
    for (guint i = 0; i < lines->len; i++) {
        const char *line = g_ptr_array_index(lines, i), *path = strchr(line, '\t');
        g_autofree char *folder = g_str_has_prefix(line, "160000 ") && path != NULL ? g_build_filename(git->tree, path + 1, NULL) : NULL;
        g_autofree char *mark = folder != NULL ? g_build_filename(folder, ".git", NULL) : NULL;
        GError *problem = NULL;
        g_autoptr(Git) inner = mark != NULL && fs_exists(mark) ? git_open(folder, &problem) : NULL;
        g_autoptr(GPtrArray) inside = inner != NULL ? git_dirt(inner, untracked, 1, &problem) : NULL;
        bool none = inner == NULL && error_is(problem, ERROR_NO_REPOSITORY); /* nothing that git would look into */
        if (problem != NULL && !none) {
            g_propagate_error(error, problem);
            return false;
        }
        g_clear_error(&problem);
        if (inside != NULL && inside->len > 0)
            g_ptr_array_add(dirt, g_strconcat(" M ", path + 1, NULL));
    }
    return out != NULL;
}

GPtrArray *git_hidden(const Git *git, GError **error) {
    const char *words[] = {"ls-files", "-v", "-z", NULL};
    gsize length = 0;
    GitCall call = {.read = true, .words = words, .length = &length};
    g_autofree char *out = git_call(git, &call, error);
    if (out == NULL)
        return NULL;
    GPtrArray *hidden = g_ptr_array_new_with_free_func(g_free);
    for (gsize at = 0; at < length; at += strlen(out + at) + 1) {
        if (out[at] == 'S' || g_ascii_islower(out[at]))
            g_ptr_array_add(hidden, g_strdup(out + at));
    }
    return hidden;
}

GPtrArray *git_dirt(const Git *git, bool untracked, guint limit, GError **error) {
    bool planning = process_is_planning();
    const char *words[] = {"status",
                           "--porcelain=v1",
                           "-z",
                           untracked ? "--untracked-files=normal" : "--untracked-files=no",
                           planning ? "--ignore-submodules=dirty" : "--ignore-submodules=none",
                           "--no-renames",
                           NULL};
    gsize length = 0;
    GitCall call = {.read = true, .words = words, .length = &length};
    g_autofree char *out = git_call(git, &call, error);
    if (out == NULL)
        return NULL;
    g_autoptr(GPtrArray) dirt = split_nul(out, length);
    if (planning && !add_submodules(git, untracked, dirt, error))
        return NULL;
    if (dirt->len > limit)
        g_ptr_array_set_size(dirt, (gint)limit);
    return g_steal_pointer(&dirt);
}

/* ---- history ---- */

void git_commit_free(GitCommit *commit) {
    g_free(commit->id);
    g_free(commit->author);
    g_free(commit->email);
    g_free(commit->subject);
    g_free(commit->body);
    g_free(commit);
}

static guint count_words(const char *text) {
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    return *text != '\0' ? g_strv_length(words) : 0;
}

#define LOG_FIELDS 7

GPtrArray *git_log(const Git *git, const char *from, const char *to, guint limit, GError **error) {
    g_autofree char *not_from = from != NULL ? g_strdup_printf("^%s", from) : NULL;
    g_autofree char *most = g_strdup_printf("--max-count=%u", limit);
    const char *words[] = {"log", "-z", most, "--format=%H%x00%aN%x00%aE%x00%at%x00%P%x00%s%x00%b", "--end-of-options", to, not_from, NULL};
    gsize length = 0;
    GitCall call = {.read = true, .words = words, .length = &length};
    g_autofree char *out = git_call(git, &call, error);
    if (out == NULL)
        return NULL;
    GPtrArray *commits = g_ptr_array_new_with_free_func((GDestroyNotify)git_commit_free);
    g_autoptr(GPtrArray) fields = split_nul(out, length + 1);
    for (guint i = 0; i + LOG_FIELDS <= fields->len; i += LOG_FIELDS) {
        char **field = (char **)&fields->pdata[i];
        GitCommit *commit = g_new0(GitCommit, 1);
        *commit = (GitCommit){.id = g_strdup(field[0]),
                              .author = g_strdup(field[1]),
                              .email = g_strdup(field[2]),
                              .when = g_ascii_strtoll(field[3], NULL, 10),
                              .parents = count_words(field[4]),
                              .subject = g_strdup(field[5]),
                              .body = g_strdup(field[6])};
        g_ptr_array_add(commits, commit);
    }
    return commits;
}
