#include "base/fault.h"
#include "effects/talk.h"

static void put_result(EffectRun *run, const ForgeIssue *issue) {
    json_object_set_new(run->result, "number", json_integer((json_int_t)issue->number));
    json_object_set_new(run->result, "url", jsonx_text(issue->url));
}

/* A new one may not be in lists yet: what was kept of it is enough. */
static Observed inspect(EffectRun *run, GError **error) {
    const json_t *kept = json_object_get(run->kept, "issue");
    g_autoptr(Forge) forge = effects_talk_forge(run, error);
    ForgeIssue *issue = NULL;
    if (forge == NULL)
        return OBSERVED_UNKNOWN;
    if (kept != NULL) {
        json_object_update(run->result, (json_t *)kept);
        return effect_saw(run, OBSERVED_SAME, "it is issue #%" G_GINT64_FORMAT, jsonx_int(kept, "number", 0));
    }
    if (!forge->kind->find_issue(forge, effects_mark(run), &issue, error))
        return OBSERVED_UNKNOWN;
    if (issue == NULL)
        return effect_saw(run, OBSERVED_ABSENT, "no issue has the mark of this run");
    put_result(run, issue);
    effect_saw(run, OBSERVED_SAME, "it is issue #%" G_GINT64_FORMAT, issue->number);
    forge_issue_free(issue);
    return OBSERVED_SAME;
}

static bool apply(EffectRun *run, GError **error) {
    g_autofree char *body = effects_talk_body(run, error);
    const char *title = jsonx_string(run->params, "title");
    g_autoptr(Forge) forge = body != NULL ? effects_talk_forge(run, error) : NULL;
    if (forge == NULL)
        return false;
    if (title == NULL)
        return error_set(error, ERROR_PLAN_BROKEN, "the effect %s has no title", run->id);
    ForgeIssue wanted = {.title = (char *)title, .body = body};
    ForgeIssue *issue = forge->kind->create_issue(forge, &wanted, effects_mark(run), error);
    if (issue == NULL)
        return false;
    fault_point("issue-made", run->id);
    put_result(run, issue);
    effect_note(run, "%s", issue->url);
    forge_issue_free(issue);
    return effect_keep(run, "issue", json_deep_copy(run->result), error);
}

/* ---- taking it back ---- */

/* 0: there is none. */
static bool number_of(EffectRun *run, Forge *forge, gint64 *number, GError **error) {
    ForgeIssue *issue = NULL;
    *number = jsonx_int(json_object_get(run->kept, "issue"), "number", 0);
    if (*number != 0)
        return true;
    if (!forge->kind->find_issue(forge, effects_mark(run), &issue, error))
        return false;
    if (issue != NULL) {
        *number = issue->number;
        forge_issue_free(issue);
    }
    return true;
}

/* People may have answered there, so it stays. */
static bool undo(EffectRun *run, GError **error) {
    g_autoptr(Forge) forge = effects_forge(run, error);
    if (forge == NULL || forge->kind->find_issue == NULL)
        return forge != NULL;
    const char *back = jsonx_string(run->params, "back");
    gint64 number = 0;
    if (!number_of(run, forge, &number, error))
        return false;
    if (number == 0 || back == NULL)
        return true;
    GError *problem = NULL;
    if (forge->kind->comment(forge, number, back, effects_mark(run), &problem))
        return true;
    if (!effects_talk_is_closed(forge, number, effects_mark(run), problem)) {
        g_propagate_error(error, problem);
        return false;
    }
    g_autofree char *why = effects_talk_why(problem);
    effect_note(run, "nothing could be said on #%" G_GINT64_FORMAT ": %s", number, why);
    g_error_free(problem);
    return true;
}

static char *describe(const json_t *params) {
    g_autofree char *title = effects_shown_member(params, "title");
    g_autofree char *forge = effects_shown_forge(params);
    return g_strdup_printf("open an issue on %s: \"%s\"", forge, title);
}

const EffectKind effect_kind_open_issue = {
    .name = "open-issue",
    .doc = "opens an issue, once, that asks for the sign-off",
    .describe = describe,
    .detail = effects_talk_detail,
    .shown = "forge.kind forge.url title body link url",
    .inspect = inspect,
    .apply = apply,
    .undo = undo,
    .undo_note = "the issue stays, with a comment that the release was taken back",
};
