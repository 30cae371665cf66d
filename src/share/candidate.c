/* What a clone needs besides the journal: commits, tag and artifacts of the candidate. */
#include "base/fs.h"
#include "share/share_private.h"

#include <string.h>

void share_candidate_clear(ShareCandidate *candidate) {
    g_free(candidate->commit);
    g_free(candidate->made_for);
    json_decref(candidate->refs);
    json_decref(candidate->artifacts);
}

/* ---- how far a run is ---- */

GHashTable *share_done(const Plan *plan, const GPtrArray *events) {
    GHashTable *done = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < events->len; i++) {
        const JournalEvent *event = g_ptr_array_index(events, i);
        const Effect *effect = event->effect != NULL ? plan_effect(plan, event->effect) : NULL;
        if (effect == NULL)
            continue;
        if (g_str_equal(event->type, "outcome"))
            g_hash_table_add(done, effect->id);
        else if (g_str_equal(event->type, "undone") || g_str_equal(event->type, "lost") || g_str_equal(event->type, "undoing"))
            g_hash_table_remove(done, effect->id);
    }
    return done;
}

bool share_stage_is_done(const Plan *plan, GHashTable *done, Stage upto) {
    for (guint i = 0; i < plan->effects->len; i++) {
        const Effect *effect = g_ptr_array_index(plan->effects, i);
        if (effect->stage <= upto && !g_hash_table_contains(done, effect->id))
            return false;
    }
    return true;
}

/* ---- where this clone has its refs ---- */

/* "REF ID *" a line, the star where HEAD is. */
static void take_ref(json_t *refs, const char *line, const char *const *keys, char *const *names) {
    g_auto(GStrv) parts = g_strsplit(line, " ", 3);
    for (guint i = 0; g_strv_length(parts) == 3 && keys[i] != NULL; i++) {
        if (!g_str_equal(parts[0], names[i]))
            continue;
        json_object_set_new(refs, keys[i], json_string(parts[1]));
        if (g_str_equal(keys[i], "branch") && *parts[2] == '*')
            json_object_set_new(refs, "head", json_string("branch"));
    }
}

static json_t *refs_of(const Git *git, const Plan *plan, GError **error) {
    static const char *const keys[] = {"base", "branch", "tag", NULL};
    g_autofree char *base = g_strconcat("refs/heads/", jsonx_string(plan->release, "base"), NULL);
    g_autofree char *branch = g_strconcat("refs/heads/", jsonx_string(plan->release, "branch"), NULL);
    g_autofree char *tag = g_strconcat("refs/tags/", jsonx_string(plan->release, "tag"), NULL);
    char *const names[] = {base, branch, tag};
    g_autofree char *out = git_read(git, error, "for-each-ref", "--format=%(refname) %(objectname) %(HEAD)", base, branch, tag, NULL);
    if (out == NULL)
        return NULL;
    json_t *refs = json_pack("{s: s, s: n, s: n, s: n}", "head", "base", "base", "branch", "tag");
    g_auto(GStrv) lines = g_strsplit(out, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++)
        take_ref(refs, lines[i], keys, names);
    return refs;
}

/* ---- the commit ---- */

static void add_bytes(GByteArray *stream, const char *text) {
    g_byte_array_append(stream, (const guint8 *)text, (guint)strlen(text));
}

static void add_file(GByteArray *stream, const char *path, bool program, GBytes *bytes) {
    gsize length = 0;
    const void *data = g_bytes_get_data(bytes, &length);
    g_autofree char *head = g_strdup_printf("M %s inline %s\ndata %" G_GSIZE_FORMAT "\n", program ? "100755" : "100644", path, length);
    add_bytes(stream, head);
    if (length > 0)
        g_byte_array_append(stream, data, (guint)length);
    add_bytes(stream, "\n");
}

static bool is_plain_name(const char *name) {
    return *name != '.' && strpbrk(name, "\n\r\"\\/") == NULL && g_utf8_validate(name, -1, NULL);
}

/* Counts them; false: they do not fit, or one of them cannot go. */
static bool measure(const char *folder, const GPtrArray *names, guint64 *bytes) {
    bool fits = names->len <= SHARE_FILES_LIMIT;
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);
        struct stat info;
        fits = fits && lstat(path, &info) == 0 && S_ISREG(info.st_mode) && is_plain_name(names->pdata[i]);
        *bytes += fits ? (guint64)info.st_size : 0;
    }
    return fits && *bytes <= limits_most(LIMITED_SHARE_ARTIFACTS);
}

static bool add_artifacts(GByteArray *stream, const char *folder, const GPtrArray *names, GError **error) {
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);
        g_autofree char *inside = g_strconcat("artifacts/", names->pdata[i], NULL);
        g_autoptr(GBytes) bytes = fs_read(path, SHARE_ARTIFACTS_LIMIT, error);
        if (bytes == NULL)
            return false;
        add_file(stream, inside, g_file_test(path, G_FILE_TEST_IS_EXECUTABLE), bytes);
    }
    return true;
}

/* The bytes of the tag object, as git keeps them: the same bytes make the same tag, its signature included. */
static bool add_tag(GByteArray *stream, const Git *git, const char *tag, GError **error) {
    const char *words[] = {"cat-file", "tag", tag, NULL};
    gsize length = 0;
    GitCall call = {.read = true, .words = words, .length = &length};
    g_autofree char *text = git_call(git, &call, error);
    if (text == NULL || !limits_keep(LIMITED_TAG, tag, length, error))
        return false;
    /* git_call takes the last newline away; a tag ends in one. */
    g_autofree char *whole = g_strconcat(text, "\n", NULL);
    g_autoptr(GBytes) bytes = g_bytes_new(whole, length + 1);
    add_file(stream, "tag", false, bytes);
    return true;
}

/* The tag's object as the run made it; NULL: it did not. */
static const char *made_tag(const ShareRecord *record, const Plan *plan) {
    const char *made = NULL;
    for (guint i = 0; i < record->events->len; i++) {
        const JournalEvent *event = g_ptr_array_index(record->events, i);
        const Effect *effect = event->effect != NULL ? plan_effect(plan, event->effect) : NULL;
        if (effect != NULL && g_str_equal(effect->kind->name, "tag") && g_str_equal(event->type, "outcome"))
            made = jsonx_string(json_object_get(event->data, "result"), "object");
    }
    return made;
}

/* What others would go on with is what the run made and proved, or nothing. */
static bool is_made_tag(const ShareRecord *record, const Plan *plan, const char *id, GError **error) {
    const char *made = made_tag(record, plan), *name = jsonx_string(plan->release, "tag");
    if (made == NULL || g_str_equal(made, id))
        return true;
    error_set(error, ERROR_CONFLICT, "refs/tags/%s was moved: it is at %.12s here, not at %.12s, where the release has it", name, id, made);
    error_why(error, "somebody moved it since the release made it; other clones are told of what was proven, and of nothing else");
    error_state(error, "nothing more was begun");
    error_fix(error, "git update-ref refs/tags/%s %s, then: slipway resume", name, made);
    return false;
}

static void begin_commit(GByteArray *stream, const ShareRecord *record, const Plan *plan, const char *parent) {
    g_autofree char *message = g_strdup_printf("slipway %s: the candidate\n", record->run->id);
    g_autofree char *text =
        g_strdup_printf("feature done\nreset %s%s.candidate\n\ncommit %s%s.candidate\nmark :1\ncommitter slipway <slipway@slipway.invalid> %" G_GINT64_FORMAT
                        " +0000\ndata %" G_GSIZE_FORMAT "\n%s\nfrom %s\ndeleteall\n",
                        SHARE_PENDING, record->name, SHARE_PENDING, record->name, plan->when, strlen(message), message, parent);
    add_bytes(stream, text);
}

static char *import(const Git *git, GByteArray *stream, GError **error) {
    add_bytes(stream, "\nget-mark :1\ndone\n");
    g_autoptr(GBytes) input = g_bytes_new(stream->data, stream->len);
    const char *words[] = {"fast-import", "--quiet", "--force", NULL};
    return git_call(git, &(GitCall){.words = words, .input = input}, error);
}

/* What goes with the candidate. */
typedef struct {
    const char *tag;        /* NULL: it is not made yet */
    const char *folder;     /* of the artifacts */
    const GPtrArray *names; /* NULL: none goes */
} Load;

static char *make_commit(const Git *git, const ShareRecord *record, const Plan *plan, const Load *load, GError **error) {
    g_autofree char *target = load->tag != NULL ? git_peel(git, load->tag, "commit", error) : g_strdup(jsonx_string(plan->world, "head"));
    if (target == NULL)
        return NULL;
    g_autoptr(GByteArray) stream = g_byte_array_new();
    begin_commit(stream, record, plan, target);
    bool whole =
        (load->tag == NULL || add_tag(stream, git, load->tag, error)) && (load->names == NULL || add_artifacts(stream, load->folder, load->names, error));
    return whole ? import(git, stream, error) : NULL;
}

/* Artifacts go once they are proven, tag and commits once they are made: before, another clone makes them itself. */
bool share_candidate_make(const Git *git, const ShareRecord *record, const Plan *plan, const char *work_dir, ShareCandidate *candidate, GError **error) {
    g_autoptr(GHashTable) done = share_done(plan, record->events);
    candidate->refs = refs_of(git, plan, error);
    if (candidate->refs == NULL)
        return false;
    const char *tag = share_stage_is_done(plan, done, STAGE_PREPARE) ? jsonx_string(candidate->refs, "tag") : NULL;
    if (tag != NULL && !is_made_tag(record, plan, tag, error))
        return false;
    bool proven = share_stage_is_done(plan, done, STAGE_PROVE);
    g_autofree char *folder = g_build_filename(work_dir, "artifacts", NULL);
    g_autoptr(GPtrArray) names = proven ? fs_list(folder, error) : g_ptr_array_new();
    if (names == NULL)
        return false;
    guint64 bytes = 0;
    bool fits = measure(folder, names, &bytes);
    candidate->artifacts = json_pack("{s: I, s: I, s: b}", "files", (json_int_t)names->len, "bytes", (json_int_t)bytes, "carried", (int)fits);
    g_autofree char *made_for =
        g_strdup_printf("tag %s, %u artifacts of %" G_GUINT64_FORMAT " bytes%s", tag != NULL ? tag : "none", names->len, bytes, proven ? ", proven" : "");
    if (candidate->commit != NULL && g_strcmp0(candidate->made_for, made_for) == 0)
        return true;
    g_free(candidate->commit);
    g_free(candidate->made_for);
    candidate->made_for = g_steal_pointer(&made_for);
    candidate->commit = make_commit(git, record, plan, &(Load){.tag = tag, .folder = folder, .names = fits ? names : NULL}, error);
    return candidate->commit != NULL;
}
