#include "engine/engine.h"

#include "base/fault_calls.h"
#include "base/fs.h"
#include "base/process.h"
#include "engine/engine_private.h"

#include <errno.h>
#include <string.h>

#define ORPHAN_GRACE_MS 3000

static void status_free(EffectStatus *status) {
    g_ptr_array_unref(status->dependents);
    json_decref(status->kept);
    json_decref(status->result);
    g_clear_error(&status->failure);
    g_free(status);
}

EffectStatus *engine_status(const Engine *engine, const char *id) {
    return g_hash_table_lookup(engine->by_id, id);
}

/* ---- references ---- */

static json_t *look_up(const Engine *engine, const json_t *reference) {
    const EffectStatus *status = engine_status(engine, jsonx_string(reference, "result"));
    json_t *value = status != NULL ? json_object_get(status->result, jsonx_string(reference, "field")) : NULL;
    return value != NULL ? json_deep_copy(value) : json_null();
}

static bool is_reference(const json_t *value) {
    return json_object_size(value) == 2 && jsonx_string(value, "result") != NULL && jsonx_string(value, "field") != NULL;
}

json_t *engine_resolve(const Engine *engine, const json_t *params) {
    if (is_reference(params))
        return look_up(engine, params);
    if (json_is_array(params)) {
        json_t *array = json_array();
        for (gsize i = 0; i < json_array_size(params); i++)
            json_array_append_new(array, engine_resolve(engine, json_array_get(params, i)));
        return array;
    }
    if (!json_is_object(params))
        return json_deep_copy(params);
    json_t *object = json_object();
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)params, key, value) json_object_set_new(object, key, engine_resolve(engine, value));
    return object;
}

bool engine_knows(const Engine *engine, const json_t *params) {
    bool known = true;
    gsize i = 0;
    const char *key;
    json_t *value;
    if (is_reference(params)) {
        g_autoptr(json_t) found = look_up(engine, params);
        return !json_is_null(found);
    }
    json_array_foreach((json_t *)params, i, value) known = known && engine_knows(engine, value);
    json_object_foreach((json_t *)params, key, value) known = known && engine_knows(engine, value);
    return known;
}

/* ---- telling ---- */

static guint count_done(const Engine *engine) {
    guint count = 0;
    for (guint i = 0; i < engine->statuses->len; i++)
        count += ((const EffectStatus *)g_ptr_array_index(engine->statuses, i))->state == EFFECT_DONE ? 1 : 0;
    return count;
}

void engine_tell(Engine *engine, EngineEventType type, const EffectStatus *status, const char *text, const GError *error) {
    if (engine->spec.listener.event == NULL)
        return;
    EngineEvent event = {
        .type = type,
        .effect = status != NULL ? status->effect : NULL,
        .text = text,
        .error = error,
        .seconds = status != NULL ? status->seconds : 0,
        .done = count_done(engine),
        .running = engine->working,
        .total = engine->statuses->len,
    };
    engine->spec.listener.event(&event, engine->spec.listener.data);
}

void engine_say(Engine *engine, const char *text) {
    engine_tell(engine, ENGINE_NOTE, NULL, text, NULL);
}

bool engine_reach(Engine *engine, EngineMoment moment, GError **error) {
    const EngineWitness *witness = &engine->spec.witness;
    return witness->reached == NULL || witness->reached(engine, moment, witness->data, error);
}

bool engine_reach_next(Engine *engine, EngineNext next, GError **error) {
    engine->next = next;
    return engine_reach(engine, ENGINE_AT_STAGE, error);
}

bool engine_reach_end(Engine *engine, bool done, GError **problem) {
    GError *answer = NULL;
    if (engine_reach(engine, ENGINE_AT_END, &answer) || done) {
        g_clear_error(&answer);
        return done;
    }
    if (answer != NULL && problem != NULL) {
        const char *why = error_get_why(answer);
        g_autofree char *both =
            *problem != NULL ? g_strdup_printf("%s%sand here: %s", why != NULL ? why : "", why != NULL ? "\n" : "", (*problem)->message) : g_strdup(why);
        if (both != NULL)
            error_why(&answer, "%s", both);
        g_clear_error(problem);
        g_propagate_error(problem, answer);
        return false;
    }
    g_clear_error(&answer);
    return false;
}

/* ---- making and freeing ---- */

static Engine *new_engine(const EngineSpec *spec, const char *run_id) {
    Engine *engine = g_new0(Engine, 1);
    engine->spec = *spec;
    engine->run_id = g_strdup(run_id);
    engine->mirror = -1;
    engine->state_dir = g_build_filename(spec->git_dir, "slipway", NULL);
    engine->work_dir = g_build_filename(engine->state_dir, "runs", run_id, NULL);
    engine->statuses = g_ptr_array_new_with_free_func((GDestroyNotify)status_free);
    engine->by_id = g_hash_table_new(g_str_hash, g_str_equal);
    engine->mail = g_async_queue_new();
    engine->ready = g_ptr_array_new();
    engine->entries = g_ptr_array_new_with_free_func((GDestroyNotify)engine_entry_free);
    return engine;
}

void engine_free(Engine *engine) {
    if (engine->pool != NULL)
        g_thread_pool_free(engine->pool, FALSE, TRUE);
    g_async_queue_unref(engine->mail);
    g_ptr_array_unref(engine->ready);
    g_ptr_array_unref(engine->entries);
    g_clear_error(&engine->journal_problem);
    g_clear_error(&engine->kept_in);
    engine_mirror_close(engine);
    g_free(engine->mirror_hash);
    g_hash_table_unref(engine->by_id);
    g_ptr_array_unref(engine->statuses);
    g_clear_pointer(&engine->plan, plan_free);
    g_free(engine->run_id);
    g_free(engine->mark);
    g_free(engine->own_mark);
    g_free(engine->state_dir);
    g_free(engine->work_dir);
    g_free(engine);
}

/* Everything of this run that others can see carries the mark: the run's name and the plan's hash, so that no two plans share one. */
static void settle_site(Engine *engine) {
    engine->mark = g_strdup_printf("slipway:%s:%.16s", engine->run_id, engine->plan->hash);
    engine->own_mark = process_own_mark(engine->mark, engine->spec.git_dir);
    engine->site = (EffectSite){
        .tree = engine->spec.tree,
        .git_dir = engine->spec.git_dir,
        .state_dir = engine->state_dir,
        .work_dir = engine->work_dir,
        .run_id = engine->run_id,
        .mark = engine->mark,
        .own = engine->own_mark,
        .now = engine->plan->when,
    };
}

static bool no_thread(const char *why, GError **error) {
    error_set(error, ERROR_PROCESS, "no thread can be started that would do the work");
    error_why(error, "%s", why);
    error_state(error, "nothing more was begun");
    error_fix(error, "see ulimit -u and the memory that is left, then: slipway status");
    return false;
}

static bool ready(Engine *engine, GError **error) {
    g_autofree char *logs = g_build_filename(engine->work_dir, "logs", NULL);
    if (!fs_make_dirs(logs, 0700, error) || !engine_mirror_open(engine, error))
        return false;
    /* Exclusive: all its threads are made here. A pool that makes them when work comes ends the program, or waits for ever, where there are none to have. */
    GError *problem = NULL;
    gint wanted = (gint)CLAMP(engine->spec.workers, 1, MAX(engine->statuses->len, 1));
    if (fault_start_fails("thread"))
        return no_thread(g_strerror(EAGAIN), error);
    engine->pool = g_thread_pool_new(engine_work, engine, wanted, TRUE, &problem);
    g_autofree char *why = g_strdup(problem != NULL ? problem->message : "");
    g_clear_error(&problem);
    if (g_thread_pool_get_num_threads(engine->pool) == 0)
        return no_thread(why, error);
    g_thread_pool_set_sort_function(engine->pool, engine_compare_jobs, NULL);
    return true;
}

static bool journal_plan(Engine *engine, GError **error) {
    const json_t *release = engine->plan->release;
    JournalRun run = {
        .id = engine->run_id,
        .project = (char *)jsonx_string(release, "project"),
        .command = engine->plan->command,
        .version = (char *)jsonx_string(release, "version"),
        .tag = (char *)jsonx_string(release, "tag"),
        .begun = engine->plan->when,
    };
    g_autoptr(json_t) plan = plan_to_json(engine->plan);
    g_autoptr(json_t) data = json_pack("{s: O}", "plan", plan);
    return journal_begin(engine->spec.journal, &run, data, error);
}

/* A run's folder is named after it; a tag may hold a slash. */
static char *run_stem(const Plan *plan) {
    const char *tag = jsonx_string(plan->release, "tag");
    return g_strdelimit(g_strdup(tag != NULL ? tag : plan->command), "/", '-');
}

Engine *engine_begin(const EngineSpec *spec, Plan *plan, GError **error) {
    g_autofree char *stem = run_stem(plan);
    g_autofree char *id = journal_free_id(spec->journal, stem, spec->attempt, error);
    if (id == NULL) {
        plan_free(plan);
        return NULL;
    }
    g_autoptr(Engine) engine = new_engine(spec, id);
    engine->plan = plan;
    bool begun = journal_plan(engine, error) && engine_walk_journal(engine, error);
    if (begun)
        settle_site(engine);
    return begun && ready(engine, error) ? g_steal_pointer(&engine) : NULL;
}

static void end_orphans(Engine *engine) {
    guint ended = process_end_orphans(0, NULL, engine->own_mark, ORPHAN_GRACE_MS);
    g_autofree char *boot = process_boot_id();
    for (guint i = 0; i < engine->statuses->len; i++) {
        const EffectStatus *status = g_ptr_array_index(engine->statuses, i);
        const json_t *process = json_object_get(status->kept, "process");
        bool of_this_boot = g_strcmp0(jsonx_string(process, "boot"), boot) == 0; /* before it, another process had the number */
        if (status->state != EFFECT_DONE && of_this_boot)
            ended += process_end_orphans(jsonx_int(process, "pid", 0), jsonx_string(process, "start_time"), NULL, ORPHAN_GRACE_MS);
    }
    g_autofree char *text = g_strdup_printf("%u", ended);
    if (ended > 0)
        engine_tell(engine, ENGINE_ORPHANS, NULL, text, NULL);
}

/* What failed or was stopped is tried again. */
static void reopen(Engine *engine) {
    for (guint i = 0; i < engine->statuses->len; i++) {
        EffectStatus *status = g_ptr_array_index(engine->statuses, i);
        if (status->state == EFFECT_FAILED || status->state == EFFECT_WAITING)
            status->state = EFFECT_INTENDED;
    }
}

Engine *engine_look(const EngineSpec *spec, const char *id, GError **error) {
    g_autoptr(Engine) engine = new_engine(spec, id);
    if (!engine_walk_journal(engine, error))
        return NULL;
    settle_site(engine);
    return g_steal_pointer(&engine);
}

Engine *engine_load(const EngineSpec *spec, const char *id, GError **error) {
    if (!journal_verify(spec->journal, error))
        return NULL;
    g_autoptr(Engine) engine = engine_look(spec, id, error);
    if (engine == NULL || !ready(engine, error))
        return NULL;
    end_orphans(engine);
    reopen(engine);
    return engine_append(engine, "resumed", NULL, NULL, error) ? g_steal_pointer(&engine) : NULL;
}

bool engine_sign(Journal *journal, const char *run, const char *effect, const char *who, GError **error) {
    g_autoptr(json_t) data = json_pack("{s: o}", "who", jsonx_text(who));
    return journal_append(journal, run, "signed", effect, data, error);
}

/* ---- looking ---- */

const char *engine_run_id(const Engine *engine) {
    return engine->run_id;
}

const char *engine_work_dir(const Engine *engine) {
    return engine->work_dir;
}

const Plan *engine_plan(const Engine *engine) {
    return engine->plan;
}

bool engine_crossed(const Engine *engine) {
    return engine->crossed;
}

EngineNext engine_next(const Engine *engine) {
    return engine->next;
}

bool engine_is_outward(const Effect *effect) {
    return effect->stage >= STAGE_STAGE && !effect->kind->here && !effect->kind->volatile_outcome;
}

bool engine_crosses(const Engine *engine, const Effect *effect) {
    bool publishes = effect->stage == STAGE_PUBLISH && effect->needs->len == 0;
    return plan_point_of_no_return(engine->plan) != NULL && engine_is_outward(effect) && (effect->stage == STAGE_PUSH || publishes);
}

bool engine_went_out(const Engine *engine) {
    for (guint i = 0; i < engine->statuses->len; i++) {
        const EffectStatus *status = g_ptr_array_index(engine->statuses, i);
        if (status->intended && engine_is_outward(status->effect))
            return true;
    }
    return false;
}

bool engine_is_cancelled(const Engine *engine) {
    return engine->spec.cancel != NULL && g_atomic_int_get(engine->spec.cancel) != 0;
}

const json_t *engine_result(const Engine *engine, const char *effect) {
    const EffectStatus *status = engine_status(engine, effect);
    return status != NULL && status->state == EFFECT_DONE ? status->result : NULL;
}

EffectState engine_state(const Engine *engine, const char *effect) {
    const EffectStatus *status = engine_status(engine, effect);
    return status != NULL ? status->state : EFFECT_PENDING;
}

double engine_seconds(const Engine *engine, const char *effect) {
    const EffectStatus *status = engine_status(engine, effect);
    return status != NULL ? status->seconds : 0;
}

const GError *engine_failure(const Engine *engine, const char *effect) {
    const EffectStatus *status = engine_status(engine, effect);
    return status != NULL ? status->failure : NULL;
}

int engine_exit_status(const GError *error, bool crossed) {
    int status = error_exit_status(error);
    return crossed && (status == 1 || status == 4) ? 5 : status;
}
