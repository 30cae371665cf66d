/* What happens to one effect on a worker thread, and how the main thread hears of it. */
#include "base/fault.h"
#include "engine/engine_private.h"

/* Lines of output that lie in the box unread; more are dropped: only the last one is shown, and the log has them all. */
#define MAX_UNREAD 512

/* ---- the worker's side ---- */

static void send(Job *job, Mail mail) {
    mail.job = job;
    g_async_queue_push(job->engine->mail, g_memdup2(&mail, sizeof mail));
}

static bool host_keep(EffectRun *run, const char *key, json_t *value, GError **error) {
    Reply reply = {.answered = false};
    g_mutex_init(&reply.lock);
    g_cond_init(&reply.done);
    send(run->host_data, (Mail){.type = MAIL_KEEP, .text = g_strdup(key), .value = value, .reply = &reply});
    g_mutex_lock(&reply.lock);
    while (!reply.answered)
        g_cond_wait(&reply.done, &reply.lock);
    g_mutex_unlock(&reply.lock);
    g_mutex_clear(&reply.lock);
    g_cond_clear(&reply.done);
    if (reply.error == NULL)
        return true;
    g_propagate_error(error, reply.error);
    return false;
}

static void host_record(EffectRun *run, const char *key, json_t *value) {
    send(run->host_data, (Mail){.type = MAIL_RECORD, .text = g_strdup(key), .value = value});
}

static void host_line(EffectRun *run, const char *line) {
    Job *job = run->host_data;
    if (g_async_queue_length(job->engine->mail) < MAX_UNREAD)
        send(job, (Mail){.type = MAIL_LINE, .text = g_strdup(line)});
}

static void host_note(EffectRun *run, const char *note) {
    send(run->host_data, (Mail){.type = MAIL_NOTE, .text = g_strdup(note)});
}

static const EffectHost host = {.keep = host_keep, .record = host_record, .line = host_line, .note = host_note};

static Observed look(Job *job, GError **error) {
    g_clear_pointer(&job->run.seen, g_free);
    Observed seen = job->status->effect->kind->inspect(&job->run, error);
    if (fault_bug("inspect-existence") && seen != OBSERVED_ABSENT && seen != OBSERVED_UNKNOWN)
        return OBSERVED_SAME;
    return seen;
}

static bool refuse(Job *job, Observed seen, GError **error) {
    const char *title = job->status->effect->title;
    const char *words = job->run.seen != NULL ? job->run.seen : observed_name(seen);
    if (seen == OBSERVED_UNKNOWN && *error == NULL) {
        error_set(error, ERROR_UNKNOWN_STATE, "cannot see whether this is done: %s", title);
        error_why(error, "%s", words);
    } else if (seen == OBSERVED_DIFFERENT && *error == NULL) {
        error_set(error, ERROR_CONFLICT, "something else stands where this would go: %s", title);
        error_why(error, "%s", words);
        error_fix(error, "move what is named above out of the way, or put it back as it was, then: slipway resume");
    }
    return false;
}

/* The effect was applied; now the world must say so. */
static bool confirm(Job *job, GError **error) {
    Observed seen = look(job, error);
    if (seen == OBSERVED_SAME)
        return true;
    if (seen == OBSERVED_UNKNOWN)
        return refuse(job, seen, error);
    if (*error == NULL) {
        error_set(error, ERROR_NOT_VERIFIED, "this was done, but the world does not show it: %s", job->status->effect->title);
        error_why(error, "%s: %s", observed_name(seen), job->run.seen != NULL ? job->run.seen : "no more is known");
    }
    return false;
}

static bool apply(Job *job, GError **error) {
    fault_point("apply-before", job->run.id);
    bool done = job->status->effect->kind->apply(&job->run, error);
    fault_point("apply-after", job->run.id);
    return done;
}

static bool carry_out(Job *job, bool *adopted, GError **error) {
    if (job->status->effect->kind->volatile_outcome)
        return apply(job, error);
    Observed seen = look(job, error);
    *adopted = seen == OBSERVED_SAME;
    if (*adopted)
        return true;
    if (seen == OBSERVED_DIFFERENT || seen == OBSERVED_UNKNOWN)
        return refuse(job, seen, error);
    g_clear_error(error);
    return apply(job, error) && confirm(job, error);
}

/* A push that failed may have arrived in part: then the line is crossed. */
static bool is_out(Job *job) {
    if (!engine_crosses(job->engine, job->status->effect))
        return false;
    g_autoptr(GError) unseen = NULL;
    Observed seen = look(job, &unseen);
    return seen == OBSERVED_SAME || seen == OBSERVED_PARTIAL;
}

static bool take_back(Job *job, GError **error) {
    const EffectKind *kind = job->status->effect->kind;
    fault_point("undo-before", job->run.id);
    bool done = kind->undo == NULL || kind->undo(&job->run, error);
    fault_point("undo-after", job->run.id);
    return done;
}

/* What was still in the queue when the run began to stop is not begun. */
static bool may_begin(const Job *job) {
    const EngineSpec *spec = &job->engine->spec;
    bool cancelled = spec->cancel != NULL && g_atomic_int_get(spec->cancel) != 0;
    int halt = g_atomic_int_get(&job->engine->halt);
    return job->type == JOB_UNDO || (!cancelled && (halt == HALT_NOTHING || (halt == HALT_CHANGES && job->status->effect->kind->volatile_outcome)));
}

void engine_work(gpointer job_data, gpointer engine_data) {
    (void)engine_data;
    Job *job = job_data;
    if (!may_begin(job)) {
        send(job, (Mail){.type = MAIL_FINISHED, .withheld = true});
        return;
    }
    job->began = g_get_monotonic_time();
    send(job, (Mail){.type = MAIL_STARTED});
    bool adopted = false;
    GError *error = NULL;
    bool done = job->type == JOB_UNDO ? take_back(job, &error) : carry_out(job, &adopted, &error);
    if (!done && error == NULL)
        error_set(&error, ERROR_INTERNAL, "%s failed without a reason", job->run.id);
    bool crossed = !done && job->type == JOB_APPLY && is_out(job);
    send(job, (Mail){.type = MAIL_FINISHED, .error = error, .adopted = adopted, .crossed = crossed});
}

/* ---- a check, made alone ---- */

static bool silent_keep(EffectRun *run, const char *key, json_t *value, GError **error) {
    (void)run, (void)key, (void)error;
    json_decref(value);
    return true;
}

static void silent_record(EffectRun *run, const char *key, json_t *value) {
    silent_keep(run, key, value, NULL);
}

static void silent_text(EffectRun *run, const char *text) {
    (void)run, (void)text;
}

bool engine_check(const Engine *engine, const char *id, json_t **result, GError **error) {
    static const EffectHost silent = {.keep = silent_keep, .record = silent_record, .line = silent_text, .note = silent_text};
    const EffectStatus *status = engine_status(engine, id);
    *result = json_object();
    if (status == NULL || !status->effect->kind->volatile_outcome)
        return error_set(error, ERROR_PLAN_BROKEN, "%s has no check %s", engine->run_id, id);
    g_autoptr(json_t) params = engine_resolve(engine, status->effect->params);
    g_autoptr(json_t) kept = json_deep_copy(status->kept);
    EffectRun run = {.id = id, .params = params, .kept = kept, .result = *result, .site = &engine->site, .cancel = engine->spec.cancel, .host = &silent};
    bool done = status->effect->kind->apply(&run, error);
    g_free(run.seen);
    return done;
}

/* ---- the main thread's side ---- */

void engine_start_job(Engine *engine, JobType type, EffectStatus *status) {
    Job *job = g_new0(Job, 1);
    job->type = type;
    job->engine = engine;
    job->status = status;
    job->params = engine_resolve(engine, status->effect->params);
    job->run = (EffectRun){
        .id = status->effect->id,
        .params = job->params,
        .kept = json_deep_copy(status->kept),
        .result = status->result != NULL ? json_deep_copy(status->result) : json_object(),
        .site = &engine->site,
        .cancel = engine->spec.cancel,
        .host = &host,
        .host_data = job,
    };
    status->running = true;
    engine->running++;
    g_thread_pool_push(engine->pool, job, NULL); /* false: no further thread; those that there are take it */
}

/* reply: NULL, or of a thread that waits until it is durable. */
static void keep(Engine *engine, const Mail *mail) {
    EffectStatus *status = mail->job->status;
    g_autoptr(json_t) data = json_object();
    json_object_set(data, mail->text, mail->value);
    engine_enter(engine, "kept", status, data);
    json_object_set(status->kept, mail->text, mail->value);
    if (mail->reply != NULL)
        engine_enter_answer(engine, mail->reply);
}

static void begin(Engine *engine, const Job *job) {
    engine->working++;
    engine_tell(engine, job->type == JOB_UNDO ? ENGINE_UNDOING : ENGINE_STARTED, job->status, NULL, NULL);
}

static void finish(Engine *engine, const Mail *mail) {
    Job *job = mail->job;
    EffectStatus *status = job->status;
    status->running = false;
    engine->running--;
    if (mail->withheld)
        return;
    engine->working--;
    status->seconds = (double)(g_get_monotonic_time() - job->began) / G_USEC_PER_SEC;
    if (mail->error == NULL && job->type == JOB_APPLY) {
        json_decref(status->result);
        status->result = json_incref(job->run.result);
    }
}

Mail *engine_receive(Engine *engine, gint64 microseconds) {
    Mail *mail = microseconds > 0 ? g_async_queue_timeout_pop(engine->mail, (guint64)microseconds) : g_async_queue_try_pop(engine->mail);
    if (mail == NULL) {
        engine_tell(engine, ENGINE_TICK, NULL, NULL, NULL);
        return NULL;
    }
    if (mail->type == MAIL_FINISHED) {
        finish(engine, mail);
        return mail;
    }
    if (mail->type == MAIL_STARTED)
        begin(engine, mail->job);
    else if (mail->type == MAIL_KEEP || mail->type == MAIL_RECORD)
        keep(engine, mail);
    else if (mail->type == MAIL_LINE)
        engine_tell(engine, ENGINE_LINE, mail->job->status, mail->text, NULL);
    else
        json_object_set_new(mail->job->status->kept, "note", jsonx_text(mail->text));
    engine_mail_free(mail);
    return NULL;
}

static void job_free(Job *job) {
    json_decref(job->params);
    json_decref(job->run.kept);
    json_decref(job->run.result);
    g_free(job->run.seen);
    g_free(job);
}

void engine_mail_free(Mail *mail) {
    if (mail->type == MAIL_FINISHED)
        job_free(mail->job);
    g_free(mail->text);
    json_decref(mail->value);
    g_clear_error(&mail->error);
    g_free(mail);
}
