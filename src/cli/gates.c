#include "project/gates.h"
#include "cli/command.h"
#include "cli/session.h"
#include "effects/effects.h"
#include "steps/step.h"

#include "base/text.h"

#include <stdio.h>

static gboolean json, events;

static char *command_of(const Gate *gate) {
    g_auto(GStrv) words = jsonx_to_strv(gate->run);
    return text_command((const char *const *)words);
}

static int list(const World *world) {
    bool detected = false;
    g_autoptr(GPtrArray) gates = gates_find(world, &detected);
    g_autoptr(json_t) rows = json_array();
    for (guint i = 0; i < gates->len; i++) {
        const Gate *gate = g_ptr_array_index(gates, i);
        g_autofree char *command = command_of(gate);
        if (!json)
            printf("%-12s %s%s%s\n", gate->name, command, gate->problem != NULL ? "   cannot run: " : "", gate->problem != NULL ? gate->problem->message : "");
        json_array_append_new(rows, json_pack("{s: s, s: O, s: b}", "name", gate->name, "run", gate->run, "detected", (int)detected));
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

static bool all_known(const World *world, char **names, GError **error) {
    bool detected = false;
    g_autoptr(GPtrArray) gates = gates_find(world, &detected);
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    for (guint i = 0; i < gates->len; i++)
        g_ptr_array_add(known, ((const Gate *)g_ptr_array_index(gates, i))->name);
    g_ptr_array_add(known, NULL);
    for (guint i = 0; names[i] != NULL; i++) {
        if (g_strv_contains((const char *const *)known->pdata, names[i]))
            continue;
        const char *near = text_nearest(names[i], (const char *const *)known->pdata);
        error_set(error, ERROR_USAGE, "there is no gate '%s'", names[i]);
        error_fix(error, near != NULL ? "slipway gates run %s" : "slipway gates list", near);
        return false;
    }
    return true;
}

static int run_gates(const World *world, char **names, GError **error) {
    if (!all_known(world, names, error))
        return 0;
    g_auto(Release) release = {.world = world};
    g_autoptr(Plan) plan = plan_new(effect_kinds(), "gates", world->now);
    json_object_set_new(plan->release, "project", jsonx_text(world->project));
    release_add_gates(&release, plan, *names != NULL ? (const char *const *)names : NULL);
    plan_seal(plan);
    if (!session_check_plan(plan, error))
        return 0;
    guint count = plan->effects->len;
    int status = session_do(g_steal_pointer(&plan), (RunOutput){.json = json, .events = events, .bare = true}, error);
    if (*error == NULL && !json && !events)
        printf("%u %s passed\n", count, count == 1 ? "gate" : "gates");
    return status;
}

static int run(char **args, GError **error) {
    bool lists = args[0] != NULL && g_str_equal(args[0], "list") && args[1] == NULL;
    bool runs = args[0] != NULL && g_str_equal(args[0], "run");
    if (!lists && !runs) {
        error_set(error, ERROR_USAGE, "slipway gates wants: list, or run [NAME…]");
        error_fix(error, "slipway gates run");
        return 0;
    }
    g_autoptr(World) world = world_open(".", &(WorldOptions){0}, error);
    if (world == NULL)
        return 0;
    return lists ? list(world) : run_gates(world, args + 1, error);
}

static GOptionEntry options[] = {
    {"events", 0, 0, G_OPTION_ARG_NONE, &events, "what happens, as JSON lines on standard output", NULL},
    {"json", 0, 0, G_OPTION_ARG_NONE, &json, "the result as JSON", NULL},
    G_OPTION_ENTRY_NULL,
};

const Command command_gates = {
    .name = "gates",
    .summary = "list the checks that a release must pass, or run them",
    .usage = "list | run [NAME…]",
    .help = "Runs the gates of slipway.yaml, or those that are recognised (pre-commit, mypy, pytest, bandit, validators), in parallel, as a release\n"
            "would, on the work tree as it is. All results are shown; each gate has a log file of its own.",
    .example = "slipway gates run\nslipway gates run unit mypy",
    .options = options,
    .run = run,
};
