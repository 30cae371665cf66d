#include "base/clock.h"
#include "base/fs.h"
#include "base/text.h"
#include "git/git.h"
#include "git/remains.h"

#include <string.h>
#include <unistd.h>

/* ---- who ---- */

void git_identity_clear(GitIdentity *identity) {
    g_clear_pointer(&identity->name, g_free);
    g_clear_pointer(&identity->email, g_free);
}

/* git's own answer, without its guess from the host's name: "Name <mail> seconds zone". */
bool git_identity(const Git *git, GitIdentity *identity, GError **error) {
    const char *words[] = {"-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT", NULL};
    GitEnd end = GIT_DONE;
    GitCall call = {.read = true, .words = words, .end = &end};
    GError *problem = NULL;
    g_autofree char *ident = git_call(git, &call, &problem);
    if (problem != NULL && end != GIT_FAILED) {
        g_propagate_error(error, problem);
        return false;
    }
    g_clear_error(&problem);
    const char *open = end == GIT_DONE ? strrchr(ident, '<') : NULL;
    const char *close = open != NULL ? strchr(open, '>') : NULL;
    if (close == NULL) {
        error_set(error, ERROR_IDENTITY, "git does not know who you are");
        error_why(error, "user.name and user.email are not both set");
        error_state(error, "nothing was changed");
        return false;
    }
    identity->name = g_strchomp(g_strndup(ident, (gsize)(open - ident)));
    identity->email = g_strndup(open + 1, (gsize)(close - open) - 1);
    return true;
}

/* ---- objects ---- */

static char **dated(const char *name, const char *email, gint64 when) {
    g_autofree char *date = g_strdup_printf("@%" G_GINT64_FORMAT " +0000", when);
    char *env[] = {
        g_strconcat("GIT_AUTHOR_NAME=", name, NULL),
        g_strconcat("GIT_AUTHOR_EMAIL=", email, NULL),
        g_strconcat("GIT_AUTHOR_DATE=", date, NULL),
        g_strconcat("GIT_COMMITTER_NAME=", name, NULL),
        g_strconcat("GIT_COMMITTER_EMAIL=", email, NULL),
        g_strconcat("GIT_COMMITTER_DATE=", date, NULL),
        NULL,
    };
    return (char **)g_memdup2(env, sizeof env);
}

/* As git itself does with what may be run in a repository of anybody's (git-config(1), "protected configuration"): a program is the user's to name. */
bool git_check_signer(const Git *git, GError **error) {
    static const char form[] = "^gpg\\.(program|(openpgp|x509|ssh)\\.program|ssh\\.defaultkeycommand)$";
    const char *words[] = {"config", "--show-scope", "--name-only", "--get-regexp", form, NULL};
    GitEnd end = GIT_DONE;
    GitCall call = {.read = true, .words = words, .end = &end};
    g_autofree char *said = git_call(git, &call, error);
    g_auto(GStrv) lines = said != NULL ? g_strsplit(said, "\n", -1) : NULL;
    for (guint i = 0; lines != NULL && lines[i] != NULL; i++) {
        const char *key = strchr(lines[i], '\t');
        if (key == NULL || !(g_str_has_prefix(lines[i], "local\t") || g_str_has_prefix(lines[i], "worktree\t")))
            continue;
        g_autofree char *shown = text_escape(key + 1, -1, false);
        error_set(error, ERROR_SIGNING, "%s is set in the repository's own configuration, and such a program is not run", shown);
        error_why(error, "a repository that somebody else made could bring it along");
        error_state(error, "nothing was changed");
        error_fix(error, "if it is yours: git config --global %s \"$(git config %s)\" && git config --unset-all %s", shown, shown, shown);
        return false;
    }
    return said != NULL;
}

/* env: "K=V" besides, or NULL. */
static char *make_commit(const Git *git, const GitCommitSpec *spec, const char *const *more, GError **error) {
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_ptr_array_add(words, (char *)"commit-tree");
    g_ptr_array_add(words, (char *)(spec->sign ? "-S" : "--no-gpg-sign"));
    for (guint i = 0; spec->parents[i] != NULL; i++) {
        g_ptr_array_add(words, (char *)"-p");
        g_ptr_array_add(words, (char *)spec->parents[i]);
    }
    g_ptr_array_add(words, (char *)spec->tree);
    g_ptr_array_add(words, NULL);
    if (spec->sign && !git_check_signer(git, error))
        return NULL;
    g_autoptr(GStrvBuilder) all = g_strv_builder_new();
    g_auto(GStrv) own = dated(spec->name, spec->email, spec->when);
    g_strv_builder_addv(all, (const char **)own);
    if (more != NULL)
        g_strv_builder_addv(all, (const char **)more);
    g_auto(GStrv) env = g_strv_builder_end(all);
    g_autoptr(GBytes) message = g_bytes_new(spec->message, strlen(spec->message));
    GitCall call = {.words = (const char *const *)words->pdata, .env = (const char *const *)env, .input = message, .signs = spec->sign};
    return git_call(git, &call, error);
}

char *git_make_commit(const Git *git, const GitCommitSpec *spec, GError **error) {
    return make_commit(git, spec, NULL, error);
}

char *git_make_tag(const Git *git, const GitTagSpec *spec, GError **error) {
    const char *words[] = {"tag", "-a", "--cleanup=verbatim", spec->sign ? "-s" : "--no-sign", "-F", "-", "--end-of-options", spec->name, spec->target, NULL};
    if (spec->sign && !git_check_signer(git, error))
        return NULL;
    g_auto(GStrv) env = dated(spec->tagger_name, spec->tagger_email, spec->when);
    g_autoptr(GBytes) message = g_bytes_new(spec->message, strlen(spec->message));
    GitCall call = {.words = words, .env = (const char *const *)env, .input = message, .signs = spec->sign};
    g_autofree char *out = git_call(git, &call, error);
    g_autofree char *ref = g_strdup_printf("refs/tags/%s", spec->name);
    return out != NULL ? git_ref(git, ref, error) : NULL;
}

/* ---- refs ---- */

/* It stands elsewhere than at `before`, or git could not for another reason: seen by looking. Takes `problem`. */
static bool not_moved(const Git *git, const char *ref, const char *before, GError *problem, GError **error) {
    g_autoptr(GError) why = problem;
    GError *unseen = NULL;
    g_autofree char *is = git_ref(git, ref, &unseen);
    if (unseen != NULL || (why != NULL && g_strcmp0(is, before) == 0)) {
        g_clear_error(&unseen);
        g_propagate_error(error, g_steal_pointer(&why));
        return false;
    }
    error_set(error, ERROR_CONFLICT, "%s could not be moved: it is not where it was expected", ref);
    error_why(error, "it is %s, expected was %s", is != NULL ? is : "not there", before != NULL ? before : "that it is not there");
    return false;
}

bool git_move_ref(const Git *git, const char *ref, const char *before, const char *after, const char *message, GError **error) {
    g_autofree char *format = git_read(git, error, "rev-parse", "--show-object-format", NULL);
    if (format == NULL)
        return false;
    g_autofree char *zero = g_strnfill(g_str_equal(format, "sha256") ? 64 : 40, '0');
    const char *move[] = {"update-ref", "--create-reflog", "-m", message, ref, after, before != NULL ? before : zero, NULL};
    const char *remove[] = {"update-ref", "-d", ref, before, NULL};
    GitEnd end = GIT_DONE;
    GError *problem = NULL;
    g_autofree char *out = git_call(git, &(GitCall){.words = after != NULL ? move : remove, .end = &end}, &problem);
    if (end == GIT_DONE || (end != GIT_FAILED && end != GIT_NO)) {
        if (problem != NULL)
            g_propagate_error(error, problem);
        return problem == NULL;
    }
    return not_moved(git, ref, before, problem, error);
}

/* ---- trees ---- */

/* "MODE BLOB\tPATH" for git update-index -z --index-info; a file that is gone is taken out. */
static bool index_line(const Git *git, const char *path, GByteArray *lines, GError **error) {
    g_autofree char *head = NULL;
    FsKind kind = fs_kind_beneath(git->tree, path);
    if (kind == FS_OTHER)
        return error_set(error, ERROR_UNTRUSTED_PATH, "%s is not a regular file", path);
    if (kind == FS_MISSING) {
        head = g_strdup("0 0000000000000000000000000000000000000000\t");
    } else {
        g_autofree char *full = g_build_filename(git->tree, path, NULL);
        g_autofree char *attribute = g_strdup_printf("--path=%s", path);
        g_autofree char *blob = git_read(git, error, "hash-object", "-w", attribute, "--", full, NULL);
        if (blob == NULL)
            return false;
        head = g_strdup_printf("%s %s\t", g_file_test(full, G_FILE_TEST_IS_EXECUTABLE) ? "100755" : "100644", blob);
    }
    g_byte_array_append(lines, (const guint8 *)head, (guint)strlen(head));
    g_byte_array_append(lines, (const guint8 *)path, (guint)strlen(path) + 1);
    return true;
}

static char *tree_through_index(const Git *git, const char *base, GBytes *lines, const char *index, GError **error) {
    g_autofree char *setting = g_strdup_printf("GIT_INDEX_FILE=%s", index);
    const char *env[] = {setting, NULL};
    const char *read_tree[] = {"read-tree", base, NULL};
    const char *update[] = {"update-index", "--add", "-z", "--index-info", NULL};
    const char *write_tree[] = {"write-tree", NULL};
    GitCall calls[] = {{.words = read_tree, .env = env}, {.words = update, .env = env, .input = lines}};
    for (guint i = 0; i < G_N_ELEMENTS(calls); i++) {
        g_autofree char *out = git_call(git, &calls[i], error);
        if (out == NULL)
            return NULL;
    }
    GitCall last = {.words = write_tree, .env = env};
    return git_call(git, &last, error);
}

/* A git that was killed has left its lock. */
static void remove_index(const char *index) {
    g_autofree char *lock = g_strconcat(index, ".lock", NULL);
    (void)unlink(index);
    (void)unlink(lock);
}

char *git_tree_with(const Git *git, const char *base, const char *const *paths, GError **error) {
    g_autoptr(GByteArray) lines = g_byte_array_new();
    for (guint i = 0; paths[i] != NULL; i++) {
        if (!index_line(git, paths[i], lines, error))
            return NULL;
    }
    g_autofree char *own = git_scratch_path(git, "index");
    g_autofree char *folder = own == NULL ? fs_make_temp_dir("slipway-index", error) : NULL;
    if (own == NULL && folder == NULL)
        return NULL;
    g_autofree char *index = own != NULL ? g_steal_pointer(&own) : g_build_filename(folder, "index", NULL);
    g_autoptr(GBytes) input = g_byte_array_free_to_bytes(g_steal_pointer(&lines));
    g_autofree char *tree = tree_through_index(git, base, input, index, error);
    remove_index(index);
    if (folder != NULL)
        fs_remove_tree(folder, NULL);
    return g_steal_pointer(&tree);
}

/* ---- signing ---- */

/* As git reads it: a key without a value is true, too. */
static bool is_on(const Git *git, const char *key, bool *wants, GError **error) {
    const char *words[] = {"config", "--type=bool", "--get", key, NULL};
    GitEnd end = GIT_DONE;
    g_autofree char *value = git_call(git, &(GitCall){.read = true, .words = words, .end = &end}, error);
    *wants = end == GIT_DONE && g_strcmp0(value, "true") == 0;
    return value != NULL;
}

bool git_wants_signatures(const Git *git, bool *commits, bool *tags, GError **error) {
    bool forced = false;
    bool known = is_on(git, "commit.gpgSign", commits, error) && is_on(git, "tag.gpgSign", tags, error) && is_on(git, "tag.forceSignAnnotated", &forced, error);
    *tags = *tags || forced;
    return known;
}

/* A signed commit of the empty tree, by the very function that makes those of releases, in a scratch object folder: the repository does not see it. */
static bool try_signature(const Git *git, const GitIdentity *who, const char *folder, GError **error) {
    g_autofree char *objects = g_strdup_printf("GIT_OBJECT_DIRECTORY=%s", folder);
    g_autofree char *others = g_strdup_printf("GIT_ALTERNATE_OBJECT_DIRECTORIES=%s/objects", git->common_dir);
    const char *env[] = {objects, others, NULL};
    const char *empty[] = {"mktree", NULL};
    g_autoptr(GBytes) nothing = g_bytes_new_static("", 0);
    GitCall make = {.words = empty, .env = env, .input = nothing};
    g_autofree char *tree = git_call(git, &make, error);
    if (tree == NULL)
        return false;
    const char *parents[] = {NULL};
    GitCommitSpec spec = {
        .tree = tree, .parents = parents, .message = "test signature\n", .when = clock_now(), .name = who->name, .email = who->email, .sign = true};
    GError *problem = NULL;
    g_autofree char *commit = make_commit(git, &spec, env, &problem);
    if (commit != NULL)
        return true;
    if (!error_is(problem, ERROR_REPOSITORY)) {
        g_propagate_error(error, problem);
        return false;
    }
    error_set(error, ERROR_SIGNING, "git is set to sign, but a test signature failed");
    error_why(error, "%s", error_get_why(problem) != NULL ? error_get_why(problem) : problem->message);
    error_state(error, "nothing was changed");
    error_fix(error,
              "unlock or set user.signingKey, or: git config commit.gpgSign false && git config tag.gpgSign false && git config tag.forceSignAnnotated false");
    g_error_free(problem);
    return false;
}

bool git_test_signing(const Git *git, const GitIdentity *who, GError **error) {
    bool commits = false, tags = false;
    if (!git_wants_signatures(git, &commits, &tags, error))
        return false;
    if (!commits && !tags)
        return true;
    g_autofree char *folder = fs_make_temp_dir("slipway-sign", error);
    bool done = folder != NULL && try_signature(git, who, folder, error);
    if (folder != NULL)
        fs_remove_tree(folder, NULL);
    return done;
}
