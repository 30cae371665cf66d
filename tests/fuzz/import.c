/* The journal's import: any events, in lines, taken twice from another clone; the first byte says how many of them are kept the second time. */
#include "base/error.h"
#include "fuzz/fuzz.h"
#include "store/journal.h"

#include <string.h>

static JournalEvent *event_of(const char *line, guint number) {
    g_autoptr(json_t) data = jsonx_parse(line, strlen(line), 1 << 16, "line", NULL);
    const char *type = jsonx_string(data, "type");
    /* share/record.c takes no event from outside that sets others aside. */
    if (!json_is_object(data) || g_strcmp0(type, "superseded") == 0)
        return NULL;
    JournalEvent *event = g_new0(JournalEvent, 1);
    event->when = jsonx_int(data, "at", 0);
    event->run = g_strdup("v1.1.0");
    event->type = g_strdup(number == 0 ? "begun" : type != NULL ? type : "kept");
    event->effect = g_strdup(jsonx_string(data, "effect"));
    event->data = g_steal_pointer(&data);
    return event;
}

static GPtrArray *events_of(const char *text) {
    GPtrArray *events = g_ptr_array_new_with_free_func((GDestroyNotify)journal_event_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", 100);
    for (guint i = 0; lines[i] != NULL; i++) {
        JournalEvent *event = event_of(lines[i], events->len);
        if (event != NULL)
            g_ptr_array_add(events, event);
    }
    return events;
}

/* All that was taken is there, in order, and the chain holds. */
static void check(Journal *journal, const JournalRun *run, const GPtrArray *events) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) here = journal_events(journal, run->id, &error);
    PROMISE(here != NULL && here->len == events->len && journal_verify(journal, &error));
    for (guint i = 0; i < here->len; i++) {
        const JournalEvent *one = here->pdata[i], *other = events->pdata[i];
        PROMISE(g_str_equal(one->type, other->type) && g_strcmp0(one->effect, other->effect) == 0 && json_equal(one->data, other->data));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    g_autofree char *text = g_strndup((const char *)data + (size > 0), size > 0 ? size - 1 : 0);
    g_autoptr(GPtrArray) events = events_of(text);
    g_autoptr(GError) error = NULL;
    g_autoptr(Journal) journal = journal_open(":memory:", true, &error);
    PROMISE(journal != NULL);
    JournalRun run = {.id = (char *)"v1.1.0", .project = (char *)"tool", .command = (char *)"release", .version = (char *)"1.1.0", .tag = (char *)"v1.1.0"};
    if (events->len == 0 || !journal_import(journal, &run, events, 0, &error))
        return 0;
    check(journal, &run, events);
    if (journal_import(journal, &run, events, data[0] % (events->len + 1), &error))
        check(journal, &run, events);
    return 0;
}
