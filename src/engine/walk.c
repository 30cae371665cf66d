/* From the events of a run to the state of its effects. */
#include "engine/engine_private.h"

static void on_intent(EffectStatus *status, const JournalEvent *event) {
    (void)event;
    status->intended++;
    status->state = EFFECT_INTENDED;
}

static void on_withheld(EffectStatus *status, const JournalEvent *event) {
    (void)event;
    status->intended -= status->intended > 0 ? 1 : 0;
    status->state = EFFECT_PENDING;
}

static void on_kept(EffectStatus *status, const JournalEvent *event) {
    json_object_update(status->kept, event->data);
}

static void on_outcome(EffectStatus *status, const JournalEvent *event) {
    status->state = EFFECT_DONE;
    json_decref(status->result);
    status->result = json_incref(json_object_get(event->data, "result"));
    const char *note = jsonx_string(event->data, "note");
    if (note != NULL)
        json_object_set_new(status->kept, "note", json_string(note));
    status->seconds = (double)jsonx_int(event->data, "milliseconds", 0) / 1000;
    g_clear_error(&status->failure);
}

static void on_failed(EffectStatus *status, const JournalEvent *event) {
    g_clear_error(&status->failure);
    status->failure = error_from_json(event->data);
    status->seconds = (double)jsonx_int(event->data, "milliseconds", 0) / 1000;
    status->state = error_is(status->failure, ERROR_WAITING) ? EFFECT_WAITING : EFFECT_FAILED;
}

static void on_signed(EffectStatus *status, const JournalEvent *event) {
    json_object_set(status->kept, "signed", event->data);
    status->state = EFFECT_INTENDED;
    g_clear_error(&status->failure);
}

static void on_undone(EffectStatus *status, const JournalEvent *event) {
    (void)event;
    status->intended = 0;
    status->state = EFFECT_UNDONE;
}

/* Another clone goes on, and what this effect left is not there: it is to be done again. */
static void on_lost(EffectStatus *status, const JournalEvent *event) {
    (void)event;
    status->intended = 0;
    status->state = EFFECT_PENDING;
    json_object_clear(status->kept);
    json_decref(status->result);
    status->result = NULL;
    g_clear_error(&status->failure);
}

typedef struct {
    const char *type;
    void (*apply)(EffectStatus *status, const JournalEvent *event);
} Handler;

static const Handler handlers[] = {
    {"intent", on_intent},  {"withheld", on_withheld}, {"kept", on_kept},     {"outcome", on_outcome}, {"failed", on_failed},
    {"waiting", on_failed}, {"signed", on_signed},     {"undone", on_undone}, {"lost", on_lost},
};

static void take_event(Engine *engine, const JournalEvent *event) {
    if (g_str_equal(event->type, "crossed"))
        engine->crossed = true;
    if (g_str_equal(event->type, "undoing"))
        engine->undoing = true;
    if (g_str_equal(event->type, "taken"))
        engine->taken = true;
    EffectStatus *status = event->effect != NULL ? engine_status(engine, event->effect) : NULL;
    for (guint i = 0; status != NULL && i < G_N_ELEMENTS(handlers); i++) {
        if (g_str_equal(handlers[i].type, event->type))
            handlers[i].apply(status, event);
    }
    if (status != NULL && status->state == EFFECT_DONE && status->effect->stage == STAGE_PUSH)
        engine->crossed = true;
}

static void add_statuses(Engine *engine) {
    for (guint i = 0; i < engine->plan->effects->len; i++) {
        EffectStatus *status = g_new0(EffectStatus, 1);
        status->effect = g_ptr_array_index(engine->plan->effects, i);
        status->kept = json_object();
        status->dependents = g_ptr_array_new();
        g_ptr_array_add(engine->statuses, status);
        g_hash_table_insert(engine->by_id, status->effect->id, status);
    }
}

bool engine_walk_journal(Engine *engine, GError **error) {
    g_autoptr(GPtrArray) events = journal_events(engine->spec.journal, engine->run_id, error);
    if (events == NULL)
        return false;
    const JournalEvent *begun = events->len > 0 ? g_ptr_array_index(events, 0) : NULL;
    if (begun == NULL || !g_str_equal(begun->type, "begun"))
        return error_set(error, ERROR_JOURNAL_EDITED, "the journal has no beginning of %s", engine->run_id);
    if (engine->plan == NULL)
        engine->plan = plan_from_json(json_object_get(begun->data, "plan"), engine->spec.kinds, error);
    if (engine->plan == NULL)
        return false;
    add_statuses(engine);
    for (guint i = 1; i < events->len; i++)
        take_event(engine, g_ptr_array_index(events, i));
    return true;
}
