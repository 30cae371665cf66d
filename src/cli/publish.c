#include "cli/command.h"
#include "cli/elsewhere.h"
#include "cli/named.h"
#include "cli/review.h"

static gboolean json, events, yes;
static char **accepted;

/* Signs every effect that waits. */
static bool sign(Session *session, const char *run_id, GError **error) {
    EngineSpec spec = session_engine_spec(session, (EngineListener){0});
    g_autoptr(Engine) engine = engine_look(&spec, run_id, error);
    if (engine == NULL)
        return false;
    GitIdentity identity = {0};
    bool known = git_identity(session->git, &identity, error);
    g_autofree char *who = known ? g_strdup_printf("%s <%s>", identity.name, identity.email) : NULL;
    git_identity_clear(&identity);
    const Plan *plan = engine_plan(engine);
    for (guint i = 0; known && i < plan->effects->len; i++) {
        const Effect *effect = g_ptr_array_index(plan->effects, i);
        if (engine_state(engine, effect->id) == EFFECT_WAITING)
            known = engine_sign(session->journal, run_id, effect->id, who, error);
    }
    return known;
}

static bool is_waiting(const JournalRun *waiting, GError **error) {
    if (waiting->state == RUN_WAITING)
        return true;
    error_set(error, ERROR_UNFINISHED, "%s does not wait for a sign-off: it is %s", waiting->id, run_state_name(waiting->state));
    error_state(error, "nothing was changed");
    return false;
}

/* What is signed off is what stands there now. */
static bool review(const Session *session, const JournalRun *waiting, GError **error) {
    g_autoptr(json_t) made = NULL;
    bool right = review_make(session, waiting->id, &made, error);
    if (made != NULL && !json && !events)
        review_print(made);
    fflush(stdout);
    if (!right && error != NULL && error_get_state(*error) == NULL)
        error_state(error, "nothing was changed: %s still waits; again: slipway publish", waiting->id);
    return right;
}

static int run(char **args, GError **error) {
    g_autoptr(Session) session = session_open(".", true, error);
    g_autoptr(JournalRun) waiting =
        session != NULL ? elsewhere_unfinished(session, "publish", args[0], &(TakeOver){.yes = yes, .accepted = (const char *const *)accepted}, error) : NULL;
    if (waiting == NULL || !is_waiting(waiting, error) || !review(session, waiting, error))
        return 0;
    g_autofree char *question = g_strdup_printf("Sign off and publish %s?", waiting->id);
    if (!session_confirm(question, yes, error) || !session_lock(session, waiting->project, "publish", error) || !sign(session, waiting->id, error))
        return 0;
    return session_resume(session, waiting->id, (RunOutput){.json = json, .events = events}, error);
}

static GOptionEntry options[] = {
    {"yes", 'y', 0, G_OPTION_ARG_NONE, &yes, "do not ask", NULL},
    {"accept", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &accepted, "of a release of another clone: take this, in which it differs from what would be planned here",
     "NAME"},
    {"events", 0, 0, G_OPTION_ARG_NONE, &events, "what happens, as JSON lines on standard output", NULL},
    {"json", 0, 0, G_OPTION_ARG_NONE, &json, "what came of it, as JSON", NULL},
    G_OPTION_ENTRY_NULL,
};

static const Instead instead[] = {{"dry-run", "slipway verify --draft", "what would be published is the draft"}, {0}};

const Command command_publish = {
    .name = "publish",
    .summary = "sign off a release that waits, and publish it",
    .help = "Goes on with a release that `slipway release --draft` (or sign-off.required) stopped before the point of no return.\n"
            "First the draft is read back and held against the plan, as `slipway verify --draft` does; what is not as planned is not published.\n"
            "Your git identity is recorded as the one who signed off. The release may have been begun in another clone.",
    .example = "slipway release minor --draft\nslipway publish",
    .options = options,
    .forms = (const Form[]){{.args = NAMED_RUN, .acts = true, .run = run}, {0}},
    .instead = instead,
};
