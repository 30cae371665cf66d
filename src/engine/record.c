/* The journal, several events at a time: one flush to the disk costs as much as a short gate. */
#include "engine/engine_private.h"

/* So long the outcome of a check may wait for others. */
#define PATIENCE_US 20000

void engine_entry_free(Entry *entry) {
    json_decref(entry->data);
    g_free(entry->text);
    g_free(entry);
}

static void enter(Engine *engine, Entry entry, bool urgent) {
    if (engine->entries->len == 0)
        engine->entries_since = g_get_monotonic_time();
    g_ptr_array_add(engine->entries, g_memdup2(&entry, sizeof entry));
    engine->urgent = engine->urgent || urgent;
}

void engine_enter(Engine *engine, const char *type, EffectStatus *status, json_t *data) {
    bool check = status != NULL && status->effect->kind->volatile_outcome;
    enter(engine, (Entry){.type = ENTRY_EVENT, .event = type, .status = status, .data = json_incref(data)}, !check);
}

void engine_enter_start(Engine *engine, EffectStatus *status) {
    enter(engine, (Entry){.type = ENTRY_START, .status = status}, true);
    engine->starting++;
}

void engine_enter_answer(Engine *engine, Reply *reply) {
    enter(engine, (Entry){.type = ENTRY_ANSWER, .reply = reply}, true);
}

void engine_enter_tell(Engine *engine, EngineEventType type, EffectStatus *status, const char *text) {
    enter(engine, (Entry){.type = ENTRY_TELL, .tell = type, .status = status, .text = g_strdup(text)}, false);
}

gint64 engine_flush_due(const Engine *engine) {
    if (engine->entries->len == 0)
        return -1;
    return engine->urgent ? 0 : MAX(0, engine->entries_since + PATIENCE_US - g_get_monotonic_time());
}

/* ---- writing ---- */

static bool write_event(Engine *engine, const Entry *entry, GError **error) {
    const char *effect = entry->status != NULL ? entry->status->effect->id : NULL;
    return entry->type != ENTRY_EVENT || journal_append(engine->spec.journal, engine->run_id, entry->event, effect, entry->data, error);
}

static bool has_events(const GPtrArray *entries) {
    for (guint i = 0; i < entries->len; i++) {
        if (((const Entry *)g_ptr_array_index(entries, i))->type == ENTRY_EVENT)
            return true;
    }
    return false;
}

static void mirror_events(Engine *engine, const GPtrArray *entries) {
    for (guint i = 0; i < entries->len; i++) {
        const Entry *entry = g_ptr_array_index(entries, i);
        if (entry->type == ENTRY_EVENT)
            engine_mirror_add(engine, entry->event, entry->status != NULL ? entry->status->effect->id : NULL, entry->data);
    }
}

static bool write_events(Engine *engine, const GPtrArray *entries, GError **error) {
    if (!has_events(entries))
        return true;
    if (!journal_batch(engine->spec.journal, error))
        return false;
    for (guint i = 0; i < entries->len; i++) {
        if (!write_event(engine, g_ptr_array_index(entries, i), error)) {
            journal_drop(engine->spec.journal);
            return false;
        }
    }
    if (!journal_commit(engine->spec.journal, error))
        return false;
    mirror_events(engine, entries);
    return true;
}

static void answer(Reply *reply, const GError *problem) {
    g_mutex_lock(&reply->lock);
    reply->error = problem != NULL ? g_error_copy(problem) : NULL;
    reply->answered = true;
    g_cond_signal(&reply->done);
    g_mutex_unlock(&reply->lock);
}

/* What was not begun is as it was before. */
static void start_job(Engine *engine, EffectStatus *status, const GError *problem) {
    if (problem == NULL) {
        engine_start_job(engine, JOB_APPLY, status);
        return;
    }
    status->intended -= status->intended > 0 ? 1 : 0;
    status->state = EFFECT_PENDING;
}

/* A thread waits for its answer whatever became of the journal; all else happens only when it was written. */
static void do_waiting(Engine *engine, const Entry *entry, const GError *problem) {
    if (entry->type == ENTRY_ANSWER)
        answer(entry->reply, problem);
    else if (entry->type == ENTRY_START)
        start_job(engine, entry->status, problem);
    else if (entry->type == ENTRY_TELL && problem == NULL)
        engine_tell(engine, entry->tell, entry->status, entry->text, entry->status != NULL ? entry->status->failure : NULL);
}

bool engine_flush(Engine *engine) {
    g_autoptr(GPtrArray) entries = engine->entries;
    engine->entries = g_ptr_array_new_with_free_func((GDestroyNotify)engine_entry_free);
    engine->urgent = false;
    engine->starting = 0;
    if (engine->journal_problem == NULL)
        write_events(engine, entries, &engine->journal_problem);
    for (guint i = 0; i < entries->len; i++)
        do_waiting(engine, g_ptr_array_index(entries, i), engine->journal_problem);
    if (engine->journal_problem != NULL)
        g_atomic_int_set(&engine->halt, HALT_ALL);
    return engine->journal_problem == NULL;
}

bool engine_append(Engine *engine, const char *type, EffectStatus *status, json_t *data, GError **error) {
    engine_enter(engine, type, status, data);
    if (engine_flush(engine))
        return true;
    if (error != NULL && *error == NULL)
        *error = g_error_copy(engine->journal_problem);
    return false;
}
