/* Records of other clones: run.json and the lines of events.jsonl, divided by "\n%%\n". Once as they are, once with the hashes that would make them one, so
 * that what stands behind the hashes is reached too. */
#include "share/share.h"
#include "base/clock.h"
#include "effects/effects.h"
#include "fuzz/fuzz.h"

#include <string.h>

#define NAME "v1.1.0"

static const SharePlaces places = {.tree = "/code/tool", .git_dir = "/code/tool/.git", .work_dir = "/code/tool/.git/slipway/runs/v1.1.0"};

/* What is done with a record that could be read. */
static void use(const ShareRecord *record) {
    g_autofree char *text = share_record_text(record);
    g_autofree char *lines = share_record_lines(record);
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = share_record_plan(record, effect_kinds(), &error);
    PROMISE(text != NULL && lines != NULL && (plan == NULL) == (error != NULL));
    g_autoptr(GHashTable) done = plan != NULL ? share_done(plan, record->events) : NULL;
    PROMISE(share_record_common(record, record) == record->events->len && (plan == NULL || done != NULL));
}

static void read_one(GBytes *head, GBytes *lines) {
    g_autoptr(GError) error = NULL;
    g_autoptr(ShareRecord) record = share_record_read(NAME, head, lines, &error);
    PROMISE((record == NULL) == (error != NULL));
    if (record != NULL)
        use(record);
}

static JournalEvent *event_of(const char *line) {
    g_autoptr(json_t) json = jsonx_parse(line, strlen(line), 1 << 16, "line", NULL);
    const char *type = jsonx_string(json, "type");
    json_t *data = json_object_get(json, "data");
    if (type == NULL || !json_is_object(data))
        return NULL;
    JournalEvent *event = g_new0(JournalEvent, 1);
    *event = (JournalEvent){.when = jsonx_int(json, "at", 0), .run = g_strdup(NAME), .type = g_strdup(type), .data = json_incref(data)};
    event->effect = g_strdup(jsonx_string(json, "effect"));
    return event;
}

/* The same events, hashed as a slipway does. */
static void read_hashed(const char *head, const char *lines) {
    g_autoptr(GPtrArray) events = g_ptr_array_new_with_free_func((GDestroyNotify)journal_event_free);
    g_auto(GStrv) rows = g_strsplit(lines, "\n", -1);
    for (guint i = 0; rows[i] != NULL; i++) {
        JournalEvent *event = event_of(rows[i]);
        if (event != NULL)
            g_ptr_array_add(events, event);
    }
    g_autoptr(json_t) json = jsonx_parse(head, strlen(head), 1 << 16, "head", NULL);
    if (json == NULL || events->len == 0)
        return;
    JournalRun run = {.id = (char *)NAME, .project = (char *)"tool", .command = (char *)"release", .version = (char *)"1.1.0", .tag = (char *)NAME};
    g_autoptr(ShareRecord) made = share_record_make(&run, events, &places);
    json_object_set_new(json, "events", json_integer((json_int_t)made->events->len));
    json_object_set_new(json, "hash", json_string(made->hashes->pdata[made->hashes->len - 1]));
    g_autofree char *head_text = jsonx_canonical(json);
    g_autofree char *line_text = share_record_lines(made);
    g_autoptr(GBytes) head_bytes = g_bytes_new(head_text, strlen(head_text));
    g_autoptr(GBytes) line_bytes = g_bytes_new(line_text, strlen(line_text));
    read_one(head_bytes, line_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    g_autofree char *text = g_strndup((const char *)data, size);
    g_auto(GStrv) parts = g_strsplit(text, "\n%%\n", 2);
    const char *head = parts[0] != NULL ? parts[0] : "", *lines = parts[0] != NULL && parts[1] != NULL ? parts[1] : "";
    g_autoptr(GBytes) head_bytes = g_bytes_new_static(head, strlen(head));
    g_autoptr(GBytes) line_bytes = g_bytes_new_static(lines, strlen(lines));
    read_one(head_bytes, line_bytes);
    read_hashed(head, lines);
    return 0;
}
