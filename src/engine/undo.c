/* Abort: everything before the point of no return is taken back, in reverse order. */
#include "base/fs.h"
#include "engine/engine_private.h"

#define TICK_US 100000

static bool refuse(Engine *engine, GError **error) {
    error_set(error, ERROR_NOT_ABORTABLE, "%s is past the point of no return", engine->run_id);
    error_why(error, "branch and tag are on the remote, where others may have fetched them; taking them back would break their copies");
    error_state(error, "nothing was changed now");
    return false;
}

/* An interrupted push may have arrived: only the remote knows. */
static bool look_across(Engine *engine, EffectStatus *status, GError **error) {
    g_autoptr(json_t) params = engine_resolve(engine, status->effect->params);
    g_autoptr(json_t) kept = json_deep_copy(status->kept);
    g_autoptr(json_t) result = json_object();
    EffectRun run = {.id = status->effect->id, .params = params, .kept = kept, .result = result, .site = &engine->site, .cancel = engine->spec.cancel};
    GError *problem = NULL;
    Observed seen = status->effect->kind->inspect(&run, &problem);
    g_autofree char *words = run.seen;
    if (seen == OBSERVED_ABSENT || seen == OBSERVED_DIFFERENT) {
        g_clear_error(&problem);
        return true;
    }
    if (seen == OBSERVED_UNKNOWN) {
        error_set(error, ERROR_UNKNOWN_STATE, "cannot see whether this arrived: %s", status->effect->title);
        error_why(error, "%s", problem != NULL ? problem->message : words != NULL ? words : "no more is known");
        error_state(error, "nothing was undone");
        error_fix(error, "slipway abort, when the remote can be reached again");
        g_clear_error(&problem);
        return false;
    }
    g_clear_error(&problem);
    engine->crossed = true;
    return engine_append(engine, "crossed", status, NULL, error) && refuse(engine, error);
}

static bool check_line(Engine *engine, GError **error) {
    if (engine->crossed)
        return refuse(engine, error);
    for (guint i = 0; i < engine->statuses->len; i++) {
        EffectStatus *status = g_ptr_array_index(engine->statuses, i);
        if (status->effect->stage == STAGE_PUSH && status->intended && !look_across(engine, status, error))
            return false;
    }
    return true;
}

static bool undo_one(Engine *engine, EffectStatus *status, GError **error) {
    if (!engine_append(engine, "undoing", status, NULL, error))
        return false;
    status->running = true;
    engine->running++;
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

/* The scratch folder goes; logs stay, as evidence. */
static bool clear_scratch(Engine *engine, GError **error) {
    g_autoptr(GPtrArray) names = fs_list(engine->work_dir, error);
    for (guint i = 0; names != NULL && i < names->len; i++) {
        g_autofree char *path = g_build_filename(engine->work_dir, g_ptr_array_index(names, i), NULL);
        if (!g_str_equal(g_ptr_array_index(names, i), "logs") && !fs_remove_tree(path, error))
            return false;
    }
    return names != NULL;
}

static bool undo_all(Engine *engine, GError **error) {
    for (guint i = engine->statuses->len; i > 0; i--) {
        EffectStatus *status = g_ptr_array_index(engine->statuses, i - 1);
        bool interrupted = engine->spec.cancel != NULL && g_atomic_int_get(engine->spec.cancel) != 0;
        if (interrupted) {
            error_set(error, ERROR_INTERRUPTED, "interrupted while undoing");
            error_state(error, "undone down to here: %s", status->effect->id);
            error_fix(error, "slipway abort");
            return false;
        }
        if (status->intended && !undo_one(engine, status, error))
            return false;
    }
    return clear_scratch(engine, error) && engine_append(engine, "aborted", NULL, NULL, error);
}

/* What others hear of it does not change what came of it. */
static void reach_end(Engine *engine) {
    g_autoptr(GError) unheard = NULL;
    engine_reach(engine, ENGINE_AT_END, &unheard);
}

bool engine_abort(Engine *engine, GError **error) {
    if (!engine_reach(engine, ENGINE_AT_UNDO, error) || !check_line(engine, error))
        return false;
    bool done = undo_all(engine, error);
    reach_end(engine);
    return done;
}
