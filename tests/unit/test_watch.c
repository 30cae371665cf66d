/* The watch over a work tree: what changes is seen, what does not needs no git. */
#include "base/fs.h"
#include "base/process.h"
#include "git/watch.h"

#include <string.h>

/* PATH without any program: who starts git now fails. */
#define NOWHERE "/nonexistent"

typedef struct {
    const char *name;
    const char *before; /* shell text, before the watch */
    const char *change;
    const char *seen; /* "" : nothing has changed */
    bool quiet;       /* and no git is needed to know */
} Case;

#define NEW_FILES "for i in $(seq 3000); do echo $i >f$i; done; git add .; git commit -qm more"

static const Case cases[] = {
    {"nothing", "", "", "", true},
    {"thousands", NEW_FILES, "", "", true},
    {"touched", "", "touch a.txt", "", false},
    {"written-same", "", "cp a.txt b; cat b >a.txt; rm b", "", false},
    {"index-refreshed", "", "touch a.txt; git status --short >/dev/null", "", false},
    {"untracked", "", "echo x >new; mkdir d; echo y >d/z", "", true},
    {"ignored", "echo '*.o' >.gitignore; git add .; git commit -qm i", "echo x >a.o", "", true},
    {"changed", "", "echo two >>a.txt", "tracked files were changed", false},
    {"same-size", "", "printf 'eno\\n' >a.txt", "tracked files were changed", false},
    {"same-size-and-time", "", "cp -p a.txt b; printf 'eno\\n' >a.txt; touch -r b a.txt; rm b", "tracked files were changed", false},
    {"deleted", "", "rm a.txt", "tracked files were changed", false},
    {"replaced-by-a-link", "", "rm a.txt; ln -s sub/b.txt a.txt", "tracked files were changed", false},
    {"link-elsewhere", "", "ln -sfn a.txt link", "tracked files were changed", false},
    {"target-of-a-link", "echo o >outside; ln -sfn outside link; git add link; git commit -qm l", "echo p >outside", "", true},
    {"executable", "", "chmod +x a.txt", "tracked files were changed", false},
    {"staged", "", "echo x >new; git add new", "tracked files were changed", false},
    {"in-a-folder", "", "echo x >>sub/b.txt", "tracked files were changed", false},
    {"committed", "", "echo x >>a.txt; git commit -qam gate", "", false},
    {"committed-nothing", "", "git commit -q --allow-empty -m gate", "", false},
    {"other-branch", "git branch other", "git switch -q other", "", false},
    {"packed", "git pack-refs --all", "", "", true},
};

static char *shell(const char *tree, const char *text) {
    const char *words[] = {"sh", "-e", "-c", text, NULL};
    ProcessSpec spec = {.argv = words, .cwd = tree};
    g_auto(ProcessResult) result = {0};
    g_autoptr(GError) error = NULL;
    process_run(&spec, &result, &error);
    g_assert_no_error(error);
    if (!process_ok(&result))
        g_error("%s: %s", text, process_text(result.err));
    return g_strchomp(g_strdup(process_text(result.out)));
}

static char *make_tree(void) {
    g_autofree char *scratch = fs_make_temp_dir("slipway-watch", NULL);
    g_autofree char *tree = g_build_filename(scratch, "tree", NULL);
    g_assert_true(fs_make_dirs(tree, 0755, NULL));
    g_free(shell(tree, "git init -q -b main; git config user.name Ada; git config user.email ada@example.org; echo one >a.txt; mkdir sub; echo b >sub/b.txt; "
                       "ln -s sub/b.txt link; git add .; git commit -qm first"));
    return g_steal_pointer(&tree);
}

static void drop_tree(const char *tree) {
    g_autofree char *scratch = g_path_get_dirname(tree);
    fs_remove_tree(scratch, NULL);
}

static char *look(GitWatcher *watcher) {
    g_auto(GitChange) change = {0};
    g_autoptr(GError) error = NULL;
    git_watch_look(watcher, &change, &error);
    g_assert_no_error(error);
    g_assert_true(change.what == NULL || change.why != NULL);
    return g_strdup(change.what != NULL ? change.what : "");
}

static void look_without_git(GitWatcher *watcher) {
    g_autofree char *path = g_strdup(g_getenv("PATH"));
    g_setenv("PATH", NOWHERE, TRUE);
    g_autofree char *seen = look(watcher);
    g_setenv("PATH", path, TRUE);
    g_assert_cmpstr(seen, ==, "");
}

/* What moves HEAD: against a commit its tree counts, against what was there all of it. */
static const char *expected(const Case *test, bool baseline) {
    bool moved = g_str_has_prefix(test->name, "committed");
    if (baseline)
        return moved ? "tracked files were changed" : test->seen;
    return g_str_equal(test->name, "committed") ? "the work tree is not the candidate" : test->seen;
}

static void check(const Case *test, bool baseline) {
    g_autofree char *tree = make_tree();
    if (*test->before != '\0')
        g_free(shell(tree, test->before));
    if (baseline)
        g_free(shell(tree, "echo mine >>sub/b.txt"));
    g_autofree char *head = shell(tree, "git rev-parse HEAD");
    g_autoptr(GError) error = NULL;
    GitWatch *watch = git_watch(tree, baseline ? NULL : head, &error);
    g_assert_no_error(error);
    g_autoptr(GitWatcher) watcher = git_watch_begin(watch, "gate");
    g_autofree char *first = look(watcher);
    g_assert_cmpstr(first, ==, "");
    look_without_git(watcher);
    if (*test->change != '\0')
        g_free(shell(tree, test->change));
    if (test->quiet)
        look_without_git(watcher);
    g_autofree char *seen = look(watcher);
    g_assert_cmpstr(seen, ==, expected(test, baseline));
    g_autofree char *again = look(watcher);
    g_assert_cmpstr(again, ==, seen);
    if (*seen == '\0')
        look_without_git(watcher);
    drop_tree(tree);
}

static void test_commit(gconstpointer data) {
    check(data, false);
}

static void test_baseline(gconstpointer data) {
    check(data, true);
}

static void test_submodule(void) {
    g_autofree char *tree = make_tree();
    g_free(shell(tree,
                 "git init -q ../other; cd ../other; git config user.name A; git config user.email a@example.org; echo x >x; git add .; git commit -qm x; "
                 "cd ../tree; git -c protocol.file.allow=always submodule --quiet add ../other mod; git commit -qm mod"));
    g_autofree char *head = shell(tree, "git rev-parse HEAD");
    g_autoptr(GitWatcher) watcher = git_watch_begin(git_watch(tree, head, NULL), "gate");
    g_autofree char *first = look(watcher);
    g_assert_cmpstr(first, ==, "");
    g_free(shell(tree, "echo y >>mod/x"));
    g_autofree char *seen = look(watcher);
    g_assert_cmpstr(seen, ==, "tracked files were changed");
    drop_tree(tree);
}

static void test_others(void) {
    g_autofree char *tree = make_tree();
    GitWatch *watch = git_watch(tree, NULL, NULL);
    g_assert_true(watch == git_watch(tree, NULL, NULL));
    GitWatcher *alone = git_watch_begin(watch, "alone");
    g_assert_null(git_watch_others(alone));
    git_watch_end(alone);
    GitWatcher *one = git_watch_begin(watch, "one");
    git_watch_end(git_watch_begin(watch, "two"));
    g_autofree char *others = git_watch_others(one);
    g_assert_cmpstr(others, ==, "two");
    git_watch_end(one);
    drop_tree(tree);
}

/* Without any commit there is a tree all the same. */
static void test_unborn(void) {
    g_autofree char *scratch = fs_make_temp_dir("slipway-watch", NULL);
    g_autofree char *tree = g_build_filename(scratch, "tree", NULL);
    g_assert_true(fs_make_dirs(tree, 0755, NULL));
    g_free(shell(tree, "git init -q -b main; echo x >x; git add x"));
    g_autoptr(GitWatcher) watcher = git_watch_begin(git_watch(tree, NULL, NULL), "gate");
    g_autofree char *first = look(watcher);
    g_assert_cmpstr(first, ==, "");
    look_without_git(watcher);
    g_free(shell(tree, "echo y >y; git add y"));
    g_autofree char *seen = look(watcher);
    g_assert_cmpstr(seen, ==, "tracked files were changed");
    fs_remove_tree(scratch, NULL);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_setenv("GIT_CONFIG_GLOBAL", "/dev/null", TRUE);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *commit = g_strdup_printf("/watch/commit/%s", cases[i].name);
        g_autofree char *baseline = g_strdup_printf("/watch/baseline/%s", cases[i].name);
        g_test_add_data_func(commit, &cases[i], test_commit);
        g_test_add_data_func(baseline, &cases[i], test_baseline);
    }
    g_test_add_func("/watch/submodule", test_submodule);
    g_test_add_func("/watch/others", test_others);
    g_test_add_func("/watch/unborn", test_unborn);
    return g_test_run();
}
