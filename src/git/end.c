#include "git/end.h"

#include "base/text.h"

#include <string.h>

/* git dies with this status. */
#define DIED 128

typedef struct {
    const char *words;
    GitEnd end;
    bool remote; /* says something only where git speaks with a remote */
} Phrase;

/* git's own words (LC_ALL=C), the first that fits. */
static const Phrase phrases[] = {
    {" died of signal ", GIT_KILLED, false}, /* of a program that git had started: ssh, git-remote-https, pack-objects, a hook */
    {".lock': File exists", GIT_LOCKED, false},
    {"could not lock config file", GIT_LOCKED, false},
    {"not a git repository", GIT_NOWHERE, false},
    {"detected dubious ownership", GIT_NOWHERE, false},
    {"must be run in a work tree", GIT_NOWHERE, false},
    {"cannot use bare repository", GIT_NOWHERE, false}, /* one that lies in a tree: safe.bareRepository */
    {"ermission denied", GIT_DENIED, true},
    {"uthentication failed", GIT_DENIED, true},
    {"could not read Username", GIT_DENIED, true},
    {"403", GIT_DENIED, true},
    {"401", GIT_DENIED, true},
    {"access denied", GIT_DENIED, true},
};

static GitEnd by_words(const char *words, bool remote) {
    for (guint i = 0; i < G_N_ELEMENTS(phrases); i++) {
        if ((remote || !phrases[i].remote) && strstr(words, phrases[i].words) != NULL)
            return phrases[i].end;
    }
    return remote ? GIT_UNREACHED : GIT_FAILED;
}

GitEnd git_end_of(const ProcessResult *result, bool remote) {
    const char *words = process_text(result->err);
    if (result->cancelled)
        return GIT_CANCELLED;
    if (result->timed_out)
        return GIT_TIMED_OUT;
    /* git never dies without a word by itself: what it had started and waited for is gone. */
    if (result->signal != 0 || (result->exit_status >= DIED && *words == '\0'))
        return GIT_KILLED;
    if (result->exit_status == 0)
        return result->cut ? GIT_CUT : GIT_DONE;
    GitEnd end = by_words(words, remote);
    bool lost = end == GIT_KILLED || end == GIT_LOCKED;
    return result->exit_status == 1 && !lost ? GIT_NO : end;
}

bool git_gave_no_answer(const GError *problem) {
    static const ErrorCode codes[] = {ERROR_GIT_KILLED, ERROR_GIT_LOCKED, ERROR_TIMEOUT, ERROR_INTERRUPTED, ERROR_PROGRAM_MISSING, ERROR_PROCESS};
    bool is = false;
    for (guint i = 0; i < G_N_ELEMENTS(codes); i++)
        is = is || error_is(problem, codes[i]);
    return is;
}

/* ---- the words for it ---- */

/* "'/x/.git/index.lock': File exists", or for the configuration "could not lock config file .git/config: File exists". g_free; NULL: not named. */
static char *lock_of(const char *words) {
    g_autoptr(GRegex) form = g_regex_new("'([^'\n]+\\.lock)': File exists|could not lock config file ([^\n]+): ", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    if (!g_regex_match(form, words, 0, &match))
        return NULL;
    g_autofree char *lock = g_match_info_fetch(match, 1);
    g_autofree char *config = g_match_info_fetch(match, 2);
    return lock != NULL && *lock != '\0' ? g_steal_pointer(&lock) : g_strconcat(config, ".lock", NULL);
}

/* Another git's that is at work, or one's that was killed: only a person can tell which. */
static void locked(const GitCall *call, const char *words, GError **error) {
    g_autofree char *path = lock_of(words);
    g_autofree char *owner = path != NULL ? git_lock_owner(path) : NULL;
    g_autofree char *quoted = path != NULL ? g_shell_quote(path) : NULL;
    g_autofree char *shown = text_escape(path != NULL ? path : words, -1, true);
    error_set(error, ERROR_GIT_LOCKED, "git %s found a lock in its way: %s", call->words[0], g_strchomp(shown));
    error_state(error, "git did not do this step");
    if (owner != NULL)
        error_why(error, "the lock is not of this release: %s", owner);
    if (quoted != NULL)
        error_fix(error, "see that no git is at work here: pgrep -a git; then: rm %s", quoted);
}

static void killed(const GitCall *call, const ProcessResult *result, GError **error) {
    g_autofree char *how = result->signal != 0 ? process_describe_end(result) : g_strdup("a program that it had started ended before its time");
    error_set(error, ERROR_GIT_KILLED, "git %s was ended before it was through: %s", call->words[0], how);
    error_state(error, call->read ? "what it was asked is not known" : "whether this step was done is not known; slipway looks before it goes on");
}

static void timed_out(const GitCall *call, const ProcessResult *result, GError **error) {
    g_autofree char *how = process_describe_end(result);
    error_set(error, ERROR_TIMEOUT, "git %s was ended: it %s", call->words[0], how);
    error_fix(error, "try it by hand; where it needs longer, set git.%s in slipway.yaml", result->stalled ? "stall" : "timeout");
    error_state(error, call->read ? "what it was asked is not known" : "whether this step was done is not known; slipway looks before it goes on");
}

void git_end_error(GitEnd end, const GitCall *call, const ProcessResult *result, GError **error) {
    static const ErrorCode codes[] = {
        [GIT_CANCELLED] = ERROR_INTERRUPTED,        [GIT_CUT] = ERROR_TOO_LARGE, [GIT_NOWHERE] = ERROR_NO_REPOSITORY, [GIT_DENIED] = ERROR_PERMISSION,
        [GIT_UNREACHED] = ERROR_REMOTE_UNREACHABLE, [GIT_NO] = ERROR_REPOSITORY, [GIT_FAILED] = ERROR_REPOSITORY,
    };
    g_autofree char *words = g_strchomp(text_escape(process_text(result->err), -1, true));
    g_autofree char *how = process_describe_end(result);
    if (end == GIT_LOCKED)
        locked(call, process_text(result->err), error);
    else if (end == GIT_KILLED)
        killed(call, result, error);
    else if (end == GIT_TIMED_OUT)
        timed_out(call, result, error);
    else if (end == GIT_CANCELLED)
        error_set(error, codes[end], "git %s was interrupted", call->words[0]);
    else if (end == GIT_CUT)
        error_set(error, codes[end], "git %s says more than slipway reads", call->words[0]);
    else
        error_set(error, codes[end], "git %s failed: %s", call->words[0], how);
    if (*words != '\0' && (error == NULL || error_get_why(*error) == NULL))
        error_why(error, "%s", words);
}
