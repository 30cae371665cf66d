#include "project/gates.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/gate_choice.h"
#include "cli/gate_report.h"
#include "cli/left.h"
#include "cli/session.h"
#include "effects/effects.h"
#include "effects/proof.h"

#include <stdio.h>
#include <string.h>

static gboolean json, events;
static char *junit;
static GateOptions choice;

/* ---- list ---- */

static char *command_of(const Gate *gate) {
    g_auto(GStrv) words = jsonx_to_strv(gate->run);
    return gate->builtin != NULL ? g_strdup("by slipway itself") : text_command((const char *const *)words);
}

/* The proof that would be taken for it now; NULL: none. New reference. */
static json_t *proof_of(const World *world, const Gate *gate) {
    if (gate->problem != NULL || gate->builtin != NULL)
        return NULL;
    Release release = {.world = world};
    g_autofree char *state = g_build_filename(world->git->common_dir, "slipway", NULL);
    g_autofree char *proofs = g_build_filename(state, "proofs", NULL);
    if (!g_file_test(proofs, G_FILE_TEST_IS_DIR)) /* to ask every tool for its version takes a while */
        return NULL;
    g_autoptr(json_t) params = release_gate_params(&release, gate, "list.log");
    g_autofree char *key = effects_proof_key(params, world->git->tree, NULL);
    return key != NULL ? effects_proof_find(state, key) : NULL;
}

static char *conditions_of(const Gate *gate, const json_t *proof) {
    GString *out = g_string_new(NULL);
    g_auto(GStrv) needs = jsonx_to_strv(gate->needs);
    g_autofree char *joined = needs[0] != NULL ? g_strjoinv(", ", needs) : NULL;
    g_auto(GStrv) pass = jsonx_to_strv(gate->pass);
    g_autofree char *given = pass[0] != NULL ? g_strjoinv(", ", pass) : NULL;
    g_autofree char *proven = proof != NULL ? effects_proof_text(proof) : NULL;
    if (joined != NULL)
        g_string_append_printf(out, "needs %s; ", joined);
    if (!gate->required)
        g_string_append(out, "not required; ");
    if (given != NULL)
        g_string_append_printf(out, "given of your environment: %s; ", given);
    if (proven != NULL)
        g_string_append_printf(out, "%s; ", proven);
    if (gate->problem != NULL)
        g_string_append_printf(out, "cannot run: %s; ", gate->problem->message);
    if (out->len > 0)
        g_string_truncate(out, out->len - 2);
    return g_string_free(out, FALSE);
}

static json_t *gate_json(const Gate *gate, const json_t *proof) {
    g_autofree char *at = proof != NULL ? clock_timestamp(jsonx_int(proof, "at", 0)) : NULL;
    return json_pack("{s: o, s: O, s: O, s: O, s: O, s: O, s: s?, s: I, s: I, s: b, s: b, s: b, s: s?, s: s?}", "name", jsonx_text(gate->name), "run",
                     gate->run, "needs", gate->needs, "inputs", gate->inputs, "reports", gate->reports, "env_pass", gate->pass, "directory", gate->directory,
                     "timeout", (json_int_t)gate->timeout, "retries", (json_int_t)gate->retries, "required", (int)gate->required, "allow_empty",
                     (int)gate->allow_empty, "detected", (int)gate->detected, "cannot_run", gate->problem != NULL ? gate->problem->message : NULL, "proven",
                     at);
}

static void print_gate(const Gate *gate, const json_t *proof, int width) {
    g_autofree char *command = command_of(gate);
    g_autofree char *shown = text_escape(command, -1, false);
    g_autofree char *name = text_escape(gate->name, -1, false);
    g_autofree char *duration = text_duration((double)gate->timeout);
    g_autofree char *conditions = conditions_of(gate, proof);
    g_autofree char *clean = text_escape(conditions, -1, false);
    printf("%-*s  %s  (%s%s)\n", width, name, shown, gate->timeout > 0 ? "at most " : "no time limit", gate->timeout > 0 ? duration : "");
    if (*clean != '\0')
        printf("%-*s  %s\n", width, "", clean);
}

static int width_of(const GPtrArray *gates) {
    gsize width = 0;
    for (guint i = 0; i < gates->len; i++)
        width = MAX(width, strlen(((const Gate *)g_ptr_array_index(gates, i))->name));
    return (int)MIN(width, 30);
}

static int list(const World *world, GError **error) {
    bool detected = false;
    g_autoptr(GPtrArray) gates = gates_find(world, &detected);
    if (!release_check_gates(gates, error) && json)
        return 0;
    g_autoptr(json_t) rows = json_array();
    for (guint i = 0; i < gates->len; i++) {
        const Gate *gate = g_ptr_array_index(gates, i);
        g_autoptr(json_t) proof = proof_of(world, gate);
        if (!json)
            print_gate(gate, proof, width_of(gates));
        json_array_append_new(rows, gate_json(gate, proof));
    }
    if (json) {
        g_autoptr(json_t) document = json_pack("{s: i, s: O}", "schema", 1, "gates", rows);
        g_autofree char *text = jsonx_pretty(document);
        fputs(text, stdout);
    } else if (gates->len == 0) {
        puts("no gates: none are named in slipway.yaml and none was recognised");
    }
    return 0;
}

/* ---- run ---- */

/* What is known when the gates have run. */
typedef struct {
    char *failed; /* names, divided by blanks; NULL: none */
    guint count;
    GError *trouble; /* of writing the JUnit file */
} Outcome;

static void print_passed(const GPtrArray *rows) {
    guint proven = 0, warned = 0;
    for (guint i = 0; i < rows->len; i++) {
        const GateRow *row = g_ptr_array_index(rows, i);
        proven += gate_row_proven(row) != 0 ? 1 : 0;
        warned += gate_row_is_warning(row) ? 1 : 0;
    }
    printf("%u %s passed", rows->len - warned, rows->len - warned == 1 ? "gate" : "gates");
    if (proven > 0)
        printf(" (%u proven before and not run)", proven);
    if (warned > 0)
        printf("; %u failed, not required", warned);
    putchar('\n');
}

static void print_json(const Engine *engine, const Session *session, const GPtrArray *rows, bool passed) {
    g_autoptr(json_t) document =
        json_pack("{s: i, s: s, s: s, s: O, s: o, s: o}", "schema", 1, "run", engine_run_id(engine), "state", passed ? "passed" : "failed", "skipped",
                  engine_plan(engine)->skipped, "left", left_json(session->left), "gates", gate_report_json(rows));
    g_autofree char *text = jsonx_pretty(document);
    fputs(text, stdout);
}

static void collect(Outcome *outcome, const GPtrArray *rows, bool *passed) {
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < rows->len; i++) {
        const GateRow *row = g_ptr_array_index(rows, i);
        *passed = *passed && row->state == EFFECT_DONE;
        if (row->state != EFFECT_FAILED)
            continue;
        g_string_append_printf(names, "%s%s", names->len > 0 ? " " : "", row->name);
        outcome->count++;
    }
    outcome->failed = names->len > 0 ? g_strdup(names->str) : NULL;
}

static void after(const Engine *engine, const Session *session, void *data) {
    Outcome *outcome = data;
    bool passed = true;
    g_autoptr(GPtrArray) rows = gate_rows(engine, session->journal);
    collect(outcome, rows, &passed);
    if (junit != NULL)
        gate_report_junit(rows, junit, &outcome->trouble);
    if (json)
        print_json(engine, session, rows, passed);
    if (json || events)
        return;
    gate_report_print(engine, session->journal);
    if (passed)
        print_passed(rows);
}

/* Several failures have one error, which says what to do about all of them. */
static void sum_up(const Outcome *outcome, GError **error) {
    if (outcome->count < 2 || *error == NULL)
        return;
    g_autofree char *state = g_strdup(error_get_state(*error));
    g_clear_error(error);
    error_set(error, ERROR_GATE_FAILED, "%u gates failed: %s", outcome->count, outcome->failed);
    error_why(error, "each is shown above, with its log");
    error_state(error, "%s", state != NULL ? state : "not known");
    error_fix(error, "correct what they name, then: slipway gates run %s", outcome->failed);
}

static int run_gates(const World *world, char **names, GError **error) {
    g_auto(Release) release = {.world = world, .gates = gate_choice(&choice)};
    g_autoptr(Plan) plan = plan_new(effect_kinds(), "gates", world->now);
    json_object_set_new(plan->release, "project", jsonx_text(world->project));
    if (!release_add_gates(&release, plan, *names != NULL ? (const char *const *)names : NULL, error))
        return 0;
    plan_seal(plan);
    if (!session_check_plan(plan, error))
        return 0;
    if (!json && !events)
        view_print_skipped(plan);
    Outcome outcome = {0};
    RunOutput output = {.json = json, .events = events, .bare = true, .passing = true, .after = after, .data = &outcome};
    int status = session_do(g_steal_pointer(&plan), output, error);
    sum_up(&outcome, error);
    g_free(outcome.failed);
    if (outcome.trouble != NULL && *error == NULL)
        g_propagate_error(error, outcome.trouble);
    else
        g_clear_error(&outcome.trouble);
    return status;
}

static int run_list(char **args, GError **error) {
    (void)args;
    g_autoptr(World) world = world_open(".", &(WorldOptions){0}, error);
    return world != NULL ? list(world, error) : 0;
}

static int run_run(char **args, GError **error) {
    g_autoptr(World) world = gate_choice_check(&choice, error) ? world_open(".", &(WorldOptions){0}, error) : NULL;
    return world != NULL ? run_gates(world, args, error) : 0;
}

static const Form forms[] = {
    {.word = "list", .takes = "json", .run = run_list},
    {.word = "run", .args = {.shown = "NAME…", .most = ARGUMENTS_ANY}, .acts = true, .run = run_run},
    {0},
};

static GOptionEntry options[] = {
    GATE_OPTIONS(choice),
    {"update-baseline", 0, 0, G_OPTION_ARG_NONE, &choice.update_baseline, "docs.todo takes what it finds as known", NULL},
    {"junit", 0, 0, G_OPTION_ARG_FILENAME, &junit, "write what came of it as JUnit XML", "FILE"},
    {"events", 0, 0, G_OPTION_ARG_NONE, &events, "what happens, as JSON lines on standard output", NULL},
    {"json", 0, 0, G_OPTION_ARG_NONE, &json, "the result as JSON", NULL},
    G_OPTION_ENTRY_NULL,
};

const Command command_gates = {
    .name = "gates",
    .summary = "list the checks that a release must pass, or run them",
    .help = "Runs the gates of slipway.yaml, or those that are recognised (pre-commit, mypy, pytest, ruff, bandit, npm, pnpm, yarn, tsc,\n"
            "cargo, go, mvn, gradle, meson, ctest, shellcheck and more; where none of them runs the tests: tox, nox, just, make), in\n"
            "parallel, as a release would, on the work tree as it is, with what the named ones need. docs.todo, docs.links and\n"
            "docs.versions check Markdown: they warn where gates are recognised, and count where slipway.yaml has a section `docs` or\n"
            "names them. All results are shown; each gate has a log file of its own. A gate that passed on the same inputs, with the\n"
            "same command, environment and tool is not run again: it is proven. What gates leave in the work tree is named.",
    .example = "slipway gates run\nslipway gates run unit mypy --no-cache\nslipway gates run docs.links --offline\nslipway gates run --skip e2e --reason \"no "
               "docker here\" --junit gates.xml",
    .options = options,
    .forms = forms,
};
