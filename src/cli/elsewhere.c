#include "cli/elsewhere.h"

#include "base/clock.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/again.h"
#include "cli/leftover.h"
#include "cli/named.h"
#include "cli/record_places.h"
#include "cli/remnant.h"
#include "cli/review.h"
#include "effects/effects.h"
#include "engine/next.h"
#include "project/world.h"

#include <stdio.h>
#include <unistd.h>

/* ---- asking the remote ---- */

/* The remote to ask; NULL without error: none is to be asked. A configuration that cannot be read keeps nobody from what is here. g_free. */
static char *remote_of(const Session *session, GError **error) {
    g_autoptr(Config) config = config_load(session->git->tree, NULL, NULL);
    if (config == NULL || share_when(config_string(config, "journal.share")) == SHARE_OFF)
        return NULL;
    g_autofree char *url = git_remote_url(session->git, config_string(config, "git.remote"), error);
    return url != NULL ? g_strdup(config_string(config, "git.remote")) : NULL;
}

void elsewhere_not_reached(Session *session, const GError *problem) {
    const char *why = error_get_why(problem);
    g_autofree char *words = g_strdup_printf("%s%s%s", problem->message, why != NULL ? ": " : "", why != NULL ? why : "");
    g_autofree char *shown = text_escape(g_strdelimit(words, "\n", ' '), -1, false);
    session->unheard = true;
    fprintf(stderr, "! what other clones have begun is not known; remote: not reached (%s)\n", shown);
}

static GHashTable *ask(Session *session, const char *remote, GError **error) {
    GError *problem = NULL;
    GHashTable *list = share_list(session->git, remote, &problem);
    if (error_is(problem, ERROR_INTERRUPTED)) {
        g_propagate_error(error, problem);
        return NULL;
    }
    if (problem != NULL)
        elsewhere_not_reached(session, problem);
    g_clear_error(&problem);
    return list;
}

static bool is_finished_here(const Session *session, const char *name, const char *commit, bool *finished, GError **error) {
    bool ours = false;
    g_autoptr(ShareRecord) last = NULL;
    *finished = false;
    if (session->journal == NULL)
        return true;
    if (!share_is_ours(session->git, name, commit, &ours, error) || (ours && !share_last(session->git, name, &last, error)))
        return false;
    g_autoptr(JournalRun) run = last != NULL ? journal_run(session->journal, last->run->id, NULL) : NULL;
    *finished = run != NULL && run->ended != 0;
    return true;
}

/* The one that was written last, of those that are not finished. One that cannot be read does not hide the others; one that this clone has finished, and could
 * not say so, is none. */
static ShareRecord *newest_open(const Session *session, const char *remote, GHashTable *list, GError **error) {
    g_autoptr(GPtrArray) names = share_open_names(list);
    g_autoptr(ShareRecord) newest = NULL;
    g_autoptr(GError) first = NULL;
    for (guint i = 0; i < names->len; i++) {
        GError *problem = NULL;
        const char *name = g_ptr_array_index(names, i);
        bool finished = false;
        if (!is_finished_here(session, name, share_listed(list, name), &finished, error))
            return NULL;
        if (finished)
            continue;
        g_autoptr(ShareRecord) record = share_look(session->git, remote, name, &problem);
        if (git_gave_no_answer(problem)) {
            g_propagate_error(error, problem);
            return NULL;
        }
        if (record == NULL && first == NULL)
            first = problem;
        else
            g_clear_error(&problem);
        if (record == NULL || share_record_ended(record) || (newest != NULL && newest->written > record->written))
            continue;
        g_clear_pointer(&newest, share_record_free);
        newest = g_steal_pointer(&record);
    }
    if (newest == NULL && first != NULL)
        g_propagate_error(error, g_steal_pointer(&first));
    return g_steal_pointer(&newest);
}

ShareRecord *elsewhere_look(Session *session, const JournalRun *local, GError **error) {
    g_autofree char *remote = local == NULL || local->tag != NULL ? remote_of(session, error) : NULL;
    g_autoptr(GHashTable) list = remote != NULL ? ask(session, remote, error) : NULL;
    if (list == NULL)
        return NULL;
    if (local == NULL)
        return newest_open(session, remote, list, error);
    g_autofree char *name = share_name(local->tag);
    const char *theirs = share_listed(list, name);
    bool ours = theirs == NULL;
    if ((!ours && !share_is_ours(session->git, name, theirs, &ours, error)) || ours)
        return NULL;
    return share_look(session->git, remote, name, error);
}

/* ---- showing ---- */

static json_t *next_of(const ShareRecord *record, bool here) {
    if (share_record_ended(record))
        return json_pack("[s]", !here ? "slipway plan minor" : record->run->state == RUN_DONE ? "slipway resume" : "slipway abort");
    if (record->run->state == RUN_WAITING)
        return json_pack("[s, s]", "slipway publish", "slipway abort");
    return record->run->crossed ? json_pack("[s]", "slipway resume") : json_pack("[s, s]", "slipway resume", "slipway abort");
}

void elsewhere_print(const ShareRecord *record, bool here) {
    g_autofree char *id = text_escape(record->run->id, -1, false);
    g_autofree char *text = share_record_text(record);
    g_autoptr(json_t) next = next_of(record, here);
    printf("%s%s%s %s\n", view_colour(STDOUT_FILENO, "bold"), id, view_colour(STDOUT_FILENO, "reset"), text);
    for (gsize i = 0; i < json_array_size(next); i++)
        printf("%s %s\n", i == 0 ? "next:" : "  or:", json_string_value(json_array_get(next, i)));
}

json_t *elsewhere_json(const ShareRecord *record, bool here) {
    json_t *object = json_pack("{s: s, s: s, s: b, s: I, s: I}", "id", record->run->id, "state", run_state_name(record->run->state), "crossed",
                               (int)record->run->crossed, "written", (json_int_t)record->written, "sequence", (json_int_t)record->sequence);
    json_object_set_new(object, "who", jsonx_text(record->who));
    json_object_set_new(object, "begun_who", jsonx_text(record->begun_who));
    json_object_set_new(object, "next", next_of(record, here));
    return object;
}

bool elsewhere_refuse_unfinished(Session *session, GError **error) {
    GError *problem = NULL;
    g_autoptr(ShareRecord) record = elsewhere_look(session, NULL, &problem);
    if (record == NULL) {
        if (problem != NULL)
            g_propagate_error(error, problem);
        return problem == NULL;
    }
    g_autofree char *text = share_record_text(record);
    g_autoptr(json_t) next = next_of(record, false);
    error_set(error, ERROR_UNFINISHED, "%s is not finished, in another clone", record->run->id);
    error_why(error, "it %s; one release at a time", text);
    error_state(error, "nothing was changed");
    error_fix(error, "to go on with it here: %s%s%s", json_string_value(json_array_get(next, 0)), json_array_size(next) > 1 ? ", or: " : "",
              json_array_size(next) > 1 ? json_string_value(json_array_get(next, 1)) : "");
    return false;
}

/* ---- going on with it ---- */

/* Gates and builds in the plan are those of the commit that is released: of its slipway.yaml and of nothing that only the other machine has. */
static bool check_config(const Session *session, const Plan *plan, GError **error) {
    const char *head = jsonx_string(plan->world, "head"), *planned = jsonx_string(plan->world, "config");
    g_autoptr(GBytes) bytes = NULL;
    const char *const *place = config_places();
    GError *problem = NULL;
    g_autofree char *known = head != NULL ? git_peel(session->git, head, "commit", &problem) : NULL;
    for (; known != NULL && problem == NULL && *place != NULL; place++) {
        bytes = git_blob(session->git, known, *place, CONFIG_LIMIT, &problem);
        if (bytes != NULL)
            break;
    }
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    g_autoptr(Config) config = known != NULL ? config_of(bytes, *place, error) : NULL;
    if (known != NULL && config == NULL)
        return false;
    if (config != NULL && g_strcmp0(config->sha256, planned) == 0)
        return true;
    error_set(error, ERROR_PLAN_STALE, "the release was not planned with the configuration that its commit has");
    error_why(error, "%s",
              known == NULL ? "the commit that it was cut from is not on the remote"
                            : "slipway.yaml there, with SLIPWAY__… of the environment here, is not what the plan was made with");
    error_state(error, "nothing of it was executed, nothing was changed");
    error_fix(error, "go on where it was begun, or with the same SLIPWAY__… variables");
    return false;
}

/* The remote of a plan from elsewhere is the one that was asked, and no other address. */
static bool check_remote(const Session *session, const Plan *plan, GError **error) {
    GError *problem = NULL;
    g_autofree char *remote = remote_of(session, &problem);
    const char *planned = jsonx_string(plan->world, "remote");
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    if (remote != NULL && g_strcmp0(planned, remote) == 0)
        return true;
    error_set(error, ERROR_PLAN_STALE, "the release goes to another remote than this clone's %s", remote != NULL ? remote : "none");
    error_why(error, "its plan names \"%s\"", planned != NULL ? planned : "none");
    error_state(error, "nothing of it was executed, nothing was changed");
    error_fix(error, "call the remote as the plan does: git remote rename");
    return false;
}

/* This user's token goes nowhere but where this clone's own releases go. A folder is shown to whom is asked. */
static bool same_forge(const json_t *planned, const json_t *own) {
    static const char *const keys[] = {"kind", "url", "api", "project", "remote_host", "token_file", "token_command"};
    if (g_strcmp0(jsonx_string(planned, "kind"), "directory") == 0)
        return true;
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        const json_t *one = json_object_get(planned, keys[i]), *other = json_object_get(own, keys[i]);
        if (one != other && (one == NULL || other == NULL || !json_equal(one, other)))
            return false;
    }
    return true;
}

static bool check_forge(const Session *session, const Plan *plan, GError **error) {
    g_autoptr(World) world = world_open(session->git->tree, &(WorldOptions){.survey = true}, error);
    if (world == NULL)
        return false;
    for (guint i = 0; i < plan->effects->len; i++) {
        const Effect *effect = g_ptr_array_index(plan->effects, i);
        const json_t *forge = json_object_get(effect->params, "forge");
        if (forge == NULL || same_forge(forge, world->forge))
            continue;
        error_set(error, ERROR_PLAN_STALE, "the release goes to another forge than those of this clone: %s", effect->title);
        const char *theirs = jsonx_string(forge, "url"), *ours = jsonx_string(world->forge, "url");
        error_why(error, "its plan names %s; by slipway.yaml and the remote it is %s here", theirs != NULL ? theirs : "none", ours != NULL ? ours : "a folder");
        error_state(error, "nothing of it was executed, nothing was changed");
        error_fix(error, "go on where it was begun, or with the remote's address and forge: as there");
        return false;
    }
    return record_places_check(world, plan, error);
}

/* What a person says yes to: all that is not done yet, by the plan. */
static void print_rest(const ShareRecord *record, const Plan *plan, GHashTable *done) {
    g_autofree char *text = share_record_text(record);
    g_autofree char *id = text_escape(record->run->id, -1, false);
    fprintf(stderr, "%s %s\nWhat is left of it:\n", id, text);
    for (guint i = 0; i < plan->effects->len; i++) {
        const Effect *effect = g_ptr_array_index(plan->effects, i);
        g_autofree char *title = text_escape(effect->title, -1, false);
        if (!g_hash_table_contains(done, effect->id))
            fprintf(stderr, "  %-8s %s\n", stage_name(effect->stage), title);
    }
    if (record->run->state == RUN_ACTIVE)
        fprintf(stderr, "If it still runs there, it stops before its next step.\n");
}

static bool confirm(const ShareRecord *record, const Plan *plan, const char *command, bool yes, GError **error) {
    g_autoptr(GHashTable) done = share_done(plan, record->events);
    print_rest(record, plan, done);
    g_autofree char *id = text_escape(record->run->id, -1, false);
    g_autofree char *question =
        g_str_equal(command, "abort") ? g_strdup_printf("Take %s back here?", id) : g_strdup_printf("Go on with %s here, with your rights?", id);
    GError *problem = NULL;
    if (session_confirm(question, yes, &problem))
        return true;
    if (error_is(problem, ERROR_DECLINED)) {
        g_clear_error(&problem);
        error_set(&problem, ERROR_DECLINED, "not gone on with: the answer was not yes");
        error_state(&problem, "nothing was changed, here or on the remote");
    }
    g_propagate_error(error, problem);
    return false;
}

/* Is it out? Looked at before a word is said of taking it back: the record may be behind the world. */
static bool is_reversible(const Session *session, const ShareRecord *record, const Plan *plan, GError **error) {
    g_autofree char *ref = g_strconcat("refs/tags/", record->run->tag, NULL);
    const char *patterns[] = {ref, NULL};
    const char *remote = jsonx_string(plan->world, "remote");
    g_autoptr(GHashTable) refs = git_remote_refs(session->git, remote, patterns, error);
    const char *tag = refs != NULL ? g_hash_table_lookup(refs, ref) : NULL;
    if (refs == NULL || (tag == NULL && !record->run->crossed))
        return refs != NULL;
    error_set(error, ERROR_NOT_ABORTABLE, "%s is past the point of no return", record->run->id);
    if (tag != NULL)
        error_why(error, "its tag is on %s (%.12s), where others may have it", remote, tag);
    else
        error_why(error, "its record says that its push has arrived, where others may have fetched it");
    error_state(error, "nothing was changed now, here or on the remote");
    return false;
}

static ShareRecord *read_all(const Session *session, const ShareRecord *head, GError **error) {
    g_autofree char *remote = remote_of(session, error);
    return remote != NULL ? share_read(session->git, remote, head, error) : NULL;
}

/* Was this the last that was told of it? Then what belongs to it may not be here yet, for whoever took it was cut off. */
static bool is_just_taken(const ShareRecord *record) {
    const JournalEvent *last = g_ptr_array_index(record->events, record->events->len - 1);
    return g_str_equal(last->type, "taken");
}

static JournalRun *take(Session *session, const ShareRecord *head, const char *command, const TakeOver *how, GError **error) {
    g_autoptr(ShareRecord) record = read_all(session, head, error);
    g_autoptr(Plan) plan = record == NULL ? NULL : share_record_plan(record, effect_kinds(), error);
    if (plan == NULL || !share_names_are_plain(plan, error) || !check_remote(session, plan, error) || !check_config(session, plan, error) ||
        !check_forge(session, plan, error) || (g_str_equal(command, "abort") && !is_reversible(session, record, plan, error)) ||
        !again_check(session, plan, command, how->accepted, error) || !confirm(record, plan, command, how->yes, error))
        return NULL;
    if (!session_lock(session, record->run->project, command, error))
        return NULL;
    g_autofree char *who = share_writer(session->git);
    const ShareClone clone = {.git = session->git, .journal = session->journal, .remote = jsonx_string(plan->world, "remote"), .kinds = effect_kinds()};
    bool own = false;
    if (!share_is_ours(session->git, record->name, record->commit, &own, error))
        return NULL;
    bool taken = own && !is_just_taken(record) ? share_import_own(&clone, record, error) : share_take(&clone, record, who, error);
    return taken ? journal_run(session->journal, record->run->id, error) : NULL;
}

/* Its journal is taken, and the branches here end as those there did, where nothing is in the way. */
static bool take_finished(Session *session, const ShareRecord *head, const char *command, GError **error) {
    g_autoptr(ShareRecord) record = read_all(session, head, error);
    g_autoptr(Plan) plan = record == NULL ? NULL : share_record_plan(record, effect_kinds(), error);
    if (plan == NULL || !check_remote(session, plan, error) || !session_lock(session, record->run->project, command, error))
        return false;
    const ShareClone clone = {.git = session->git, .journal = session->journal, .remote = jsonx_string(plan->world, "remote"), .kinds = effect_kinds()};
    g_autofree char *text = share_record_text(record);
    g_autofree char *id = text_escape(record->run->id, -1, false);
    fprintf(stderr, "%s %s\n", id, text);
    if (!share_settle(&clone, record, plan, error) || !share_import(&clone, record, error))
        return false;
    session_drop_kept(session);
    fprintf(stderr, "Branches, tag and journal of this clone are as it left them.\n");
    return true;
}

static bool refuse_ended(const ShareRecord *record, GError **error) {
    g_autofree char *text = share_record_text(record);
    bool done = record->run->state == RUN_DONE;
    error_set(error, done ? ERROR_NOT_ABORTABLE : ERROR_TAKEN_OVER, "%s is %s, by another clone", record->run->id, done ? "published" : "aborted");
    error_why(error, "it %s", text);
    error_state(error, "nothing was changed now");
    error_fix(error, done ? "slipway resume, which takes over how it ended" : "slipway abort, which takes back what is left of it here");
    return false;
}

/* A release may have ended just before it died, and a git of it with it. */
static void say_swept(const Session *session, GError **error) {
    g_autoptr(GPtrArray) removed = g_ptr_array_new_with_free_func(g_free);
    git_sweep(session->git, removed);
    g_ptr_array_add(removed, NULL);
    g_autofree char *paths = g_strjoinv(", ", (char **)removed->pdata);
    if (*paths == '\0')
        error_state(error, "nothing was changed");
    else
        error_state(error, "removed what a git of a release left when it was killed: %s; nothing else was changed", paths);
}

static JournalRun *no_release(const Session *session, GError **error) {
    if (!remnant_refuse(session, error))
        return NULL;
    error_set(error, ERROR_NO_RELEASE,
              session->unheard ? "there is no unfinished release here, and the remote was not reached"
                               : "there is no unfinished release, here or on the remote");
    say_swept(session, error);
    return NULL;
}

/* Of a run that is here: how much of it has the world? */
static EngineOut look_out(const Session *session, const JournalRun *local) {
    EngineSpec spec = session_engine_spec(session, (EngineListener){0});
    spec.witness = (EngineWitness){0};
    g_autoptr(Engine) engine = engine_look(&spec, local->id, NULL);
    return engine != NULL ? engine_out(engine) : ENGINE_OUT_UNKNOWN;
}

/* The ends that a record can tell, against the world: is the very tag that was made here on the remote? Is any tag of this name? */
typedef struct {
    bool out, tagged;
} Seen;

static bool look_at_tag(const Session *session, const JournalRun *local, Seen *seen, GError **error) {
    GError *problem = NULL;
    g_autofree char *remote = remote_of(session, &problem);
    g_autofree char *ref = g_strconcat("refs/tags/", local->tag, NULL);
    const char *patterns[] = {ref, NULL};
    g_autofree char *here = problem == NULL ? git_ref(session->git, ref, &problem) : NULL;
    g_autoptr(GHashTable) refs = remote != NULL && problem == NULL ? git_remote_refs(session->git, remote, patterns, &problem) : NULL;
    const char *there = refs != NULL ? g_hash_table_lookup(refs, ref) : NULL;
    *seen = (Seen){.out = here != NULL && g_strcmp0(here, there) == 0, .tagged = refs == NULL || there != NULL};
    if (problem != NULL)
        g_propagate_error(error, problem);
    return problem == NULL;
}

static bool refuse_missing(const ShareRecord *record, GError **error) {
    g_autofree char *text = share_record_text(record);
    error_set(error, ERROR_CONFLICT, "%s is done by its record, and its tag is not on the remote", record->run->id);
    error_why(error, "it %s; somebody has removed the tag since", text);
    error_state(error, "nothing was changed");
    error_fix(error, "slipway abort, which takes back what is left of it here");
    return false;
}

/* Does the run that is here go on, whatever end the record tells? Where the world has a part of it, neither "done" nor "aborted" is true. */
static bool is_no_end(const JournalRun *local, bool done, bool missing, EngineOut out) {
    bool none = out == ENGINE_OUT_NOTHING || missing;
    return out == ENGINE_OUT_PART || (done ? none && local->crossed : out == ENGINE_OUT_ALL || local->crossed);
}

/* The end that another clone has written, held against the world. *goes_on: the run that is here is what counts. */
static bool judge_end(Session *session, const JournalRun *local, const ShareRecord *record, const char *command, bool *goes_on, GError **error) {
    bool aborts = g_str_equal(command, "abort"), done = record->run->state == RUN_DONE;
    Seen seen = {.tagged = true};
    if (local != NULL && !look_at_tag(session, local, &seen, error))
        return false;
    bool missing = done && !seen.tagged;
    *goes_on = aborts ? !done || missing : local != NULL && is_no_end(local, done, missing, look_out(session, local));
    if (*goes_on)
        return true;
    if (missing)
        return refuse_missing(record, error);
    return aborts || !done ? refuse_ended(record, error) : take_finished(session, record, command, error);
}

JournalRun *elsewhere_unfinished(Session *session, const char *command, const char *named, const TakeOver *how, GError **error) {
    GError *problem = NULL;
    if (!leftover_refuse(session, error))
        return NULL;
    g_autoptr(JournalRun) local = journal_latest(session->journal, NULL, true, &problem);
    g_autoptr(ShareRecord) record = problem == NULL ? elsewhere_look(session, local, &problem) : NULL;
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return NULL;
    }
    if (!named_is_meant(session, named, record != NULL ? record->run : local, command, error))
        return NULL;
    if (record == NULL)
        return local != NULL ? g_steal_pointer(&local) : no_release(session, error);
    if (!share_record_ended(record))
        return take(session, record, command, how, error);
    bool goes_on = false;
    return judge_end(session, local, record, command, &goes_on, error) && goes_on ? g_steal_pointer(&local) : NULL;
}

/* ---- looking at its draft ---- */

static bool review_copy(const Session *session, const ShareRecord *record, const char *folder, json_t **review, GError **error) {
    g_autofree char *path = g_build_filename(folder, "journal.db", NULL);
    g_autoptr(Journal) journal = journal_open(path, true, error);
    const ShareClone clone = {.git = session->git, .journal = journal, .kinds = effect_kinds()};
    Session copy = {.git = session->git, .journal = journal};
    return journal != NULL && share_import_copy(&clone, record, error) && review_make(&copy, record->run->id, review, error);
}

bool elsewhere_review(Session *session, json_t **review, GError **error) {
    GError *problem = NULL;
    *review = NULL;
    g_autoptr(ShareRecord) head = elsewhere_look(session, NULL, &problem);
    if (head == NULL && problem == NULL)
        return no_release(session, error) != NULL;
    g_autoptr(ShareRecord) record = head != NULL ? read_all(session, head, &problem) : NULL;
    g_autoptr(Plan) plan = record != NULL ? share_record_plan(record, effect_kinds(), &problem) : NULL;
    bool fine = plan != NULL && share_names_are_plain(plan, &problem) && check_remote(session, plan, &problem) && check_config(session, plan, &problem) &&
                check_forge(session, plan, &problem);
    if (fine) {
        g_autofree char *id = text_escape(record->run->id, -1, false);
        g_autofree char *text = share_record_text(record);
        fprintf(stderr, "%s %s\nWhat was planned is what its record says; `slipway publish` plans it again here and compares.\n", id, text);
    }
    g_autofree char *folder = fine ? fs_make_temp_dir("slipway-review", &problem) : NULL;
    bool same = folder != NULL && review_copy(session, record, folder, review, &problem);
    if (folder != NULL)
        fs_remove_tree(folder, NULL);
    if (problem != NULL)
        g_propagate_error(error, problem);
    return same;
}
