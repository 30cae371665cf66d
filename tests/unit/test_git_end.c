/* How each end of a git process is read. */
#include "base/error.h"
#include "git/end.h"

#include <string.h>

typedef struct {
    const char *name;
    int exit_status, signal;
    bool timed_out, cancelled, cut;
    bool remote;
    const char *words;
    GitEnd end;
} Case;

#define LOCKED "fatal: Unable to create '/x/.git/index.lock': File exists.\n"
#define KILLED_CHILD "error: git-remote-https died of signal 9\n"

static const Case cases[] = {
    {"done", 0, 0, false, false, false, false, "", GIT_DONE},
    {"done with a warning", 0, 0, false, false, false, false, "warning: not a git repository\n", GIT_DONE},
    {"done with a remote", 0, 0, false, false, false, true, "warning: 403\n", GIT_DONE},
    {"no", 1, 0, false, false, false, false, "", GIT_NO},
    {"no, with words", 1, 0, false, false, false, false, "error: some\n", GIT_NO},
    {"no of a remote", 1, 0, false, false, false, true, "error: failed to push some refs\n", GIT_NO},
    {"failed", 128, 0, false, false, false, false, "fatal: bad object\n", GIT_FAILED},
    {"failed by 255", 255, 0, false, false, false, false, "fatal: bad object\n", GIT_FAILED},
    {"usage", 129, 0, false, false, false, false, "usage: git\n", GIT_FAILED},
    {"failed by 2", 2, 0, false, false, false, false, "", GIT_FAILED},
    {"nowhere", 128, 0, false, false, false, false, "fatal: not a git repository (or any of the parent directories): .git\n", GIT_NOWHERE},
    {"no work tree", 128, 0, false, false, false, false, "fatal: this operation must be run in a work tree\n", GIT_NOWHERE},
    {"bare in a tree", 128, 0, false, false, false, false, "fatal: cannot use bare repository '/x' (safe.bareRepository is 'explicit')\n", GIT_NOWHERE},
    {"killed", -1, 9, false, false, false, false, "", GIT_KILLED},
    {"terminated", -1, 15, false, false, false, false, "", GIT_KILLED},
    {"crashed", -1, 11, false, false, false, false, "", GIT_KILLED},
    {"killed after it had said no", -1, 9, false, false, false, false, "fatal: not a git repository\n", GIT_KILLED},
    {"killed with a remote", -1, 9, false, false, false, true, "", GIT_KILLED},
    {"a shell's word for a kill", 137, 0, false, false, false, false, "", GIT_KILLED},
    {"died without a word", 128, 0, false, false, false, false, "", GIT_KILLED},
    {"its own child was killed", 128, 0, false, false, false, true, KILLED_CHILD, GIT_KILLED},
    {"its own child was killed, said by 1", 1, 0, false, false, false, true, KILLED_CHILD, GIT_KILLED},
    {"locked", 128, 0, false, false, false, false, LOCKED, GIT_LOCKED},
    {"locked, said by 1", 1, 0, false, false, false, false, LOCKED, GIT_LOCKED},
    {"configuration locked", 255, 0, false, false, false, false, "error: could not lock config file .git/config: File exists\n", GIT_LOCKED},
    {"timed out", -1, 15, true, false, false, false, "", GIT_TIMED_OUT},
    {"timed out, and it ended well", 0, 0, true, false, false, false, "", GIT_TIMED_OUT},
    {"cancelled", -1, 15, false, true, false, false, "", GIT_CANCELLED},
    {"cancelled, and it ended well", 0, 0, false, true, false, false, "", GIT_CANCELLED},
    {"cut", 0, 0, false, false, true, false, "", GIT_CUT},
    {"killed, and cut", -1, 9, false, false, true, false, "", GIT_KILLED},
    {"refused by ssh", 128, 0, false, false, false, true, "git@x: Permission denied (publickey).\n", GIT_DENIED},
    {"refused by a file system", 128, 0, false, false, false, false, "fatal: cannot open: Permission denied\n", GIT_FAILED},
    {"refused by HTTP", 128, 0, false, false, false, true, "fatal: unable to access 'https://x/': The requested URL returned error: 403\n", GIT_DENIED},
    {"without credentials", 128, 0, false, false, false, true, "fatal: could not read Username for 'https://x': terminal prompts disabled\n", GIT_DENIED},
    {"wrong credentials", 128, 0, false, false, false, true, "fatal: Authentication failed for 'https://x/'\n", GIT_DENIED},
    {"no such host", 128, 0, false, false, false, true, "fatal: unable to access 'https://x/': Could not resolve host: x\n", GIT_UNREACHED},
    {"the other side went away", 128, 0, false, false, false, true, "fatal: the remote end hung up unexpectedly\n", GIT_UNREACHED},
};

static void test_end(gconstpointer data) {
    const Case *is = data;
    g_auto(ProcessResult) result = {.exit_status = is->exit_status,
                                    .signal = is->signal,
                                    .timed_out = is->timed_out,
                                    .cancelled = is->cancelled,
                                    .cut = is->cut,
                                    .out = g_bytes_new_static("", 0),
                                    .err = g_bytes_new_static(is->words, strlen(is->words))};
    g_assert_cmpint(git_end_of(&result, is->remote), ==, is->end);
}

/* Each end but an answer is an error, and those that say nothing may not be passed over. */
static void test_errors(void) {
    static const struct {
        GitEnd end;
        ErrorCode code;
        bool no_answer;
    } rows[] = {
        {GIT_NO, ERROR_REPOSITORY, false},    {GIT_FAILED, ERROR_REPOSITORY, false}, {GIT_NOWHERE, ERROR_NO_REPOSITORY, false},
        {GIT_LOCKED, ERROR_GIT_LOCKED, true}, {GIT_DENIED, ERROR_PERMISSION, false}, {GIT_UNREACHED, ERROR_REMOTE_UNREACHABLE, false},
        {GIT_KILLED, ERROR_GIT_KILLED, true}, {GIT_TIMED_OUT, ERROR_TIMEOUT, true},  {GIT_CANCELLED, ERROR_INTERRUPTED, true},
        {GIT_CUT, ERROR_TOO_LARGE, false},
    };
    static const char *const words[] = {"rev-parse", "HEAD", NULL};
    const GitCall call = {.read = true, .words = words};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(ProcessResult) result = {.exit_status = 128, .out = g_bytes_new_static("", 0), .err = g_bytes_new_static("why", 3)};
        g_autoptr(GError) error = NULL;
        git_end_error(rows[i].end, &call, &result, &error);
        g_assert_cmpint(error_code(error), ==, rows[i].code);
        g_assert_cmpint(git_gave_no_answer(error), ==, rows[i].no_answer);
    }
    g_assert_false(git_gave_no_answer(NULL));
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/git-end/", cases[i].name, NULL);
        g_test_add_data_func(path, &cases[i], test_end);
    }
    g_test_add_func("/git-end/errors", test_errors);
    return g_test_run();
}
