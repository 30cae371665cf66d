#include "cli/session.h"

#include "base/process.h"
#include "base/text.h"
#include "cli/gate_report.h"
#include "cli/interrupt.h"
#include "cli/left.h"
#include "cli/leftover.h"
#include "cli/sink.h"
#include "cli/summary.h"
#include "effects/effects.h"
#include "project/config.h"
#include "share/lease.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A configuration that cannot be read must not keep anyone from resuming. */
static void bound_git(const Git *git) {
    g_autoptr(Config) config = config_load(git->tree, NULL, NULL);
    if (config != NULL)
        git_bound(config_int(config, "git.timeout"), config_int(config, "git.stall"));
}

Session *session_open(const char *path, bool writable, GError **error) {
    g_autoptr(Session) session = g_new0(Session, 1);
    session->git = git_open(path, error);
    if (session->git == NULL)
        return NULL;
    bound_git(session->git);
    g_autofree char *file = session_journal_path(session);
    GError *problem = NULL;
    session->journal = journal_open(file, writable, &problem);
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return NULL;
    }
    return g_steal_pointer(&session);
}

void session_close(Session *session) {
    if (session->project != NULL)
        journal_unlock(session->journal, session->project, NULL);
    g_clear_pointer(&session->share, share_free);
    g_clear_pointer(&session->before, g_ptr_array_unref);
    g_clear_pointer(&session->left, g_ptr_array_unref);
    g_clear_pointer(&session->journal, journal_close);
    g_clear_pointer(&session->git, git_free);
    g_free(session->project);
    g_free(session);
}

char *session_journal_path(const Session *session) {
    return g_build_filename(session->git->common_dir, "slipway", "journal.db", NULL);
}

bool session_lock(Session *session, const char *project, const char *command, GError **error) {
    if (!journal_lock(session->journal, project, command, error))
        return false;
    g_free(session->project);
    session->project = g_strdup(project);
    return true;
}

/* A configuration that cannot be read must not keep anyone from resuming. */
static guint workers_of(const Session *session) {
    g_autoptr(Config) config = config_load(session->git->tree, NULL, NULL);
    gint64 wanted = config != NULL ? config_int(config, "jobs") : 0;
    return wanted > 0 ? (guint)MIN(wanted, 256) : MAX(2, g_get_num_processors());
}

EngineSpec session_engine_spec(const Session *session, EngineListener listener) {
    return (EngineSpec){
        .journal = session->journal,
        .tree = session->git->tree,
        .git_dir = session->git->common_dir,
        .kinds = effect_kinds(),
        .workers = workers_of(session),
        .cancel = interrupt_flag(),
        .listener = listener,
        .witness = session->share != NULL ? share_witness(session->share) : (EngineWitness){0},
    };
}

static JournalRun *no_release(GError **error) {
    error_set(error, ERROR_NO_RELEASE, "there is no unfinished release here");
    error_state(error, "nothing was changed");
    return NULL;
}

JournalRun *session_unfinished(const Session *session, GError **error) {
    if (session->journal == NULL)
        return no_release(error);
    GError *problem = NULL;
    JournalRun *run = journal_latest(session->journal, NULL, true, &problem);
    if (problem != NULL)
        g_propagate_error(error, problem);
    else if (run == NULL)
        no_release(error);
    return run;
}

bool session_refuse_unfinished(const Session *session, GError **error) {
    GError *problem = NULL;
    if (!leftover_refuse(session, error))
        return false;
    g_autoptr(JournalRun) run = session->journal != NULL ? journal_latest(session->journal, NULL, true, &problem) : NULL;
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    if (run == NULL)
        return true;
    g_autoptr(JournalOwner) owner = journal_owner(session->journal, run->project, NULL);
    if (owner != NULL && owner->alive && owner->pid != getpid())
        return journal_locked(run->project, owner, error);
    error_set(error, ERROR_UNFINISHED, "%s is not finished: it is %s", run->id, run->state == RUN_ACTIVE ? "cut off" : run_state_name(run->state));
    error_why(error, "one release at a time");
    error_state(error, run->crossed ? "branch and tag of %s are on the remote" : "nothing that others can see has changed by %s", run->id);
    error_fix(error, run->state == RUN_WAITING ? "slipway publish, or: slipway abort" : run->crossed ? "slipway resume" : "slipway resume, or: slipway abort");
    return false;
}

/* ---- running ---- */

/* Before this process runs anything of it. */
static void look_before(Session *session, const Plan *plan, const char *makes) {
    guint at = 0;
    g_clear_pointer(&session->before, g_ptr_array_unref);
    session->before = left_by(plan->command) ? git_untracked(session->git, NULL) : NULL;
    if (makes != NULL && session->before != NULL && g_ptr_array_find_with_equal_func(session->before, makes, g_str_equal, &at))
        g_ptr_array_remove_index(session->before, at);
}

static bool changed_the_tree(const Session *session, const Engine *engine) {
    bool changed = false;
    g_autoptr(GPtrArray) rows = gate_rows(engine, session->journal);
    for (guint i = 0; i < rows->len; i++)
        changed = changed || error_is(((const GateRow *)rows->pdata[i])->failure, ERROR_TREE_CHANGED);
    return changed;
}

/* What checks do is their own affair; what git knows was looked at after each. */
static void say_state(const Session *session, const Engine *engine, GError **problem) {
    if (!g_str_equal(engine_plan(engine)->command, "gates")) {
        error_state(problem, "nothing was changed");
        return;
    }
    const char *what = changed_the_tree(session, engine)       ? "slipway changed nothing; what gates changed is shown above"
                       : error_is(*problem, ERROR_GATE_FAILED) ? "no tracked file was changed"
                                                               : "slipway changed nothing; what gates did until then was not looked at";
    error_state(problem, "%s%s", what, session->left != NULL && session->left->len > 0 ? "; new files are named above" : "");
}

/* The journal must not wait for a resume of what leaves nothing behind. */
static void close_run(const Session *session, const Engine *engine, GError *problem) {
    GError *unrecorded = NULL;
    say_state(session, engine, &problem);
    error_again(&problem);
    if (error_is(problem, ERROR_INTERRUPTED))
        error_fix(&problem, "slipway %s run", engine_plan(engine)->command);
    if (!journal_append(session->journal, engine_run_id(engine), "aborted", NULL, NULL, &unrecorded))
        error_state(&problem, "%s, but the journal could not be written: %s", error_get_state(problem), unrecorded->message);
    g_clear_error(&unrecorded);
}

static void report(const Session *session, const Engine *engine, RunOutput output) {
    if (output.after != NULL)
        output.after(engine, session, output.data);
    else if (!output.json && !output.events)
        gate_report_print(engine, session->journal);
    if (session->before != NULL && !output.json && !output.events)
        left_print(session->git, session->left);
}

static int finish(Session *session, Engine *engine, RunOutput output, bool done, GError *problem, GError **error) {
    if (session->before != NULL)
        session->left = git_left_since(session->git, session->before, g_str_equal(engine_plan(engine)->command, "release"), NULL);
    report(session, engine, output);
    if (!done && output.passing)
        close_run(session, engine, problem);
    if (done) {
        if (output.json && output.after == NULL)
            summary_print_json(engine, session, NULL);
        else if (!output.json && !output.events && !output.bare)
            summary_print(engine, session);
        return 0;
    }
    int status = engine_exit_status(problem, engine_crossed(engine));
    if (output.json && output.after == NULL)
        summary_print_json(engine, session, problem);
    g_propagate_error(error, problem);
    return status;
}

/* "read LOG, then: slipway abort, correct it, commit, release again", where the abort has been done and it is no release. g_free. */
static char *fix_of_taken_back(GError **problem, const char *command) {
    static const char *const words[][2] = {{", then: slipway abort, ", ", "}, {"slipway abort, then ", ""}, {"slipway abort, ", ""}};
    g_autofree char *again = g_strconcat(", then: slipway ", command, NULL);
    error_again(problem);
    g_autoptr(GString) fix = g_string_new(error_get_fix(*problem));
    for (guint i = 0; i < G_N_ELEMENTS(words); i++)
        g_string_replace(fix, words[i][0], words[i][1], 0);
    g_string_replace(fix, ", release again", again, 0);
    return g_string_free(g_steal_pointer(&fix), FALSE);
}

/* Two builds that differ are there to be looked at. */
static bool builds_differ(const Engine *engine) {
    const GPtrArray *effects = engine_plan(engine)->effects;
    for (guint i = 0; i < effects->len; i++) {
        const Effect *effect = g_ptr_array_index(effects, i);
        if (g_str_equal(effect->kind->name, "rebuild") && engine_state(engine, effect->id) == EFFECT_FAILED)
            return true;
    }
    return false;
}

/* What failed stays the error; where undoing fails too, its state says so and the run stays open. */
static void take_back(Engine *engine, GError **problem) {
    GError *trouble = NULL;
    if (error_is(*problem, ERROR_INTERRUPTED) || builds_differ(engine))
        return;
    if (!engine_abort(engine, &trouble)) {
        error_state(problem, "it could not be taken back: %s", trouble->message);
        g_clear_error(&trouble);
        return;
    }
    error_state(problem, "nothing was changed; what was built is removed, the logs are in %s/logs", engine_work_dir(engine));
    g_autofree char *fix = fix_of_taken_back(problem, engine_plan(engine)->command);
    error_fix(problem, "%s", fix);
}

static ViewMode view_mode(RunOutput output) {
    return output.events ? VIEW_EVENTS : VIEW_AUTO;
}

/* The number that the run's id begins with, so that it is another one than those of other clones. */
static bool find_attempt(const Session *session, const Plan *plan, guint *attempt, GError **error) {
    const ShareClone clone = {.git = session->git, .journal = session->journal, .remote = jsonx_string(plan->world, "remote"), .kinds = effect_kinds()};
    *attempt = 0;
    return clone.remote == NULL || share_is_free(&clone, plan, attempt, error);
}

/* Another clone was faster, before the first effect: this run is none. */
static void drop_run(const Session *session, const Engine *engine) {
    g_autoptr(GError) unrecorded = NULL;
    journal_append(session->journal, engine_run_id(engine), "aborted", NULL, NULL, &unrecorded);
}

/* What stands in git's way only because a git of this release was killed. */
static void clear_remains(const Session *session, Engine *engine) {
    g_autoptr(GPtrArray) removed = g_ptr_array_new_with_free_func(g_free);
    git_sweep(session->git, removed);
    for (guint i = 0; i < removed->len; i++) {
        g_autofree char *text = g_strdup_printf("removed what a git of this release left when it was killed: %s", (const char *)g_ptr_array_index(removed, i));
        engine_say(engine, text);
    }
}

void session_drop_kept(const Session *session) {
    g_autoptr(GPtrArray) runs = git_kept(session->git, NULL);
    for (guint i = 0; runs != NULL && i < runs->len; i++) {
        g_autofree char *ref = g_strconcat(GIT_KEPT, g_ptr_array_index(runs, i), NULL);
        g_autoptr(JournalRun) run = journal_run(session->journal, g_ptr_array_index(runs, i), NULL);
        if (run != NULL && run->ended != 0)
            git_write(session->git, NULL, "update-ref", "-d", ref, NULL);
    }
}

int session_run(Session *session, Plan *plan, RunOutput output, GError **error) {
    process_act();
    guint attempt = 0;
    session->share = share_new(session->git, session->journal);
    if (!find_attempt(session, plan, &attempt, error)) {
        plan_free(plan);
        return 0;
    }
    const char *tag = jsonx_string(plan->release, "tag");
    g_autoptr(View) view = view_open(view_mode(output), tag != NULL ? tag : plan->command);
    EngineSpec spec = session_engine_spec(session, view_listener(view));
    spec.attempt = attempt;
    g_autoptr(Engine) engine = engine_begin(&spec, plan, error);
    if (engine == NULL)
        return 0;
    sink_keep_in(engine_work_dir(engine));
    look_before(session, engine_plan(engine), output.makes);
    GError *problem = NULL;
    interrupt_heed(true);
    bool done = engine_execute(engine, &problem);
    if (done && tag != NULL)
        session_drop_kept(session);
    if (!done && error_is(problem, ERROR_LOCKED))
        drop_run(session, engine);
    clear_remains(session, engine);
    if (!done && output.takes_back) {
        take_back(engine, &problem);
    }
    interrupt_heed(false);
    g_clear_pointer(&view, view_close);
    return finish(session, engine, output, done, problem, error);
}

/* Before it is said that everything is as it was. */
static bool looks_whole(const Session *session, Engine *engine, GError **error) {
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    GError *problem = NULL;
    bool works = git_works(session->git, engine_work_dir(engine), notes, &problem);
    for (guint i = 0; i < notes->len; i++)
        engine_say(engine, g_ptr_array_index(notes, i));
    if (works)
        return true;
    error_state(&problem, "%s is aborted and taken back; that git works here could not be seen", engine_run_id(engine));
    g_propagate_error(error, problem);
    return false;
}

/* Whoever switches sharing off now does without it, also where the release began with it. */
static bool goes_alone(const Session *session) {
    g_autoptr(Config) config = config_load(session->git->tree, NULL, NULL);
    return config != NULL && share_when(config_string(config, "journal.share")) == SHARE_OFF;
}

static int go_on(Session *session, const char *run, RunOutput output, bool (*act)(Engine *, GError **), GError **error) {
    process_act();
    g_autoptr(View) view = view_open(view_mode(output), run);
    if (session->share == NULL)
        session->share = share_new(session->git, session->journal);
    if (goes_alone(session))
        share_go_alone(session->share);
    EngineSpec spec = session_engine_spec(session, view_listener(view));
    g_autoptr(Engine) engine = engine_load(&spec, run, error);
    if (engine == NULL)
        return 0;
    sink_keep_in(engine_work_dir(engine));
    clear_remains(session, engine);
    look_before(session, engine_plan(engine), NULL);
    GError *problem = NULL;
    interrupt_heed(true);
    bool done = act(engine, &problem) && (act != engine_abort || looks_whole(session, engine, &problem));
    if (done)
        session_drop_kept(session);
    clear_remains(session, engine);
    interrupt_heed(false);
    g_clear_pointer(&view, view_close);
    return finish(session, engine, output, done, problem, error);
}

int session_resume(Session *session, const char *run, RunOutput output, GError **error) {
    return go_on(session, run, output, engine_execute, error);
}

int session_abort(Session *session, const char *run, RunOutput output, GError **error) {
    return go_on(session, run, output, engine_abort, error);
}

/* A run of checks that was cut off keeps nobody waiting: what it left running is ended, and it is closed. The lock is held, so its owner is dead. */
static bool close_cut_off(const Session *session, const Plan *plan, GError **error) {
    GError *problem = NULL;
    g_autoptr(JournalRun) run = journal_latest(session->journal, session->project, true, &problem);
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    if (run == NULL || !g_str_equal(run->command, plan->command))
        return true;
    EngineSpec spec = session_engine_spec(session, (EngineListener){0});
    g_autoptr(Engine) engine = engine_load(&spec, run->id, error);
    return engine != NULL && journal_append(session->journal, run->id, "aborted", NULL, NULL, error);
}

int session_do(Plan *plan, RunOutput output, GError **error) {
    g_autoptr(Plan) held = plan;
    const char *project = jsonx_string(held->release, "project");
    g_autoptr(Session) session = session_open(".", true, error);
    if (session == NULL)
        return 0;
    if (output.passing && (!session_lock(session, project, held->command, error) || !close_cut_off(session, held, error)))
        return 0;
    if (!session_refuse_unfinished(session, error) || (!output.passing && !session_lock(session, project, held->command, error)))
        return 0;
    return session_run(session, g_steal_pointer(&held), output, error);
}

/* ---- before running ---- */

bool session_check_plan(const Plan *plan, GError **error) {
    if (plan->problems->len == 0)
        return true;
    const GError *first = g_ptr_array_index(plan->problems, 0);
    if (plan->problems->len == 1) {
        g_propagate_error(error, g_error_copy(first));
        return false;
    }
    error_set(error, ERROR_PREFLIGHT, "%u things stand in the way", plan->problems->len);
    g_autoptr(GString) list = g_string_new(NULL);
    for (guint i = 0; i < plan->problems->len; i++) {
        const GError *problem = g_ptr_array_index(plan->problems, i);
        g_string_append_printf(list, "%s%s: %s", i > 0 ? "\n" : "", error_name(problem), problem->message);
    }
    error_why(error, "%s", list->str);
    error_state(error, "nothing was changed");
    return false;
}

static bool read_yes(void) {
    char answer[64];
    if (fgets(answer, sizeof answer, stdin) == NULL)
        return false;
    g_strstrip(answer);
    return g_ascii_strcasecmp(answer, "y") == 0 || g_ascii_strcasecmp(answer, "yes") == 0;
}

/* From a yes on, programs of the repository may run. */
static bool consented(void) {
    process_act();
    return true;
}

bool session_confirm(const char *question, bool yes, GError **error) {
    if (yes)
        return consented();
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        error_set(error, ERROR_NO_TERMINAL, "there is no terminal to ask on");
        error_why(error, "the question is: %s", question);
        error_state(error, "nothing was changed");
        return false;
    }
    fflush(stdout);
    if (sink_problem() != 0) { /* a yes is to what was shown */
        error_errno(error, ERROR_IO, sink_problem(), "what you are asked about could not be shown on standard output");
        error_state(error, "nothing was changed");
        error_fix(error, "give it an output that can be written, or add --yes");
        return false;
    }
    g_autofree char *shown = text_escape(question, -1, false);
    fprintf(stderr, "%s [y/N] ", shown);
    fflush(stderr);
    if (read_yes())
        return consented();
    error_set(error, ERROR_DECLINED, "not released: the answer was not yes");
    error_state(error, "nothing was changed");
    return false;
}
