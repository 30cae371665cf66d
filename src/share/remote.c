/* The refs of the remote: what there is, what it says, and writing. */
#include "base/clock.h"
#include "base/fault.h"
#include "share/share_private.h"

#include <string.h>
#include <sys/random.h>

#define MAX_OPEN 16
#define IDENTITY "slipway <slipway@slipway.invalid>"

bool share_is_id(const char *id) {
    gsize length = id != NULL ? strlen(id) : 0;
    return (length == 40 || length == 64) && strspn(id, "0123456789abcdef") == length;
}

/* ---- looking ---- */

GHashTable *share_list(const Git *git, const char *remote, GError **error) {
    static const char *const patterns[] = {SHARE_RUNS "*", SHARE_CANDIDATES "*", NULL};
    return git_remote_refs(git, remote, patterns, error);
}

const char *share_listed(GHashTable *list, const char *name) {
    g_autofree char *ref = g_strconcat(SHARE_RUNS, name, NULL);
    return g_hash_table_lookup(list, ref);
}

GPtrArray *share_open_names(GHashTable *list) {
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, list);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        const char *name = g_str_has_prefix(key, SHARE_CANDIDATES) ? (const char *)key + strlen(SHARE_CANDIDATES) : NULL;
        if (name != NULL && names->len < MAX_OPEN && share_listed(list, name) != NULL)
            g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_sort(names, (GCompareFunc)(void (*)(void))g_strcmp0);
    return names;
}

static bool local_ref(const Git *git, const char *folder, const char *name, char **id, GError **error) {
    g_autofree char *ref = g_strconcat(folder, name, NULL);
    GError *problem = NULL;
    *id = git_ref(git, ref, &problem);
    if (problem != NULL)
        g_propagate_error(error, problem);
    return problem == NULL;
}

bool share_is_ours(const Git *git, const char *name, const char *id, bool *ours, GError **error) {
    g_autofree char *written = NULL, *pending = NULL;
    if (!local_ref(git, SHARE_RUNS, name, &written, error) || !local_ref(git, SHARE_PENDING, name, &pending, error))
        return false;
    *ours = g_strcmp0(written, id) == 0 || (id != NULL && g_strcmp0(pending, id) == 0);
    return true;
}

bool share_has_lease(const Git *git, const char *name, bool *has, GError **error) {
    g_autofree char *written = NULL, *pending = NULL;
    if (!local_ref(git, SHARE_RUNS, name, &written, error) || !local_ref(git, SHARE_PENDING, name, &pending, error))
        return false;
    *has = written != NULL || pending != NULL;
    return true;
}

/* ---- reading ---- */

static bool unlike_ours(const char *name, GError **error) {
    if (error == NULL || *error != NULL)
        return false;
    error_set(error, ERROR_JOURNAL_EDITED, "refs/slipway/runs/%s on the remote is not what a slipway wrote", name);
    error_why(error, "it has no run.json of at most %u KiB, or no events.jsonl of at most %u MiB", SHARE_HEAD_LIMIT >> 10, SHARE_EVENTS_LIMIT >> 20);
    error_state(error, "nothing of it was used, nothing was changed");
    return false;
}

static ShareRecord *read_head(const Git *git, const char *name, const char *commit, GError **error) {
    g_autoptr(GBytes) head = git_blob(git, commit, "run.json", SHARE_HEAD_LIMIT, error);
    ShareRecord *record = head != NULL ? share_record_head(name, head, error) : NULL;
    if (record != NULL)
        record->commit = g_strdup(commit);
    else
        unlike_ours(name, error);
    return record;
}

static ShareRecord *read_commit(const Git *git, const char *name, const char *commit, GError **error) {
    g_autoptr(ShareRecord) record = read_head(git, name, commit, error);
    g_autoptr(GBytes) lines = record != NULL ? git_blob(git, commit, "events.jsonl", SHARE_EVENTS_LIMIT, error) : NULL;
    if (record != NULL && lines == NULL)
        unlike_ours(name, error);
    if (lines != NULL && share_record_load(record, lines, error))
        return g_steal_pointer(&record);
    if (lines != NULL && error != NULL && error_is(*error, ERROR_TOO_LARGE))
        error_state(error, "nothing of it was used, nothing was changed");
    return NULL;
}

static bool is_ref_name(const Git *git, const char *name, GError **error) {
    g_autofree char *ref = g_strconcat(SHARE_RUNS, name, NULL);
    return git_write(git, error, "check-ref-format", ref, NULL);
}

/* Into the objects alone: no ref of this clone leads to what is only looked at. */
static char *fetch_run(const Git *git, const char *remote, const char *name, GError **error) {
    g_autoptr(GHashTable) list = share_list(git, remote, error);
    const char *commit = list != NULL ? share_listed(list, name) : NULL;
    if (list != NULL && commit == NULL)
        error_set(error, ERROR_REMOTE_MOVED, "refs/slipway/runs/%s is gone from %s", name, remote);
    g_autofree char *run = g_strconcat(SHARE_RUNS, name, NULL);
    const char *refspecs[] = {run, NULL};
    return commit != NULL && git_fetch(git, remote, refspecs, error) ? g_strdup(commit) : NULL;
}

/* What no slipway can read nobody can go on with: it is in the way until somebody removes it. */
static void how_to_remove(const char *remote, const char *name, GError **error) {
    static const ErrorCode codes[] = {ERROR_JOURNAL_EDITED, ERROR_PARSE, ERROR_TOO_LARGE};
    bool broken = false;
    for (guint i = 0; error != NULL && i < G_N_ELEMENTS(codes); i++)
        broken = broken || error_is(*error, codes[i]);
    if (broken && share_is_safe_word(remote) && share_is_safe_word(name))
        error_fix(error,
                  "git push %s :" SHARE_RUNS "%s, which removes it for all; before that, who wrote it: git fetch %s " SHARE_RUNS "%s && git log FETCH_HEAD",
                  remote, name, remote, name);
}

/* One that is gone meanwhile is none: the record says whether one is needed. */
static bool fetch_candidate(const Git *git, const char *remote, const char *name, GError **error) {
    g_autoptr(GHashTable) list = share_list(git, remote, error);
    g_autofree char *candidate = g_strconcat(SHARE_CANDIDATES, name, NULL);
    const char *refspecs[] = {candidate, NULL};
    return list != NULL && (!g_hash_table_contains(list, candidate) || git_fetch(git, remote, refspecs, error));
}

ShareRecord *share_look(const Git *git, const char *remote, const char *name, GError **error) {
    g_autofree char *commit = is_ref_name(git, name, error) ? fetch_run(git, remote, name, error) : NULL;
    ShareRecord *record = commit != NULL ? read_head(git, name, commit, error) : NULL;
    if (commit != NULL && record == NULL)
        how_to_remove(remote, name, error);
    return record;
}

ShareRecord *share_read(const Git *git, const char *remote, const ShareRecord *head, GError **error) {
    g_autoptr(ShareRecord) record = read_commit(git, head->name, head->commit, error);
    if (record == NULL)
        how_to_remove(remote, head->name, error);
    return record != NULL && fetch_candidate(git, remote, head->name, error) ? g_steal_pointer(&record) : NULL;
}

ShareRecord *share_fetch(const Git *git, const char *remote, const char *name, GError **error) {
    g_autoptr(ShareRecord) head = share_look(git, remote, name, error);
    return head != NULL ? share_read(git, remote, head, error) : NULL;
}

/* ---- writing ---- */

char *share_nonce(void) {
    guint8 bytes[16] = {0};
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        g_error("no random bytes");
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < sizeof bytes; i++)
        g_string_append_printf(text, "%02x", bytes[i]);
    return g_string_free(text, FALSE);
}

static json_t *text_or_null(const char *text) {
    return text != NULL ? jsonx_text(text) : json_null();
}

static json_t *head_of(const ShareRecord *record, const ShareCandidate *candidate, const char *once) {
    const JournalRun *run = record->run;
    const char *last = g_ptr_array_index(record->hashes, record->hashes->len - 1);
    json_t *head = json_object();
    json_object_set_new(head, "schema", json_integer(1));
    json_object_set_new(head, "slipway", json_string(SLIPWAY_VERSION));
    json_object_set_new(head, "id", jsonx_text(run->id));
    json_object_set_new(head, "project", jsonx_text(run->project));
    json_object_set_new(head, "command", jsonx_text(run->command));
    json_object_set_new(head, "version", text_or_null(run->version));
    json_object_set_new(head, "tag", text_or_null(run->tag));
    json_object_set_new(head, "state", json_string(run_state_name(run->state)));
    json_object_set_new(head, "crossed", json_boolean(run->crossed));
    json_object_set_new(head, "begun", json_integer(run->begun));
    json_object_set_new(head, "events", json_integer((json_int_t)record->events->len));
    json_object_set_new(head, "hash", json_string(last));
    json_object_set_new(head, "who", jsonx_text(record->who));
    json_object_set_new(head, "begun_who", jsonx_text(record->begun_who));
    json_object_set_new(head, "written", json_integer(record->written));
    json_object_set_new(head, "sequence", json_integer(record->sequence));
    json_object_set_new(head, "nonce", json_string(once));
    json_object_set_new(head, "candidate", text_or_null(candidate->commit));
    json_object_set(head, "refs", candidate->refs);
    json_object_set(head, "artifacts", candidate->artifacts);
    return head;
}

static void add_data(GString *stream, const char *path, const char *text) {
    g_string_append_printf(stream, "M 100644 inline %s\ndata %" G_GSIZE_FORMAT "\n%s\n", path, strlen(text), text);
}

/* All objects of a write by one git. */
char *share_commit(const Git *git, const ShareCommit *commit, GError **error) {
    g_autoptr(GString) stream = g_string_new("feature done\n");
    g_string_append_printf(stream, "reset %s\n\ncommit %s\nmark :1\n", commit->ref, commit->ref);
    g_string_append_printf(stream, "committer " IDENTITY " %" G_GINT64_FORMAT " +0000\ndata %" G_GSIZE_FORMAT "\n%s\n", commit->when, strlen(commit->message),
                           commit->message);
    if (commit->parent != NULL)
        g_string_append_printf(stream, "from %s\n", commit->parent);
    g_string_append(stream, "deleteall\n");
    for (guint i = 0; i < commit->count; i++)
        add_data(stream, commit->files[i].path, commit->files[i].text);
    g_string_append(stream, "\nget-mark :1\ndone\n");
    g_autoptr(GBytes) input = g_bytes_new(stream->str, stream->len);
    const char *words[] = {"fast-import", "--quiet", "--force", NULL};
    g_autofree char *id = git_call(git, &(GitCall){.words = words, .input = input}, error);
    if (id != NULL && !share_is_id(id)) {
        error_set(error, ERROR_REPOSITORY, "git fast-import did not say what it made");
        return NULL;
    }
    return g_steal_pointer(&id);
}

/* What no clone could read is not written. */
static bool keeps_limits(const ShareRecord *record, gsize head, const char *lines, GError **error) {
    g_autoptr(GBytes) bytes = g_bytes_new_static(lines, strlen(lines));
    const char *id = record->run->id;
    return limits_keep(LIMITED_SHARE_HEAD, id, head, error) && limits_keep(LIMITED_SHARE_EVENTS, id, strlen(lines), error) &&
           limits_keep(LIMITED_SHARE_COUNT, id, record->events->len, error) && share_values_keep(id, bytes, error);
}

static char *make_commit(const Git *git, ShareRecord *record, const SharePush *push, GError **error) {
    g_autofree char *once = share_nonce();
    json_decref(record->head);
    record->head = head_of(record, push->candidate, once);
    g_autofree char *head = jsonx_pretty(record->head);
    g_autofree char *lines = share_record_lines(record);
    if (!keeps_limits(record, strlen(head), lines, error))
        return NULL;
    g_autofree char *message = g_strdup_printf("slipway %s: %s\n\nrun %s\nsequence %" G_GINT64_FORMAT "\nnonce %s\n", record->run->id,
                                               run_state_name(record->run->state), record->run->id, record->sequence, once);
    g_autofree char *ref = g_strconcat(SHARE_PENDING, record->name, NULL);
    const ShareFile files[] = {{"run.json", head}, {"events.jsonl", lines}};
    ShareCommit commit = {.ref = ref, .parent = push->parent, .message = message, .when = record->written, .files = files, .count = G_N_ELEMENTS(files)};
    return share_commit(git, &commit, error);
}

/* What arrived is this clone's lease from now on. */
static bool settle(const Git *git, const char *name, const char *commit, GError **error) {
    g_autofree char *lines =
        g_strdup_printf("update " SHARE_RUNS "%s %s\ndelete " SHARE_PENDING "%s\ndelete " SHARE_PENDING "%s.candidate\n", name, commit, name, name);
    g_autoptr(GBytes) input = g_bytes_new(lines, strlen(lines));
    const char *words[] = {"update-ref", "--stdin", NULL};
    g_autofree char *out = git_call(git, &(GitCall){.words = words, .input = input}, error);
    return out != NULL;
}

bool share_forget(const Git *git, const char *name, GError **error) {
    g_autofree char *lines = g_strdup_printf("delete " SHARE_RUNS "%s\ndelete " SHARE_PENDING "%s\ndelete " SHARE_PENDING "%s.candidate\n", name, name, name);
    g_autoptr(GBytes) input = g_bytes_new(lines, strlen(lines));
    const char *words[] = {"update-ref", "--stdin", NULL};
    g_autofree char *out = git_call(git, &(GitCall){.words = words, .input = input}, error);
    return out != NULL;
}

/* A server may refuse that refs are deleted: the record counts more than that the candidate is gone. */
static bool push_both(const Git *git, const SharePush *push, const GitPushRef *refs, guint count, GError **error) {
    GError *problem = NULL;
    if (git_push_own(git, push->remote, refs, count, &problem))
        return true;
    bool again = count > 1 && refs[1].after == NULL && error_is(problem, ERROR_PUSH_REJECTED);
    if (!again) {
        g_propagate_error(error, problem);
        return false;
    }
    g_clear_error(&problem);
    return git_push_own(git, push->remote, refs, 1, error);
}

bool share_push(const Git *git, ShareRecord *record, const SharePush *push, GError **error) {
    g_autofree char *commit = make_commit(git, record, push, error);
    if (commit == NULL)
        return false;
    g_autofree char *run_ref = g_strconcat(SHARE_RUNS, record->name, NULL);
    g_autofree char *candidate_ref = g_strconcat(SHARE_CANDIDATES, record->name, NULL);
    GitPushRef refs[] = {{run_ref, push->lease, commit}, {candidate_ref, push->candidate_before, push->candidate->commit}};
    bool moves = g_strcmp0(push->candidate_before, push->candidate->commit) != 0;
    if (!push_both(git, push, refs, moves ? 2 : 1, error))
        return false;
    fault_point("share-pushed", record->run->id);
    g_free(record->commit);
    record->commit = g_steal_pointer(&commit);
    return settle(git, record->name, record->commit, error);
}

bool share_last(const Git *git, const char *name, ShareRecord **last, GError **error) {
    g_autofree char *commit = NULL;
    GError *problem = NULL;
    *last = NULL;
    if (!local_ref(git, SHARE_RUNS, name, &commit, error))
        return false;
    *last = commit != NULL ? read_commit(git, name, commit, &problem) : NULL;
    bool known = !git_gave_no_answer(problem);
    if (!known)
        g_propagate_error(error, g_steal_pointer(&problem));
    g_clear_error(&problem);
    return known;
}
