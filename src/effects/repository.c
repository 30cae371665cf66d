#include "effects/repository.h"

#include <string.h>

Git *effects_git(EffectRun *run, GError **error) {
    (void)error;
    Git *git = g_new0(Git, 1);
    git->tree = g_strdup(run->site->tree);
    git->common_dir = g_strdup(run->site->git_dir);
    git->git_dir = g_strdup(run->site->git_dir);
    git->mark = run->site->own;
    return git;
}

char *effects_value(const json_t *params, const char *key) {
    const json_t *value = json_object_get(params, key);
    if (json_is_string(value))
        return g_strdup(json_string_value(value));
    const char *effect = jsonx_string(value, "result");
    return effect != NULL ? g_strdup_printf("<%s.%s>", effect, jsonx_string(value, "field")) : g_strdup("absent");
}

char *effects_branch_ref(const char *branch) {
    return g_strdup_printf("refs/heads/%s", branch);
}

bool effects_find_branch(EffectRun *run, char **ref, char **id, GError **error) {
    g_autoptr(Git) git = effects_git(run, error);
    GError *problem = NULL;
    *ref = effects_branch_ref(jsonx_string(run->params, "branch"));
    *id = git_ref(git, *ref, &problem);
    if (problem == NULL)
        return true;
    g_propagate_error(error, problem);
    return false;
}

const char *effects_text(EffectRun *run, const char *key, GError **error) {
    const char *text = jsonx_string(run->params, key);
    if (text == NULL)
        error_set(error, ERROR_PLAN_BROKEN, "%s lacks the parameter %s", run->id, key);
    return text;
}

/* The header line "author Name <mail> SECONDS +0000". */
static bool has_line(const char *object, const char *head_end, const char *key, const json_t *params) {
    g_autofree char *line = g_strdup_printf("\n%s %s <%s> %" G_GINT64_FORMAT " +0000\n", key, jsonx_string(params, "name"), jsonx_string(params, "email"),
                                            jsonx_int(params, "when", 0));
    const char *found = strstr(object, line);
    return found != NULL && found < head_end;
}

/* A signature follows a tag's message, or stands in a commit's header. */
bool effects_same_object(const char *object, const char *who_key, const json_t *params) {
    const char *body = strstr(object, "\n\n");
    const char *message = jsonx_string(params, "message");
    if (body == NULL || message == NULL || !has_line(object, body + 1, who_key, params))
        return false;
    gsize length = strlen(message);
    while (length > 0 && message[length - 1] == '\n')
        length--;
    if (strncmp(body + 2, message, length) != 0)
        return false;
    const char *rest = body + 2 + length;
    while (*rest == '\n')
        rest++;
    return *rest == '\0' || g_str_has_prefix(rest, "-----BEGIN ");
}
