#include "base/fault.h"
#include "effects/talk.h"

#define MAX_NUMBERS 100
#define SHOWN 5

typedef struct {
    EffectRun *run;
    Forge *forge;
    const json_t *numbers;
    json_t *said; /* as it is kept: number → "", or why nothing can be said there */
} Talk;

static void talk_clear(Talk *talk) {
    g_clear_pointer(&talk->forge, forge_close);
    json_decref(talk->said);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Talk, talk_clear)

static bool open_talk(EffectRun *run, Talk *talk, GError **error) {
    const json_t *kept = json_object_get(run->kept, "said");
    talk->run = run;
    talk->numbers = json_object_get(run->params, "numbers");
    talk->said = json_is_object(kept) ? json_deep_copy(kept) : json_object();
    bool whole = json_is_array(talk->numbers) && json_array_size(talk->numbers) <= MAX_NUMBERS;
    for (gsize i = 0; whole && i < json_array_size(talk->numbers); i++)
        whole = json_is_integer(json_array_get(talk->numbers, i));
    if (whole)
        talk->forge = effects_talk_forge(run, error);
    else
        error_set(error, ERROR_PLAN_BROKEN, "the effect %s has no list of at most %d numbers", run->id, MAX_NUMBERS);
    return talk->forge != NULL;
}

static gint64 number_at(const Talk *talk, gsize index) {
    return json_integer_value(json_array_get(talk->numbers, index));
}

/* NULL: nothing is known. Borrowed. */
static const char *said_on(const Talk *talk, gint64 number) {
    g_autofree char *key = g_strdup_printf("%" G_GINT64_FORMAT, number);
    return jsonx_string(talk->said, key);
}

/* Where pull requests are numbered apart, theirs are negative. */
static char *shown_number(const ForgeKind *kind, gint64 number) {
    return g_strdup_printf("%s%" G_GINT64_FORMAT, number < 0 && kind != NULL ? kind->pull_sign : "#", number < 0 ? -number : number);
}

/* ---- looking ---- */

/* Where it could not be said, and why; NULL: nowhere. g_free. */
static char *shown_unsaid(const Talk *talk, const json_t *unsaid) {
    GString *list = g_string_new(NULL);
    for (gsize i = 0; i < json_array_size(unsaid) && i < SHOWN; i++) {
        const json_t *row = json_array_get(unsaid, i);
        g_autofree char *number = shown_number(talk->forge->kind, jsonx_int(row, "number", 0));
        g_string_append_printf(list, "%snot on %s: %s", i > 0 ? "; " : "", number, jsonx_string(row, "why"));
    }
    if (json_array_size(unsaid) > SHOWN)
        g_string_append(list, "; …");
    return g_string_free(list, json_array_size(unsaid) == 0);
}

/* `failed` is what a status shows as a warning. */
static void put_result(const Talk *talk) {
    json_t *unsaid = json_array();
    for (gsize i = 0; i < json_array_size(talk->numbers); i++) {
        const char *why = said_on(talk, number_at(talk, i));
        if (why != NULL && *why != '\0')
            json_array_append_new(unsaid, json_pack("{s: I, s: s}", "number", (json_int_t)number_at(talk, i), "why", why));
    }
    g_autofree char *failed = shown_unsaid(talk, unsaid);
    if (failed != NULL)
        json_object_set_new(talk->run->result, "failed", json_pack("{s: o}", "what", jsonx_text(failed)));
    json_object_set_new(talk->run->result, "said", json_integer((json_int_t)(json_array_size(talk->numbers) - json_array_size(unsaid))));
    json_object_set_new(talk->run->result, "unsaid", unsaid);
}

/* What was kept is not asked again. What is gone is not said: apply finds that out and keeps it. */
static bool is_said(const Talk *talk, gint64 number, bool *is, GError **error) {
    GError *problem = NULL;
    *is = said_on(talk, number) != NULL;
    if (*is || talk->forge->kind->has_comment(talk->forge, number, effects_mark(talk->run), is, &problem))
        return true;
    if (error_is(problem, ERROR_CONFLICT)) {
        g_error_free(problem);
        return true;
    }
    g_propagate_error(error, problem);
    return false;
}

static Observed inspect(EffectRun *run, GError **error) {
    g_auto(Talk) talk = {0};
    if (!open_talk(run, &talk, error))
        return OBSERVED_UNKNOWN;
    gsize count = json_array_size(talk.numbers), done = 0;
    for (gsize i = 0; i < count; i++) {
        bool is = false;
        if (!is_said(&talk, number_at(&talk, i), &is, error))
            return OBSERVED_UNKNOWN;
        done += is ? 1 : 0;
    }
    put_result(&talk);
    return effect_saw(run,
                      done == count ? OBSERVED_SAME
                      : done > 0    ? OBSERVED_PARTIAL
                                    : OBSERVED_ABSENT,
                      "it is said on %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT, done, count);
}

/* ---- saying ---- */

static bool keep(const Talk *talk, gint64 number, const char *why, GError **error) {
    g_autofree char *key = g_strdup_printf("%" G_GINT64_FORMAT, number);
    json_object_set_new(talk->said, key, jsonx_text(why));
    return effect_keep(talk->run, "said", json_deep_copy(talk->said), error);
}

static bool say(const Talk *talk, gint64 number, const char *body, GError **error) {
    const char *mark = effects_mark(talk->run);
    g_autoptr(GError) problem = NULL;
    if (talk->forge->kind->comment(talk->forge, number, body, mark, &problem)) {
        fault_point("comment-made", talk->run->id);
        return keep(talk, number, "", error);
    }
    if (!effects_talk_is_closed(talk->forge, number, mark, problem)) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return false;
    }
    g_autofree char *why = effects_talk_why(problem);
    return keep(talk, number, *why != '\0' ? why : "refused", error);
}

static void note(const Talk *talk) {
    const char *failed = jsonx_string(json_object_get(talk->run->result, "failed"), "what");
    effect_note(talk->run, "%ssaid on %" G_GINT64_FORMAT " of %" G_GSIZE_FORMAT "%s%s", failed != NULL ? "warning: " : "",
                jsonx_int(talk->run->result, "said", 0), json_array_size(talk->numbers), failed != NULL ? "; " : "", failed != NULL ? failed : "");
}

static bool apply(EffectRun *run, GError **error) {
    g_auto(Talk) talk = {0};
    g_autofree char *body = effects_talk_body(run, error);
    if (body == NULL || !open_talk(run, &talk, error))
        return false;
    for (gsize i = 0; i < json_array_size(talk.numbers); i++) {
        gint64 number = number_at(&talk, i);
        if (said_on(&talk, number) == NULL && !say(&talk, number, body, error))
            return false;
    }
    put_result(&talk);
    note(&talk);
    return true;
}

/* ---- for people ---- */

static char *shown_numbers(const json_t *params) {
    const json_t *numbers = json_object_get(params, "numbers");
    const ForgeKind *kind = forge_kind(jsonx_string(json_object_get(params, "forge"), "kind"));
    GString *out = g_string_new(NULL);
    for (gsize i = 0; i < json_array_size(numbers) && i < SHOWN; i++) {
        const json_t *number = json_array_get(numbers, i);
        g_autofree char *text = json_is_integer(number) ? shown_number(kind, json_integer_value(number)) : effects_shown(number);
        g_string_append_printf(out, "%s%s", i > 0 ? ", " : "", text);
    }
    if (json_array_size(numbers) > SHOWN)
        g_string_append_printf(out, " and %" G_GSIZE_FORMAT " more", json_array_size(numbers) - SHOWN);
    return g_string_free(out, FALSE);
}

static char *describe(const json_t *params) {
    g_autofree char *numbers = shown_numbers(params);
    g_autofree char *tag = effects_shown_member(params, "tag");
    g_autofree char *forge = effects_shown_forge(params);
    return g_strdup_printf("say on %s that %s is out, on %s", numbers, tag, forge);
}

const EffectKind effect_kind_comment = {
    .name = "comment",
    .doc = "says on pull requests or issues, once each, that the release is out",
    .describe = describe,
    .detail = effects_talk_detail,
    .shown = "forge.kind forge.url tag body link url",
    .inspect = inspect,
    .apply = apply,
    .undo_note = "cannot be undone, because people may have read it",
};
