/* Writing the record while a run goes on: between stages and where it stops, and looking at the lease before anything goes out.
 *
 * A release that never had a lease (a server that takes no refs/slipway, a remote that is away) goes on alone, and says so once. A lease once taken is kept:
 * each write is tried several times, and whole again at each next moment. While it cannot be renewed, nothing begins that others can see, and the end that
 * could not be told is no end. Whoever says journal.share: off now goes on alone: only a release that another clone has stops him. */
#include "base/clock.h"
#include "engine/next.h"
#include "share/share_private.h"

#include <string.h>

/* AT_STAGE stands for all that may follow. */
typedef enum { AT_BEGIN, AT_UNDO, AT_STAGE, AT_EFFECT, AT_DONE, AT_ABORTED, AT_END } Moment;

struct Share {
    const Git *git;
    Git own; /* the same; its strings are the session's */
    Journal *journal;
    const char *remote; /* of the plan */
    char *name, *who;
    bool alone;          /* the user's word: what cannot be told stops nothing */
    bool held;           /* the lease was taken, by this process or an earlier one */
    bool claimed;        /* the lease is known */
    bool fresh;          /* nothing went out since it was renewed */
    bool refused;        /* the server does not take it, and never did: said once, then left */
    bool over;           /* another clone goes on, or has ended it: nothing more is written */
    bool told;           /* the record says how it ended */
    GError *behind;      /* why the last write failed; NULL: it did not */
    char *lease, *there; /* commit of refs/slipway/runs/NAME and of the candidate on the remote; NULL: absent */
    char *parent;        /* what the next one stands on */
    json_t *head;        /* run.json of the parent where this process wrote it; NULL: git knows */
    char *made_for;      /* what the candidate `there` was made of by this process; NULL: by none */
    char *said;          /* the last warning */
};

char *share_who(const Git *git) {
    GitIdentity identity = {0};
    char *who = git_identity(git, &identity, NULL) ? g_strdup_printf("%s <%s>", identity.name, identity.email) : g_strdup(g_get_user_name());
    git_identity_clear(&identity);
    return who;
}

char *share_writer(const Git *git) {
    GitIdentity identity = {0};
    char *who = git_identity(git, &identity, NULL) && *identity.name != '\0' ? g_strdup(identity.name) : g_strdup("somebody");
    git_identity_clear(&identity);
    return who;
}

Share *share_new(const Git *git, Journal *journal) {
    Share *share = g_new0(Share, 1);
    share->own = *git;
    share->git = &share->own;
    share->journal = journal;
    share->who = share_writer(git);
    return share;
}

void share_go_alone(Share *share) {
    share->alone = true;
}

static void set_text(char **place, const char *text) {
    char *copy = g_strdup(text);
    g_free(*place);
    *place = copy;
}

void share_free(Share *share) {
    char *texts[] = {share->name, share->who, share->lease, share->there, share->parent, share->said, share->made_for};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_clear_error(&share->behind);
    json_decref(share->head);
    g_free(share);
}

/* ---- whose release is it? ---- */

static bool locked(const ShareRecord *record, GError **error) {
    g_autofree char *text = share_record_text(record);
    error_set(error, ERROR_LOCKED, "another clone is at work on %s", record->run->id);
    error_why(error, "it %s", text);
    error_state(error, "this run changed nothing");
    error_fix(error, "slipway status; to go on with it here: slipway resume, to take it back: slipway abort");
    return false;
}

/* What cannot be read cannot be judged: it is not written over. */
static ShareRecord *fetch_theirs(const ShareClone *clone, const char *name, GError **error) {
    ShareRecord *record = share_look(clone->git, clone->remote, name, error);
    if (record == NULL && error != NULL && !error_is(*error, ERROR_REMOTE_UNREACHABLE) && !error_is(*error, ERROR_PERMISSION))
        error_state(error, "nothing was changed; without the remote's record: journal.share: off");
    return record;
}

/* Another release of the same project that is under way. One that cannot be read is none of ours. */
static bool none_other(const ShareClone *clone, GHashTable *list, const char *name, const char *project, GError **error) {
    g_autoptr(GPtrArray) names = share_open_names(list);
    for (guint i = 0; i < names->len; i++) {
        const char *other = g_ptr_array_index(names, i);
        bool ours = g_str_equal(other, name);
        if (!ours && !share_is_ours(clone->git, other, share_listed(list, other), &ours, error))
            return false;
        if (ours)
            continue;
        g_autoptr(GError) unread = NULL;
        g_autoptr(ShareRecord) record = share_look(clone->git, clone->remote, other, &unread);
        if (git_gave_no_answer(unread)) {
            g_propagate_error(error, g_steal_pointer(&unread));
            return false;
        }
        if (record != NULL && !share_record_ended(record) && g_strcmp0(record->run->project, project) == 0)
            return locked(record, error);
    }
    return true;
}

/* "v1.1.0.2" → 3: the number of the attempt after it. */
static guint next_attempt(const char *id, const char *name) {
    const char *rest = id + strlen(name);
    return *rest == '.' ? (guint)g_ascii_strtoull(rest + 1, NULL, 10) + 1 : 2;
}

bool share_is_free(const ShareClone *clone, const Plan *plan, guint *attempt, GError **error) {
    const char *tag = jsonx_string(plan->release, "tag");
    *attempt = 0;
    if (tag == NULL || share_when(jsonx_string(plan->release, "share")) == SHARE_OFF)
        return true;
    g_autofree char *name = share_name(tag);
    g_autoptr(GError) unseen = NULL;
    g_autoptr(GHashTable) list = share_list(clone->git, clone->remote, &unseen);
    if (git_gave_no_answer(unseen))
        g_propagate_error(error, g_steal_pointer(&unseen));
    if (list == NULL)
        return unseen != NULL;
    const char *theirs = share_listed(list, name);
    if (!none_other(clone, list, name, jsonx_string(plan->release, "project"), error))
        return false;
    g_autoptr(ShareRecord) record = theirs != NULL ? fetch_theirs(clone, name, error) : NULL;
    bool ours = false;
    if (record == NULL || !share_is_ours(clone->git, name, theirs, &ours, error))
        return theirs == NULL;
    *attempt = next_attempt(record->run->id, name);
    return share_record_ended(record) || ours || locked(record, error);
}

/* ---- the lease ---- */

static void hold(Share *share, const char *lease, const char *parent) {
    set_text(&share->lease, lease);
    set_text(&share->parent, parent);
    g_clear_pointer(&share->head, json_decref);
    share->claimed = true;
}

/* "Aborted", says the record, and some of it is out; or "done", and not all of it is: what is past the line here goes on. */
static bool is_false_end(Engine *engine, const ShareRecord *record) {
    if (!share_record_ended(record))
        return false;
    EngineOut out = engine_out(engine);
    bool part = out == ENGINE_OUT_PART, all = out == ENGINE_OUT_ALL;
    return record->run->state == RUN_ABORTED ? part || all || engine_crossed(engine) : part || (out == ENGINE_OUT_NOTHING && engine_crossed(engine));
}

/* The remote has what this clone did not write. */
static bool judge_theirs(Share *share, const ShareClone *clone, Engine *engine, bool undoes, GError **error) {
    g_autoptr(ShareRecord) record = fetch_theirs(clone, share->name, error);
    g_autoptr(ShareRecord) last = NULL;
    if (record == NULL || !share_last(share->git, share->name, &last, error))
        return false;
    bool fresh = last == NULL && g_strcmp0(record->run->id, engine_run_id(engine)) != 0;
    if ((fresh && share_record_ended(record)) || (!undoes && is_false_end(engine, record))) {
        hold(share, record->commit, record->commit);
        return true;
    }
    share->over = true;
    if (undoes && share_record_ended(record))
        return true; /* what is here is taken back here: nothing of it is out, the engine has looked */
    bool free = last == NULL ? locked(record, error) : share_taken_over(record, error);
    if (engine_crossed(engine))
        error_state(error, "this clone began nothing more; branch and tag of it are on the remote");
    return free;
}

static bool find_lease(Share *share, Engine *engine, bool undoes, GError **error) {
    const ShareClone clone = {.git = share->git, .journal = share->journal, .remote = share->remote};
    g_autoptr(GHashTable) list = share_list(share->git, share->remote, error);
    if (list == NULL)
        return false;
    g_autofree char *candidate = g_strconcat(SHARE_CANDIDATES, share->name, NULL);
    set_text(&share->there, g_hash_table_lookup(list, candidate));
    set_text(&share->made_for, NULL);
    const char *theirs = share_listed(list, share->name);
    bool ours = false;
    g_autoptr(ShareRecord) last = NULL;
    if (!share_is_ours(share->git, share->name, theirs, &ours, error))
        return false;
    if (theirs != NULL && !ours)
        return judge_theirs(share, &clone, engine, undoes, error);
    if (!share_last(share->git, share->name, &last, error))
        return false;
    share->held = theirs != NULL || last != NULL;
    if (theirs == NULL && last == NULL && !none_other(&clone, list, share->name, jsonx_string(engine_plan(engine)->release, "project"), error))
        return false;
    hold(share, theirs, theirs != NULL ? theirs : last != NULL ? last->commit : NULL);
    return true;
}

/* ---- one write ---- */

/* run.json of the record that the next one stands on; NULL: there is none that can be read. */
static bool head_before(const Share *share, json_t **head, GError **error) {
    *head = json_incref(share->head);
    if (share->head != NULL || share->parent == NULL)
        return true;
    GError *unread = NULL;
    g_autoptr(GBytes) bytes = git_blob(share->git, share->parent, "run.json", SHARE_HEAD_LIMIT, &unread);
    if (git_gave_no_answer(unread)) {
        g_propagate_error(error, unread);
        return false;
    }
    g_clear_error(&unread);
    *head = bytes != NULL ? jsonx_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), SHARE_HEAD_LIMIT, "run.json", NULL) : NULL;
    return true;
}

static ShareRecord *make_record(Share *share, Engine *engine, JournalRun **run, GError **error) {
    *run = journal_run(share->journal, engine_run_id(engine), error);
    g_autoptr(GPtrArray) events = *run != NULL ? journal_events(share->journal, engine_run_id(engine), error) : NULL;
    if (events == NULL)
        return NULL;
    SharePlaces places = {.tree = share->git->tree, .git_dir = share->git->common_dir, .work_dir = engine_work_dir(engine)};
    g_autoptr(ShareRecord) record = share_record_make(*run, events, &places);
    record->who = g_strdup(share->who);
    record->written = clock_now();
    g_autoptr(json_t) before = NULL;
    if (!head_before(share, &before, error))
        return NULL;
    bool same = g_strcmp0(jsonx_string(before, "id"), record->run->id) == 0;
    record->sequence = (same ? jsonx_int(before, "sequence", 0) : 0) + 1;
    const char *who = same ? jsonx_string(before, "begun_who") : NULL;
    record->begun_who = g_strdup(who != NULL ? who : record->who);
    return g_steal_pointer(&record);
}

/* The lease is lost: to whom? */
static bool lost(Share *share, Engine *engine, GError **error) {
    g_autoptr(ShareRecord) winner = share_look(share->git, share->remote, share->name, NULL);
    g_autoptr(ShareRecord) last = NULL;
    share->over = true;
    if (!share_last(share->git, share->name, &last, error))
        return false;
    if (winner != NULL)
        return last == NULL ? locked(winner, error) : share_taken_over(winner, error);
    error_set(error, ERROR_TAKEN_OVER, "another clone goes on with %s", engine_run_id(engine));
    error_why(error, "refs/slipway/runs/%s on %s is not what this clone wrote", share->name, share->remote);
    error_state(error, "this clone began nothing more");
    return false;
}

/* After an answer that was lost it is not known where the remote is. */
static bool push(Share *share, Engine *engine, ShareRecord *record, const ShareCandidate *candidate, GError **error) {
    SharePush what = {.remote = share->remote, .parent = share->parent, .lease = share->lease, .candidate = candidate, .candidate_before = share->there};
    GError *problem = NULL;
    if (share_push(share->git, record, &what, &problem)) {
        hold(share, record->commit, record->commit);
        share->head = json_incref(record->head);
        set_text(&share->there, candidate->commit);
        set_text(&share->made_for, candidate->made_for);
        share->held = true;
        return true;
    }
    share->claimed = false;
    share->held = share->held || error_is(problem, ERROR_PUSH_UNKNOWN);
    if (error_is(problem, ERROR_REMOTE_MOVED)) {
        g_clear_error(&problem);
        return lost(share, engine, error);
    }
    g_propagate_error(error, problem);
    return false;
}

/* The end goes out before the journal here has it: a run whose end could not be told is not done. */
static void add_end(ShareRecord *record, Moment moment) {
    bool done = moment == AT_DONE;
    if (!done && moment != AT_ABORTED)
        return;
    share_record_add(record, done ? "done" : "aborted", NULL, clock_now(), NULL);
    record->run->state = done ? RUN_DONE : RUN_ABORTED;
}

static bool undoes(Moment moment) {
    return moment == AT_UNDO || moment == AT_ABORTED;
}

static bool write_record(Share *share, Engine *engine, Moment moment, GError **error) {
    if (!share->claimed && (!find_lease(share, engine, undoes(moment), error) || share->over))
        return share->over && (error == NULL || *error == NULL);
    g_autoptr(JournalRun) run = NULL;
    g_autoptr(ShareRecord) record = make_record(share, engine, &run, error);
    g_auto(ShareCandidate) candidate = {.commit = g_strdup(share->there), .made_for = g_strdup(share->made_for)};
    if (record == NULL)
        return false;
    add_end(record, moment);
    share->told = share_record_ended(record);
    if (!share->told && !share_candidate_make(share->git, record, engine_plan(engine), engine_work_dir(engine), &candidate, error))
        return false;
    if (share->told) {
        share_candidate_clear(&candidate);
        candidate = (ShareCandidate){0};
        candidate.refs = json_object();
        candidate.artifacts = json_object();
    }
    bool pushed = push(share, engine, record, &candidate, error);
    share->told = share->told && pushed;
    return pushed;
}

/* ---- again ---- */

#define TRIES 4u
#define FIRST_PAUSE_MS 200
#define PATIENCE_US (30 * G_USEC_PER_SEC) /* a remote that is slow to refuse is not asked four times */

/* What must stop the release: it is another clone's, what stands in its place cannot be understood, or what would be told is not what was proven here. */
static bool stops(const Share *share, Moment moment, const GError *problem) {
    if (error_is(problem, ERROR_CONFLICT))
        return !undoes(moment);
    static const ErrorCode codes[] = {ERROR_LOCKED, ERROR_TAKEN_OVER, ERROR_JOURNAL_EDITED, ERROR_JOURNAL_NEWER, ERROR_PARSE, ERROR_TOO_LARGE};
    for (guint i = 0; i < (share->alone ? 2 : G_N_ELEMENTS(codes)); i++) {
        if (error_is(problem, codes[i]))
            return true;
    }
    return false;
}

static void wait_for_turn(const Engine *engine, guint tries) {
    gint most = FIRST_PAUSE_MS << tries, pause = most / 2 + g_random_int_range(0, most / 2);
    for (gint waited = 0; waited < pause && !engine_is_cancelled(engine); waited += 50)
        g_usleep(50 * 1000);
}

/* A lease that is held is worth several tries: a server may be busy with another push, a network away for a moment. */
static bool write_patiently(Share *share, Engine *engine, Moment moment, GError **error) {
    gint64 began = g_get_monotonic_time();
    GError *problem = NULL;
    for (guint tries = 1; !write_record(share, engine, moment, &problem); tries++) {
        bool again = share->held && !share->alone && !git_is_silent(share->git, share->remote) && tries < TRIES && g_get_monotonic_time() - began < PATIENCE_US;
        if (!again || stops(share, moment, problem) || engine_is_cancelled(engine)) {
            g_propagate_error(error, problem);
            return false;
        }
        g_clear_error(&problem);
        wait_for_turn(engine, tries - 1);
    }
    return true;
}

/* ---- the witness ---- */

static bool is_shared(const Engine *engine) {
    const Plan *plan = engine_plan(engine);
    ShareWhen when = share_when(jsonx_string(plan->release, "share"));
    bool release = plan_point_of_no_return(plan) != NULL && jsonx_string(plan->release, "tag") != NULL && jsonx_string(plan->world, "remote") != NULL;
    return release && when != SHARE_OFF && (when == SHARE_ON || engine_crossed(engine));
}

/* A release does not fail because others cannot be told of it. */
static void warn(Share *share, Engine *engine, const GError *problem) {
    const char *why = error_get_why(problem);
    g_autofree char *first = g_strdup(why != NULL ? why : "");
    g_strdelimit(g_strchomp(first), "\n", ' ');
    g_autofree char *text = g_strdup_printf("not shared with other clones: %s%s%s", problem->message, *first != '\0' ? ": " : "", first);
    if (g_strcmp0(text, share->said) == 0)
        return;
    engine_say(engine, text);
    set_text(&share->said, text);
}

/* It ended, and no other clone sees it as open: the lease is of no use any more. */
static void forget_ended(const Share *share, Engine *engine) {
    g_autoptr(JournalRun) run = journal_run(share->journal, engine_run_id(engine), NULL);
    g_autoptr(GError) problem = NULL;
    if (run == NULL || run->ended == 0 || share_forget(share->git, share->name, &problem))
        return;
    g_autofree char *text = g_strdup_printf("left here, and of no use any more: refs/slipway/*/%s (%s)", share->name, problem->message);
    engine_say(engine, text);
}

static bool not_renewed(const Share *share, const Engine *engine, const char *fix, GError **error) {
    const char *why = share->behind != NULL ? error_get_why(share->behind) : NULL;
    ErrorCode code = error_code(share->behind);
    error_set(error, error_exit_status(share->behind) == 1 ? code : ERROR_REMOTE_UNREACHABLE, "the hold on %s could not be renewed on %s",
              engine_run_id(engine), share->remote);
    error_why(error, "%s%s%s", share->behind != NULL ? share->behind->message : "not said", why != NULL ? "\n" : "", why != NULL ? why : "");
    error_state(error, "%s; while others cannot be told, one of them may go on with it",
                engine_crossed(engine) ? "branch and tag are on the remote, and nothing more was begun" : "nothing more was begun that others could see");
    error_fix(error, "%s, when the remote takes refs/slipway again; without telling others: SLIPWAY__JOURNAL__SHARE=off %s", fix, fix);
    return false;
}

/* All is done, or taken back: only the telling is missing. */
static bool not_told(const Share *share, const Engine *engine, bool done, GError **error) {
    const char *fix = done ? "slipway resume" : "slipway abort";
    not_renewed(share, engine, fix, error);
    error_state(error, "%s; other clones still see it as being worked on",
                done ? "all of it is done and public" : "all of it is taken back, here and at the forge");
    error_fix(error, "%s, which only tells how it ended; without telling others: SLIPWAY__JOURNAL__SHARE=off %s", fix, fix);
    return false;
}

/* What could not be written, and what that means at this moment. */
static bool take_failure(Share *share, Engine *engine, Moment moment, GError **error) {
    bool ends = moment == AT_DONE || moment == AT_ABORTED;
    share->refused = !share->held && error_is(share->behind, ERROR_PUSH_REJECTED);
    if (ends && share->held && !share->alone)
        return not_told(share, engine, moment == AT_DONE, error);
    if (moment == AT_UNDO && share->held && !share->alone && engine_went_out(engine))
        return not_renewed(share, engine, "slipway abort", error);
    warn(share, engine, share->behind);
    return true;
}

static bool write_now(Share *share, Engine *engine, Moment moment, GError **error) {
    g_clear_error(&share->behind);
    share->fresh = write_patiently(share, engine, moment, &share->behind);
    if (share->fresh)
        return true;
    if (!stops(share, moment, share->behind))
        return take_failure(share, engine, moment, error);
    share->over = true;
    g_propagate_error(error, g_steal_pointer(&share->behind));
    return false;
}

static bool is_still_ours(const Share *share) {
    g_autoptr(GHashTable) list = share_list(share->git, share->remote, NULL);
    return list != NULL && share->lease != NULL && g_strcmp0(share_listed(list, share->name), share->lease) == 0;
}

/* Something is about to go out. What was just written needs no second look. */
static bool keep_hold(Share *share, Engine *engine, GError **error) {
    if (!share->held || share->alone)
        return true;
    bool fresh = share->fresh;
    share->fresh = false;
    if (share->behind == NULL && (fresh || is_still_ours(share)))
        return true;
    if (share->behind != NULL)
        return not_renewed(share, engine, "slipway resume", error);
    share->claimed = false;
    bool right = write_now(share, engine, AT_EFFECT, error);
    return right && (share->behind == NULL || not_renewed(share, engine, "slipway resume", error));
}

static bool open_name(Share *share, const Engine *engine, GError **error) {
    share->remote = jsonx_string(engine_plan(engine)->world, "remote");
    g_autofree char *name = share_name(jsonx_string(engine_plan(engine)->release, "tag"));
    if (!share_has_lease(share->git, name, &share->held, error))
        return false;
    share->name = g_steal_pointer(&name);
    return true;
}

static Moment moment_of(const Engine *engine, EngineMoment moment) {
    static const Moment next[] = {AT_STAGE, AT_EFFECT, AT_DONE, AT_ABORTED};
    static const Moment moments[] = {AT_BEGIN, AT_UNDO, AT_STAGE, AT_END};
    return moment == ENGINE_AT_STAGE ? next[engine_next(engine)] : moments[moment];
}

static bool reached(Engine *engine, EngineMoment reached_now, void *data, GError **error) {
    Share *share = data;
    Moment moment = moment_of(engine, reached_now);
    bool ended = (share->over || share->told) && moment == AT_END;
    if (ended || (moment == AT_END && share->name != NULL && !share->held))
        forget_ended(share, engine);
    if (!is_shared(engine) || share->refused || share->over || ended)
        return true;
    if (share->name == NULL && !open_name(share, engine, error))
        return false;
    /* How it ended is told all the same where it was interrupted; git_call keeps it short. */
    if (moment >= AT_DONE)
        share->own.cancel = NULL;
    return moment == AT_EFFECT ? keep_hold(share, engine, error) : write_now(share, engine, moment, error);
}

EngineWitness share_witness(Share *share) {
    return (EngineWitness){.reached = reached, .data = share};
}
