/* Going on with a release that another clone began. */
#include "base/clock.h"
#include "base/fault.h"
#include "base/fs.h"
#include "share/share_private.h"

#include <string.h>

/* ---- what does not come along ---- */

static bool refers(const json_t *value, GHashTable *lost) {
    const char *effect = jsonx_string(value, "result");
    if (effect != NULL && g_hash_table_contains(lost, effect))
        return true;
    gsize index;
    json_t *item;
    const char *key;
    if (json_is_array(value)) {
        json_array_foreach((json_t *)value, index, item) {
            if (refers(item, lost))
                return true;
        }
    }
    json_object_foreach((json_t *)value, key, item) {
        if (refers(item, lost))
            return true;
    }
    return false;
}

static bool needs_lost(const Effect *effect, GHashTable *lost) {
    for (guint i = 0; i < effect->needs->len; i++) {
        if (g_hash_table_contains(lost, g_ptr_array_index(effect->needs, i)))
            return true;
    }
    return refers(effect->params, lost);
}

/* In a stage that is not through, what is only in the other clone is done anew here, and what was found of it is looked at again. A stage that is through has
 * left what share_restore brings. */
static GPtrArray *find_lost(const Plan *plan, GHashTable *done) {
    g_autoptr(GHashTable) lost = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *ids = g_ptr_array_new();
    for (guint i = 0; i < plan->effects->len; i++) {
        const Effect *effect = g_ptr_array_index(plan->effects, i);
        bool open = !share_stage_is_done(plan, done, effect->stage);
        bool near = effect->stage <= STAGE_PROVE;
        if (!open || !near || (!effect->kind->here && !needs_lost(effect, lost)))
            continue;
        g_hash_table_add(lost, effect->id);
        g_ptr_array_add(ids, effect->id);
    }
    return ids;
}

/* Those of them of which something was begun. */
static bool has_event(const ShareRecord *record, const char *effect) {
    for (guint i = 0; i < record->events->len; i++) {
        if (g_strcmp0(((const JournalEvent *)g_ptr_array_index(record->events, i))->effect, effect) == 0)
            return true;
    }
    return false;
}

static void add_taken(ShareRecord *record, const Plan *plan, GHashTable *done, const char *who) {
    g_autoptr(GPtrArray) lost = find_lost(plan, done);
    gint64 now = clock_now();
    json_t *data = json_object();
    json_object_set_new(data, "who", jsonx_text(who));
    json_object_set_new(data, "from", jsonx_text(record->who));
    guint known = record->events->len;
    share_record_add(record, "taken", NULL, now, data);
    for (guint i = 0; i < lost->len && known > 1; i++) {
        if (has_event(record, g_ptr_array_index(lost, i)))
            share_record_add(record, "lost", g_ptr_array_index(lost, i), now, NULL);
    }
}

/* ---- the journal here ---- */

static bool differs(const ShareRecord *record, GError **error) {
    error_set(error, ERROR_JOURNAL_EDITED, "the journal here has another %s than the remote", record->run->id);
    error_why(error, "the two were begun apart: neither goes on where the other ends");
    error_state(error, "nothing was changed, here or on the remote");
    error_fix(error, "finish the one that is here with journal.share off: SLIPWAY__JOURNAL__SHARE=off slipway abort");
    return false;
}

static bool has_intent(const ShareRecord *own) {
    for (guint i = 0; i < own->events->len; i++) {
        if (g_str_equal(((const JournalEvent *)g_ptr_array_index(own->events, i))->type, "intent"))
            return true;
    }
    return false;
}

/* How many of the record's events are here. What this clone wrote down after its last write is set aside: the other one did not know of it. */
static bool find_common(const ShareClone *clone, const ShareRecord *record, guint *keep, GError **error) {
    GError *problem = NULL;
    g_autoptr(JournalRun) here = journal_run(clone->journal, record->run->id, &problem);
    g_autoptr(GPtrArray) events = here != NULL ? journal_events(clone->journal, here->id, &problem) : NULL;
    *keep = 0;
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    if (events == NULL)
        return true;
    g_autofree char *work = share_work_dir(clone->git, here->id);
    SharePlaces places = {.tree = clone->git->tree, .git_dir = clone->git->common_dir, .work_dir = work};
    g_autoptr(ShareRecord) own = share_record_make(here, events, &places);
    g_autoptr(ShareRecord) last = NULL;
    if (!share_last(clone->git, record->name, &last, error))
        return false;
    *keep = share_record_common(own, record);
    bool follows =
        *keep == own->events->len || (last != NULL && *keep >= share_record_common(last, own) && share_record_common(last, own) == last->events->len);
    return follows || !has_intent(own) || differs(record, error);
}

/* Its events, with the places of this clone. */
static GPtrArray *events_here(const ShareClone *clone, const ShareRecord *record) {
    g_autofree char *work = share_work_dir(clone->git, record->run->id);
    SharePlaces places = {.tree = clone->git->tree, .git_dir = clone->git->common_dir, .work_dir = work};
    GPtrArray *events = g_ptr_array_new_with_free_func((GDestroyNotify)journal_event_free);
    for (guint i = 0; i < record->events->len; i++) {
        const JournalEvent *event = g_ptr_array_index(record->events, i);
        JournalEvent *own = g_new0(JournalEvent, 1);
        own->when = event->when;
        own->run = g_strdup(event->run);
        own->type = g_strdup(event->type);
        own->effect = g_strdup(event->effect);
        own->data = g_str_equal(event->type, "begun") ? json_deep_copy(event->data) : share_places_in(event->data, &places);
        g_ptr_array_add(events, own);
    }
    return events;
}

static bool import(const ShareClone *clone, const ShareRecord *record, guint keep, GError **error) {
    g_autoptr(GPtrArray) events = events_here(clone, record);
    return journal_import(clone->journal, record->run, events, keep, error);
}

bool share_import(const ShareClone *clone, const ShareRecord *record, GError **error) {
    guint keep = 0;
    g_autoptr(Plan) plan = share_record_plan(record, clone->kinds, error);
    if (plan == NULL || !find_common(clone, record, &keep, error) || !import(clone, record, keep, error))
        return false;
    return share_forget(clone->git, record->name, error);
}

bool share_import_copy(const ShareClone *clone, const ShareRecord *record, GError **error) {
    return import(clone, record, 0, error);
}

/* ---- taking over ---- */

bool share_taken_over(const ShareRecord *record, GError **error) {
    g_autofree char *text = share_record_text(record);
    error_set(error, ERROR_TAKEN_OVER, "another clone goes on with %s", record->run->id);
    error_why(error, "it %s", text);
    error_state(error, "this clone began nothing more; what it had not written to the remote by then is not part of the release");
    error_fix(error, share_record_ended(record) ? "slipway status, then: slipway resume" : "slipway status; to have it back: slipway resume");
    return false;
}

static bool claim(const ShareClone *clone, ShareRecord *record, const char *who, GError **error) {
    g_auto(ShareCandidate) same = {.commit = g_strdup(jsonx_string(record->head, "candidate"))};
    same.refs = json_deep_copy(json_object_get(record->head, "refs"));
    same.artifacts = json_deep_copy(json_object_get(record->head, "artifacts"));
    g_autofree char *was = g_strdup(record->commit);
    SharePush push = {.remote = clone->remote, .parent = was, .lease = was, .candidate = &same, .candidate_before = same.commit};
    g_free(record->who);
    record->who = g_strdup(who);
    record->written = clock_now();
    record->sequence++;
    record->run->state = RUN_ACTIVE;
    GError *problem = NULL;
    if (share_push(clone->git, record, &push, &problem))
        return true;
    g_autoptr(ShareRecord) winner = error_is(problem, ERROR_REMOTE_MOVED) ? share_look(clone->git, clone->remote, record->name, NULL) : NULL;
    if (winner == NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    g_clear_error(&problem);
    return share_taken_over(winner, error);
}

bool share_take(const ShareClone *clone, ShareRecord *record, const char *who, GError **error) {
    guint keep = 0;
    g_autoptr(Plan) plan = share_record_plan(record, clone->kinds, error);
    if (plan == NULL || !find_common(clone, record, &keep, error))
        return false;
    g_autoptr(GHashTable) done = share_done(plan, record->events);
    g_autofree char *work = share_work_dir(clone->git, record->run->id);
    ShareRestore restore = {.git = clone->git, .record = record, .plan = plan, .done = done, .work_dir = work};
    if (!share_restore_check(&restore, error))
        return false;
    fault_point("share-take", record->run->id);
    add_taken(record, plan, done, who);
    if (!claim(clone, record, who, error))
        return false;
    fault_point("share-taken", record->run->id);
    return share_restore(&restore, error) && import(clone, record, keep, error);
}

/* ---- a release that is finished elsewhere ---- */

static bool to_base(const Git *git, const char *base, const char *branch, const char *target, GError **error) {
    g_autofree char *head = NULL, *id = NULL;
    g_autofree char *branch_ref = g_strconcat("refs/heads/", branch, NULL);
    g_autofree char *base_ref = g_strconcat("refs/heads/", base, NULL);
    if (!git_head(git, &head, &id, error))
        return false;
    if (g_strcmp0(head, branch_ref) == 0 && !git_write(git, error, "switch", "--quiet", "--no-guess", base, NULL))
        return false;
    bool on_base = g_strcmp0(head, branch_ref) == 0 || g_strcmp0(head, base_ref) == 0;
    return !on_base || git_write(git, error, "merge", "--quiet", "--ff-only", target, NULL);
}

static bool drop_branch(const Git *git, const char *branch, const char *target, GError **error) {
    g_autofree char *ref = g_strconcat("refs/heads/", branch, NULL);
    GError *problem = NULL;
    g_autofree char *id = git_ref(git, ref, &problem);
    bool contained = false;
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    if (id == NULL)
        return true;
    if (!git_is_ancestor(git, id, target, &contained, error))
        return false;
    return !contained || git_move_ref(git, ref, id, NULL, "slipway: released elsewhere", error);
}

static bool keeps_branch(const Plan *plan) {
    for (guint i = 0; i < plan->effects->len; i++) {
        if (g_str_equal(((const Effect *)g_ptr_array_index(plan->effects, i))->kind->name, "delete-branch"))
            return false;
    }
    return true;
}

/* A tag that is here is that of the release, or the person has to look. The base comes along, for what git calls its tracking branch. */
static char *fetch_tag(const Git *git, const char *remote, const char *base, const char *tag, GError **error) {
    g_autofree char *ref = g_strconcat("refs/tags/", tag, NULL);
    g_autofree char *spec = g_strdup_printf("%s:%s", ref, ref);
    g_autofree char *base_ref = g_strconcat("refs/heads/", base, NULL);
    const char *refspecs[] = {spec, base_ref, NULL};
    return git_fetch(git, remote, refspecs, error) ? git_peel(git, ref, "commit", error) : NULL;
}

/* The linked work trees of builds; artifacts and logs stay, as they do where the release ended. */
static bool drop_trees(const Git *git, const char *run, GError **error) {
    g_autofree char *work = share_work_dir(git, run);
    static const char *const folders[] = {"trees", "out"};
    for (guint i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = g_build_filename(work, folders[i], NULL);
        if (!fs_remove_tree(path, error))
            return false;
    }
    return git_write(git, error, "worktree", "prune", "--expire=now", NULL);
}

bool share_settle(const ShareClone *clone, const ShareRecord *record, const Plan *plan, GError **error) {
    const char *base = jsonx_string(plan->release, "base"), *branch = jsonx_string(plan->release, "branch");
    guint keep = 0;
    if (!share_names_are_plain(plan, error) || !find_common(clone, record, &keep, error))
        return false;
    if (keep == 0) /* nobody is asked here: another plan than this clone's own moves nothing */
        return differs(record, error);
    g_autofree char *target = fetch_tag(clone->git, clone->remote, base, record->run->tag, error);
    if (target == NULL || !to_base(clone->git, base, branch, target, error))
        return false;
    return (keeps_branch(plan) || drop_branch(clone->git, branch, target, error)) && drop_trees(clone->git, record->run->id, error);
}

bool share_import_own(const ShareClone *clone, const ShareRecord *record, GError **error) {
    g_autoptr(GPtrArray) events = events_here(clone, record);
    const JournalEvent *begun = g_ptr_array_index(events, 0);
    EngineRecord own = {.run = record->run, .events = events, .plan = json_object_get(begun->data, "plan"), .torn = true};
    return engine_record_import(&own, clone->journal, error);
}
