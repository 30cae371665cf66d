/* What the journal says of a run. */
#include "base/clock.h"
#include "base/terminal.h"
#include "base/text.h"
#include "cli/view.h"
#include "cli/words.h"
#include "effects/artifact.h"

#include <stdio.h>
#include <unistd.h>

#define INDENT 5

static const char *const state_names[] = {"pending", "begun", "done", "failed", "waiting", "undone"};

static const char *colour(const char *name) {
    return terminal_colour(STDOUT_FILENO, name);
}

static const char *mark_of(EffectState state) {
    static const char *const utf8[] = {"·", "…", "✓", "✗", "⏸", "↩"};
    static const char *const ascii[] = {".", "~", "+", "x", "w", "<"};
    return terminal_has_utf8() ? utf8[state] : ascii[state];
}

static const char *hue_of(EffectState state) {
    return state == EFFECT_DONE ? "green" : state == EFFECT_FAILED ? "red" : state == EFFECT_WAITING ? "yellow" : "dim";
}

/* An active run whose owner is gone was cut off. */
static const char *state_of(const JournalRun *run, const JournalOwner *owner) {
    if (run->state != RUN_ACTIVE)
        return run_state_name(run->state);
    return owner != NULL && owner->alive ? "running" : "cut off";
}

static json_t *next_of(const JournalRun *run, const JournalOwner *owner) {
    if (run->state == RUN_DONE || run->state == RUN_ABORTED)
        return json_pack("[s]", "slipway plan minor");
    if (run->state == RUN_ACTIVE && owner != NULL && owner->alive)
        return json_array();
    if (run->state == RUN_WAITING)
        return json_pack("[s, s]", "slipway publish", "slipway abort");
    return run->crossed ? json_pack("[s]", "slipway resume") : json_pack("[s, s]", "slipway resume", "slipway abort");
}

/* What is done and not without a doubt: not run now, not tried at all, failed and not required, or passed late. g_free; NULL: nothing. */
static char *doubt_of(const json_t *result, const char **mark) {
    gint64 proven = jsonx_int(result, "proven", 0);
    const json_t *tries = json_object_get(result, "tries");
    const char *failed = jsonx_string(json_object_get(result, "failed"), "what");
    const char *untried = jsonx_string(result, "untried");
    g_autofree char *at = proven > 0 ? clock_timestamp(proven) : NULL;
    if (failed != NULL || proven > 0)
        *mark = failed != NULL ? "!" : terminal_has_utf8() ? "≡" : "=";
    if (failed != NULL)
        return g_strdup_printf("warning: %s; it is not required", failed);
    if (untried != NULL) {
        *mark = "?";
        return g_strconcat(EFFECT_NOT_TRIED, untried, NULL);
    }
    if (tries != NULL)
        return g_strdup_printf("passed on try %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT "%s%s", jsonx_int(tries, "made", 0), jsonx_int(tries, "allowed", 0),
                               at != NULL ? ", proven at " : "", at != NULL ? at : "");
    return at != NULL ? g_strconcat("proven at ", at, ", not run", NULL) : NULL;
}

static void print_lines_below(const Engine *engine, const Effect *effect, const char *doubt) {
    const GError *failure = engine_failure(engine, effect->id);
    g_autofree char *why = failure != NULL ? text_escape(failure->message, -1, false) : NULL;
    g_autofree char *clean = doubt != NULL ? text_escape(doubt, -1, false) : NULL;
    if (why != NULL)
        printf("       %s\n", why);
    if (clean != NULL)
        printf("       %s\n", clean);
}

/* Of a run that has ended nothing is pending; and a check was not undone. */
static const char *word_of(const Effect *effect, EffectState state, const JournalRun *run) {
    if (state == EFFECT_PENDING && run->state == RUN_ABORTED)
        return "not begun";
    return state == EFFECT_UNDONE && effect->kind->undo == effects_undo_nothing ? "nothing to undo" : state_names[state];
}

static void print_effects(const Engine *engine, const JournalRun *run) {
    const Plan *plan = engine_plan(engine);
    Stage stage = STAGE_COUNT;
    for (guint i = 0; i < plan->effects->len; i++) {
        const Effect *effect = g_ptr_array_index(plan->effects, i);
        EffectState state = engine_state(engine, effect->id);
        g_autofree char *title = text_escape(effect->title, -1, false);
        g_autofree char *time = text_duration(engine_seconds(engine, effect->id));
        if (effect->stage != stage)
            printf("  %s%s%s\n", colour("bold"), stage_name(effect->stage), colour("reset"));
        stage = effect->stage;
        const char *mark = mark_of(state);
        g_autofree char *doubt = doubt_of(engine_result(engine, effect->id), &mark);
        printf("   %s%s%s ", colour(hue_of(state)), mark, colour("reset"));
        gsize used = words_print(stdout, title, INDENT, 0);
        printf(" %s", colour("dim"));
        words_print(stdout, state == EFFECT_DONE ? time : word_of(effect, state, run), INDENT, used + 1);
        printf("%s\n", colour("reset"));
        print_lines_below(engine, effect, doubt);
    }
}

static void print_owner(const JournalOwner *owner) {
    g_autofree char *since = clock_timestamp(owner->since);
    printf("  %s slipway %s of %s on %s, pid %" G_GINT64_FORMAT ", since %s\n", owner->alive ? "at work:" : "its owner died:", owner->command, owner->user,
           owner->host, owner->pid, since);
}

void view_print_status(const Engine *engine, const JournalRun *run, const JournalOwner *owner) {
    g_autofree char *begun = clock_timestamp(run->begun);
    g_autofree char *project = text_escape(run->project, -1, false);
    printf("%s%s %s%s: %s%s, begun %s\n", colour("bold"), project, run->version != NULL ? run->version : run->command, colour("reset"), state_of(run, owner),
           run->crossed && run->state != RUN_DONE ? ", past the point of no return" : "", begun);
    if (owner != NULL)
        print_owner(owner);
    print_effects(engine, run);
    g_autoptr(json_t) next = next_of(run, owner);
    for (gsize i = 0; i < json_array_size(next); i++)
        printf("%s %s\n", i == 0 ? "next:" : "  or:", json_string_value(json_array_get(next, i)));
}

static json_t *effect_json(const Engine *engine, const Effect *effect) {
    json_t *object =
        json_pack("{s: s, s: s, s: s, s: o, s: s, s: f}", "id", effect->id, "kind", effect->kind->name, "stage", stage_name(effect->stage), "title",
                  jsonx_text(effect->title), "state", state_names[engine_state(engine, effect->id)], "seconds", engine_seconds(engine, effect->id));
    const GError *failure = engine_failure(engine, effect->id);
    if (failure != NULL)
        json_object_set_new(object, "error", error_to_json(failure));
    return object;
}

static json_t *owner_json(const JournalOwner *owner) {
    if (owner == NULL)
        return json_null();
    return json_pack("{s: I, s: s, s: s, s: s, s: I, s: b}", "pid", (json_int_t)owner->pid, "host", owner->host, "user", owner->user, "command", owner->command,
                     "since", (json_int_t)owner->since, "alive", (int)owner->alive);
}

json_t *view_status_json(const Engine *engine, const JournalRun *run, const JournalOwner *owner) {
    json_t *effects = json_array();
    const Plan *plan = engine_plan(engine);
    for (guint i = 0; i < plan->effects->len; i++)
        json_array_append_new(effects, effect_json(engine, g_ptr_array_index(plan->effects, i)));
    json_t *about = json_pack("{s: s, s: s, s: s, s: s?, s: s?, s: s, s: b, s: I, s: I}", "id", run->id, "project", run->project, "command", run->command,
                              "version", run->version, "tag", run->tag, "state", state_of(run, owner), "crossed", (int)run->crossed, "begun",
                              (json_int_t)run->begun, "ended", (json_int_t)run->ended);
    return json_pack("{s: i, s: o, s: o, s: o, s: o}", "schema", 1, "run", about, "owner", owner_json(owner), "effects", effects, "next", next_of(run, owner));
}
