#include "base/clock.h"
#include "base/fs.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/elsewhere.h"
#include "cli/leftover.h"
#include "cli/remnant.h"

#include <stdio.h>

static gboolean resume, take_back, yes;

typedef struct {
    Session *session;
    char *path;         /* of the journal */
    char *aside;        /* where the damaged one is kept; NULL: it was whole, or none */
    GPtrArray *records; /* of EngineRecord*: what the journal does not know */
} Recovery;

static void recovery_clear(Recovery *recovery) {
    g_clear_pointer(&recovery->session, session_close);
    g_clear_pointer(&recovery->records, g_ptr_array_unref);
    g_free(recovery->path);
    g_free(recovery->aside);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Recovery, recovery_clear)

/* ---- the journal that is there ---- */

static bool is_damage(const GError *problem) {
    return error_is(problem, ERROR_JOURNAL_DAMAGED) || error_is(problem, ERROR_JOURNAL_EDITED);
}

static bool is_whole(const char *path, GError **error) {
    GError *problem = NULL;
    g_autoptr(Journal) journal = journal_open(path, false, &problem);
    if (problem == NULL && journal != NULL)
        journal_check(journal, &problem);
    if (problem != NULL)
        g_propagate_error(error, problem);
    return problem == NULL;
}

/* With what SQLite keeps beside it. Nothing of it is deleted. */
static bool set_aside(Recovery *recovery, GError **error) {
    static const char *const beside[] = {"", "-journal"};
    g_autoptr(GDateTime) now = g_date_time_new_from_unix_utc(clock_now());
    g_autofree char *stamp = g_date_time_format(now, "%Y%m%dT%H%M%SZ");
    recovery->aside = g_strdup_printf("%s.damaged-%s", recovery->path, stamp);
    for (guint n = 2; fs_exists(recovery->aside); n++) {
        g_free(recovery->aside);
        recovery->aside = g_strdup_printf("%s.damaged-%s.%u", recovery->path, stamp, n);
    }
    for (guint i = 0; i < G_N_ELEMENTS(beside); i++) {
        g_autofree char *from = g_strconcat(recovery->path, beside[i], NULL);
        g_autofree char *to = g_strconcat(recovery->aside, beside[i], NULL);
        if (fs_exists(from) && !fs_rename(from, to, error))
            return false;
    }
    return true;
}

/* Who is at work holds the record of his run, whatever became of the journal. */
static bool nobody_is_at_work(const Git *git, GError **error) {
    g_autoptr(GPtrArray) records = leftover_find(git, NULL, error);
    for (guint i = 0; records != NULL && i < records->len; i++) {
        const EngineRecord *record = g_ptr_array_index(records, i);
        if (!engine_record_is_held(record))
            continue;
        error_set(error, ERROR_LOCKED, "a slipway is at work on %s", record->run->id);
        error_why(error, "it holds %s/" ENGINE_RECORD_FILE, record->folder);
        error_state(error, "nothing was changed");
        error_fix(error, "wait for it, or end it; then: slipway recover");
        return false;
    }
    return records != NULL;
}

static bool open_journal(Recovery *recovery, GError **error) {
    g_autoptr(Git) git = git_open(".", error);
    GError *problem = NULL;
    if (git == NULL || !nobody_is_at_work(git, error))
        return false;
    recovery->path = g_build_filename(git->common_dir, "slipway", "journal.db", NULL);
    if (!is_whole(recovery->path, &problem)) {
        if (!is_damage(problem)) {
            g_propagate_error(error, problem);
            return false;
        }
        const char *why = error_get_why(problem);
        g_autofree char *clean = text_escape(why != NULL ? why : problem->message, -1, false);
        printf("the journal is damaged: %s\n", clean);
        g_clear_error(&problem);
        if (!set_aside(recovery, error))
            return false;
        printf("it is kept as %s\n", recovery->aside);
    }
    recovery->session = session_open(".", true, error);
    return recovery->session != NULL;
}

/* ---- what it is made of ---- */

static void print_record(const Recovery *recovery, const EngineRecord *record) {
    g_autofree char *id = text_escape(record->run->id, -1, false);
    g_autofree char *at = clock_timestamp(record->run->begun);
    bool open = leftover_is_open(record);
    const char *state = !open ? run_state_name(record->run->state) : record->run->crossed ? "not finished, past the point of no return" : "not finished";
    printf("%s, begun %s: %s, %u events\n", id, at, state, record->events->len);
    if (record->torn)
        printf("  its record cannot be read to the end: what stood there is looked at again\n");
    g_autofree char *text = open ? leftover_text(recovery->session->git, record, "  ") : NULL;
    if (text != NULL)
        puts(text);
}

static bool import_all(Recovery *recovery, GError **error) {
    recovery->records = leftover_find(recovery->session->git, recovery->session->journal, error);
    for (guint i = 0; recovery->records != NULL && i < recovery->records->len; i++) {
        EngineRecord *record = g_ptr_array_index(recovery->records, i);
        print_record(recovery, record);
        if (!engine_record_import(record, recovery->session->journal, error))
            return false;
    }
    return recovery->records != NULL;
}

static int go_on(Recovery *recovery, const JournalRun *run, GError **error) {
    const char *command = resume ? "resume" : "abort";
    g_autofree char *question = resume ? g_strdup_printf("Go on with %s?", run->id) : g_strdup_printf("Take %s back?", run->id);
    if (!session_confirm(question, yes, error) || !session_lock(recovery->session, run->project, command, error))
        return 0;
    return resume ? session_resume(recovery->session, run->id, (RunOutput){0}, error) : session_abort(recovery->session, run->id, (RunOutput){0}, error);
}

static void print_end(const Recovery *recovery, const JournalRun *run) {
    guint count = recovery->records->len;
    if (count == 0 && recovery->aside == NULL)
        puts("the journal can be read; no run had to be taken in from its folder");
    else if (count == 0)
        puts("a new journal was begun; no run's folder here has a record to make it of");
    else
        printf("the journal is whole again: %u %s taken from the runs' folders\n", count, count == 1 ? "run was" : "runs were");
    if (run == NULL)
        return;
    bool waits = run->state == RUN_WAITING;
    printf("next: slipway %s, or: slipway recover --resume\n", waits ? "publish" : "resume");
    if (!run->crossed)
        puts("  or: slipway abort, or: slipway recover --abort");
}

/* What only the remote knows is taken from there by resume and abort. */
static bool print_elsewhere(Session *session) {
    g_autoptr(GError) unread = NULL;
    g_autoptr(ShareRecord) record = elsewhere_look(session, NULL, &unread);
    if (record == NULL)
        return false;
    puts("on the remote, in refs/slipway:");
    elsewhere_print(record, false);
    return true;
}

/* Nothing tells of it any more but what it has made. */
static int go_on_without_record(Recovery *recovery, const Remnant *remnant, GError **error) {
    g_autofree char *text = remnant_text(recovery->session, remnant, "  ");
    printf("%s, of which no record is left:\n%s\n", remnant->record->run->id, text);
    if (!resume && !take_back) {
        printf("next: slipway recover %s\n", remnant->pushed ? "--resume" : "--abort");
        if (!remnant->pushed)
            puts("  or: slipway recover --resume");
        return 0;
    }
    g_autofree char *question =
        g_strdup_printf(resume ? "Plan %s again as it was, and go on with it?" : "Plan %s again as it was, and take it back?", remnant->record->run->id);
    if (!session_confirm(question, yes, error) || !remnant_import(recovery->session, remnant, error))
        return 0;
    g_autoptr(JournalRun) run = journal_run(recovery->session->journal, remnant->record->run->id, error);
    yes = true;
    return run != NULL ? go_on(recovery, run, error) : 0;
}

/* Asked for, and there is nothing here to do it with. */
static int nothing_to_go_on_with(GError **error) {
    const char *command = resume ? "resume" : "abort";
    error_set(error, ERROR_NO_RELEASE, "no release that is not finished is known here: there is nothing to %s", command);
    error_why(error, "neither the journal nor the folder of a run has one");
    error_state(error, "the journal can be read; besides, nothing was changed");
    error_fix(error, "slipway %s, which also looks at what the remote knows", command);
    return 0;
}

static int run(char **args, GError **error) {
    (void)args;
    g_auto(Recovery) recovery = {0};
    if (!open_journal(&recovery, error) || !import_all(&recovery, error))
        return 0;
    GError *problem = NULL;
    g_autoptr(JournalRun) unfinished = journal_latest(recovery.session->journal, NULL, true, &problem);
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return 0;
    }
    if (unfinished != NULL && (resume || take_back))
        return go_on(&recovery, unfinished, error);
    print_end(&recovery, unfinished);
    bool elsewhere = unfinished == NULL && print_elsewhere(recovery.session);
    g_autoptr(Remnant) remnant = unfinished == NULL && !elsewhere ? remnant_find(recovery.session, &problem) : NULL;
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return 0;
    }
    if (remnant != NULL)
        return go_on_without_record(&recovery, remnant, error);
    return unfinished == NULL && (resume || take_back) ? nothing_to_go_on_with(error) : 0;
}

static GOptionEntry options[] = {
    {"resume", 0, 0, G_OPTION_ARG_NONE, &resume, "then go on with the release that is not finished", NULL},
    {"abort", 0, 0, G_OPTION_ARG_NONE, &take_back, "then take the release that is not finished back", NULL},
    {"yes", 'y', 0, G_OPTION_ARG_NONE, &yes, "do not ask before --resume and --abort", NULL},
    G_OPTION_ENTRY_NULL,
};

const Command command_recover = {
    .name = "recover",
    .summary = "make a journal that was lost or damaged whole again",
    .help = "Each release keeps its record a second time, in its own folder below .git/slipway/runs. Where the journal was deleted, emptied, damaged\n"
            "or put back from a backup, this makes it of those records, says what is left of a release that is not finished (branch, tag, work trees,\n"
            "draft, push) and how to go on with it or take it back. A damaged journal is set aside, never deleted. What no folder has is looked for on\n"
            "the remote (refs/slipway); where nothing tells of a release any more, by the branch and the commits that it has made, and it is planned again as "
            "it was.\n"
            "Nothing else is changed, but with --resume or --abort.",
    .example = "slipway recover\nslipway recover --abort",
    .options = options,
    .forms = (const Form[]){{.acts = true, .run = run}, {0}},
    .apart = "resume/abort",
};
