#include "steps/access.h"

#include "base/http.h"
#include "base/text.h"
#include "forge/forge.h"
#include "steps/preflight.h"

#include <string.h>

#define BLOCKERS_SHOWN 5

/* ---- words ---- */

static const char *place_of(const World *world) {
    const char *url = jsonx_string(world->forge, "url");
    return url != NULL ? url : "";
}

static void note_differences(const ForgeKind *kind, Plan *plan) {
    for (guint i = 0; kind->differences != NULL && kind->differences[i] != NULL; i++)
        plan_note(plan, "forge", "%s", kind->differences[i]);
}

static void note_proxy(const World *world, Plan *plan) {
    const char *api = jsonx_string(world->forge, "api");
    g_autofree char *proxy = api != NULL ? http_proxy_for(api) : NULL;
    if (proxy != NULL)
        plan_note(plan, "proxy", "%s is asked through %s, as the environment says", api, proxy);
}

static char *hint_of(const World *world, const ForgeKind *kind) {
    const char *host = jsonx_string(world->forge, "remote_host");
    return kind->token_hint != NULL ? kind->token_hint(host != NULL ? host : "") : g_strdup("a token");
}

static void no_token(const World *world, const ForgeKind *kind, GError **error) {
    error_set(error, ERROR_PERMISSION, "there is no token for %s at %s", kind->title, jsonx_string(world->forge, "remote_host"));
    error_why(error, "looked for in the environment, forge.token-file, forge.token-command and git's credential helper");
    error_state(error, "nothing was changed");
    g_autofree char *hint = hint_of(world, kind);
    error_fix(error, "set %s, or write forge.kind: directory in slipway.yaml", hint);
}

static void lacks(const World *world, const ForgeAccess *access, GError **error) {
    g_ptr_array_add(access->missing, NULL);
    g_autofree char *list = g_strjoinv("\n", (char **)access->missing->pdata);
    g_ptr_array_remove_index(access->missing, access->missing->len - 1);
    error_set(error, ERROR_PERMISSION, "the token of %s does not suffice to release at %s", access->token_from, place_of(world));
    error_why(error, "%s", list);
    error_state(error, "nothing was changed");
    error_fix(error, "give the token what is named above, or use another one");
}

/* ---- asking ---- */

/* With the tag: some forges protect names of tags. */
static Forge *open_for(const World *world, const char *tag, GError **error) {
    g_autoptr(json_t) params = json_deep_copy(world->forge);
    json_object_set_new(params, "tag", json_string(tag));
    return forge_open(params, error);
}

static bool ask(const World *world, Forge *forge, ForgeAccess *access, GError **error) {
    if (forge->kind->probe == NULL)
        return true;
    if (!forge->kind->probe(forge, access, error))
        return false;
    if (access->token_from != NULL && access->missing != NULL && access->missing->len > 0)
        lacks(world, access, error);
    return access->token_from == NULL || access->missing == NULL || access->missing->len == 0;
}

static void note_access(const World *world, const ForgeKind *kind, const ForgeAccess *access, Plan *plan) {
    g_autofree char *hint = hint_of(world, kind);
    if (kind->probe == NULL)
        return;
    if (access->token_from == NULL)
        plan_note(plan, "forge", "%s, %s: no token, so it was not asked and `slipway release` will refuse; set %s", kind->title, place_of(world), hint);
    else
        plan_note(plan, "forge", "%s, %s%s%s (token: %s)", kind->title, place_of(world), access->login != NULL ? ", as " : "",
                  access->login != NULL ? access->login : "", access->token_from);
    for (guint i = 0; access->remarks != NULL && i < access->remarks->len; i++)
        plan_note(plan, "forge", "%s", (char *)access->remarks->pdata[i]);
}

static void check_taken(const Release *release, Forge *forge, Plan *plan) {
    GError *error = NULL;
    g_autoptr(ForgeRelease) found = forge->kind->find(forge, release->tag, &error);
    if (found != NULL) {
        error_set(&error, ERROR_CONFLICT, "the forge has a release %s already", release->tag);
        error_why(&error, "%s (%s)", found->url != NULL ? found->url : found->id, forge_state_name(found->state));
        error_state(&error, "nothing was changed");
        error_fix(&error, "slipway release patch, or remove that release yourself if nobody has seen it");
    }
    if (error == NULL)
        return;
    error_state(&error, "nothing was changed");
    plan_problem(plan, error);
}

static void block(const char *label, const GPtrArray *issues, Plan *plan) {
    g_autoptr(GString) list = g_string_new(NULL);
    for (guint i = 0; i < issues->len && i < BLOCKERS_SHOWN; i++) {
        const ForgeIssue *issue = issues->pdata[i];
        g_autofree char *title = text_escape(issue->title, -1, false);
        g_string_append_printf(list, "%s#%" G_GINT64_FORMAT " %s", i > 0 ? "\n" : "", issue->number, title);
    }
    GError *error = NULL;
    error_set(&error, ERROR_BLOCKED, "%u open issue%s with the label %s", issues->len, issues->len == 1 ? "" : "s", label);
    error_why(&error, "%s%s", list->str, issues->len > BLOCKERS_SHOWN ? "\n…" : "");
    error_state(&error, "nothing was changed");
    plan_problem(plan, error);
}

static void check_blockers(const Release *release, Forge *forge, Plan *plan) {
    const char *label = config_string(release->world->config, "forge.blockers");
    if (*label == '\0')
        return;
    if (forge->kind->issues == NULL) {
        plan_note(plan, "blockers", "the %s has no issues: forge.blockers is not looked at", forge->kind->title);
        return;
    }
    GError *error = NULL;
    g_autoptr(GPtrArray) issues = forge->kind->issues(forge, label, &error);
    if (error != NULL) {
        error_state(&error, "nothing was changed");
        plan_problem(plan, error);
    } else if (issues != NULL && issues->len > 0)
        block(label, issues, plan);
}

/* Scopes of issues are others than those of releases. Only reading can be tried without changing anything: is the first one there or not? */
static void check_talk(const Release *release, Forge *forge, Plan *plan) {
    const Config *config = release->world->config;
    bool opens = config_bool(config, "sign-off.issue");
    if ((!opens && !config_bool(config, "forge.comment")) || forge->kind->has_comment == NULL)
        return;
    bool has = false;
    GError *problem = NULL;
    if (forge->kind->has_comment(forge, forge->kind->pulls_apart && !opens ? -1 : 1, "slipway:", &has, &problem))
        return;
    if (!error_is(problem, ERROR_PERMISSION)) { /* it is not there, or cannot be asked now: others ask again */
        g_error_free(problem);
        return;
    }
    error_state(&problem, "nothing was changed");
    error_fix(&problem, "give the token what is named above, or leave %s off", opens ? "sign-off.issue" : "forge.comment");
    plan_problem(plan, problem);
}

void release_check_forge(Release *release, Plan *plan) {
    const World *world = release->world;
    GError *error = world->forge_problem != NULL ? g_error_copy(world->forge_problem) : NULL;
    g_autoptr(Forge) forge = error == NULL ? open_for(world, release->tag, &error) : NULL;
    g_auto(ForgeAccess) access = {0};
    if (forge == NULL || !ask(world, forge, &access, &error)) {
        error_state(&error, "nothing was changed");
        plan_problem(plan, error);
        return;
    }
    release->closed = access.closed;
    note_access(world, forge->kind, &access, plan);
    note_differences(forge->kind, plan);
    note_proxy(world, plan);
    release->mute = forge->kind->needs_token && access.token_from == NULL;
    if (release->mute)
        return;
    check_taken(release, forge, plan);
    check_blockers(release, forge, plan);
    check_talk(release, forge, plan);
}

bool release_may_act(const World *world, const char *tag, GError **error) {
    g_autoptr(Forge) forge = open_for(world, tag, error);
    g_auto(ForgeAccess) access = {0};
    GError *problem = NULL;
    if (forge != NULL && !ask(world, forge, &access, &problem)) {
        error_state(&problem, "nothing was changed");
        g_propagate_error(error, problem);
    }
    if (forge == NULL || problem != NULL)
        return false;
    if (!forge->kind->needs_token || access.token_from != NULL)
        return preflight_try_push(world, tag, error);
    no_token(world, forge->kind, error);
    return false;
}
