#include "cli/remnant.h"

#include "base/text.h"
#include "cli/again.h"
#include "cli/leftover.h"
#include "effects/effects.h"
#include "forge/forge.h"
#include "project/world.h"
#include "share/share.h"

#include <string.h>

#define BUMP "chore(release): bump version to "
#define MERGE "Release "

void remnant_free(Remnant *remnant) {
    g_clear_pointer(&remnant->record, engine_record_free);
    g_clear_pointer(&remnant->asked, plan_free);
    g_free(remnant->draft);
    g_free(remnant);
}

/* ---- commits that look like a release's ---- */

typedef struct {
    char *ref, *parent, *name, *email, *what; /* what: the version of a bump, the tag of a merge */
    gint64 when;
    bool merge;
} Trace;

static void trace_free(Trace *trace) {
    char *texts[] = {trace->ref, trace->parent, trace->name, trace->email, trace->what};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_free(trace);
}

enum { REF, PARENTS, WHEN, NAME, EMAIL, SUBJECT, FIELDS };

static Trace *trace_of(char **fields) {
    bool merge = g_str_has_prefix(fields[REF], GIT_KEPT) && g_str_has_prefix(fields[SUBJECT], MERGE);
    bool bump = g_str_has_prefix(fields[REF], "refs/heads/") && g_str_has_prefix(fields[SUBJECT], BUMP);
    if ((!merge && !bump) || *fields[PARENTS] == '\0')
        return NULL;
    Trace *trace = g_new0(Trace, 1);
    gsize length = strlen(fields[EMAIL]);
    trace->ref = g_strdup(fields[REF]);
    trace->parent = g_strndup(fields[PARENTS], strcspn(fields[PARENTS], " "));
    trace->when = g_ascii_strtoll(fields[WHEN], NULL, 10);
    trace->name = g_strdup(fields[NAME]);
    trace->email = length >= 2 ? g_strndup(fields[EMAIL] + 1, length - 2) : g_strdup(""); /* "<mail>" */
    trace->what = g_strdup(fields[SUBJECT] + strlen(merge ? MERGE : BUMP));
    trace->merge = merge;
    return trace;
}

static GPtrArray *find_traces(const Git *git, GError **error) {
    static const char form[] = "--format=%(refname)%00%(parent)%00%(committerdate:unix)%00%(committername)%00%(committeremail)%00%(contents:subject)";
    const char *words[] = {"for-each-ref", form, GIT_KEPT, "refs/heads/", NULL}; /* git sorts by name: refs/heads comes first */
    gsize length = 0;
    g_autofree char *out = git_call(git, &(GitCall){.read = true, .words = words, .length = &length}, error);
    if (out == NULL)
        return NULL;
    GPtrArray *traces = g_ptr_array_new_with_free_func((GDestroyNotify)trace_free);
    const char *at = out, *end = out + length;
    while (at < end) {
        char *fields[FIELDS] = {NULL};
        for (guint i = 0; i < FIELDS && at <= end; i++) {
            fields[i] = (char *)at;
            at += strlen(at) + 1;
        }
        if (fields[FIELDS - 1] == NULL)
            break;
        /* the last one ends at the newline, behind which the next row begins */
        char *newline = strchr(fields[FIELDS - 1], '\n');
        at = newline != NULL ? newline + 1 : end;
        if (newline != NULL)
            *newline = '\0';
        Trace *trace = trace_of(fields);
        if (trace != NULL)
            g_ptr_array_add(traces, trace);
    }
    return traces;
}

/* ---- which release ---- */

/* NULL: of none of this project. */
static Version *version_of(const World *world, const Trace *trace) {
    if (trace->merge)
        return version_from_tag(trace->what, world->tag_pattern);
    g_autoptr(Version) version = version_parse(trace->what, NULL);
    g_autofree char *branch = version != NULL ? world_branch(world, version) : NULL;
    g_autofree char *ref = branch != NULL ? g_strconcat("refs/heads/", branch, NULL) : NULL;
    return g_strcmp0(ref, trace->ref) == 0 ? g_steal_pointer(&version) : NULL;
}

static EngineRecord *record_of(const World *world, const Version *version, const Trace *trace) {
    EngineRecord *record = g_new0(EngineRecord, 1);
    g_autofree char *tag = world_tag(world, version);
    record->run = g_new0(JournalRun, 1);
    record->run->id = trace->merge ? g_strdup(trace->ref + strlen(GIT_KEPT)) : share_name(tag);
    record->run->tag = g_steal_pointer(&tag);
    record->run->version = version_to_string(version);
    record->folder = g_build_filename(world->git->common_dir, "slipway", "runs", record->run->id, NULL);
    record->events = g_ptr_array_new_with_free_func((GDestroyNotify)journal_event_free);
    return record;
}

/* Where the remote had the base branch: it may stand behind the commit, and what it got since may be this release. */
static bool remote_base(const World *world, const char *head, const char **id, GError **error) {
    g_autofree char *ref = g_strconcat("refs/heads/", world->base, NULL);
    const char *there = world_remote_id(world, ref);
    bool behind = false;
    GError *problem = NULL;
    g_autofree char *known = there != NULL ? git_peel(world->git, there, "commit", &problem) : NULL;
    if (known != NULL && problem == NULL)
        git_is_ancestor(world->git, there, head, &behind, &problem);
    *id = there == NULL && world->remote_refs != NULL ? NULL : behind ? there : head;
    if (problem != NULL)
        g_propagate_error(error, problem);
    return problem == NULL;
}

static Plan *ask_again(const World *world, const Version *version, const Trace *trace, GError **error) {
    const char *base = NULL;
    if (!remote_base(world, trace->parent, &base, error))
        return NULL;
    Plan *plan = plan_new(effect_kinds(), "release", trace->when);
    g_autofree char *text = version_to_string(version), *tag = world_tag(world, version), *branch = world_branch(world, version);
    g_autoptr(json_t) request = json_pack("{s: o, s: o}", "name", jsonx_text(trace->name), "email", jsonx_text(trace->email));
    json_object_update_new(plan->release, json_pack("{s: o, s: o, s: o, s: O}", "version", jsonx_text(text), "tag", jsonx_text(tag), "branch",
                                                    jsonx_text(branch), "request", request));
    json_decref(plan->world);
    plan->world = json_pack("{s: s, s: s?}", "head", trace->parent, "remote_base", base);
    return plan;
}

/* ---- what the forge has ---- */

static char *draft_of(const World *world, const char *tag) {
    GError *problem = world->forge_problem != NULL ? g_error_copy(world->forge_problem) : NULL;
    g_autoptr(Forge) forge = problem == NULL ? forge_open(world->forge, &problem) : NULL;
    g_autoptr(ForgeRelease) is = forge != NULL ? forge->kind->find(forge, tag, &problem) : NULL;
    char *text = NULL;
    if (problem != NULL)
        text = g_strdup_printf("not looked at, a draft at the forge: %s", problem->message);
    else if (is != NULL)
        text = g_strdup_printf("%s %s on %s", is->state == FORGE_DRAFT ? "draft" : "release", tag, forge->kind->title);
    g_clear_error(&problem);
    return text;
}

/* ---- finding ---- */

static bool is_known(const Session *session, const char *id, bool *known, GError **error) {
    GError *problem = NULL;
    g_autoptr(JournalRun) run = session->journal != NULL ? journal_run(session->journal, id, &problem) : NULL;
    *known = run != NULL;
    if (problem != NULL)
        g_propagate_error(error, problem);
    return problem == NULL;
}

/* *remnant NULL: it is none. A branch that is kept when a release is done tells of nothing that is left. */
static bool judge(const Session *session, const World *world, const Trace *trace, Remnant **remnant, GError **error) {
    g_autoptr(Version) version = version_of(world, trace);
    if (version == NULL)
        return true;
    g_autoptr(Remnant) found = g_new0(Remnant, 1);
    found->record = record_of(world, version, trace);
    g_autofree char *ref = g_strconcat("refs/tags/", found->record->run->tag, NULL);
    bool known = false;
    found->pushed = world_remote_id(world, ref) != NULL;
    found->unseen = world->remote_problem != NULL;
    if (!is_known(session, found->record->run->id, &known, error))
        return false;
    if (known || (found->pushed && !trace->merge && config_bool(world->config, "git.keep-branch")))
        return true;
    found->asked = ask_again(world, version, trace, error);
    if (found->asked == NULL)
        return false;
    found->draft = draft_of(world, found->record->run->tag);
    *remnant = g_steal_pointer(&found);
    return true;
}

Remnant *remnant_find(const Session *session, GError **error) {
    g_autoptr(GPtrArray) traces = find_traces(session->git, error);
    g_autoptr(World) world = traces != NULL && traces->len > 0 ? world_open(".", &(WorldOptions){.remote = true}, error) : NULL;
    Remnant *remnant = NULL;
    /* those that a run keeps name the run, too: they are the last ones */
    for (guint i = traces != NULL ? traces->len : 0; world != NULL && remnant == NULL && i > 0; i--) {
        if (!judge(session, world, g_ptr_array_index(traces, i - 1), &remnant, error))
            return NULL;
    }
    return remnant;
}

/* ---- naming ---- */

char *remnant_text(const Session *session, const Remnant *remnant, const char *prefix) {
    g_autoptr(json_t) plan = json_pack("{s: O}", "release", remnant->asked->release);
    EngineRecord record = *remnant->record;
    record.plan = plan;
    g_autofree char *text = leftover_text(session->git, &record, prefix);
    g_autofree char *draft = remnant->draft != NULL ? text_escape(remnant->draft, -1, false) : NULL;
    return draft != NULL ? g_strdup_printf("%s\n%s%s", text, prefix, draft) : g_steal_pointer(&text);
}

bool remnant_refuse(const Session *session, GError **error) {
    GError *problem = NULL;
    g_autoptr(Remnant) remnant = remnant_find(session, &problem);
    if (remnant == NULL) {
        if (problem != NULL)
            g_propagate_error(error, problem);
        return problem == NULL;
    }
    g_autofree char *text = remnant_text(session, remnant, "");
    error_set(error, ERROR_UNFINISHED, "%s was begun here and is not finished, and no record of it is left", remnant->record->run->id);
    error_why(error, "neither the journal nor the folder of a run knows of it; it is seen by what it has made");
    const char *where = remnant->pushed   ? "its tag is on the remote"
                        : remnant->unseen ? "whether its tag is on the remote is not known: it was not reached"
                                          : "its tag is not on the remote";
    error_state(error, "%s; left of it:\n%s", where, text);
    error_fix(error, "%s",
              remnant->pushed ? "slipway recover --resume" : "slipway recover --abort, which takes it back; to go on with it: slipway recover --resume");
    return false;
}

/* ---- taking it in ---- */

bool remnant_import(Session *session, const Remnant *remnant, GError **error) {
    g_autoptr(Plan) plan = again_plan(session, remnant->asked, error);
    return plan != NULL && engine_record_of_plan(session->journal, plan, remnant->record->run->id, error);
}
