#include "base/address.h"
#include "base/process.h"
#include "git/end.h"
#include "git/git_private.h"
#include "git/remains.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUTPUT_LIMIT (256u << 20)
#define TIMEOUT_SECONDS 1800
#define STALL_SECONDS 60
/* What still has to be said to a remote after Ctrl-C keeps nobody waiting for longer. */
#define HURRIED_SECONDS 10

static gint timeout_seconds = TIMEOUT_SECONDS, stall_seconds = STALL_SECONDS;
static const gint *interrupt_flag = NULL;

void git_bound(gint64 timeout, gint64 stall) {
    g_atomic_int_set(&timeout_seconds, (gint)CLAMP(timeout, 1, G_MAXINT));
    g_atomic_int_set(&stall_seconds, (gint)CLAMP(stall, 1, G_MAXINT));
}

void git_interrupt_by(const gint *interrupt) {
    interrupt_flag = interrupt;
}

/* ---- a remote that keeps silent ---- */

/* So long it is not asked again: longer than a command has to say to it, shorter than a long build takes. */
#define SILENT_US (120 * G_USEC_PER_SEC)

static GMutex silence;
static GHashTable *silent; /* common folder and remote → gint64*, since when */

static char *remote_key(const Git *git, const char *remote) {
    return g_strjoin("\n", git->common_dir != NULL ? git->common_dir : git->tree, remote, NULL);
}

static void note_silence(const Git *git, const char *remote) {
    gint64 now = g_get_monotonic_time();
    g_mutex_lock(&silence);
    silent = silent != NULL ? silent : g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_insert(silent, remote_key(git, remote), g_memdup2(&now, sizeof now));
    g_mutex_unlock(&silence);
}

bool git_is_silent(const Git *git, const char *remote) {
    g_autofree char *key = remote_key(git, remote);
    g_mutex_lock(&silence);
    const gint64 *since = silent != NULL ? g_hash_table_lookup(silent, key) : NULL;
    bool is = since != NULL && g_get_monotonic_time() - *since < SILENT_US;
    g_mutex_unlock(&silence);
    return is;
}

/* Which remote a call goes to: the word that its options end before. */
static const char *remote_of(const GitCall *call) {
    guint at = 0;
    while (call->words[at] != NULL && !g_str_equal(call->words[at], "--end-of-options"))
        at++;
    return call->words[at] != NULL ? call->words[at + 1] : NULL;
}

static bool refuse_silent(const char *remote, GError **error) {
    error_set(error, ERROR_REMOTE_UNREACHABLE, "the remote %s cannot be reached", remote);
    error_why(error, "it kept silent a moment ago, until the time was up; it was not waited for again");
    error_state(error, "nothing was sent");
    error_fix(error, "git ls-remote %s; where that only takes longer, set git.stall in slipway.yaml", remote);
    return false;
}

/* ---- calling ---- */

static bool is_interrupted(void) {
    return interrupt_flag != NULL && g_atomic_int_get(interrupt_flag) != 0;
}

/* What holds for every call: durable, no background work, no hooks, no program of the repository's choice, names as they are. */
static const char *const common[] = {
    "-c",
    "core.fsync=all",
    "-c",
    "gc.auto=0",
    "-c",
    "maintenance.auto=false",
    "-c",
    "core.quotePath=false",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "color.ui=false",
    "-c",
    "core.pager=cat",
    "-c",
    "log.showSignature=false",
    "-c",
    "safe.bareRepository=explicit",
    "-c",
    "submodule.recurse=false",
    "-c",
    "advice.detachedHead=false",
    "--no-optional-locks",
    "--no-replace-objects",
};

/* Variables that would lead git to another repository, index or configuration than the one that was found. */
static const char *const leading[] = {
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_CONFIG",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
    "GIT_EXTERNAL_DIFF",
    "GIT_ATTR_SOURCE",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_AUTHOR_DATE",
    "GIT_COMMITTER_DATE",
    "GIT_AUTHOR_NAME",
    "GIT_AUTHOR_EMAIL",
    "GIT_TRACE",
    "GIT_CEILING_DIRECTORIES",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_REF_PARANOIA",
};

/* Those that a credential helper may answer with tokens of the environment. */
static bool speaks_with_remote(const GitCall *call) {
    static const char *const commands[] = {"push", "fetch", "ls-remote", NULL};
    return call->words[0] != NULL && g_strv_contains(commands, call->words[0]);
}

/* Is there any hook that the user's git would run? One that cannot be looked for may be there. */
static bool has_hooks(const Git *git) {
    static const char *const words[] = {"rev-parse", "--path-format=absolute", "--git-path", "hooks", NULL};
    GitCall call = {.read = true, .words = words, .hooks = true}; /* else it names /dev/null */
    g_autofree char *said = git_call(git, &call, NULL);
    g_autoptr(GDir) folder = said != NULL ? g_dir_open(said, 0, NULL) : NULL;
    const char *name;
    bool found = said == NULL;
    while (folder != NULL && !found && (name = g_dir_read_name(folder)) != NULL) {
        g_autofree char *path = g_build_filename(said, name, NULL);
        found = !g_str_has_suffix(name, ".sample") && access(path, X_OK) == 0;
    }
    return found;
}

/* What stays on this machine may run beside a gate, which can look at it. What signs may be any program of the user's. No hook gets a token, though a helper
 * then goes without those of the environment, too. */
static char **own_environment(const Git *git, const GitCall *call) {
    bool remote = speaks_with_remote(call);
    if (!remote && !call->signs)
        return process_git_env();
    bool keep = remote && !(call->hooks && has_hooks(git));
    return keep ? g_get_environ() : process_drop_tokens(g_get_environ());
}

static char **environment(const Git *git, const GitCall *call) {
    g_auto(GStrv) env = own_environment(git, call);
    for (guint i = 0; i < G_N_ELEMENTS(leading); i++)
        env = g_environ_unsetenv(g_steal_pointer(&env), leading[i]);
    if (call->read)
        env = g_environ_setenv(g_steal_pointer(&env), "GIT_OPTIONAL_LOCKS", "0", TRUE);
    env = g_environ_setenv(g_steal_pointer(&env), "LC_ALL", "C", TRUE);
    env = g_environ_setenv(g_steal_pointer(&env), "LANGUAGE", "", TRUE);
    env = g_environ_setenv(g_steal_pointer(&env), "GIT_EDITOR", "false", TRUE);
    if (!isatty(STDIN_FILENO))
        env = g_environ_setenv(g_steal_pointer(&env), "GIT_TERMINAL_PROMPT", "0", TRUE);
    for (guint i = 0; call->env != NULL && call->env[i] != NULL; i++) {
        g_auto(GStrv) pair = g_strsplit(call->env[i], "=", 2);
        env = g_environ_setenv(g_steal_pointer(&env), pair[0], pair[1], TRUE);
    }
    return g_steal_pointer(&env);
}

static GPtrArray *words_of(const GitCall *call) {
    GPtrArray *words = g_ptr_array_new();
    g_ptr_array_add(words, (char *)"git");
    for (guint i = 0; i < G_N_ELEMENTS(common); i++)
        g_ptr_array_add(words, (char *)common[i]);
    if (!call->hooks) {
        g_ptr_array_add(words, (char *)"-c");
        g_ptr_array_add(words, (char *)"core.hooksPath=/dev/null");
    }
    for (guint i = 0; call->words[i] != NULL; i++)
        g_ptr_array_add(words, (char *)call->words[i]);
    g_ptr_array_add(words, NULL);
    return words;
}

static char *take_output(const GitCall *call, ProcessResult *result) {
    gsize length = 0;
    const char *data = g_bytes_get_data(result->out, &length);
    if (length > 0 && data[length - 1] == '\n')
        length--;
    if (call->length != NULL)
        *call->length = length;
    char *text = g_malloc(length + 1);
    memcpy(text, data, length);
    text[length] = '\0';
    return text;
}

/* Git prints the addresses that it was given, and its helpers those that they made of them: nothing of it goes on as it is. */
static void redact_words(ProcessResult *result) {
    char *clean = address_redact(process_text(result->err));
    g_bytes_unref(result->err);
    result->err = g_bytes_new_take(clean, strlen(clean));
}

/* A write leaves a note for as long as it runs. */
static bool run_noted(const Git *git, const GitCall *call, const ProcessSpec *spec, ProcessResult *result, GitEnd *end, GError **error) {
    char *note = git_note_begin(git, call);
    bool started = process_run(spec, result, error);
    if (started)
        redact_words(result);
    *end = started ? git_end_of(result, speaks_with_remote(call)) : GIT_UNSTARTED;
    /* GIT_UNREACHED: in a folder of this machine, the other side may have been killed. */
    bool by_itself = *end != GIT_KILLED && *end != GIT_TIMED_OUT && *end != GIT_CANCELLED && *end != GIT_UNREACHED;
    git_note_end(git, note, by_itself);
    return started;
}

char *git_call(const Git *git, const GitCall *call, GError **error) {
    bool remote = speaks_with_remote(call);
    GitEnd unwanted, *end = call->end != NULL ? call->end : &unwanted;
    const char *name = remote ? remote_of(call) : NULL;
    if (name != NULL && git_is_silent(git, name)) {
        *end = GIT_SILENT;
        refuse_silent(name, error);
        return NULL;
    }
    if (remote && !git_learn_secrets(git, end, error))
        return NULL;
    g_autoptr(GPtrArray) words = words_of(call);
    g_auto(GStrv) env = environment(git, call);
    gint64 timeout = remote && is_interrupted() ? HURRIED_SECONDS : g_atomic_int_get(&timeout_seconds);
    ProcessSpec spec = {
        .argv = (const char *const *)words->pdata,
        .env = (const char *const *)env,
        .cwd = call->cwd != NULL ? call->cwd : git->tree,
        .input = call->input,
        .capture = OUTPUT_LIMIT,
        .umask = call->umask,
        .timeout_seconds = call->timeout != 0 ? MIN(call->timeout, timeout) : timeout,
        .stall_seconds = remote ? g_atomic_int_get(&stall_seconds) : 0,
        .planned = true,
        .cancel = git->cancel,
        .mark = git->mark,
        .chunk = call->chunk,
        .data = call->data,
    };
    g_auto(ProcessResult) result = {0};
    if (!run_noted(git, call, &spec, &result, end, error))
        return NULL;
    if (name != NULL && result.stalled && !call->hooks) /* else it may be a hook that it waited for */
        note_silence(git, name);
    if (call->stderr_text != NULL)
        *call->stderr_text = g_strdup(process_text(result.err));
    if (*end == GIT_DONE || (*end == GIT_NO && call->end != NULL))
        return take_output(call, &result);
    git_end_error(*end, call, &result, error);
    return NULL;
}

static GPtrArray *collect(va_list args) {
    GPtrArray *words = g_ptr_array_new();
    const char *word;
    while ((word = va_arg(args, const char *)) != NULL)
        g_ptr_array_add(words, (char *)word);
    g_ptr_array_add(words, NULL);
    return words;
}

char *git_read(const Git *git, GError **error, ...) {
    va_list args;
    va_start(args, error);
    g_autoptr(GPtrArray) words = collect(args);
    va_end(args);
    GitCall call = {.read = true, .words = (const char *const *)words->pdata};
    return git_call(git, &call, error);
}

bool git_write(const Git *git, GError **error, ...) {
    va_list args;
    va_start(args, error);
    g_autoptr(GPtrArray) words = collect(args);
    va_end(args);
    GitCall call = {.words = (const char *const *)words->pdata};
    g_autofree char *out = git_call(git, &call, error);
    return out != NULL;
}

/* ---- opening ---- */

void git_free(Git *git) {
    g_free(git->tree);
    g_free(git->common_dir);
    g_free(git->git_dir);
    g_free(git);
}

static char *ask_path(const Git *git, const char *option, GError **error) {
    return git_read(git, error, "rev-parse", "--path-format=absolute", option, NULL);
}

/* All three in one call; a path may hold a newline, then they cannot be told apart and each is asked for by itself. */
static bool find_places(Git *git, GError **error) {
    g_autofree char *all = git_read(git, error, "rev-parse", "--path-format=absolute", "--show-toplevel", "--git-common-dir", "--absolute-git-dir", NULL);
    if (all == NULL)
        return false;
    g_auto(GStrv) lines = g_strsplit(all, "\n", -1);
    bool plain = g_strv_length(lines) == 3;
    g_autofree char *tree = plain ? g_strdup(lines[0]) : ask_path(git, "--show-toplevel", error);
    git->common_dir = plain ? g_strdup(lines[1]) : ask_path(git, "--git-common-dir", error);
    git->git_dir = plain ? g_strdup(lines[2]) : ask_path(git, "--absolute-git-dir", error);
    if (tree == NULL || git->common_dir == NULL || git->git_dir == NULL)
        return false;
    g_free(git->tree);
    git->tree = g_steal_pointer(&tree);
    return true;
}

/* words: git's. What is asked of git here (safe.bareRepository) is none of the user's affair. */
static void say_nowhere(const Git *git, const char *words, GError **error) {
    g_autofree char *quoted = g_shell_quote(git->tree);
    bool bare = strstr(words, "cannot use bare repository") != NULL || strstr(words, "must be run in a work tree") != NULL;
    bool foreign = strstr(words, "detected dubious ownership") != NULL;
    error_set(error, ERROR_NO_REPOSITORY,
              bare      ? "this is no work tree, but git's own folder of one, or a bare repository: %s"
              : foreign ? "git does not trust this repository, because it belongs to another user: %s"
                        : "this is no git work tree: %s",
              git->tree);
    if (!bare)
        error_why(error, "%s", words);
    error_state(error, "nothing was changed");
    if (bare)
        error_fix(error, "run slipway in a clone that has files: git clone %s", quoted);
    else if (foreign)
        error_fix(error, "where you trust it: git config --global --add safe.directory %s", quoted);
}

Git *git_open(const char *path, GError **error) {
    g_autoptr(Git) git = g_new0(Git, 1);
    g_autofree char *start = realpath(path, NULL);
    git->tree = g_strdup(start != NULL ? start : path);
    git->cancel = interrupt_flag;
    GError *problem = NULL;
    if (find_places(git, &problem))
        return g_steal_pointer(&git);
    if (!error_is(problem, ERROR_NO_REPOSITORY)) {
        g_propagate_error(error, problem);
        return NULL;
    }
    say_nowhere(git, error_get_why(problem) != NULL ? error_get_why(problem) : problem->message, error);
    g_error_free(problem);
    return NULL;
}
