/* The engine: what starts when, and what the journal says of it. Kinds of its own; a journal in a scratch folder. */
#include "base/fs.h"
#include "engine/next.h"

#include <string.h>

typedef struct {
    char *scratch;
    Journal *journal;
    GString *began; /* names, in order; changed by worker threads under `lock` */
    GMutex lock;
    gint cancel;
} World;

static World world;

static char *describe(const json_t *params) {
    return g_strdup(jsonx_string(params, "name"));
}

static void note_begin(EffectRun *run) {
    g_mutex_lock(&world.lock);
    g_string_append_printf(world.began, "%s ", jsonx_string(run->params, "name"));
    g_mutex_unlock(&world.lock);
}

static bool act(EffectRun *run, GError **error) {
    note_begin(run);
    json_object_set_new(run->result, "done", json_true());
    if (jsonx_bool(run->params, "cancels", false))
        g_atomic_int_set(&world.cancel, 1);
    if (jsonx_bool(run->params, "fails", false))
        return error_set(error, ERROR_GATE_FAILED, "%s failed", run->id);
    return true;
}

static Observed look(EffectRun *run, GError **error) {
    (void)error;
    return json_object_get(run->result, "done") != NULL ? OBSERVED_SAME : OBSERVED_ABSENT;
}

static bool undo(EffectRun *run, GError **error) {
    (void)run;
    (void)error;
    return true;
}

static const EffectKind check = {.name = "check", .describe = describe, .apply = act, .undo = undo, .undo_note = "-", .volatile_outcome = true};
static const EffectKind change = {.name = "change", .describe = describe, .inspect = look, .apply = act, .undo = undo, .undo_note = "-"};
static const EffectKind send = {.name = "send", .describe = describe, .inspect = look, .apply = act, .undo = undo, .undo_note = "-"};
static const EffectKind *const kinds[] = {&check, &change, &send, NULL};

/* ---- plans as data ---- */

typedef struct {
    const char *name, *kind, *needs;
    bool fails, cancels;
} Row;

static Plan *plan_of(const Row *rows) {
    Plan *plan = plan_new(kinds, "test", 1700000000);
    json_object_set_new(plan->release, "project", json_string("demo"));
    for (guint i = 0; rows[i].name != NULL; i++) {
        json_t *params = json_pack("{s: s, s: b, s: b}", "name", rows[i].name, "fails", (int)rows[i].fails, "cancels", (int)rows[i].cancels);
        plan_add(plan, g_str_equal(rows[i].kind, "send") ? STAGE_STAGE : STAGE_PROVE, rows[i].name, rows[i].kind, params, rows[i].needs);
    }
    plan_seal(plan);
    return plan;
}

static EngineSpec spec_of(guint workers) {
    return (EngineSpec){.journal = world.journal, .tree = world.scratch, .git_dir = world.scratch, .kinds = kinds, .workers = workers, .cancel = &world.cancel};
}

static Engine *execute(const Row *rows, ErrorCode expected) {
    EngineSpec spec = spec_of(1);
    g_autoptr(GError) error = NULL;
    g_string_truncate(world.began, 0);
    g_atomic_int_set(&world.cancel, 0);
    Engine *engine = engine_begin(&spec, plan_of(rows), &error);
    g_assert_no_error(error);
    bool done = engine_execute(engine, &error);
    g_assert_cmpint(done, ==, expected == ERROR_COUNT);
    g_assert_true(done || error_is(error, expected));
    return engine;
}

/* "type effect" of each event of a run. */
static char *events_of(const Engine *engine) {
    g_autoptr(GPtrArray) events = journal_events(world.journal, engine_run_id(engine), NULL);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < events->len; i++) {
        const JournalEvent *event = g_ptr_array_index(events, i);
        g_string_append_printf(text, "%s%s%s\n", event->type, event->effect != NULL ? " " : "", event->effect != NULL ? event->effect : "");
    }
    return g_string_free(text, FALSE);
}

/* A witness that denies one moment. */
static bool deny(Engine *engine, EngineMoment moment, void *data, GError **error) {
    const EngineNext *denied = data;
    return moment != ENGINE_AT_STAGE || engine_next(engine) != *denied || error_set(error, ERROR_PUSH_REJECTED, "denied");
}

/* The events of a run whose witness denies one moment, and of what resume adds when it does not any more. */
static void assert_denied(const Row *rows, EngineNext denied, const char *before, const char *after) {
    EngineSpec spec = spec_of(1);
    g_autoptr(GError) error = NULL;
    spec.witness = (EngineWitness){.reached = deny, .data = &denied};
    g_atomic_int_set(&world.cancel, 0);
    g_autoptr(Engine) engine = engine_begin(&spec, plan_of(rows), &error);
    g_assert_no_error(error);
    g_assert_false(engine_execute(engine, &error));
    g_assert_true(error_is(error, ERROR_PUSH_REJECTED));
    g_autofree char *stopped = events_of(engine);
    g_assert_cmpstr(stopped, ==, before);
    g_clear_error(&error);
    spec.witness = (EngineWitness){0};
    g_autofree char *id = g_strdup(engine_run_id(engine));
    g_clear_pointer(&engine, engine_free); /* whoever is at work holds the run's record */
    g_autoptr(Engine) again = engine_load(&spec, id, &error);
    g_assert_no_error(error);
    g_assert_true(engine_execute(again, &error));
    g_autofree char *ended = events_of(again);
    g_assert_true(g_str_has_prefix(ended, before));
    g_assert_cmpstr(ended + strlen(before), ==, after);
}

static guint place_of(const char *text, const char *line) {
    const char *found = strstr(text, line);
    g_assert_nonnull(found);
    return (guint)(found - text);
}

/* ---- the order ---- */

/* As if an earlier run had taken so long. */
static void remember(const char *effect, int milliseconds) {
    g_autoptr(json_t) data = json_pack("{s: {}, s: b, s: i}", "result", "adopted", 0, "milliseconds", milliseconds);
    g_assert_true(journal_append(world.journal, "earlier", "outcome", effect, data, NULL));
}

static void test_longest_way_first(void) {
    JournalRun run = {.id = (char *)"earlier", .project = (char *)"demo", .command = (char *)"test", .begun = 1};
    g_assert_true(journal_begin(world.journal, &run, NULL, NULL));
    remember("short", 10);
    remember("long", 900);
    remember("first-of-two", 500);
    remember("second-of-two", 600);
    remember("long", 700); /* the newest counts */
    g_assert_true(journal_append(world.journal, "earlier", "done", NULL, NULL, NULL));
    const Row rows[] = {
        {"short", "check", NULL, false, false},
        {"long", "check", NULL, false, false},
        {"first-of-two", "check", NULL, false, false},
        {"second-of-two", "check", "first-of-two", false, false},
        {0},
    };
    g_autoptr(Engine) engine = execute(rows, ERROR_COUNT);
    g_assert_nonnull(engine);
    g_assert_true(g_str_has_prefix(world.began->str, "first-of-two long "));
    g_assert_cmpuint(place_of(world.began->str, "second-of-two"), <, place_of(world.began->str, "short"));
}

/* ---- what the journal says ---- */

static void test_a_witness_holds_back(void) {
    const Row rows[] = {{"a", "change", NULL, false, false}, {"b", "send", "a", false, false}, {0}};
    assert_denied(rows, ENGINE_NEXT_EFFECT, "begun\nintent a\noutcome a\nstopped\n", "resumed\nintent b\noutcome b\ndone\n");
    assert_denied(rows, ENGINE_NEXT_DONE, "begun\nintent a\noutcome a\nintent b\noutcome b\nstopped\n", "resumed\ndone\n");
}

static void test_intents_come_first(void) {
    const Row rows[] = {{"a", "check", NULL, false, false}, {"b", "change", "a", false, false}, {"c", "change", "b", false, false}, {0}};
    g_autoptr(Engine) engine = execute(rows, ERROR_COUNT);
    g_autofree char *events = events_of(engine);
    g_assert_cmpstr(events, ==, "begun\nintent a\noutcome a\nintent b\noutcome b\nintent c\noutcome c\ndone\n");
}

/* A failure stops changes, not checks; what was announced and not begun is withheld and is pending again. */
static void test_failure(void) {
    const Row rows[] = {
        {"fails", "check", NULL, true, false},
        {"behind", "check", "fails", false, false},
        {"other", "check", NULL, false, false},
        {"change", "change", "other", false, false},
        {0},
    };
    g_autoptr(Engine) engine = execute(rows, ERROR_GATE_FAILED);
    g_autofree char *events = events_of(engine);
    g_assert_nonnull(strstr(events, "outcome other\n"));
    g_assert_nonnull(strstr(events, "withheld behind\n"));
    g_assert_null(strstr(world.began->str, "behind"));
    g_assert_null(strstr(world.began->str, "change"));
    g_assert_cmpint(engine_state(engine, "behind"), ==, EFFECT_PENDING);
    g_assert_cmpint(engine_state(engine, "change"), ==, EFFECT_PENDING);
    EngineSpec spec = spec_of(1);
    g_autoptr(Engine) again = engine_look(&spec, engine_run_id(engine), NULL);
    g_assert_cmpint(engine_state(again, "fails"), ==, EFFECT_FAILED);
    g_assert_cmpint(engine_state(again, "behind"), ==, EFFECT_PENDING);
    g_assert_cmpint(engine_state(again, "other"), ==, EFFECT_DONE);
}

static void test_interruption(void) {
    const Row rows[] = {{"one", "check", NULL, false, true}, {"two", "check", "one", false, false}, {"three", "check", NULL, false, false}, {0}};
    g_autoptr(Engine) engine = execute(rows, ERROR_INTERRUPTED);
    g_autofree char *events = events_of(engine);
    g_assert_true(place_of(events, "outcome one\n") < place_of(events, "withheld two\n"));
    g_assert_cmpint(engine_state(engine, "two"), ==, EFFECT_PENDING);
}

/* Resume does what is missing and nothing twice. */
static void test_resume(void) {
    const Row rows[] = {{"before", "change", NULL, false, false}, {"stops", "check", "before", false, true}, {"after", "change", "stops", false, false}, {0}};
    g_autoptr(Engine) engine = execute(rows, ERROR_INTERRUPTED);
    g_atomic_int_set(&world.cancel, 0);
    g_string_truncate(world.began, 0);
    EngineSpec spec = spec_of(2);
    g_autoptr(GError) error = NULL;
    g_autofree char *id = g_strdup(engine_run_id(engine));
    g_clear_pointer(&engine, engine_free); /* whoever is at work holds the run's record */
    g_autoptr(Engine) resumed = engine_load(&spec, id, &error);
    g_assert_no_error(error);
    g_assert_true(engine_execute(resumed, &error));
    g_assert_cmpstr(world.began->str, ==, "after ");
}

static void test_many(void) {
    g_autoptr(GArray) rows = g_array_new(TRUE, TRUE, sizeof(Row));
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < 500; i++) {
        g_ptr_array_add(names, g_strdup_printf("e%u", i));
        Row row = {names->pdata[i], i % 7 == 6 ? "change" : "check", i > 9 ? names->pdata[i - 3 - i % 7] : NULL, false, false};
        g_array_append_val(rows, row);
    }
    EngineSpec spec = spec_of(4);
    g_autoptr(GError) error = NULL;
    g_autoptr(Engine) engine = engine_begin(&spec, plan_of((const Row *)(void *)rows->data), &error);
    g_assert_true(engine_execute(engine, &error));
    for (guint i = 0; i < names->len; i++)
        g_assert_cmpint(engine_state(engine, names->pdata[i]), ==, EFFECT_DONE);
    g_assert_true(journal_verify(world.journal, &error));
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    world.scratch = fs_make_temp_dir("slipway-engine-", NULL);
    g_autofree char *path = g_build_filename(world.scratch, "journal.db", NULL);
    world.journal = journal_open(path, true, NULL);
    world.began = g_string_new(NULL);
    g_mutex_init(&world.lock);
    g_test_add_func("/engine/longest-way-first", test_longest_way_first);
    g_test_add_func("/engine/a-witness-holds-back", test_a_witness_holds_back);
    g_test_add_func("/engine/intents-come-first", test_intents_come_first);
    g_test_add_func("/engine/failure", test_failure);
    g_test_add_func("/engine/interruption", test_interruption);
    g_test_add_func("/engine/resume", test_resume);
    g_test_add_func("/engine/many", test_many);
    int status = g_test_run();
    journal_close(world.journal);
    fs_remove_tree(world.scratch, NULL);
    g_free(world.scratch);
    g_string_free(world.began, TRUE);
    g_mutex_clear(&world.lock);
    return status;
}
