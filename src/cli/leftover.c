#include "cli/leftover.h"

#include "base/clock.h"
#include "base/fs.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* ---- finding ---- */

static bool is_known(Journal *journal, const char *id, bool *known, GError **error) {
    GError *problem = NULL;
    g_autoptr(JournalRun) run = journal != NULL ? journal_run(journal, id, &problem) : NULL;
    *known = run != NULL;
    if (problem != NULL)
        g_propagate_error(error, problem);
    return problem == NULL;
}

static EngineRecord *read_record(const char *folder) {
    g_autofree char *path = g_build_filename(folder, ENGINE_RECORD_FILE, NULL);
    g_autoptr(GError) problem = NULL;
    EngineRecord *record = fs_exists(path) ? engine_record_read(folder, &problem) : NULL;
    g_autofree char *why = problem != NULL ? text_escape(problem->message, -1, false) : NULL;
    if (why != NULL)
        fprintf(stderr, "! not read: %s\n", why);
    return record;
}

static gint by_begin(gconstpointer a, gconstpointer b) {
    const EngineRecord *one = *(const EngineRecord *const *)a, *other = *(const EngineRecord *const *)b;
    return one->run->begun < other->run->begun ? -1 : one->run->begun > other->run->begun ? 1 : g_strcmp0(one->run->id, other->run->id);
}

GPtrArray *leftover_find(const Git *git, Journal *journal, GError **error) {
    g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)engine_record_free);
    g_autofree char *runs = g_build_filename(git->common_dir, "slipway", "runs", NULL);
    g_autoptr(GPtrArray) names = fs_list(runs, error);
    for (guint i = 0; names != NULL && i < names->len; i++) {
        g_autofree char *folder = g_build_filename(runs, g_ptr_array_index(names, i), NULL);
        bool known = false;
        if (!is_known(journal, g_ptr_array_index(names, i), &known, error))
            return NULL;
        EngineRecord *record = known ? NULL : read_record(folder);
        if (record != NULL)
            g_ptr_array_add(records, record);
    }
    g_ptr_array_sort(records, by_begin);
    return names != NULL ? g_steal_pointer(&records) : NULL;
}

bool leftover_is_open(const EngineRecord *record) {
    return record->run->state != RUN_DONE && record->run->state != RUN_ABORTED;
}

/* ---- naming ---- */

typedef struct {
    const Git *git;
    const char *prefix;
    GString *text;
} Naming;

static void G_GNUC_PRINTF(2, 3) name(Naming *naming, const char *format, ...) {
    va_list args;
    va_start(args, format);
    g_autofree char *raw = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *line = text_escape(raw, -1, false);
    g_string_append_printf(naming->text, "%s%s%s", naming->text->len > 0 ? "\n" : "", naming->prefix, line);
}

static void name_unseen(Naming *naming, const char *what, const GError *problem) {
    if (problem != NULL)
        name(naming, "not looked at, %s: %s", what, problem->message);
}

static void name_ref(Naming *naming, const char *folder, const char *short_name, const char *what) {
    g_autoptr(GError) problem = NULL;
    g_autofree char *ref = short_name != NULL ? g_strconcat(folder, short_name, NULL) : NULL;
    g_autofree char *id = ref != NULL ? git_ref(naming->git, ref, &problem) : NULL;
    if (id != NULL)
        name(naming, "%s %s, at %.12s", what, short_name, id);
    name_unseen(naming, ref, problem);
}

static void name_head(Naming *naming, const char *branch) {
    g_autoptr(GError) problem = NULL;
    g_autofree char *ref = NULL, *id = NULL;
    bool on = git_head(naming->git, &ref, &id, &problem) && branch != NULL && ref != NULL && g_str_has_prefix(ref, "refs/heads/") &&
              g_str_equal(ref + strlen("refs/heads/"), branch);
    if (on)
        name(naming, "the work tree is on %s", branch);
    name_unseen(naming, "HEAD", problem);
}

static void name_worktrees(Naming *naming, const EngineRecord *record) {
    g_autoptr(GError) problem = NULL;
    g_autofree char *list = git_read(naming->git, &problem, "worktree", "list", "--porcelain", NULL);
    g_auto(GStrv) lines = g_strsplit(list != NULL ? list : "", "\n", -1);
    g_autofree char *prefix = g_strdup_printf("worktree %s/", record->folder);
    for (guint i = 0; lines[i] != NULL; i++) {
        if (g_str_has_prefix(lines[i], prefix))
            name(naming, "work tree %s", lines[i] + strlen("worktree "));
    }
    name_unseen(naming, "work trees", problem);
}

/* What is outside is not asked here: what the record says was begun there. */
static void name_begun(Naming *naming, const EngineRecord *record) {
    g_autoptr(GHashTable) begun = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < record->events->len; i++) {
        const JournalEvent *event = g_ptr_array_index(record->events, i);
        if (event->effect != NULL && g_str_equal(event->type, "intent"))
            g_hash_table_add(begun, event->effect);
        else if (event->effect != NULL && (g_str_equal(event->type, "undone") || g_str_equal(event->type, "withheld")))
            g_hash_table_remove(begun, event->effect);
    }
    const json_t *effects = json_object_get(record->plan, "effects");
    for (gsize i = 0; i < json_array_size(effects); i++) {
        const json_t *effect = json_array_get(effects, i);
        const char *id = jsonx_string(effect, "id"), *title = jsonx_string(effect, "title");
        Stage stage = STAGE_PREPARE;
        bool outside = stage_from_name(jsonx_string(effect, "stage"), &stage) && stage >= STAGE_STAGE && stage != STAGE_SIGN_OFF;
        if (id != NULL && title != NULL && outside && g_hash_table_contains(begun, id))
            name(naming, "begun, by the record: %s", title);
    }
}

char *leftover_text(const Git *git, const EngineRecord *record, const char *prefix) {
    Naming naming = {.git = git, .prefix = prefix, .text = g_string_new(NULL)};
    const json_t *release = json_object_get(record->plan, "release");
    const char *branch = jsonx_string(release, "branch"), *tag = record->run->tag;
    g_autofree char *shared = tag != NULL ? g_strdelimit(g_strdup(tag), "/", '-') : NULL;
    name_head(&naming, branch);
    name_ref(&naming, "refs/heads/", branch, "branch");
    name_ref(&naming, "refs/tags/", tag, "tag");
    name_worktrees(&naming, record);
    if (fs_exists(record->folder))
        name(&naming, "folder %s", record->folder);
    name_ref(&naming, GIT_KEPT, record->run->id, "the merge commit that is kept for");
    name_ref(&naming, "refs/slipway/runs/", shared, "the record on the remote, as this clone wrote it last: refs/slipway/runs,");
    name_begun(&naming, record);
    return g_string_free(naming.text, FALSE);
}

/* ---- refusing ---- */

static bool refuse(const Session *session, const EngineRecord *record, GError **error) {
    g_autofree char *id = text_escape(record->run->id, -1, false);
    g_autofree char *text = leftover_text(session->git, record, "");
    g_autofree char *at = clock_timestamp(record->run->begun);
    error_set(error, ERROR_UNFINISHED, "%s was begun here and is not finished, and the journal does not know it", id);
    error_why(error, "its own record is in %s (begun %s); the journal was deleted, emptied or put back", record->folder, at);
    error_state(error, "%s; left of it:\n%s", record->run->crossed ? "branch and tag are on the remote" : "by its record nothing was pushed", text);
    error_fix(error, "slipway recover, which makes the journal whole again");
    return false;
}

bool leftover_refuse(const Session *session, GError **error) {
    g_autoptr(GPtrArray) records = leftover_find(session->git, session->journal, error);
    for (guint i = 0; records != NULL && i < records->len; i++) {
        const EngineRecord *record = g_ptr_array_index(records, i);
        if (leftover_is_open(record))
            return refuse(session, record, error);
    }
    return records != NULL;
}

void leftover_explain(GError **error) {
    if (!error_is(*error, ERROR_JOURNAL_DAMAGED) && !error_is(*error, ERROR_JOURNAL_EDITED))
        return;
    g_autoptr(Git) git = git_open(".", NULL);
    g_autoptr(GPtrArray) records = git != NULL ? leftover_find(git, NULL, NULL) : NULL;
    g_autoptr(GString) state = g_string_new(error_get_state(*error));
    for (guint i = 0; records != NULL && i < records->len; i++) {
        const EngineRecord *record = g_ptr_array_index(records, i);
        g_autofree char *text = leftover_is_open(record) ? leftover_text(git, record, "") : NULL;
        if (text != NULL)
            g_string_append_printf(state, "\nleft of %s, which is not finished:\n%s", record->run->id, text);
    }
    if (state->len > 0)
        error_state(error, "%s", state->str);
}
