#include "steps/talk.h"

#include "changelog/escape.h"
#include "forge/forge.h"

#include <string.h>

#define ISSUE "sign-off/issue"
#define MAX_PULLS 100
#define MAX_SUMMARY 4000

static const ForgeKind *kind_of(const Release *release) {
    return forge_kind(jsonx_string(release->world->forge, "kind"));
}

/* "tool 1.1.0", harmless in Markdown. g_free. */
static char *shown_name(const Release *release) {
    g_autofree char *version = version_to_string(release->version);
    g_autofree char *name = g_strdup_printf("%s %s", release->world->project, version);
    return escape_markdown(name, false);
}

static char *shown_tag(const Release *release) {
    return escape_markdown(release->tag, false);
}

/* ---- the issue ---- */

static char *issue_body(const Release *release) {
    g_autofree char *name = shown_name(release);
    const char *summary = release->summary != NULL ? release->summary : "";
    g_autofree char *short_summary = g_utf8_substring(summary, 0, MIN(g_utf8_strlen(summary, -1), MAX_SUMMARY));
    return g_strdup_printf("**%s** waits for a sign-off. It is tested, and stands complete in {link}, which only those see who may release.\n\n"
                           "%s%s"
                           "To look at it: `slipway verify --draft`\n\n"
                           "To publish it: `slipway publish`\n\n"
                           "To take it back: `slipway abort`\n",
                           name, short_summary, *short_summary != '\0' ? "\n\n" : "");
}

const char *release_add_issue(Release *release, Plan *plan) {
    const ForgeKind *kind = kind_of(release);
    if (kind == NULL || !config_bool(release->world->config, "sign-off.issue"))
        return NULL;
    if (kind->create_issue == NULL) {
        plan_note(plan, "sign-off", "the %s has no issues: sign-off.issue is not looked at", kind->title);
        return NULL;
    }
    g_autofree char *title = g_strdup_printf("Release %s waits for a sign-off", release->tag);
    g_autofree char *body = issue_body(release);
    g_autofree char *tag = shown_tag(release);
    g_autofree char *link = g_strdup_printf("the draft of %s", tag);
    g_autofree char *back = g_strdup_printf("%s was taken back (`slipway abort`): nothing of it was published.", tag);
    plan_add(plan, STAGE_SIGN_OFF, ISSUE, "open-issue",
             json_pack("{s: O, s: o, s: o, s: o, s: o, s: o}", "forge", release->world->forge, "title", jsonx_text(title), "body", jsonx_text(body), "link",
                       jsonx_text(link), "url", plan_result("stage/draft", "url"), "back", jsonx_text(back)),
             NULL);
    return ISSUE;
}

/* ---- that it is out ---- */

/* As ForgeKind.comment wants them. */
static json_t *numbers_of(const Release *release, const ForgeKind *kind) {
    json_t *numbers = json_array();
    for (gsize i = 0; i < json_array_size(release->pulls) && i < MAX_PULLS; i++) {
        gint64 number = jsonx_int(json_array_get(release->pulls, i), "number", 0);
        json_array_append_new(numbers, json_integer((json_int_t)(kind->pulls_apart ? -number : number)));
    }
    return numbers;
}

/* Takes numbers. */
static void add_comment(const Release *release, Plan *plan, const char *id, json_t *numbers) {
    g_autofree char *name = shown_name(release);
    g_autofree char *tag = shown_tag(release);
    g_autofree char *body = g_strdup_printf("Released in {link}: %s, %s.", name, release->date);
    plan_add(plan, STAGE_FOLLOW, id, "comment",
             json_pack("{s: O, s: s, s: o, s: o, s: o, s: o}", "forge", release->world->forge, "tag", release->tag, "numbers", numbers, "body",
                       jsonx_text(body), "link", jsonx_text(tag), "url", plan_result("publish/release", "url")),
             "follow/published");
}

static void add_pulls(const Release *release, Plan *plan) {
    const ForgeKind *kind = kind_of(release);
    gsize count = json_array_size(release->pulls);
    if (kind == NULL || !config_bool(release->world->config, "forge.comment"))
        return;
    if (kind->comment == NULL || kind->pulls == NULL) {
        plan_note(plan, "comments", "the %s has no pull requests: forge.comment is not looked at", kind->title);
        return;
    }
    if (count == 0)
        plan_skip(plan, "comments", "no pull request brought a commit of this release");
    else
        add_comment(release, plan, "follow/pulls", numbers_of(release, kind));
    if (count > MAX_PULLS)
        plan_note(plan, "comments", "of %" G_GSIZE_FORMAT " pull requests the first %d are told", count, MAX_PULLS);
}

void release_add_comments(const Release *release, Plan *plan) {
    add_pulls(release, plan);
    if (plan_effect(plan, ISSUE) != NULL)
        add_comment(release, plan, "follow/issue", json_pack("[o]", plan_result(ISSUE, "number")));
}
