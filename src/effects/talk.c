#include "effects/talk.h"

#include "base/text.h"

#include <string.h>

#define WHY_LIMIT 200

Forge *effects_talk_forge(EffectRun *run, GError **error) {
    g_autoptr(Forge) forge = effects_forge(run, error);
    if (forge == NULL)
        return NULL;
    if (forge->kind->create_issue != NULL && forge->kind->find_issue != NULL && forge->kind->comment != NULL && forge->kind->has_comment != NULL)
        return g_steal_pointer(&forge);
    error_set(error, ERROR_CONFLICT, "the %s has no issues and no comments", forge->kind->title);
    error_state(error, "nothing was said there");
    return NULL;
}

/* The address came over the network: nothing in it ends the link. */
static char *link_of(const char *text, const char *url) {
    if (url == NULL || (!g_str_has_prefix(url, "https://") && !g_str_has_prefix(url, "http://")))
        return g_strdup(text);
    g_autofree char *address = g_uri_escape_string(url, G_URI_RESERVED_CHARS_GENERIC_DELIMITERS "!$&'*+,;=%", false);
    return g_strdup_printf("[%s](%s)", text, address);
}

char *effects_talk_body(EffectRun *run, GError **error) {
    const char *body = jsonx_string(run->params, "body");
    const char *text = jsonx_string(run->params, "link");
    if (body == NULL || text == NULL) {
        error_set(error, ERROR_PLAN_BROKEN, "the effect %s has nothing to say: body, link", run->id);
        return NULL;
    }
    g_autofree char *url = jsonx_get_path(json_object_get(run->params, "url"));
    g_autofree char *link = link_of(text, url);
    GString *said = g_string_new(body);
    g_string_replace(said, "{link}", link, 1);
    return g_string_free(said, FALSE);
}

char *effects_talk_detail(const json_t *params) {
    const char *text = jsonx_string(params, "link");
    g_autofree char *url = effects_shown_member(params, "url");
    g_autofree char *link = g_strdup_printf("[%s](%s)", text != NULL ? text : "", url);
    g_autoptr(GString) body = g_string_new(jsonx_string(params, "body"));
    g_string_replace(body, "{link}", link, 1);
    return text_escape(body->str, -1, true);
}

bool effects_talk_is_closed(Forge *forge, gint64 number, const char *mark, const GError *problem) {
    bool has = false;
    return error_is(problem, ERROR_CONFLICT) || (error_is(problem, ERROR_PERMISSION) && forge->kind->has_comment(forge, number, mark, &has, NULL));
}

char *effects_talk_why(const GError *problem) {
    const char *why = error_get_why(problem);
    g_autofree char *line = g_strdelimit(g_strdup(why != NULL ? why : problem->message), "\n", ' ');
    return text_escape(line, (gssize)MIN(strlen(line), WHY_LIMIT), false);
}
