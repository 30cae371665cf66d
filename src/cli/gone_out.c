#include "cli/gone_out.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdio.h>

/* What the journal has of it; borrowed from its events. */
typedef struct {
    const json_t *plan;
    const char *object; /* the id of the tag that was made */
    bool pushed;        /* or it was tried */
} Traces;

static Traces traces_of(const GPtrArray *events) {
    Traces traces = {0};
    for (guint i = 0; i < events->len; i++) {
        const JournalEvent *event = g_ptr_array_index(events, i);
        if (g_str_equal(event->type, "begun"))
            traces.plan = json_object_get(event->data, "plan");
        if (event->effect == NULL)
            continue;
        if (g_str_equal(event->type, "outcome") && g_str_equal(event->effect, "prepare/tag"))
            traces.object = jsonx_string(json_object_get(event->data, "result"), "object");
        traces.pushed = traces.pushed || (g_str_equal(event->type, "intent") && g_str_equal(event->effect, "push/refs"));
    }
    return traces;
}

static bool is_there(const Git *git, const char *remote, const char *tag, const char *object) {
    g_autofree char *ref = g_strconcat("refs/tags/", tag, NULL);
    const char *patterns[] = {ref, NULL};
    g_autoptr(GHashTable) refs = git_remote_refs(git, remote, patterns, NULL);
    return refs != NULL && g_strcmp0(g_hash_table_lookup(refs, ref), object) == 0;
}

static void burn(const Session *session, const JournalRun *run, const char *remote, bool shared) {
    g_autofree char *who = share_who(session->git);
    char reason[] = "it was aborted after its tag had gone out";
    ShareBurned burned = {.version = run->version, .tag = run->tag, .reason = reason, .who = who, .when = clock_now()};
    g_autofree char *tag = text_escape(run->tag, -1, false);
    g_autofree char *place = text_escape(remote, -1, false);
    g_autofree char *version = text_escape(run->version, -1, false);
    g_autoptr(GError) problem = NULL;
    bool already = false;
    fprintf(stderr, "! the tag %s of this release is on %s, where others may have it, and stays there\n", tag, place);
    if (shared && share_burn(session->git, remote, &burned, &already, &problem)) {
        fprintf(stderr, "! %s is burned: no clone uses it again (slipway version burned)\n", version);
        return;
    }
    g_autofree char *why = text_escape(problem != NULL ? problem->message : "journal.share keeps it off the remote", -1, false);
    fprintf(stderr, "! it must not be used again, and other clones do not know (%s): write %s to version.burned in slipway.yaml\n", why, version);
}

void gone_out_burn(const Session *session, const char *id) {
    g_autoptr(JournalRun) run = journal_run(session->journal, id, NULL);
    bool aborted = run != NULL && run->state == RUN_ABORTED && run->tag != NULL && run->version != NULL;
    g_autoptr(GPtrArray) events = aborted ? journal_events(session->journal, id, NULL) : NULL;
    Traces traces = events != NULL ? traces_of(events) : (Traces){0};
    const char *remote = jsonx_string(json_object_get(traces.plan, "world"), "remote");
    if (!traces.pushed || traces.object == NULL || remote == NULL || !is_there(session->git, remote, run->tag, traces.object))
        return;
    burn(session, run, remote, share_when(jsonx_string(json_object_get(traces.plan, "release"), "share")) != SHARE_OFF);
}
