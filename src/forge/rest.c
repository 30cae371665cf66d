#include "base/text.h"
#include "forge/rest_parts.h"

#include <string.h>

#define PATIENCE 60
#define PACE_MS 1000
#define STALL 30
#define MAX_WORDS 500

bool rest_open(Rest *rest, const RestKind *kind, const json_t *params, GError **error) {
    const char *api = jsonx_string(params, "api");
    *rest = (Rest){.kind = kind, .patience = jsonx_int(params, "patience", PATIENCE), .pace = jsonx_int(params, "pace", PACE_MS)};
    rest->api = g_strdup(api != NULL ? api : "");
    while (g_str_has_suffix(rest->api, "/"))
        rest->api[strlen(rest->api) - 1] = '\0';
    g_autofree char *authority = http_authority(rest->api);
    if (authority == NULL || strpbrk(rest->api, "?#") != NULL) {
        error_set(error, ERROR_CONFIG, "forge.api is no address of an API");
        error_why(error, "https://HOST/PATH is wanted, not \"%.200s\"", rest->api);
        rest_close(rest);
        return false;
    }
    bool usual = g_str_has_suffix(authority, g_str_has_prefix(rest->api, "https") ? ":443" : ":80");
    rest->host = usual ? g_strndup(authority, (gsize)(strrchr(authority, ':') - authority)) : g_strdup(authority);
    rest->patience = CLAMP(rest->patience, 0, 3600);
    rest->pace = CLAMP(rest->pace, 0, 60 * 1000);
    rest->stall = (guint)CLAMP(jsonx_int(params, "stall", STALL), 1, 3600);
    rest->own[0] = g_steal_pointer(&authority);
    if (forge_token_find(kind->tokens, params, &rest->token, error))
        return true;
    rest_close(rest);
    return false;
}

void rest_close(Rest *rest) {
    g_clear_pointer(&rest->api, g_free);
    g_clear_pointer(&rest->host, g_free);
    g_free((char *)rest->own[0]);
    rest->own[0] = NULL;
    forge_token_clear(&rest->token);
}

/* ---- addresses ---- */

/* https://uploads.X beside https://api.X. */
static bool is_beside(const Rest *rest, const char *api, const char *origin) {
    const char *begin = "https://api.";
    if (rest->kind->beside == NULL || !g_str_has_prefix(api, begin))
        return false;
    g_autofree char *other = g_strconcat("https://", rest->kind->beside, ".", api + strlen(begin), NULL);
    return g_str_equal(origin, other);
}

char *rest_address(const Rest *rest, const char *path, GError **error) {
    if (*path == '/')
        return g_strconcat(rest->api, path, NULL);
    g_autofree char *own = http_origin(rest->api);
    g_autofree char *origin = http_origin(path);
    bool nothing_to_leak = rest->token.secret == NULL;
    if (origin != NULL && (nothing_to_leak || g_str_equal(own, origin) || is_beside(rest, own, origin)))
        return g_strdup(path);
    error_set(error, ERROR_ADDRESS, "%s is not called", origin != NULL ? origin : "an address that is none");
    error_why(error, "%s named it, but it is not where its API is, %s, which alone gets the token", rest->kind->title, own);
    return NULL;
}

/* A forge in a private network is the user's wish, also where only its address shows it; that it leads elsewhere in it only where its name says that it stands
 * there itself. */
static const char *const *reachable(const Rest *rest) {
    static const char *const all[] = {"*", NULL};
    g_autofree char *bare = g_strdup(rest->host);
    char *port = strrchr(bare, ':');
    if (port != NULL && strchr(port, ']') == NULL)
        *port = '\0';
    return http_is_private(bare) ? all : rest->own;
}

HttpRequest rest_request(const Rest *rest, const char *method, const char *url, const char *const *headers) {
    return (HttpRequest){
        .method = method,
        .url = url,
        .headers = headers,
        .credential = rest->token.secret,
        .credential_name = rest->kind->credential_name,
        .credential_scheme = rest->kind->credential_scheme,
        .stall_seconds = rest->stall,
        .private_hosts = reachable(rest),
        .cancel = rest->cancel != NULL ? *rest->cancel : NULL,
    };
}

/* ---- words ---- */

static void add_words(GString *out, const json_t *value);

static void add_members(GString *out, const json_t *object) {
    const char *name, *between = "";
    json_t *member;
    json_object_foreach((json_t *)object, name, member) {
        g_string_append_printf(out, "%s%s ", between, name);
        between = "; ";
        add_words(out, member);
    }
}

/* "text", ["text", …], {"field": ["text", …]}: forges are not of one mind, GitLab alone has five forms. */
static void add_words(GString *out, const json_t *value) {
    size_t i;
    json_t *each;
    if (out->len > 2 * MAX_WORDS)
        return;
    if (json_is_string(value))
        g_string_append(out, json_string_value(value));
    else if (json_is_integer(value))
        g_string_append_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_object(value))
        add_members(out, value);
    json_array_foreach(value, i, each) {
        g_string_append(out, i > 0 ? ", " : "");
        add_words(out, each);
    }
}

static char *plain_words(const json_t *body) {
    static const char *const fields[] = {"message", "error", "error_description", "errors"};
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < G_N_ELEMENTS(fields); i++) {
        const json_t *value = json_object_get(body, fields[i]);
        if (value != NULL && out->len > 0)
            g_string_append(out, ": ");
        if (value != NULL)
            add_words(out, value);
    }
    return g_string_free(out, FALSE);
}

/* Cut between characters. */
static char *bounded(const char *text) {
    g_autofree char *clean = text_escape(text, -1, false);
    if (g_utf8_strlen(clean, -1) <= MAX_WORDS)
        return g_steal_pointer(&clean);
    g_autofree char *start = g_utf8_substring(clean, 0, MAX_WORDS);
    return g_strconcat(start, "…", NULL);
}

char *rest_words(const Rest *rest, const HttpAnswer *answer, const json_t *body) {
    static const HttpAnswer none = {.retry_after = -1};
    g_autoptr(json_t) parsed = NULL;
    if (body == NULL && answer != NULL) {
        gsize length;
        const char *text = g_bytes_get_data(answer->body, &length);
        body = parsed = text != NULL ? jsonx_parse(text, length, 1024 * 1024, rest->host, NULL) : NULL;
    }
    g_autofree char *own = rest->kind->refusal != NULL ? rest->kind->refusal(answer != NULL ? answer : &none, body) : NULL;
    g_autofree char *plain = own == NULL ? plain_words(body) : NULL;
    const char *words = own != NULL ? own : plain;
    return *words != '\0' ? bounded(words) : NULL;
}

/* ---- refusals ---- */

static void refused_token(const Rest *rest, GError **error) {
    const char *from = rest->token.from;
    if (from == NULL) {
        g_autofree char *hint = forge_token_hint(rest->kind->tokens, rest->host);
        error_set(error, ERROR_PERMISSION, "%s wants a token", rest->host);
        error_fix(error, "set %s to a token of %s, then run the same command again", hint, rest->host);
        return;
    }
    bool variable = strchr(from, ' ') == NULL && strchr(from, '.') == NULL;
    error_set(error, ERROR_PERMISSION, "%s refuses the token from %s", rest->host, from);
    error_fix(error, variable ? "set %s to a token that is valid, then run the same command again" : "renew the token of %s, then run the same command again", from);
}

/* ERROR_PERMISSION for 401 and 403, NETWORK for 5xx, ANSWER for what else is no success. */
bool rest_not_allowed(const Rest *rest, const HttpAnswer *answer, const json_t *body, GError **error) {
    g_autofree char *words = rest_words(rest, answer, body);
    bool no_token = answer->status == 403 && rest->token.from == NULL;
    if (answer->status == 401 || no_token) {
        refused_token(rest, error);
    } else if (answer->status == 403) {
        error_set(error, ERROR_PERMISSION, "%s does not allow it with the token from %s", rest->host, rest->token.from);
    } else {
        error_set(error, answer->status >= 500 ? ERROR_NETWORK : ERROR_ANSWER, "%s answered with status %ld", rest->host, answer->status);
    }
    if (words != NULL)
        error_why(error, "%s (%ld)", words, answer->status);
    else
        error_why(error, "status %ld, without words", answer->status);
    return false;
}
