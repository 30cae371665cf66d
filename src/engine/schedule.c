/* The scheduler: which effect may start, and what its end means. */
#include "base/fault.h"
#include "engine/engine_private.h"

static bool stopping(const Engine *engine) {
    return engine->journal_failed || (engine->spec.cancel != NULL && g_atomic_int_get(engine->spec.cancel) != 0);
}

static bool is_done(const Engine *engine, const char *id) {
    return engine_status(engine, id)->state == EFFECT_DONE;
}

static bool needs_are_done(const Engine *engine, const Effect *effect) {
    for (guint i = 0; i < effect->needs->len; i++) {
        if (!is_done(engine, g_ptr_array_index(effect->needs, i)))
            return false;
    }
    return true;
}

/* Stages are barriers: nothing of a stage starts before all of the earlier ones is done. */
static Stage current_stage(const Engine *engine) {
    Stage lowest = STAGE_COUNT;
    for (guint i = 0; i < engine->statuses->len; i++) {
        const EffectStatus *status = g_ptr_array_index(engine->statuses, i);
        if (status->state != EFFECT_DONE && status->effect->stage < lowest)
            lowest = status->effect->stage;
    }
    return lowest;
}

/* After a failure only checks still start: they change nothing, and a person wants all that fails at once. */
static bool may_start(const Engine *engine, const EffectStatus *status, Stage stage, bool failed) {
    bool open = status->state == EFFECT_PENDING || status->state == EFFECT_INTENDED;
    if (!open || status->running || status->effect->stage != stage)
        return false;
    return (!failed || status->effect->kind->volatile_outcome) && needs_are_done(engine, status->effect);
}

static bool start(Engine *engine, EffectStatus *status, GError **error) {
    if (!fault_bug("journal-after-effect")) {
        if (!engine_append(engine, "intent", status, NULL, error))
            return false;
        status->intended = true;
    }
    status->state = EFFECT_INTENDED;
    engine_start_job(engine, JOB_APPLY, status);
    return true;
}

static bool start_ready(Engine *engine, bool failed, GError **error) {
    Stage stage = current_stage(engine);
    for (guint i = 0; i < engine->statuses->len && engine->running < engine->spec.workers; i++) {
        EffectStatus *status = g_ptr_array_index(engine->statuses, i);
        if (may_start(engine, status, stage, failed) && !start(engine, status, error))
            return false;
    }
    return true;
}

static bool note_crossing(Engine *engine, const EffectStatus *status, GError **error) {
    if (engine->crossed || status->effect->stage != STAGE_PUSH)
        return true;
    if (!engine_append(engine, "crossed", status, NULL, error))
        return false;
    engine->crossed = true;
    engine_tell(engine, ENGINE_CROSSED, status, NULL, NULL);
    return true;
}

static bool record_done(Engine *engine, EffectStatus *status, bool adopted, GError **error) {
    g_autoptr(json_t) data = json_pack("{s: O, s: b}", "result", status->result, "adopted", (int)adopted);
    const char *note = jsonx_string(status->kept, "note");
    if (note != NULL)
        json_object_set_new(data, "note", json_string(note));
    json_object_set_new(data, "milliseconds", json_integer((json_int_t)(status->seconds * 1000)));
    if (!engine_append(engine, "outcome", status, data, error))
        return false;
    status->state = EFFECT_DONE;
    g_clear_error(&status->failure);
    engine_tell(engine, adopted ? ENGINE_ADOPTED : ENGINE_DONE, status, note, NULL);
    return note_crossing(engine, status, error);
}

static bool record_failed(Engine *engine, EffectStatus *status, GError **failure, GError **error) {
    bool waits = error_is(*failure, ERROR_WAITING);
    g_clear_error(&status->failure);
    status->failure = g_steal_pointer(failure);
    status->state = waits ? EFFECT_WAITING : EFFECT_FAILED;
    g_autoptr(json_t) data = error_to_json(status->failure);
    json_object_set_new(data, "milliseconds", json_integer((json_int_t)(status->seconds * 1000)));
    if (!engine_append(engine, waits ? "waiting" : "failed", status, data, error))
        return false;
    engine_tell(engine, waits ? ENGINE_WAITING : ENGINE_FAILED, status, NULL, status->failure);
    return true;
}

/* The loop. A journal that cannot be written stops all: what runs ends, nothing new begins. */
static bool run_all(Engine *engine, GError **error) {
    GError *problem = NULL;
    bool failed = false;
    for (;;) {
        if (problem == NULL && !stopping(engine))
            start_ready(engine, failed, &problem);
        if (engine->running == 0)
            break;
        Mail *mail = engine_receive(engine);
        if (mail == NULL)
            continue;
        EffectStatus *status = mail->job->status;
        failed = failed || mail->error != NULL;
        if (problem == NULL) {
            bool recorded = mail->error != NULL ? record_failed(engine, status, &mail->error, &problem) : record_done(engine, status, mail->adopted, &problem);
            engine->journal_failed = !recorded;
        }
        engine_mail_free(mail);
    }
    if (problem == NULL)
        return true;
    g_propagate_error(error, problem);
    return false;
}

/* ---- what it all comes to ---- */

static const EffectStatus *first_in(const Engine *engine, EffectState state, guint *count, GString *ids) {
    const EffectStatus *first = NULL;
    for (guint i = 0; i < engine->statuses->len; i++) {
        const EffectStatus *status = g_ptr_array_index(engine->statuses, i);
        if (status->state != state)
            continue;
        first = first != NULL ? first : status;
        g_string_append_printf(ids, "%s%s", (*count)++ > 0 ? ", " : "", status->effect->id);
    }
    return first;
}

static void say_state(const Engine *engine, GError **error) {
    if (error_get_state(*error) != NULL)
        return;
    if (engine->crossed)
        error_state(error, "the point of no return has been passed: branch and tag are on the remote; what is missing is finished by slipway resume");
    else if (plan_point_of_no_return(engine->plan) != NULL)
        error_state(error, "nothing that others can see has changed; %s is stopped and can be resumed or aborted", engine->run_id);
    else
        error_state(error, "%s is stopped and can be resumed or aborted", engine->run_id);
}

static bool report_failures(Engine *engine, GError **error) {
    guint count = 0;
    g_autoptr(GString) ids = g_string_new(NULL);
    const EffectStatus *first = first_in(engine, EFFECT_FAILED, &count, ids);
    if (first == NULL)
        return true;
    if (count == 1) {
        g_propagate_error(error, g_error_copy(first->failure));
    } else {
        error_set(error, error_code(first->failure), "%u of this run's effects failed: %s", count, ids->str);
        error_why(error, "%s", first->failure->message);
        error_fix(error, "%s", error_get_fix(first->failure));
    }
    say_state(engine, error);
    return false;
}

static bool report_waiting(Engine *engine, GError **error) {
    guint count = 0;
    g_autoptr(GString) ids = g_string_new(NULL);
    const EffectStatus *first = first_in(engine, EFFECT_WAITING, &count, ids);
    if (first == NULL)
        return true;
    g_propagate_error(error, g_error_copy(first->failure));
    return false;
}

static bool report_interrupt(Engine *engine, GError **error) {
    if (!stopping(engine))
        return true;
    error_set(error, ERROR_INTERRUPTED, "interrupted");
    say_state(engine, error);
    return false;
}

bool engine_execute(Engine *engine, GError **error) {
    GError *problem = NULL;
    if (engine->undoing) {
        error_set(error, ERROR_UNFINISHED, "%s is being aborted", engine->run_id);
        error_why(error, "an earlier slipway abort stopped half-way; what it undid cannot be resumed");
        error_fix(error, "slipway abort");
        return false;
    }
    if (!run_all(engine, &problem)) {
        say_state(engine, &problem);
        g_propagate_error(error, problem);
        return false;
    }
    bool complete = current_stage(engine) == STAGE_COUNT;
    if (complete)
        return engine_append(engine, "done", NULL, NULL, error);
    bool fine = report_interrupt(engine, &problem) && report_failures(engine, &problem) && report_waiting(engine, &problem);
    if (fine)
        error_set(&problem, ERROR_INTERNAL, "the plan cannot go on: an effect waits for one that never ends");
    bool recorded = error_is(problem, ERROR_WAITING);
    if (!recorded) {
        g_autoptr(json_t) data = error_to_json(problem);
        GError *unrecorded = NULL;
        if (!engine_append(engine, "stopped", NULL, data, &unrecorded))
            g_clear_error(&unrecorded);
    }
    g_propagate_error(error, problem);
    return false;
}
