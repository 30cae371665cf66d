/* Versions that must never be used again, for every clone: refs/slipway/burned on the remote. */
#include "base/clock.h"
#include "base/text.h"
#include "share/share_private.h"
#include "version/version.h"

#include <string.h>

#define FILE_NAME "burned.jsonl"
#define LAST_SECOND G_GINT64_CONSTANT(253402300799) /* of the year 9999 */
#define TRIES 8u

void share_burned_free(ShareBurned *burned) {
    g_free(burned->version);
    g_free(burned->tag);
    g_free(burned->reason);
    g_free(burned->who);
    g_free(burned);
}

/* ---- reading ---- */

static bool broken(guint line, const char *why, GError **error) {
    error_set(error, ERROR_JOURNAL_EDITED, SHARE_BURNED_REF " on the remote is not what a slipway wrote");
    if (line > 0)
        error_why(error, FILE_NAME ":%u: %s", line, why);
    else
        error_why(error, "%s", why);
    return false;
}

static bool is_text(const char *text, gsize limit) {
    return text != NULL && *text != '\0' && strlen(text) <= limit;
}

static ShareBurned *burned_of(const json_t *row, guint line, GError **error) {
    const char *version = jsonx_string(row, "version"), *tag = jsonx_string(row, "tag"), *reason = jsonx_string(row, "reason"), *who = jsonx_string(row, "who");
    gint64 when = jsonx_int(row, "when", -1);
    g_autoptr(Version) parsed = version != NULL ? version_parse(version, NULL) : NULL;
    if (parsed == NULL || !is_text(tag, SHARE_WHO_LIMIT)) {
        broken(line, "it names no version and tag", error);
        return NULL;
    }
    if (!is_text(reason, SHARE_REASON_LIMIT) || !is_text(who, SHARE_WHO_LIMIT) || when < 0 || when > LAST_SECOND) {
        broken(line, "it does not say why, who and when", error);
        return NULL;
    }
    ShareBurned *burned = g_new0(ShareBurned, 1);
    *burned = (ShareBurned){g_strdup(version), g_strdup(tag), g_strdup(reason), g_strdup(who), when};
    return burned;
}

GPtrArray *share_burned_read(GBytes *lines, GError **error) {
    gsize length = 0;
    const char *at = g_bytes_get_data(lines, &length);
    const char *end = at + length;
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)(void (*)(void))share_burned_free);
    if (!limits_keep(LIMITED_SHARE_BURNED, SHARE_BURNED_REF, length, error))
        return NULL;
    while (at < end) {
        const char *newline = memchr(at, '\n', (gsize)(end - at));
        gsize part = (gsize)((newline != NULL ? newline : end) - at);
        g_autofree char *where = g_strdup_printf(SHARE_BURNED_REF ":" FILE_NAME " (line %u)", list->len + 1);
        if (!limits_keep(LIMITED_SHARE_LINES, SHARE_BURNED_REF, list->len + 1, error))
            return NULL;
        g_autoptr(json_t) row = jsonx_parse(at, part, SHARE_BURNED_LIMIT, where, error);
        ShareBurned *burned = row != NULL ? burned_of(row, list->len + 1, error) : NULL;
        if (burned == NULL)
            return NULL;
        g_ptr_array_add(list, burned);
        at += part + 1;
    }
    return g_steal_pointer(&list);
}

/* ---- from the remote ---- */

/* Where the list is, with its objects here. NULL without error: there is none. */
static char *find(const Git *git, const char *remote, GHashTable *refs, GError **error) {
    const char *id = refs != NULL ? g_hash_table_lookup(refs, SHARE_BURNED_REF) : NULL;
    if (refs == NULL)
        return git_ref(git, SHARE_BURNED_REF, error);
    GError *problem = NULL;
    g_autofree char *here = id != NULL ? git_peel(git, id, "commit", &problem) : NULL;
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return NULL;
    }
    if (id == NULL || g_strcmp0(here, id) == 0)
        return g_strdup(id);
    /* Kept by a ref, so that who is offline knows what was known last. Forced: a list that was removed begins anew. */
    const char *refspecs[] = {"+" SHARE_BURNED_REF ":" SHARE_BURNED_REF, NULL};
    return git_fetch(git, remote, refspecs, error) ? git_ref(git, SHARE_BURNED_REF, error) : NULL;
}

static GBytes *bytes_in(const Git *git, const char *commit, GError **error) {
    GBytes *bytes = git_blob(git, commit, FILE_NAME, SHARE_BURNED_LIMIT, error);
    if (bytes == NULL && error != NULL && *error == NULL) {
        g_autofree char *why = g_strdup_printf("it has no " FILE_NAME " of at most %d MiB", SHARE_BURNED_LIMIT >> 20);
        broken(0, why, error);
    }
    return bytes;
}

/* What is not understood is nobody's to write over; whoever may push can mend it. */
static void how_to_mend(const char *remote, GError **error) {
    error_state(error, "nothing of it was used, nothing was changed");
    error_fix(error, "git fetch %s " SHARE_BURNED_REF ", then see who wrote it: git log -p FETCH_HEAD; to remove the list: git push %s :" SHARE_BURNED_REF,
              remote, remote);
}

/* *bytes and *list of the remote's list; *id NULL: there is none, both are empty. */
static bool load(const Git *git, const char *remote, GHashTable *refs, char **id, GBytes **bytes, GError **error) {
    GError *problem = NULL;
    *id = find(git, remote, refs, &problem);
    *bytes = *id != NULL ? bytes_in(git, *id, &problem) : problem == NULL ? g_bytes_new_static("", 0) : NULL;
    if (problem == NULL)
        return true;
    if (*id != NULL)
        how_to_mend(remote, &problem);
    g_propagate_error(error, problem);
    return false;
}

static GPtrArray *list_of(const char *remote, GBytes *bytes, GError **error) {
    GError *problem = NULL;
    GPtrArray *list = share_burned_read(bytes, &problem);
    if (problem != NULL) {
        how_to_mend(remote, &problem);
        g_propagate_error(error, problem);
    }
    return list;
}

GPtrArray *share_burned(const Git *git, const char *remote, GHashTable *refs, GError **error) {
    g_autofree char *id = NULL;
    g_autoptr(GBytes) bytes = NULL;
    return load(git, remote, refs, &id, &bytes, error) ? list_of(remote, bytes, error) : NULL;
}

/* ---- writing ---- */

static char *line_of(const ShareBurned *burned) {
    g_autoptr(json_t) row = json_object();
    json_object_set_new(row, "version", jsonx_text(burned->version));
    json_object_set_new(row, "tag", jsonx_text(burned->tag));
    json_object_set_new(row, "reason", jsonx_text(burned->reason));
    json_object_set_new(row, "who", jsonx_text(burned->who));
    json_object_set_new(row, "when", json_integer(burned->when));
    return jsonx_canonical(row);
}

static bool names(const GPtrArray *list, const char *tag) {
    for (guint i = 0; i < list->len; i++) {
        if (g_str_equal(((const ShareBurned *)g_ptr_array_index(list, i))->tag, tag))
            return true;
    }
    return false;
}

/* All that was there, and the line: what another slipway wrote beside what this one knows stays. The result must be readable by all. */
static char *with_line(GBytes *bytes, const ShareBurned *burned, const char *remote, GError **error) {
    gsize length = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    g_autofree char *line = line_of(burned);
    char *all = g_strdup_printf("%.*s%s%s\n", (int)length, text != NULL ? text : "", text != NULL && length > 0 && text[length - 1] != '\n' ? "\n" : "", line);
    g_autoptr(GBytes) made = g_bytes_new(all, strlen(all));
    g_autoptr(GPtrArray) list = list_of(remote, made, error);
    if (list == NULL)
        g_clear_pointer(&all, g_free);
    return all;
}

/* The new list on the one before, leased to it. */
static bool push(const Git *git, const char *remote, const ShareBurned *burned, const char *before, const char *text, GError **error) {
    g_autofree char *once = share_nonce();
    g_autofree char *ref = g_strconcat(SHARE_PENDING "burned-", once, NULL);
    g_autofree char *message = g_strdup_printf("slipway: %s is burned\n\nnonce %s\n", burned->tag, once);
    const ShareFile file = {FILE_NAME, text};
    g_autofree char *commit =
        share_commit(git, &(ShareCommit){.ref = ref, .parent = before, .message = message, .when = clock_now(), .files = &file, .count = 1}, error);
    if (commit == NULL)
        return false;
    const GitPushRef push = {SHARE_BURNED_REF, before, commit};
    bool pushed = git_push_own(git, remote, &push, 1, error);
    g_autofree char *lines = g_strdup_printf("%s%s%sdelete %s\n", pushed ? "update " SHARE_BURNED_REF " " : "", pushed ? commit : "", pushed ? "\n" : "", ref);
    g_autoptr(GBytes) input = g_bytes_new(lines, strlen(lines));
    const char *words[] = {"update-ref", "--stdin", NULL};
    g_free(git_call(git, &(GitCall){.words = words, .input = input}, NULL)); /* only for whoever is offline later */
    return pushed;
}

static bool try_once(const Git *git, const char *remote, const ShareBurned *burned, bool *already, GError **error) {
    static const char *const patterns[] = {SHARE_BURNED_REF, NULL};
    g_autoptr(GHashTable) refs = git_remote_refs(git, remote, patterns, error);
    g_autofree char *before = NULL;
    g_autoptr(GBytes) bytes = NULL;
    if (refs == NULL || !load(git, remote, refs, &before, &bytes, error))
        return false;
    g_autoptr(GPtrArray) list = list_of(remote, bytes, error);
    if (list == NULL)
        return false;
    *already = names(list, burned->tag);
    if (*already)
        return true;
    g_autofree char *text = with_line(bytes, burned, remote, error);
    return text != NULL && push(git, remote, burned, before, text, error);
}

/* Another one was faster; a server that is at work on the other one's push may refuse ours, so even that is tried a second time. */
static bool is_worth_a_try(const GError *problem, guint tries) {
    return (error_is(problem, ERROR_REMOTE_MOVED) && tries < TRIES) || (error_is(problem, ERROR_PUSH_REJECTED) && tries < 2);
}

bool share_burn(const Git *git, const char *remote, const ShareBurned *burned, bool *already, GError **error) {
    GError *problem = NULL;
    for (guint tries = 1; !try_once(git, remote, burned, already, &problem); tries++) {
        if (!is_worth_a_try(problem, tries)) {
            g_propagate_error(error, problem);
            return false;
        }
        g_clear_error(&problem);
        g_usleep((gulong)g_random_int_range(20, 200) * 1000);
    }
    return true;
}
