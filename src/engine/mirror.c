/* The record of a run in its own folder: the events that the journal has of it, one a line, so that a journal that is lost or broken can be made again.
 *
 * Whole and durable before the first effect of a run, and again when it is gone on with; in between each event is a line more, written after the journal has it
 * and before what waits for it begins. Lines are not waited for: they outlive this process, and only a power cut that also costs the journal loses the last
 * ones. */
#include "base/clock.h"
#include "base/fs.h"
#include "base/limits.h"
#include "engine/engine_private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* ---- lines ---- */

static char *hash_of(const char *previous, const JournalEvent *event, json_t *data) {
    g_autoptr(json_t) fields = json_pack("[s, I, s, s?, O]", previous, (json_int_t)event->when, event->type, event->effect, data);
    return jsonx_sha256(fields);
}

/* *previous: the hash of the line before; becomes this one's. g_free. */
static char *line_of(const JournalEvent *event, char **previous) {
    g_autoptr(json_t) data = event->data != NULL ? jsonx_redact(event->data) : json_object();
    char *hash = hash_of(*previous, event, data);
    g_autoptr(json_t) line =
        json_pack("{s: I, s: s, s: s?, s: O, s: s}", "at", (json_int_t)event->when, "type", event->type, "effect", event->effect, "data", data, "hash", hash);
    g_free(*previous);
    *previous = hash;
    g_autofree char *text = jsonx_canonical(line);
    return g_strconcat(text, "\n", NULL);
}

/* Checks that only look leave nothing behind. */
static bool changes_something(const Plan *plan) {
    for (guint i = 0; i < plan->effects->len; i++) {
        if (!((const Effect *)g_ptr_array_index(plan->effects, i))->kind->volatile_outcome)
            return true;
    }
    return false;
}

static bool is_held(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool held = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (fd >= 0)
        close(fd);
    return held;
}

static bool refuse_held(const Engine *engine, GError **error) {
    error_set(error, ERROR_LOCKED, "another slipway is at work on %s", engine->run_id);
    error_why(error, "it holds %s/" ENGINE_RECORD_FILE ", though the journal knows nobody who is at work", engine->work_dir);
    error_state(error, "this run changed nothing");
    error_fix(error, "wait for it, or end it; then: slipway status");
    return false;
}

static bool hold(Engine *engine, const char *path, GError **error) {
    engine->mirror = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
    return engine->mirror >= 0 && flock(engine->mirror, LOCK_EX | LOCK_NB) == 0 ? true : error_errno(error, ERROR_IO, errno, "cannot hold %s", path);
}

bool engine_mirror_open(Engine *engine, GError **error) {
    if (!changes_something(engine->plan))
        return true;
    g_autoptr(GPtrArray) events = journal_events(engine->spec.journal, engine->run_id, error);
    if (events == NULL)
        return false;
    g_autoptr(GString) text = g_string_new(NULL);
    g_free(engine->mirror_hash);
    engine->mirror_hash = g_strdup(engine->run_id);
    for (guint i = 0; i < events->len; i++) {
        g_autofree char *line = line_of(g_ptr_array_index(events, i), &engine->mirror_hash);
        g_string_append(text, line);
    }
    engine->mirror_size = text->len;
    g_autofree char *path = g_build_filename(engine->work_dir, ENGINE_RECORD_FILE, NULL);
    g_autoptr(GBytes) bytes = g_bytes_new(text->str, text->len);
    if (is_held(path))
        return refuse_held(engine, error);
    return limits_keep(LIMITED_RUN_RECORD, engine->run_id, text->len, error) && fs_write(path, bytes, 0600, error) && hold(engine, path, error);
}

void engine_mirror_close(Engine *engine) {
    if (engine->mirror >= 0)
        close(engine->mirror);
    engine->mirror = -1;
}

/* A line that cannot be written whole is the last one: what stands behind it could not be believed. */
void engine_mirror_add(Engine *engine, const char *type, const char *effect, json_t *data) {
    if (engine->mirror < 0)
        return;
    const JournalEvent event = {.when = clock_now(), .type = (char *)type, .effect = (char *)effect, .data = data};
    g_autofree char *line = line_of(&event, &engine->mirror_hash);
    gsize length = strlen(line);
    engine->mirror_size += length;
    bool fits = limits_keep(LIMITED_RUN_RECORD, NULL, engine->mirror_size, NULL);
    if (!fits || write(engine->mirror, line, length) != (ssize_t)length)
        engine_mirror_close(engine);
}

/* ---- reading ---- */

void engine_record_free(EngineRecord *record) {
    g_clear_pointer(&record->run, journal_run_free);
    g_clear_pointer(&record->events, g_ptr_array_unref);
    g_free(record->folder);
    g_free(record);
}

/* NULL: no line that follows the one before. */
static JournalEvent *read_line(const char *text, gsize length, char **previous) {
    g_autoptr(json_t) line = jsonx_parse(text, length, RUN_RECORD_LIMIT, ENGINE_RECORD_FILE, NULL);
    const char *type = jsonx_string(line, "type"), *hash = jsonx_string(line, "hash");
    json_t *data = json_object_get(line, "data");
    if (type == NULL || hash == NULL || !json_is_object(data))
        return NULL;
    JournalEvent *event = g_new0(JournalEvent, 1);
    event->when = jsonx_int(line, "at", 0);
    event->type = g_strdup(type);
    event->effect = g_strdup(jsonx_string(line, "effect"));
    event->data = json_incref(data);
    char *own = hash_of(*previous, event, data);
    g_free(*previous);
    *previous = own;
    if (g_str_equal(own, hash))
        return event;
    journal_event_free(event);
    return NULL;
}

static void read_lines(EngineRecord *record, GBytes *bytes) {
    gsize length = 0;
    const char *at = g_bytes_get_data(bytes, &length);
    const char *end = at + length;
    g_autofree char *previous = g_strdup(record->run->id);
    while (at < end && !record->torn) {
        const char *newline = memchr(at, '\n', (gsize)(end - at));
        JournalEvent *event = newline != NULL ? read_line(at, (gsize)(newline - at), &previous) : NULL;
        record->torn = event == NULL;
        if (event == NULL)
            return;
        event->run = g_strdup(record->run->id);
        g_ptr_array_add(record->events, event);
        at = newline + 1;
    }
}

/* What the events make of the run. */
static void settle_run(EngineRecord *record) {
    static const struct {
        const char *type;
        RunState state;
    } states[] = {{"resumed", RUN_ACTIVE}, {"stopped", RUN_STOPPED}, {"waiting", RUN_WAITING}, {"done", RUN_DONE}, {"aborted", RUN_ABORTED}};
    JournalRun *run = record->run;
    for (guint i = 0; i < record->events->len; i++) {
        const JournalEvent *event = g_ptr_array_index(record->events, i);
        run->crossed = run->crossed || g_str_equal(event->type, "crossed");
        for (guint k = 0; k < G_N_ELEMENTS(states); k++) {
            if (g_str_equal(event->type, states[k].type))
                run->state = states[k].state;
        }
        if (run->state == RUN_DONE || run->state == RUN_ABORTED)
            run->ended = event->when;
    }
}

static bool take_plan(EngineRecord *record) {
    const JournalEvent *begun = record->events->len > 0 ? g_ptr_array_index(record->events, 0) : NULL;
    const json_t *plan = begun != NULL && g_str_equal(begun->type, "begun") ? json_object_get(begun->data, "plan") : NULL;
    const json_t *release = json_object_get(plan, "release");
    const char *project = jsonx_string(release, "project"), *command = jsonx_string(plan, "command");
    if (project == NULL || command == NULL)
        return false;
    record->plan = plan;
    record->run->project = g_strdup(project);
    record->run->command = g_strdup(command);
    record->run->version = g_strdup(jsonx_string(release, "version"));
    record->run->tag = g_strdup(jsonx_string(release, "tag"));
    record->run->begun = jsonx_int(plan, "when", 0);
    return true;
}

EngineRecord *engine_record_read(const char *folder, GError **error) {
    g_autofree char *path = g_build_filename(folder, ENGINE_RECORD_FILE, NULL);
    g_autoptr(GBytes) bytes = fs_read(path, RUN_RECORD_LIMIT, error);
    if (bytes == NULL)
        return NULL;
    g_autoptr(EngineRecord) record = g_new0(EngineRecord, 1);
    record->folder = g_strdup(folder);
    record->run = g_new0(JournalRun, 1);
    record->run->id = g_path_get_basename(folder);
    record->events = g_ptr_array_new_with_free_func((GDestroyNotify)journal_event_free);
    read_lines(record, bytes);
    if (!take_plan(record)) {
        error_set(error, ERROR_JOURNAL_EDITED, "%s is not what slipway wrote", path);
        error_why(error, "its first line has no plan");
        return NULL;
    }
    settle_run(record);
    return g_steal_pointer(&record);
}

bool engine_record_is_held(const EngineRecord *record) {
    g_autofree char *path = g_build_filename(record->folder, ENGINE_RECORD_FILE, NULL);
    return is_held(path);
}

/* Behind a torn line anything may have been begun: what is not done is looked at as after a kill. What comes after the push is looked at by whoever resumes,
 * and no abort gets there. */
static void add_intents(EngineRecord *record) {
    g_autoptr(GHashTable) done = g_hash_table_new(g_str_hash, g_str_equal);
    const JournalEvent *last = g_ptr_array_index(record->events, record->events->len - 1);
    for (guint i = 0; i < record->events->len; i++) {
        const JournalEvent *event = g_ptr_array_index(record->events, i);
        if (event->effect != NULL && g_str_equal(event->type, "outcome"))
            g_hash_table_add(done, event->effect);
    }
    const json_t *effects = json_object_get(record->plan, "effects");
    for (gsize i = 0; i < json_array_size(effects); i++) {
        const json_t *effect = json_array_get(effects, i);
        const char *id = jsonx_string(effect, "id");
        Stage stage = STAGE_COUNT;
        bool early = stage_from_name(jsonx_string(effect, "stage"), &stage) && stage <= STAGE_PUSH;
        if (id == NULL || !early || g_hash_table_contains(done, id))
            continue;
        JournalEvent *event = g_new0(JournalEvent, 1);
        *event =
            (JournalEvent){.when = last->when, .run = g_strdup(record->run->id), .type = g_strdup("intent"), .effect = g_strdup(id), .data = json_object()};
        g_ptr_array_add(record->events, event);
    }
}

bool engine_record_import(EngineRecord *record, Journal *journal, GError **error) {
    bool ended = record->run->state == RUN_DONE || record->run->state == RUN_ABORTED;
    if (record->torn && !ended)
        add_intents(record);
    return journal_import(journal, record->run, record->events, 0, error);
}

bool engine_record_of_plan(Journal *journal, const Plan *plan, const char *run, GError **error) {
    g_autoptr(EngineRecord) record = g_new0(EngineRecord, 1);
    record->run = g_new0(JournalRun, 1);
    record->run->id = g_strdup(run);
    record->events = g_ptr_array_new_with_free_func((GDestroyNotify)journal_event_free);
    record->torn = true;
    JournalEvent *begun = g_new0(JournalEvent, 1);
    *begun = (JournalEvent){.when = plan->when, .run = g_strdup(run), .type = g_strdup("begun"), .data = json_pack("{s: o}", "plan", plan_to_json(plan))};
    g_ptr_array_add(record->events, begun);
    if (!take_plan(record))
        return error_set(error, ERROR_PLAN_BROKEN, "the plan of %s names no project", run);
    return engine_record_import(record, journal, error);
}
