#include "base/address.h"
#include "base/process.h"
#include "base/text.h"
#include "git/git_private.h"
#include "git/pushed.h"

#include <string.h>

/* So long a push or fetch of slipway's own refs may take: a release waits for it. */
#define OWN_SECONDS 60

char *git_remote_url(const Git *git, const char *remote, GError **error) {
    g_autofree char *key = g_strdup_printf("remote.%s.url", remote);
    g_autofree char *url = git_config(git, key, error);
    return url != NULL ? address_shown(url) : NULL;
}

/* A question to the remote, or NULL: its "no" is none of the answers. */
static char *ask_remote(const Git *git, const char *remote, GitCall call, GError **error) {
    GitEnd end = GIT_DONE;
    g_autofree char *complaint = NULL;
    g_autoptr(GError) problem = NULL;
    call.end = &end;
    call.stderr_text = &complaint;
    g_autofree char *out = git_call(git, &call, &problem);
    if (end == GIT_DONE && out != NULL)
        return g_steal_pointer(&out);
    if (end != GIT_DENIED && end != GIT_UNREACHED && end != GIT_NO && end != GIT_TIMED_OUT) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return NULL;
    }
    g_autofree char *words = g_strchomp(text_escape(complaint, -1, true));
    error_set(error, end == GIT_DENIED ? ERROR_PERMISSION : ERROR_REMOTE_UNREACHABLE,
              end == GIT_DENIED ? "the remote %s does not let this user in" : "the remote %s cannot be reached", remote);
    error_why(error, "%s", end == GIT_TIMED_OUT ? problem->message : words);
    error_state(error, "nothing was sent");
    error_fix(error, end == GIT_TIMED_OUT ? "git ls-remote %s; where that only takes longer, set git.stall in slipway.yaml" : "git ls-remote %s", remote);
    return NULL;
}

/* Of this key git believes the first value and not the last, so an option has to say it. NULL: the repository's own configuration names no program, or its word
 * counts. */
static const char *option_for_pack(const Git *git, const char *remote, const char *key, const char *option) {
    g_autofree char *held = process_held_back(git->tree);
    g_autofree char *whole = g_strdup_printf("remote.%s.%s", remote, key);
    g_auto(GStrv) keys = g_strsplit(held != NULL ? held : "", " ", -1);
    return g_strv_contains((const char *const *)keys, whole) ? option : NULL;
}

static void add_upload_pack(GPtrArray *words, const Git *git, const char *remote) {
    const char *option = option_for_pack(git, remote, "uploadpack", "--upload-pack=git-upload-pack");
    if (option != NULL)
        g_ptr_array_add(words, (char *)option);
}

GHashTable *git_remote_refs(const Git *git, const char *remote, const char *const *patterns, GError **error) {
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_ptr_array_add(words, (char *)"ls-remote");
    g_ptr_array_add(words, (char *)"--quiet");
    add_upload_pack(words, git, remote);
    g_ptr_array_add(words, (char *)"--end-of-options");
    g_ptr_array_add(words, (char *)remote);
    static const char *const all[] = {"refs/heads/*", "refs/tags/*", NULL};
    for (guint i = 0; (patterns != NULL ? patterns : all)[i] != NULL; i++)
        g_ptr_array_add(words, (char *)(patterns != NULL ? patterns : all)[i]);
    g_ptr_array_add(words, NULL);
    g_autofree char *out = ask_remote(git, remote, (GitCall){.read = true, .words = (const char *const *)words->pdata}, error);
    if (out == NULL)
        return NULL;
    GHashTable *refs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_auto(GStrv) lines = g_strsplit(out, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        const char *tab = strchr(lines[i], '\t');
        if (tab != NULL)
            g_hash_table_insert(refs, g_strdup(tab + 1), g_strndup(lines[i], (gsize)(tab - lines[i])));
    }
    return refs;
}

/* ---- pushing ---- */

/* A lease alone would overwrite an unrelated history: the descent is proven here. */
static bool proves_descent(const Git *git, const GitPushRef *push, GError **error) {
    bool descends = false;
    if (push->before == NULL || push->after == NULL || !g_str_has_prefix(push->ref, "refs/heads/"))
        return true;
    if (!git_is_ancestor(git, push->before, push->after, &descends, error))
        return false;
    if (descends)
        return true;
    error_set(error, ERROR_CONFLICT, "%s would lose commits: %.12s is no descendant of %.12s", push->ref, push->after, push->before);
    error_state(error, "nothing was pushed");
    return false;
}

void git_pushed_clear(GitPushed *pushed) {
    g_free(pushed->places);
    g_free(pushed->text);
}

/* Others may have pushed on top of what arrived; their commits are here only once they are fetched. */
static bool holds(const Git *git, const char *remote, const GitPushRef *ref, const char *is, bool *result, GError **error) {
    *result = false;
    if (is == NULL || ref->after == NULL || !g_str_has_prefix(ref->ref, "refs/heads/"))
        return true;
    g_autofree char *here = git_peel(git, is, "commit", NULL);
    const char *refspecs[] = {ref->ref, NULL};
    return (here != NULL || git_fetch(git, remote, refspecs, error)) && git_is_ancestor(git, ref->after, is, result, error);
}

static bool find_place(const Git *git, const char *remote, const GitPushRef *ref, const char *is, GitRefPlace *place, GError **error) {
    bool on_top = false;
    *place = g_strcmp0(is, ref->after) == 0 ? GIT_REF_THERE : GIT_REF_BEFORE;
    if (*place == GIT_REF_THERE || g_strcmp0(is, ref->before) == 0)
        return true;
    *place = GIT_REF_MOVED;
    if (holds(git, remote, ref, is, &on_top, error))
        *place = on_top ? GIT_REF_THERE : GIT_REF_MOVED;
    else
        return false;
    return true;
}

static void add_words(GString *words, const GitPushRef *ref, const char *is, GitRefPlace place) {
    static const char *const texts[] = {"as before this push", "it arrived", "something else"};
    g_string_append_printf(words, "%s%s is %.12s on the remote (%s; planned from %.12s to %.12s)", words->len > 0 ? ", " : "", ref->ref,
                           is != NULL ? is : "absent", texts[place], ref->before != NULL ? ref->before : "absent", ref->after != NULL ? ref->after : "absent");
}

bool git_pushed(const Git *git, const char *remote, const GitPushRef *refs, guint count, GitPushed *pushed, GError **error) {
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < count; i++)
        g_ptr_array_add(names, (char *)refs[i].ref);
    g_ptr_array_add(names, NULL);
    g_autoptr(GHashTable) there = git_remote_refs(git, remote, (const char *const *)names->pdata, error);
    if (there == NULL)
        return false;
    g_autoptr(GString) words = g_string_new(NULL);
    guint counts[] = {0, 0, 0};
    pushed->places = g_new0(GitRefPlace, count);
    for (guint i = 0; i < count; i++) {
        const char *is = g_hash_table_lookup(there, refs[i].ref);
        if (!find_place(git, remote, &refs[i], is, &pushed->places[i], error))
            return false;
        counts[pushed->places[i]]++;
        add_words(words, &refs[i], is, pushed->places[i]);
    }
    pushed->before = counts[GIT_REF_BEFORE];
    pushed->there = counts[GIT_REF_THERE];
    pushed->moved = counts[GIT_REF_MOVED];
    pushed->text = g_string_free(g_steal_pointer(&words), FALSE);
    return true;
}

typedef struct {
    const Git *git;
    const char *remote;
    const GitPushRef *refs;
    guint count;
    bool own; /* slipway's own refs */
} Push;

/* Looked at, and nothing of it is there: it was refused, or git did not come to its end (own). */
static bool not_there(const Push *push, const GError *own, GError **error) {
    if (git_gave_no_answer(own))
        g_propagate_error(error, g_error_copy(own));
    else
        error_set(error, ERROR_PUSH_REJECTED, "%s did not take the push", push->remote);
    error_state(error, "nothing was pushed; branch and tag are on the remote as before");
    return false;
}

/* What came of a push that git calls failed, or that it did not come to the end of. */
static bool judge(const Push *push, const char *complaint, const GError *own, GError **error) {
    g_auto(GitPushed) pushed = {0};
    g_autoptr(GError) unseen = NULL;
    bool seen = git_pushed(push->git, push->remote, push->refs, push->count, &pushed, &unseen);
    g_autofree char *clean = g_strchomp(text_escape(complaint, -1, true));
    if (seen && pushed.there == push->count)
        return true;
    if (!seen) {
        error_set(error, ERROR_PUSH_UNKNOWN, "the push to %s failed, and whether it arrived cannot be seen", push->remote);
        error_state(error, "unknown: %s", unseen->message);
    } else if (pushed.there > 0) {
        error_set(error, ERROR_PUSH_UNKNOWN, "the push to %s arrived in part", push->remote);
        error_state(error, "%s", pushed.text);
        error_fix(error, "slipway resume, which pushes what is missing");
    } else if (pushed.moved > 0) {
        error_set(error, ERROR_REMOTE_MOVED, "%s is not where the plan saw it", push->remote);
        error_state(error, "nothing was pushed by this release");
    } else if (!not_there(push, own, error) && git_gave_no_answer(own)) {
        return false;
    }
    error_why(error, "%s", clean);
    return false;
}

static void add_ref(GPtrArray *words, const GitPushRef *push) {
    g_ptr_array_add(words, g_strdup_printf("--force-with-lease=%s:%s", push->ref, push->before != NULL ? push->before : ""));
}

/* NULL: one of the refs would lose commits. */
static GPtrArray *words_of(const Push *push, GError **error) {
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    const char *head[] = {"push", "--atomic", "--porcelain", "--no-follow-tags", "--no-recurse-submodules"};
    for (guint i = 0; i < G_N_ELEMENTS(head); i++)
        g_ptr_array_add(words, g_strdup(head[i]));
    for (guint i = 0; i < push->count; i++) {
        if (!proves_descent(push->git, &push->refs[i], error))
            return NULL;
        add_ref(words, &push->refs[i]);
    }
    g_ptr_array_add(words, g_strdup("--end-of-options"));
    g_ptr_array_add(words, g_strdup(push->remote));
    for (guint i = 0; i < push->count; i++)
        g_ptr_array_add(words, g_strdup_printf("%s:%s", push->refs[i].after != NULL ? push->refs[i].after : "", push->refs[i].ref));
    g_ptr_array_add(words, NULL);
    return g_steal_pointer(&words);
}

static bool push_refs(const Push *push, GError **error) {
    g_autoptr(GPtrArray) words = words_of(push, error);
    if (words == NULL)
        return false;
    GitEnd end = GIT_DONE;
    g_autofree char *complaint = NULL;
    GitCall call = {
        .words = (const char *const *)words->pdata, .hooks = !push->own, .timeout = push->own ? OWN_SECONDS : 0, .end = &end, .stderr_text = &complaint};
    g_autoptr(GError) problem = NULL;
    g_autofree char *out = git_call(push->git, &call, &problem);
    if (end == GIT_DONE)
        return true;
    if (end == GIT_CANCELLED)
        error_state(&problem, "whether it had arrived by then is not known; slipway looks before it goes on");
    if (end == GIT_CANCELLED || end == GIT_SILENT || end == GIT_UNSTARTED) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return false;
    }
    /* A push that failed may have arrived: the answer can be lost after the effect. */
    bool cut_off = git_gave_no_answer(problem);
    g_autofree char *said = g_strdup_printf("%s%s%s%s%s", cut_off ? problem->message : "", cut_off ? "\n" : "", complaint != NULL ? complaint : "",
                                            out != NULL && *out != '\0' ? "\n" : "", out != NULL ? out : "");
    return judge(push, said, problem, error);
}

bool git_push(const Git *git, const char *remote, const GitPushRef *refs, guint count, GError **error) {
    return push_refs(&(Push){git, remote, refs, count, false}, error);
}

bool git_push_own(const Git *git, const char *remote, const GitPushRef *refs, guint count, GError **error) {
    return push_refs(&(Push){git, remote, refs, count, true}, error);
}

/* ---- before pushing ---- */

GPtrArray *git_push_urls(const Git *git, const char *remote, GError **error) {
    g_autofree char *out = git_read(git, error, "remote", "get-url", "--push", "--all", remote, NULL);
    if (out == NULL)
        return NULL;
    g_auto(GStrv) lines = g_strsplit(out, "\n", -1);
    GPtrArray *urls = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; lines[i] != NULL && *lines[i] != '\0'; i++)
        g_ptr_array_add(urls, g_strdup(lines[i]));
    return urls;
}

GPtrArray *git_push_addresses(const Git *git, const char *remote, GError **error) {
    g_autoptr(GPtrArray) urls = git_push_urls(git, remote, error);
    GPtrArray *addresses = urls != NULL ? g_ptr_array_new_with_free_func(g_free) : NULL;
    for (guint i = 0; urls != NULL && i < urls->len; i++)
        g_ptr_array_add(addresses, address_shown(g_ptr_array_index(urls, i)));
    return addresses;
}

static bool refuse_trial(const char *remote, bool denied, const char *complaint, GError **error) {
    g_autofree char *clean = g_strchomp(text_escape(complaint, -1, true));
    bool permission = denied || strstr(complaint, "terminal prompts disabled") != NULL;
    if (strstr(complaint, "does not support --atomic") != NULL) {
        error_set(error, ERROR_PUSH_REJECTED, "%s cannot take branch and tag in one atomic push", remote);
        error_fix(error, "use a server that can (git 2.4 or newer), or ask its administrator");
    } else if (permission) {
        error_set(error, ERROR_PERMISSION, "%s does not let this user push", remote);
        error_fix(error, "give git what lets you push there, a credential helper or a key, or name another remote by git.remote");
    } else {
        error_set(error, ERROR_PUSH_REJECTED, "%s would not take the push: a trial of it failed", remote);
        error_fix(error, "settle what git says above, then the same again");
    }
    error_why(error, "%s", clean);
    error_state(error, "nothing was changed");
    return false;
}

bool git_try_push(const Git *git, const char *remote, const GitPushRef *refs, guint count, GError **error) {
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    const char *head[] = {"push",
                          "--dry-run",
                          "--atomic",
                          "--porcelain",
                          "--no-follow-tags",
                          "--no-recurse-submodules",
                          option_for_pack(git, remote, "receivepack", "--receive-pack=git-receive-pack")};
    for (guint i = 0; i < G_N_ELEMENTS(head) && head[i] != NULL; i++)
        g_ptr_array_add(words, g_strdup(head[i]));
    for (guint i = 0; i < count; i++)
        add_ref(words, &refs[i]);
    g_ptr_array_add(words, g_strdup("--end-of-options"));
    g_ptr_array_add(words, g_strdup(remote));
    for (guint i = 0; i < count; i++)
        g_ptr_array_add(words, g_strdup_printf("%s:%s", refs[i].after, refs[i].ref));
    g_ptr_array_add(words, NULL);
    GitEnd end = GIT_DONE;
    g_autofree char *complaint = NULL;
    g_autoptr(GError) problem = NULL;
    GitCall call = {.read = true, .words = (const char *const *)words->pdata, .timeout = OWN_SECONDS, .end = &end, .stderr_text = &complaint};
    g_autofree char *out = git_call(git, &call, &problem);
    if (end == GIT_DONE)
        return true;
    if (end != GIT_NO && end != GIT_FAILED && end != GIT_DENIED && end != GIT_UNREACHED) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return false;
    }
    g_autofree char *all = g_strdup_printf("%s%s", complaint != NULL ? complaint : "", out != NULL ? out : "");
    return refuse_trial(remote, end == GIT_DENIED, all, error);
}

/* ---- fetching ---- */

bool git_fetch(const Git *git, const char *remote, const char *const *refspecs, GError **error) {
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    const char *head[] = {"fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-maintenance", "--no-prune"};
    for (guint i = 0; i < G_N_ELEMENTS(head); i++)
        g_ptr_array_add(words, (char *)head[i]);
    add_upload_pack(words, git, remote);
    g_ptr_array_add(words, (char *)"--end-of-options");
    g_ptr_array_add(words, (char *)remote);
    for (guint i = 0; refspecs[i] != NULL; i++)
        g_ptr_array_add(words, (char *)refspecs[i]);
    g_ptr_array_add(words, NULL);
    g_autofree char *out = ask_remote(git, remote, (GitCall){.words = (const char *const *)words->pdata, .timeout = OWN_SECONDS}, error);
    return out != NULL;
}
