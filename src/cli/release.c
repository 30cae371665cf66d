#include "base/fs.h"
#include "base/limits.h"
#include "base/process.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/elsewhere.h"
#include "cli/gate_choice.h"
#include "cli/how.h"
#include "cli/session.h"
#include "effects/effects.h"
#include "effects/proof.h"
#include "steps/step.h"

#include <string.h>

static How how;
static GateOptions gates;
static gboolean yes, draft, replan, json, events;
static char *plan_file;

static RunOutput output(void) {
    return (RunOutput){.json = json, .events = events};
}

/* ---- a saved plan ---- */

static Plan *read_plan(GError **error) {
    g_autoptr(GBytes) bytes = fs_read(plan_file, PLAN_LIMIT, error);
    if (bytes == NULL) {
        error_state(error, "nothing was changed");
        error_fix(error, "name a plan that was saved: slipway plan minor --out FILE, then: slipway release --plan FILE");
    }
    g_autoptr(json_t) document = bytes != NULL ? jsonx_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), PLAN_LIMIT, plan_file, error) : NULL;
    return document != NULL ? plan_from_json(document, effect_kinds(), error) : NULL;
}

static const char *word_for(const char *member) {
    static const char *const words[][2] = {
        {"head", "HEAD"},
        {"branch", "the current branch"},
        {"base", "the base branch"},
        {"remote", "the remote"},
        {"remote_base", "the base branch on the remote"},
        {"remote_tag", "the tag on the remote"},
        {"config", "the configuration"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_str_equal(words[i][0], member))
            return words[i][1];
    }
    return member;
}

/* The world must be as it was when the plan was made. */
static bool same_world(const Plan *plan, const json_t *now, GError **error) {
    g_autoptr(GString) changes = g_string_new(NULL);
    const char *member;
    json_t *before;
    json_object_foreach(plan->world, member, before) {
        const json_t *after = json_object_get(now, member);
        if (json_equal(before, after))
            continue;
        const char *old = json_string_value(before);
        const char *new = json_string_value(after);
        g_string_append_printf(changes, "%s%s was %.40s, is %.40s", changes->len > 0 ? "\n" : "", word_for(member), old != NULL ? old : "absent",
                               new != NULL ? new : "absent");
    }
    if (changes->len == 0)
        return true;
    error_set(error, ERROR_PLAN_STALE, "the world is not as it was when this plan was made");
    error_why(error, "%s", changes->str);
    error_state(error, "nothing was changed");
    const char *version = jsonx_string(plan->release, "version");
    error_fix(error, "slipway plan %s", version != NULL ? version : "minor");
    return false;
}

static bool is_clean(const World *world, GError **error) {
    if (git_is_at_rest(world->git, error) && git_is_clean(world->git, error))
        return true;
    error_state(error, "nothing was changed");
    return false;
}

/* Since the plan was made. */
static bool is_not_burned(const World *world, const Plan *plan, GError **error) {
    const char *text = jsonx_string(plan->release, "version");
    g_autoptr(Version) version = text != NULL ? world_next(world, &(Wish){.how = text}, error) : NULL;
    if (version != NULL && world->burned_problem != NULL)
        g_propagate_error(error, g_error_copy(world->burned_problem));
    return version != NULL && world->burned_problem == NULL;
}

static Plan *load_plan(const World *world, GError **error) {
    g_autoptr(Plan) plan = read_plan(error);
    const char *tag = plan != NULL ? jsonx_string(plan->release, "tag") : NULL;
    if (plan == NULL)
        return NULL;
    if (tag == NULL || !g_str_equal(plan->command, "release")) {
        error_set(error, ERROR_PLAN_BROKEN, "%s is not the plan of a release", plan_file);
        return NULL;
    }
    g_autoptr(json_t) now = release_world(world, tag);
    return same_world(plan, now, error) && is_clean(world, error) && is_not_burned(world, plan, error) ? g_steal_pointer(&plan) : NULL;
}

/* ---- a new plan ---- */

static Plan *make_plan(const World *world, const Wish *wish, GError **error) {
    if (how.explain && !json && !events && !how_explain(world, wish, false, error))
        return NULL;
    g_autoptr(Plan) plan = release_plan(world, wish, &(ReleaseChoice){.draft = draft, .gates = gate_choice(&gates)}, error);
    if (plan == NULL)
        return NULL;
    if (!json && !events)
        view_print_plan(plan);
    return session_check_plan(plan, error) ? g_steal_pointer(&plan) : NULL;
}

/* Between the showing and the yes the world may have moved; what was shown is executed or nothing is. */
static bool still_there(const Session *session, const Plan *plan, GError **error) {
    g_autofree char *ref = NULL;
    g_autofree char *id = NULL;
    if (!git_head(session->git, &ref, &id, error))
        return false;
    g_autoptr(json_t) now = json_deep_copy(plan->world);
    json_object_set_new(now, "head", id != NULL ? json_string(id) : json_null());
    return same_world(plan, now, error);
}

static int execute(Plan *taken, const World *world, GError **error) {
    g_autoptr(Plan) plan = taken;
    if (!release_may_act(world, jsonx_string(plan->release, "tag"), error))
        return 0;
    g_autofree char *question = g_strdup_printf("Release %s %s?", world->project, jsonx_string(plan->release, "version"));
    if (!session_confirm(question, yes, error))
        return 0;
    g_autoptr(Session) session = session_open(".", true, error);
    if (session == NULL || !session_lock(session, world->project, "release", error))
        return 0;
    if (!session_refuse_unfinished(session, error) || !still_there(session, plan, error))
        return 0;
    return session_run(session, g_steal_pointer(&plan), output(), error);
}

/* ---- replan ---- */

/* A base branch that moved on the remote is taken in where that is a mere fast-forward. */
static bool catch_up(const char *remote, const char *base, GError **error) {
    g_autoptr(Git) git = git_open(".", error);
    g_autofree char *theirs = g_strdup_printf("refs/remotes/%s/%s", remote, base);
    return git != NULL && git_write(git, error, "fetch", "--quiet", remote, NULL) && git_write(git, error, "merge", "--quiet", "--ff-only", theirs, NULL);
}

/* Takes the unfinished release back; *version is what it was to be. */
static int take_back(char **version, GError **error) {
    g_autoptr(Session) session = session_open(".", true, error);
    g_autoptr(JournalRun) run = session != NULL ? session_unfinished(session, error) : NULL;
    if (run == NULL)
        return 0;
    g_autofree char *question = g_strdup_printf("Abort %s and plan it anew?", run->id);
    *version = g_strdup(run->version);
    if (*version == NULL) {
        error_set(error, ERROR_NO_RELEASE, "%s is no release", run->id);
        return 0;
    }
    if (!session_confirm(question, yes, error) || !session_lock(session, run->project, "release --replan", error))
        return 0;
    return session_abort(session, run->id, (RunOutput){.events = events}, error);
}

static bool plan_anew(char **version, int *status, GError **error) {
    GError *problem = NULL;
    *status = take_back(version, &problem);
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    g_autoptr(World) world = world_open(".", &(WorldOptions){.remote = true}, error);
    if (world == NULL)
        return false;
    g_autofree char *ref = g_strdup_printf("refs/heads/%s", world->base);
    const char *theirs = world_remote_id(world, ref);
    bool moved = theirs != NULL && g_strcmp0(theirs, world->head) != 0 && g_strcmp0(world->branch, world->base) == 0;
    bool ready = !moved || catch_up(world->remote, world->base, error);
    process_plan(); /* the yes was to taking back and catching up; what is planned now is another release */
    return ready;
}

/* ---- the command ---- */

static bool none_unfinished(GError **error) {
    g_autoptr(Session) session = session_open(".", false, error);
    return session != NULL && session_refuse_unfinished(session, error) && elsewhere_refuse_unfinished(session, error);
}

static int run(char **args, GError **error) {
    GError *problem = NULL;
    Wish wish = {0};
    g_autofree char *version = NULL;
    int status = 0;
    bool ready = (plan_file != NULL || replan || how_required(&how, args, "release", &wish, &problem)) && gate_choice_check(&gates, &problem) &&
                 (replan ? plan_anew(&version, &status, &problem) : none_unfinished(&problem));
    if (!ready) {
        g_propagate_error(error, problem);
        return status;
    }
    g_autoptr(World) world = world_open(".", &(WorldOptions){.remote = true}, error);
    if (world == NULL)
        return 0;
    if (gates.no_cache)
        effects_proofs_ignore(); /* of a saved plan, too */
    if (version != NULL)
        wish = (Wish){.how = version};
    Plan *plan = plan_file != NULL ? load_plan(world, error) : make_plan(world, &wish, error);
    return plan != NULL ? execute(plan, world, error) : 0;
}

static GOptionEntry options[] = {
    HOW_OPTIONS(how),
    GATE_OPTIONS(gates),
    {"yes", 'y', 0, G_OPTION_ARG_NONE, &yes, "do not ask", NULL},
    {"draft", 0, 0, G_OPTION_ARG_NONE, &draft, "stop before the point of no return and wait for `slipway publish`", NULL},
    {"plan", 0, 0, G_OPTION_ARG_FILENAME, &plan_file, "execute a plan that `slipway plan --out` saved", "FILE"},
    {"replan", 0, 0, G_OPTION_ARG_NONE, &replan, "take an unfinished release back and plan the same version anew", NULL},
    {"events", 0, 0, G_OPTION_ARG_NONE, &events, "what happens, as JSON lines on standard output", NULL},
    {"json", 0, 0, G_OPTION_ARG_NONE, &json, "what came of it, as JSON", NULL},
    G_OPTION_ENTRY_NULL,
};

static const Form forms[] = {
    {.option = "plan", .takes = "no-cache yes events json", .acts = true, .run = run},
    {.option = "replan", .takes = "explain draft " GATE_TAKES " yes events json", .acts = true, .run = run},
    {.args = HOW_ARGUMENT, .takes = HOW_TAKES " draft " GATE_TAKES " yes events json", .acts = true, .run = run},
    {0},
};

const Command command_release = {
    .name = "release",
    .summary = "cut a release: plan it, show the plan, ask, execute it",
    .help = "Prepares the candidate (version, changelog, commit, merge, tag), proves it (gates, docs, packages), stages a draft,\n"
            "pushes branch and tag in one atomic push (the point of no return), publishes, and looks at the result as a stranger would.\n"
            "Every effect is recorded before and after it happens: after a crash, Ctrl-C or a failure `slipway resume` goes on and\n"
            "`slipway abort` takes everything back. At GitHub, GitLab, Gitea and Forgejo it needs a token: `slipway plan` says which one is used.",
    .example = "slipway release minor\nslipway release 2.0.0 --draft",
    .options = options,
    .forms = forms,
    .instead = (const Instead[]){{"dry-run", "slipway plan minor", "slipway plan shows all that a release would do, and does none of it"}, {0}},
    .apart = "plan/replan json/explain events/explain",
};
