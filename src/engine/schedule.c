/* The scheduler: starts what may start, and settles what its end means. */
#include "base/fault.h"
#include "engine/engine_private.h"

#define TICK_US 100000

static bool stopping(const Engine *engine) {
    return engine->journal_problem != NULL || engine_is_cancelled(engine);
}

static bool is_check(const EffectStatus *status) {
    return status->effect->kind->volatile_outcome;
}

/* ---- starting ---- */

static void enter_intent(Engine *engine, EffectStatus *status) {
    if (fault_bug("journal-after-effect"))
        return;
    engine_enter(engine, "intent", status, NULL);
    status->intended++;
}

/* All checks of a stage are announced in one transaction, so that none of them waits for the disk when its turn comes. */
static void announce_checks(Engine *engine) {
    for (guint i = 0; i < engine->statuses->len; i++) {
        EffectStatus *status = g_ptr_array_index(engine->statuses, i);
        bool open = status->state == EFFECT_PENDING || status->state == EFFECT_INTENDED;
        if (status->effect->stage != engine->stage || !open || !is_check(status))
            continue;
        enter_intent(engine, status);
        status->announced = true;
    }
    engine_flush(engine);
}

/* The intent of a check is durable already; anything else starts when its own is. Nothing counts as running before it has been given to a thread. */
static void start(Engine *engine, EffectStatus *status) {
    status->state = EFFECT_INTENDED;
    if (status->announced) {
        status->announced = false;
        engine_start_job(engine, JOB_APPLY, status);
    } else {
        enter_intent(engine, status);
        engine_enter_start(engine, status);
    }
}

/* What others can see begins only while this clone holds the release. */
static bool may_begin(Engine *engine, const EffectStatus *status) {
    if (!engine_is_outward(status->effect) || engine_reach_next(engine, ENGINE_NEXT_EFFECT, &engine->kept_in))
        return true;
    engine->failed = true;
    g_atomic_int_set(&engine->halt, MAX(g_atomic_int_get(&engine->halt), HALT_CHANGES));
    return false;
}

/* After a failure only checks still start: they change nothing, and a person wants all that fails at once. As many again as there are threads wait in the
 * pool's queue, so that none stands idle while the main thread is busy. */
static void start_ready(Engine *engine) {
    guint most = 2 * MAX(engine->spec.workers, 1);
    for (guint i = engine->ready->len; i > 0 && engine->running + engine->starting < most; i--) {
        EffectStatus *status = g_ptr_array_index(engine->ready, i - 1);
        if ((engine->failed && !is_check(status)) || !may_begin(engine, status))
            continue;
        g_ptr_array_remove_index(engine->ready, i - 1);
        start(engine, status);
    }
}

static void enter_withheld(Engine *engine, EffectStatus *status) {
    engine_enter(engine, "withheld", status, NULL);
    status->announced = false;
    status->intended -= status->intended > 0 ? 1 : 0;
    status->state = EFFECT_PENDING;
}

/* ---- what came of it ---- */

static void note_crossing(Engine *engine, EffectStatus *status) {
    if (engine->crossed)
        return;
    engine_enter(engine, "crossed", status, NULL);
    engine->crossed = true;
    engine_enter_tell(engine, ENGINE_CROSSED, status, NULL);
}

static void take_done(Engine *engine, EffectStatus *status, bool adopted) {
    g_autoptr(json_t) data = json_pack("{s: O, s: b}", "result", status->result, "adopted", (int)adopted);
    const char *note = jsonx_string(status->kept, "note");
    if (note != NULL)
        json_object_set_new(data, "note", json_string(note));
    json_object_set_new(data, "milliseconds", json_integer((json_int_t)(status->seconds * 1000)));
    g_clear_error(&status->failure);
    engine_enter(engine, "outcome", status, data);
    engine_mark_done(engine, status);
    engine_enter_tell(engine, adopted ? ENGINE_ADOPTED : ENGINE_DONE, status, note);
    if (status->effect->stage == STAGE_PUSH)
        note_crossing(engine, status);
}

static void take_failed(Engine *engine, EffectStatus *status, GError **failure) {
    bool waits = error_is(*failure, ERROR_WAITING);
    if (plan_point_of_no_return(engine->plan) != NULL)
        error_resume(failure);
    g_clear_error(&status->failure);
    status->failure = g_steal_pointer(failure);
    status->state = waits ? EFFECT_WAITING : EFFECT_FAILED;
    engine->failed = true;
    g_atomic_int_set(&engine->halt, MAX(g_atomic_int_get(&engine->halt), HALT_CHANGES));
    g_autoptr(json_t) data = error_to_json(status->failure);
    json_object_set_new(data, "milliseconds", json_integer((json_int_t)(status->seconds * 1000)));
    engine_enter(engine, waits ? "waiting" : "failed", status, data);
    engine_enter_tell(engine, waits ? ENGINE_WAITING : ENGINE_FAILED, status, NULL);
}

static void take_mail(Engine *engine, Mail *mail) {
    EffectStatus *status = mail->job->status;
    if (mail->withheld)
        enter_withheld(engine, status);
    else if (mail->error != NULL)
        take_failed(engine, status, &mail->error);
    else
        take_done(engine, status, mail->adopted);
    if (mail->crossed)
        note_crossing(engine, status);
    engine_mail_free(mail);
}

/* Everything that lies in the box, after waiting for the first of it. */
static void receive_all(Engine *engine) {
    gint64 due = engine_flush_due(engine);
    Mail *mail = engine_receive(engine, due >= 0 ? due : TICK_US);
    for (;;) {
        if (mail != NULL)
            take_mail(engine, mail);
        if (g_async_queue_length(engine->mail) <= 0)
            return;
        mail = engine_receive(engine, 0);
    }
}

static void run_stage(Engine *engine) {
    announce_checks(engine);
    for (;;) {
        if (!stopping(engine))
            start_ready(engine);
        if (engine_flush_due(engine) == 0 || engine->running == 0)
            engine_flush(engine);
        if (engine->running == 0)
            break;
        receive_all(engine);
    }
    for (guint i = 0; i < engine->statuses->len; i++) {
        EffectStatus *status = g_ptr_array_index(engine->statuses, i);
        if (status->announced)
            enter_withheld(engine, status);
    }
    engine_flush(engine);
}

/* A journal that cannot be written stops all: what runs ends, nothing new begins. */
static bool run_all(Engine *engine, GError **error) {
    engine_order(engine);
    engine_open_stage(engine);
    while (engine->stage != STAGE_COUNT && !engine->failed && !stopping(engine)) {
        run_stage(engine);
        if (engine->open > 0)
            break;
        engine_open_stage(engine);
        if (engine->stage != STAGE_COUNT && engine->journal_problem == NULL && !engine_reach_next(engine, ENGINE_NEXT_STAGE, error))
            return false;
    }
    const GError *problem = engine->journal_problem != NULL ? engine->journal_problem : engine->kept_in;
    if (problem != NULL)
        g_propagate_error(error, g_error_copy(problem));
    return problem == NULL;
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
    error_resume(error);
    if (error_get_state(*error) != NULL)
        return;
    if (engine->crossed)
        error_state(error, "the point of no return has been passed: others may have branch and tag; what is missing is finished by slipway resume");
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
    bool ran = engine_learn_done(engine, &problem) && engine_reach(engine, ENGINE_AT_BEGIN, &problem) && run_all(engine, &problem);
    bool done = ran && engine->stage == STAGE_COUNT && engine->journal_problem == NULL;
    if (engine->journal_problem != NULL) {
        say_state(engine, &problem);
        g_propagate_error(error, problem);
        return false;
    }
    if (done && engine_reach_next(engine, ENGINE_NEXT_DONE, &problem))
        return engine_append(engine, "done", NULL, NULL, error) && engine_reach_end(engine, true, NULL);
    bool fine = ran && !done && report_interrupt(engine, &problem) && report_failures(engine, &problem) && report_waiting(engine, &problem);
    if (fine)
        error_set(&problem, ERROR_INTERNAL, "the plan cannot go on: an effect waits for one that never ends");
    say_state(engine, &problem);
    bool recorded = error_is(problem, ERROR_WAITING);
    if (!recorded) {
        g_autoptr(json_t) data = error_to_json(problem);
        GError *unrecorded = NULL;
        if (!engine_append(engine, "stopped", NULL, data, &unrecorded))
            g_clear_error(&unrecorded);
    }
    engine_reach_end(engine, false, &problem);
    g_propagate_error(error, problem);
    return false;
}
