#include "base/limits.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/gate_choice.h"
#include "cli/how.h"
#include "cli/session.h"
#include "steps/step.h"

#include <stdio.h>
#include <string.h>

static How how;
static GateOptions gates;
static gboolean json, draft;
static char *out;

static bool save(const Plan *plan, GError **error) {
    g_autoptr(json_t) document = plan_to_json(plan);
    g_autofree char *text = jsonx_pretty(document);
    if (!limits_keep(LIMITED_PLAN, out, strlen(text), error))
        return false;
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    return file_write("out", out, bytes, error);
}

static int run(char **args, GError **error) {
    Wish wish;
    if (!how_required(&how, args, "plan", &wish, error) || !gate_choice_check(&gates, error))
        return 0;
    g_autoptr(World) world = world_open(".", &(WorldOptions){.remote = true}, error);
    if (world == NULL || (how.explain && !json && !how_explain(world, &wish, false, error)))
        return 0;
    g_autoptr(Plan) plan = release_plan(world, &wish, &(ReleaseChoice){.draft = draft, .gates = gate_choice(&gates)}, error);
    if (plan == NULL || (out != NULL && !save(plan, error)))
        return 0;
    if (json) {
        g_autoptr(json_t) document = plan_to_json(plan);
        g_autofree char *text = jsonx_pretty(document);
        fputs(text, stdout);
        return plan->problems->len > 0 ? error_exit_status(g_ptr_array_index(plan->problems, 0)) : 0;
    }
    view_print_plan(plan);
    session_check_plan(plan, error);
    return 0;
}

static GOptionEntry options[] = {
    HOW_OPTIONS(how),
    GATE_OPTIONS(gates),
    {"draft", 0, 0, G_OPTION_ARG_NONE, &draft, "plan to stop and wait for `slipway publish` before the point of no return", NULL},
    {"json", 0, 0, G_OPTION_ARG_NONE, &json, "the plan as JSON", NULL},
    {"out", 0, 0, G_OPTION_ARG_FILENAME, &out, "save the plan, to be executed by `slipway release --plan FILE`", "FILE"},
    G_OPTION_ENTRY_NULL,
};

const Command command_plan = {
    .name = "plan",
    .summary = "show all that a release would do, and do none of it",
    .help = "Prints the stages and effects of a release: the exact changes to files, which refs move from what to what,\n"
            "which commands are run, and the point of no return. Writes nothing, neither here nor elsewhere.\n"
            "It needs no token: without one no forge is asked, with one it says what the token may not, and what stands in the way there.\n"
            "`slipway release` shows the same plan and executes exactly it.",
    .example = "slipway plan minor\nslipway plan minor --out release.plan && slipway release --plan release.plan",
    .options = options,
    .forms = (const Form[]){{.args = HOW_ARGUMENT, .run = run}, {0}},
    .instead = (const Instead[]){{"dry-run", "slipway plan minor", "a plan does nothing by itself"}, {0}},
    .apart = "json/explain",
};
