/* Records: a run's events as lines, chained by hashes of their own, so that they can be held against those of another clone. */
#include "base/clock.h"
#include "base/text.h"
#include "share/share_private.h"
#include "version/version.h"

#include <string.h>

ShareWhen share_when(const char *word) {
    return g_strcmp0(word, "on") == 0 ? SHARE_ON : g_strcmp0(word, "after-push") == 0 ? SHARE_AFTER_PUSH : SHARE_OFF;
}

const char *share_words(const char *word) {
    static const char *const words[] = {
        "goes to refs/slipway on the remote from the beginning: another clone can go on (journal.share: on)",
        "stays here until the point of no return, then it goes to refs/slipway on the remote (journal.share: after-push)",
        "stays here: no other clone can go on (journal.share: off)",
    };
    return words[share_when(word)];
}

char *share_name(const char *tag) {
    return g_strdelimit(g_strdup(tag), "/", '-');
}

char *share_work_dir(const Git *git, const char *run) {
    return g_build_filename(git->common_dir, "slipway", "runs", run, NULL);
}

/* ---- making ---- */

static void event_free(JournalEvent *event) {
    journal_event_free(event);
}

static ShareRecord *record_new(void) {
    ShareRecord *record = g_new0(ShareRecord, 1);
    record->run = g_new0(JournalRun, 1);
    record->events = g_ptr_array_new_with_free_func((GDestroyNotify)event_free);
    record->hashes = g_ptr_array_new_with_free_func(g_free);
    return record;
}

void share_record_free(ShareRecord *record) {
    g_clear_pointer(&record->run, journal_run_free);
    g_ptr_array_unref(record->events);
    g_ptr_array_unref(record->hashes);
    json_decref(record->head);
    g_free(record->name);
    g_free(record->commit);
    g_free(record->who);
    g_free(record->begun_who);
    g_free(record);
}

/* What the first event's hash stands on. */
static char *run_hash(const JournalRun *run) {
    g_autoptr(json_t) fields = json_pack("[s, s, s, s?, s?]", run->id, run->project, run->command, run->version, run->tag);
    return jsonx_sha256(fields);
}

static char *event_hash(const ShareRecord *record, const JournalEvent *event) {
    g_autofree char *first = record->hashes->len == 0 ? run_hash(record->run) : NULL;
    const char *previous = first != NULL ? first : g_ptr_array_index(record->hashes, record->hashes->len - 1);
    g_autoptr(json_t) fields = json_pack("[s, I, s, s?, O]", previous, (json_int_t)event->when, event->type, event->effect, event->data);
    return jsonx_sha256(fields);
}

static void add_event(ShareRecord *record, JournalEvent *event) {
    event->seq = (gint64)record->events->len + 1;
    g_ptr_array_add(record->hashes, event_hash(record, event));
    g_ptr_array_add(record->events, event);
}

void share_record_add(ShareRecord *record, const char *type, const char *effect, gint64 when, json_t *data) {
    JournalEvent *event = g_new0(JournalEvent, 1);
    event->when = when;
    event->run = g_strdup(record->run->id);
    event->type = g_strdup(type);
    event->effect = g_strdup(effect);
    event->data = data != NULL ? data : json_object();
    add_event(record, event);
}

/* The plan is sealed: it goes as it is. */
static json_t *data_for_others(const ShareTravel *travel, const JournalEvent *event, const SharePlaces *places) {
    g_autoptr(json_t) goes = share_travel_data(travel, event);
    return g_str_equal(event->type, "begun") ? json_deep_copy(goes) : share_places_out(goes, places);
}

static const json_t *plan_in(const GPtrArray *events) {
    const JournalEvent *begun = events->len > 0 ? g_ptr_array_index(events, 0) : NULL;
    return begun != NULL ? json_object_get(begun->data, "plan") : NULL;
}

ShareRecord *share_record_make(const JournalRun *run, const GPtrArray *events, const SharePlaces *places) {
    ShareRecord *record = record_new();
    *record->run = *run;
    record->run->id = g_strdup(run->id);
    record->run->project = g_strdup(run->project);
    record->run->command = g_strdup(run->command);
    record->run->version = g_strdup(run->version);
    record->run->tag = g_strdup(run->tag);
    record->name = share_name(run->tag != NULL ? run->tag : run->id);
    g_autoptr(ShareTravel) travel = share_travel_new(plan_in(events));
    for (guint i = 0; i < events->len; i++) {
        const JournalEvent *event = g_ptr_array_index(events, i);
        share_record_add(record, event->type, event->effect, event->when, data_for_others(travel, event, places));
    }
    return record;
}

char *share_record_lines(const ShareRecord *record) {
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < record->events->len; i++) {
        const JournalEvent *event = g_ptr_array_index(record->events, i);
        g_autoptr(json_t) line = json_pack("{s: I, s: s, s: s?, s: O, s: s}", "at", (json_int_t)event->when, "type", event->type, "effect", event->effect,
                                           "data", event->data, "hash", g_ptr_array_index(record->hashes, i));
        g_autofree char *text = jsonx_canonical(line);
        g_string_append_printf(out, "%s\n", text);
    }
    return g_string_free(out, FALSE);
}

/* ---- reading ---- */

static bool broken(const char *name, const char *why, GError **error) {
    g_autofree char *shown = text_escape(name, -1, false);
    error_set(error, ERROR_JOURNAL_EDITED, "refs/slipway/runs/%s on the remote is not what a slipway wrote", shown);
    error_why(error, "%s", why);
    error_state(error, "nothing of it was used, nothing was changed");
    error_fix(error, "see who wrote it: git ls-remote; then remove it: git push REMOTE :refs/slipway/runs/%s", shown);
    return false;
}

/* Ids become names of folders, names become refs, and both stand in commands that a person is told to run: nothing that a shell would take for its own. */
static bool is_plain(const char *text) {
    if (text == NULL || *text == '\0' || *text == '.' || *text == '-' || strlen(text) > SHARE_NAME_LIMIT || strstr(text, "..") != NULL)
        return false;
    return strpbrk(text, "/:^") == NULL && share_is_safe_word(text);
}

bool share_is_safe_word(const char *text) {
    for (const char *c = text; *c != '\0'; c++) {
        if (g_ascii_iscntrl(*c) || strchr(" '\"`$;&|<>()!\\?*[]{}~", *c) != NULL)
            return false;
    }
    return true;
}

/* "v1.1.0" or "v1.1.0.2" of the release v1.1.0. */
static bool is_attempt(const char *id, const char *name) {
    if (!g_str_has_prefix(id, name))
        return false;
    const char *rest = id + strlen(name);
    if (*rest == '\0')
        return true;
    gsize digits = *rest == '.' ? strspn(rest + 1, "0123456789") : 0;
    return digits > 0 && digits < 7 && rest[1 + digits] == '\0';
}

static bool state_from_name(const char *name, RunState *state) {
    for (int i = RUN_ACTIVE; i <= RUN_ABORTED; i++) {
        if (g_strcmp0(run_state_name((RunState)i), name) == 0) {
            *state = (RunState)i;
            return true;
        }
    }
    return false;
}

static bool read_head(ShareRecord *record, const json_t *head, GError **error) {
    gint64 schema = jsonx_int(head, "schema", 0);
    if (schema > 1) {
        error_set(error, ERROR_JOURNAL_NEWER, "refs/slipway/runs/%s has format %" G_GINT64_FORMAT "; this slipway knows 1", record->name, schema);
        error_state(error, "nothing was changed");
        return false;
    }
    const char *id = jsonx_string(head, "id"), *tag = jsonx_string(head, "tag"), *project = jsonx_string(head, "project");
    const char *command = jsonx_string(head, "command"), *version = jsonx_string(head, "version");
    JournalRun *run = record->run;
    if (schema != 1 || id == NULL || tag == NULL || project == NULL || version == NULL || g_strcmp0(command, "release") != 0)
        return broken(record->name, "run.json lacks its schema, id, tag, project, command or version", error);
    g_autofree char *name = share_name(tag);
    if (!is_plain(id) || !g_str_equal(name, record->name) || !is_attempt(id, name) || strlen(project) > SHARE_NAME_LIMIT || strlen(version) > SHARE_NAME_LIMIT)
        return broken(record->name, "run.json is of another release than the ref", error);
    g_autoptr(Version) parsed = version_parse(version, NULL);
    if (parsed == NULL)
        return broken(record->name, "run.json has no version that is one", error);
    if (!state_from_name(jsonx_string(head, "state"), &run->state))
        return broken(record->name, "run.json has no state that is known", error);
    run->id = g_strdup(id);
    run->tag = g_strdup(tag);
    run->project = g_strdup(project);
    run->command = g_strdup(command);
    run->version = g_strdup(version);
    run->crossed = jsonx_bool(head, "crossed", false);
    run->begun = jsonx_int(head, "begun", 0);
    const char *who = jsonx_string(head, "who"), *begun_who = jsonx_string(head, "begun_who");
    record->who = g_strndup(who != NULL ? who : "somebody", SHARE_NAME_LIMIT);
    record->begun_who = g_strndup(begun_who != NULL ? begun_who : record->who, SHARE_NAME_LIMIT);
    record->written = jsonx_int(head, "written", 0);
    record->sequence = jsonx_int(head, "sequence", 0);
    return true;
}

static bool is_known_type(const char *type) {
    static const char *const types[] = {"begun",   "intent",  "withheld", "kept",   "outcome", "failed",  "waiting", "signed", "stopped",
                                        "resumed", "crossed", "undoing",  "undone", "done",    "aborted", "taken",   "lost",   NULL};
    return type != NULL && g_strv_contains(types, type);
}

static JournalEvent *event_of(const ShareRecord *record, const json_t *line, GError **error) {
    const char *type = jsonx_string(line, "type");
    json_t *data = json_object_get(line, "data");
    const json_t *effect = json_object_get(line, "effect");
    gint64 when = jsonx_int(line, "at", -1);
    bool first = record->events->len == 0;
    if (!is_known_type(type) || !json_is_object(data) || when < 0 || first != g_str_equal(type, "begun") ||
        (!json_is_string(effect) && !json_is_null(effect))) {
        broken(record->name, "events.jsonl has a line that is no event", error);
        return NULL;
    }
    JournalEvent *event = g_new0(JournalEvent, 1);
    event->when = when;
    event->run = g_strdup(record->run->id);
    event->type = g_strdup(type);
    event->effect = g_strdup(json_string_value(effect));
    event->data = json_incref(data);
    return event;
}

/* A value takes some hundred times the room of its text: they are counted before any is made. What stands between two values is a comma or a colon. */
static gsize count_values(const char *text, gsize length) {
    gsize count = 0;
    bool quoted = false;
    for (gsize i = 0; i < length; i++) {
        if (quoted && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && (text[i] == ',' || text[i] == ':' || text[i] == '\n' || text[i] == '[' || text[i] == '{'))
            count++;
    }
    return count;
}

/* The first line has the plan, which has a bound of its own. */
bool share_values_keep(const char *where, GBytes *lines, GError **error) {
    gsize length = 0;
    const char *at = g_bytes_get_data(lines, &length);
    const char *end = at + length;
    if (!limits_keep(LIMITED_SHARE_VALUES, where, count_values(at, length), error))
        return false;
    for (bool first = true; at < end; first = false) {
        const char *newline = memchr(at, '\n', (gsize)(end - at));
        gsize part = (gsize)((newline != NULL ? newline : end) - at);
        if (!limits_keep(first ? LIMITED_SHARE_BEGUN : LIMITED_SHARE_EVENT, where, part, error))
            return false;
        at += part + 1;
    }
    return true;
}

static bool read_line(ShareRecord *record, const char *text, gsize length, GError **error) {
    g_autoptr(json_t) line = jsonx_parse(text, length, SHARE_EVENTS_LIMIT, "events.jsonl", error);
    JournalEvent *event = line != NULL ? event_of(record, line, error) : NULL;
    if (event == NULL)
        return false;
    add_event(record, event);
    const char *hash = g_ptr_array_index(record->hashes, record->hashes->len - 1);
    return g_strcmp0(hash, jsonx_string(line, "hash")) == 0 || broken(record->name, "a hash in events.jsonl does not match what it covers", error);
}

static bool read_lines(ShareRecord *record, GBytes *lines, GError **error) {
    gsize length = 0;
    const char *at = g_bytes_get_data(lines, &length);
    const char *end = at + length;
    while (at < end) {
        const char *newline = memchr(at, '\n', (gsize)(end - at));
        gsize part = (gsize)((newline != NULL ? newline : end) - at);
        if (record->events->len >= SHARE_COUNT_LIMIT)
            return broken(record->name, "events.jsonl has too many events", error);
        if (!read_line(record, at, part, error))
            return false;
        at += part + 1;
    }
    return record->events->len > 0 || broken(record->name, "events.jsonl is empty", error);
}

/* What run.json says of the events must be so: neither is of use without the other. */
static bool agree(const ShareRecord *record, GError **error) {
    const char *last = g_ptr_array_index(record->hashes, record->hashes->len - 1);
    if (jsonx_int(record->head, "events", -1) == (gint64)record->events->len && g_strcmp0(jsonx_string(record->head, "hash"), last) == 0)
        return true;
    return broken(record->name, "run.json and events.jsonl do not belong together", error);
}

ShareRecord *share_record_head(const char *name, GBytes *head, GError **error) {
    g_autoptr(ShareRecord) record = record_new();
    record->name = g_strdup(name);
    if (!is_plain(name)) {
        broken("…", "its name is none that a release has", error);
        return NULL;
    }
    g_autofree char *where = g_strconcat("refs/slipway/runs/", name, ":run.json", NULL);
    record->head = jsonx_parse(g_bytes_get_data(head, NULL), g_bytes_get_size(head), SHARE_HEAD_LIMIT, where, error);
    return record->head != NULL && read_head(record, record->head, error) ? g_steal_pointer(&record) : NULL;
}

bool share_record_load(ShareRecord *record, GBytes *lines, GError **error) {
    g_autofree char *where = g_strconcat("refs/slipway/runs/", record->name, ":events.jsonl", NULL);
    return limits_keep(LIMITED_SHARE_EVENTS, where, g_bytes_get_size(lines), error) && share_values_keep(where, lines, error) &&
           read_lines(record, lines, error) && agree(record, error);
}

ShareRecord *share_record_read(const char *name, GBytes *head, GBytes *lines, GError **error) {
    g_autoptr(ShareRecord) record = share_record_head(name, head, error);
    return record != NULL && share_record_load(record, lines, error) ? g_steal_pointer(&record) : NULL;
}

guint share_record_common(const ShareRecord *one, const ShareRecord *other) {
    guint most = MIN(one->hashes->len, other->hashes->len), count = 0;
    while (count < most && g_str_equal(one->hashes->pdata[count], other->hashes->pdata[count]))
        count++;
    return count;
}

bool share_record_ended(const ShareRecord *record) {
    return record->run->state == RUN_DONE || record->run->state == RUN_ABORTED;
}

/* ---- the plan ---- */

/* A result leads only to places of this run's own clone. */
static bool leads_out(const JournalEvent *event) {
    static const char *const keys[] = {"folder", "path"};
    const json_t *result = json_object_get(event->data, "result");
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        const json_t *value = json_object_get(result, keys[i]);
        g_autofree char *path = value != NULL ? jsonx_get_path(value) : NULL;
        bool fine = path == NULL || ((g_str_has_prefix(path, "{slipway:work}") || g_str_has_prefix(path, "{slipway:tree}")) && strstr(path, "..") == NULL);
        if (!fine)
            return true;
    }
    return false;
}

static bool says_too_much(const ShareRecord *record, const char *extra, GError **error) {
    g_autofree char *shown = text_escape(extra, -1, false);
    g_autofree char *why = g_strdup_printf("an event has %s, which no slipway sends to other clones", shown);
    return broken(record->name, why, error);
}

static bool check_events(const ShareRecord *record, const Plan *plan, GError **error) {
    g_autoptr(ShareTravel) travel = share_travel_new(plan_in(record->events));
    for (guint i = 0; i < record->events->len; i++) {
        const JournalEvent *event = g_ptr_array_index(record->events, i);
        if (event->effect != NULL && plan_effect(plan, event->effect) == NULL)
            return broken(record->name, "an event is of an effect that the plan has not", error);
        g_autofree char *extra = share_travel_extra(travel, event);
        if (extra != NULL)
            return says_too_much(record, extra, error);
        if (leads_out(event))
            return broken(record->name, "a result names a place that is not the release's own", error);
    }
    return true;
}

static bool same_release(const ShareRecord *record, const Plan *plan) {
    const json_t *release = plan->release;
    return g_strcmp0(jsonx_string(release, "tag"), record->run->tag) == 0 && g_strcmp0(jsonx_string(release, "project"), record->run->project) == 0 &&
           g_strcmp0(jsonx_string(release, "version"), record->run->version) == 0 && g_str_equal(plan->command, record->run->command);
}

Plan *share_record_plan(const ShareRecord *record, const EffectKind *const *kinds, GError **error) {
    g_autoptr(Plan) plan = plan_from_json(plan_in(record->events), kinds, error);
    if (plan == NULL)
        return NULL;
    if (same_release(record, plan) && plan_point_of_no_return(plan) != NULL)
        return check_events(record, plan, error) ? g_steal_pointer(&plan) : NULL;
    broken(record->name, "its plan is of another release", error);
    return NULL;
}

/* ---- for people ---- */

char *share_record_text(const ShareRecord *record) {
    static const char *const words[] = {"is being worked on, or was cut off", "is stopped", "waits for a sign-off", "is done", "was aborted"};
    g_autofree char *at = clock_timestamp(record->written);
    g_autofree char *who = text_escape(record->who, -1, false);
    g_autofree char *begun_who = text_escape(record->begun_who, -1, false);
    const char *line = record->run->crossed && !share_record_ended(record) ? ", past the point of no return" : "";
    if (g_str_equal(who, begun_who))
        return g_strdup_printf("%s%s; begun by %s, last written at %s", words[record->run->state], line, who, at);
    return g_strdup_printf("%s%s; begun by %s, last written by %s at %s", words[record->run->state], line, begun_who, who, at);
}
