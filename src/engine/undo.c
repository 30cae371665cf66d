/* Abort: everything before the point of no return is taken back, in reverse order. */
#include "base/fs.h"
#include "engine/engine_private.h"

#define TICK_US 100000

/* seen: what is out; NULL: by the journal. */
static bool refuse(Engine *engine, const char *seen, GError **error) {
    error_set(error, ERROR_NOT_ABORTABLE, "%s is past the point of no return", engine->run_id);
    error_why(error, "%s%sothers may have what is out; to take it back would break their copies", seen != NULL ? seen : "", seen != NULL ? "; " : "");
    error_state(error, "nothing was changed now");
    return false;
}

static bool cannot_see(const Engine *engine, const char *why, GError **error) {
    error_set(error, ERROR_UNKNOWN_STATE, "cannot see whether %s is out", engine->run_id);
    error_why(error, "%s", why);
    error_state(error, "nothing was undone");
    error_fix(error, "slipway abort, when it can be seen%s", engine->taken ? "; or go on with it: slipway resume" : "");
    return false;
}

Observed engine_look_across(const Engine *engine, const EffectStatus *status, char **text) {
    g_autoptr(json_t) result = NULL;
    return engine_look_at(engine, status, &result, text);
}

static bool check_line(Engine *engine, GError **error) {
    g_autofree char *unseen = NULL;
    if (engine->crossed)
        return refuse(engine, NULL, error);
    bool looks = engine_went_out(engine) || engine->taken;
    engine_learn(engine);
    for (guint i = 0; looks && i < engine->statuses->len; i++) {
        EffectStatus *status = g_ptr_array_index(engine->statuses, i);
        if (!engine_crosses(engine, status->effect))
            continue;
        g_autofree char *text = NULL;
        Observed seen = engine_look_across(engine, status, &text);
        engine->crossed = seen == OBSERVED_SAME || seen == OBSERVED_PARTIAL;
        if (engine->crossed)
            return engine_append(engine, "crossed", status, NULL, error) && refuse(engine, text, error);
        if (seen == OBSERVED_UNKNOWN && unseen == NULL && (status->intended || engine->taken))
            unseen = g_steal_pointer(&text);
    }
    return unseen == NULL || cannot_see(engine, unseen, error);
}

static bool undo_one(Engine *engine, EffectStatus *status, GError **error) {
    if (!engine_append(engine, "undoing", status, NULL, error))
        return false;
    engine_start_job(engine, JOB_UNDO, status);
    Mail *mail = NULL;
    while (mail == NULL) {
        mail = engine_receive(engine, TICK_US);
        if (engine_flush_due(engine) >= 0)
            engine_flush(engine);
    }
    GError *failure = g_steal_pointer(&mail->error);
    engine_mail_free(mail);
    if (failure != NULL) {
        error_state(&failure, "undone down to here: %s; what stands above it is as the release left it", status->effect->id);
        error_fix(&failure, "settle what is named above, then: slipway abort");
        engine_tell(engine, ENGINE_FAILED, status, NULL, failure);
        g_propagate_error(error, failure);
        return false;
    }
    if (!engine_append(engine, "undone", status, NULL, error))
        return false;
    status->intended = 0;
    status->state = EFFECT_UNDONE;
    engine_tell(engine, ENGINE_UNDONE, status, NULL, NULL);
    return true;
}

/* The scratch folder goes; logs and the run's record stay, as evidence. */
static bool clear_scratch(Engine *engine, GError **error) {
    g_autoptr(GPtrArray) names = fs_list(engine->work_dir, error);
    for (guint i = 0; names != NULL && i < names->len; i++) {
        g_autofree char *path = g_build_filename(engine->work_dir, g_ptr_array_index(names, i), NULL);
        bool stays = g_str_equal(g_ptr_array_index(names, i), "logs") || g_str_equal(g_ptr_array_index(names, i), ENGINE_RECORD_FILE);
        if (!stays && !fs_remove_tree(path, error))
            return false;
    }
    return names != NULL;
}

/* What another clone did after its last record is not in the journal here; undo is right also where nothing was done. */
static bool is_to_be_undone(const Engine *engine, const EffectStatus *status) {
    if (status->effect->kind->undo == NULL) /* it is not there, or the abort would have been refused */
        return false;
    bool unseen = engine->taken && engine_is_outward(status->effect) && status->effect->stage < STAGE_PUSH && status->state != EFFECT_UNDONE;
    return status->intended || unseen;
}

static bool undo_all(Engine *engine, GError **error) {
    for (guint i = engine->statuses->len; i > 0; i--) {
        EffectStatus *status = g_ptr_array_index(engine->statuses, i - 1);
        if (engine_is_cancelled(engine)) {
            error_set(error, ERROR_INTERRUPTED, "interrupted while undoing");
            error_state(error, "undone down to here: %s", status->effect->id);
            error_fix(error, "slipway abort");
            return false;
        }
        if (is_to_be_undone(engine, status) && !undo_one(engine, status, error))
            return false;
    }
    return clear_scratch(engine, error) && engine_reach_next(engine, ENGINE_NEXT_ABORTED, error) && engine_append(engine, "aborted", NULL, NULL, error);
}

bool engine_abort(Engine *engine, GError **error) {
    if (!check_line(engine, error) || !engine_reach(engine, ENGINE_AT_UNDO, error))
        return false;
    return engine_reach_end(engine, undo_all(engine, error), error);
}
