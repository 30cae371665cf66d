#include "forge/token.h"

#include "base/allowed.h"
#include "base/clock.h"
#include "base/http.h"
#include "base/process.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_LIMIT (64 * 1024)
#define COMMAND_SECONDS 30
#define FILE_ALLOWED "slipway.token-file"
#define COMMAND_ALLOWED "slipway.token-command"
#define BELIEVED (300 * G_USEC_PER_SEC)

/* What is asked for. */
typedef struct {
    const ForgeTokenRow *rows;
    const json_t *params;
    const char *host; /* of the remote, lower case, with its port where it is not the scheme's */
} Wanted;

void forge_token_clear(ForgeToken *token) {
    g_clear_pointer(&token->secret, secret_unref);
    g_clear_pointer(&token->from, g_free);
}

/* ---- hosts ---- */

static char *name_of(const char *host) {
    char *name = g_ascii_strdown(host, -1);
    char *colon = strrchr(name, ':');
    if (colon != NULL && strspn(colon + 1, "0123456789") == strlen(colon + 1))
        *colon = '\0';
    return name;
}

/* "https://HOST[:PORT]/…" or "HOST[:PORT]" → the host, with its port where it is not the scheme's. g_free. */
static char *host_in(const char *text) {
    bool plain = g_str_has_prefix(text, "http://"), secure = g_str_has_prefix(text, "https://");
    g_autofree char *url = plain || secure ? g_strdup(text) : g_strconcat("https://", text, NULL);
    char *authority = http_authority(url);
    const char *usual = plain ? ":80" : ":443";
    if (authority != NULL && g_str_has_suffix(authority, usual))
        authority[strlen(authority) - strlen(usual)] = '\0';
    return authority;
}

/* An address by ssh says nothing of the port of the web: there the name decides. */
static bool is_same_host(const char *host, const char *other) {
    g_autofree char *name = name_of(host);
    g_autofree char *other_name = name_of(other);
    bool has_port = strlen(name) != strlen(host);
    return g_str_equal(name, other_name) && (!has_port || g_ascii_strcasecmp(host, other) == 0);
}

/* Names at which a forge takes ssh through the port of https. */
static const char *web_host(const char *host) {
    static const char *const rows[][2] = {{"ssh.github.com", "github.com"}, {"altssh.gitlab.com", "gitlab.com"}, {"altssh.bitbucket.org", "bitbucket.org"}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (g_str_equal(rows[i][0], host))
            return rows[i][1];
    }
    return host;
}

/* The API at the host itself, or at api.HOST where one forge has many. */
static bool is_api_of(const char *host, const char *api) {
    g_autofree char *at = host_in(api);
    if (at == NULL)
        return false;
    bool many = g_str_equal(host, "github.com") || g_str_has_suffix(host, ".ghe.com");
    g_autofree char *sub = many ? g_strconcat("api.", host, NULL) : NULL;
    return is_same_host(host, at) || g_strcmp0(sub, at) == 0;
}

static bool is_meant_for(const ForgeTokenRow *row, const char *host) {
    g_auto(GStrv) globs = g_strsplit(row->hosts != NULL ? row->hosts : "", " ", -1);
    g_autofree char *name = name_of(host);
    for (guint i = 0; globs[i] != NULL; i++) {
        if (*globs[i] != '\0' && fnmatch(globs[i], name, 0) == 0 && g_str_equal(name, host))
            return true;
    }
    const char *also = row->host_variable != NULL ? g_getenv(row->host_variable) : NULL;
    g_autofree char *other = also != NULL && *also != '\0' ? host_in(also) : NULL;
    return other != NULL && is_same_host(host, other);
}

/* ---- what the user allows ---- */

/* The user's own environment: a helper may need what is in it. Nothing may ask a person. */
static char **helper_environment(void) {
    static const char *const rows[][2] = {{"GIT_TERMINAL_PROMPT", "0"},     {"GIT_ASKPASS", ""},          {"SSH_ASKPASS", ""},
                                          {"SSH_ASKPASS_REQUIRE", "never"}, {"GCM_INTERACTIVE", "never"}, {"LC_ALL", "C"}};
    char **env = g_get_environ();
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        env = g_environ_setenv(env, rows[i][0], rows[i][1], TRUE);
    env = g_environ_unsetenv(env, "GIT_TRACE");
    return g_environ_unsetenv(env, "DISPLAY");
}

static bool is_allowed_file(const char *path, GError **error) {
    g_auto(GStrv) lines = allowed_values(FILE_ALLOWED, error);
    const char *own = g_getenv("SLIPWAY__FORGE__TOKEN_FILE");
    g_autofree char *own_path = own != NULL ? allowed_expand(own) : NULL;
    bool allowed = lines != NULL && g_strcmp0(own_path, path) == 0;
    for (guint i = 0; lines != NULL && lines[i] != NULL && !allowed; i++) {
        g_autofree char *line = allowed_expand(lines[i]);
        allowed = g_str_equal(line, path);
    }
    return allowed;
}

static bool is_allowed_command(const char *const *command, GError **error) {
    g_auto(GStrv) lines = allowed_values(COMMAND_ALLOWED, error);
    bool allowed = false;
    for (guint i = 0; lines != NULL && lines[i] != NULL && !allowed; i++) {
        g_auto(GStrv) words = NULL;
        allowed = g_shell_parse_argv(lines[i], NULL, &words, NULL) && g_strv_equal((const char *const *)words, command);
    }
    return allowed;
}

/* As g_shell_parse_argv takes them apart. g_free. */
static char *quoted_words(char **words) {
    GString *line = g_string_new(NULL);
    for (guint i = 0; words[i] != NULL; i++) {
        bool plain = *words[i] != '\0' && strspn(words[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=@%+,-") == strlen(words[i]);
        g_autofree char *quoted = plain ? g_strdup(words[i]) : g_shell_quote(words[i]);
        g_string_append_printf(line, "%s%s", i > 0 ? " " : "", quoted);
    }
    return g_string_free(line, FALSE);
}

/* slipway.yaml comes with the repository, a plan from elsewhere with the remote. Were their word enough, a hostile one would have any file of the user sent to
 * its own server, and `slipway plan` run any program. So the user says it, where he names git's credential helpers. */
static bool not_allowed(const Wanted *wanted, const char *key, const char *name, const char *value, GError *problem, GError **error) {
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    g_autofree char *shown = text_escape(value, -1, false);
    g_autofree char *quoted = g_shell_quote(shown);
    error_set(error, ERROR_CONFIG, "%s: %s is not used: you have not allowed it", key, shown);
    error_why(error, "the configuration comes with the repository; that what this gives goes to %s is yours to say", wanted->host);
    error_fix(error, "if it gives your token of %s: git config --global --add %s %s", wanted->host, name, quoted);
    return false;
}

char *forge_token_hint(const ForgeTokenRow *rows, const char *host) {
    const ForgeTokenRow *other = NULL;
    host += g_str_has_prefix(host, "api.") ? strlen("api.") : 0; /* of github.com and *.ghe.com, whose tokens are for both */
    for (const ForgeTokenRow *row = rows; row != NULL && row->variable != NULL; row++) {
        if (is_meant_for(row, host))
            return g_strdup(row->variable);
        if (other == NULL && row->host_variable != NULL)
            other = row;
    }
    return other != NULL ? g_strdup_printf("%s (with %s=%s)", other->variable, other->host_variable, host) : g_strdup("forge.token-file");
}

/* ---- where it may be ---- */

static bool take(ForgeToken *token, const char *text, gsize length, const char *from, GError **error) {
    token->secret = secret_new(text, length);
    if (token->secret == NULL) {
        error_set(error, ERROR_CONFIG, "%s holds no token", from);
        error_why(error, "a token is one line without control characters, of at most 64 KiB");
        return false;
    }
    token->from = g_strdup(from);
    return true;
}

static bool from_environment(const Wanted *wanted, ForgeToken *token, GError **error) {
    for (const ForgeTokenRow *row = wanted->rows; row != NULL && row->variable != NULL; row++) {
        const char *value = g_getenv(row->variable);
        if (value != NULL && *value != '\0' && is_meant_for(row, wanted->host))
            return take(token, value, strlen(value), row->variable, error);
    }
    return true;
}

static bool check_file(const char *path, int fd, GError **error) {
    struct stat info;
    const char *why = NULL;
    if (fd < 0 || fstat(fd, &info) != 0)
        return error_errno(error, ERROR_CONFIG, errno, "forge.token-file: %s cannot be read", path);
    if (!S_ISREG(info.st_mode))
        why = "it is no file";
    else if ((info.st_mode & 077) != 0)
        why = "others than its owner may read or change it";
    else if (info.st_size > FILE_LIMIT)
        why = "it has more than 64 KiB";
    if (why == NULL)
        return true;
    error_set(error, ERROR_CONFIG, "forge.token-file: %s is not used", path);
    error_why(error, "%s", why);
    if ((info.st_mode & 077) != 0 && S_ISREG(info.st_mode))
        error_fix(error, "chmod 600 '%s'", path);
    return false;
}

static bool from_file(const Wanted *wanted, ForgeToken *token, GError **error) {
    const char *said = jsonx_string(wanted->params, "token_file");
    if (said == NULL || *said == '\0')
        return true;
    g_autofree char *path = allowed_expand(said);
    GError *problem = NULL;
    if (!is_allowed_file(path, &problem))
        return not_allowed(wanted, "forge.token-file", FILE_ALLOWED, said, problem, error);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    bool good = check_file(path, fd, error);
    char *text = g_malloc0(FILE_LIMIT + 1);
    ssize_t got = good ? read(fd, text, FILE_LIMIT) : 0;
    if (got < 0)
        good = error_errno(error, ERROR_CONFIG, errno, "forge.token-file: %s cannot be read", path);
    if (fd >= 0)
        close(fd);
    g_autofree char *from = g_strconcat("forge.token-file ", said, NULL);
    good = good && take(token, text, (gsize)got, from, error);
    secret_wipe(text);
    return good;
}

/* No word of what it printed on standard output is shown: it may be the token. */
static bool command_failed(const char *program, const ProcessResult *result, GError **error) {
    g_autofree char *end = process_describe_end(result);
    g_autofree char *words = text_tail(process_text(result->err), g_bytes_get_size(result->err), 3, "");
    error_set(error, ERROR_CONFIG, "forge.token-command: %s gives no token", program);
    error_why(error, "%s%s%s", end, *words != '\0' ? ": " : "", words);
    error_fix(error, "run that command by hand, to see why");
    return false;
}

static bool from_command(const Wanted *wanted, ForgeToken *token, GError **error) {
    g_auto(GStrv) words = jsonx_to_strv(json_object_get(wanted->params, "token_command"));
    g_auto(GStrv) env = process_drop_tokens(helper_environment());
    g_auto(ProcessResult) result = {0};
    if (words == NULL || *words == NULL)
        return true;
    GError *problem = NULL;
    if (!is_allowed_command((const char *const *)words, &problem)) {
        g_autofree char *line = quoted_words(words);
        return not_allowed(wanted, "forge.token-command", COMMAND_ALLOWED, line, problem, error);
    }
    ProcessSpec spec = {
        .argv = (const char *const *)words,
        .env = (const char *const *)env,
        .capture = FILE_LIMIT,
        .timeout_seconds = COMMAND_SECONDS,
        .session = true,
        .planned = true,
    };
    if (!process_run(&spec, &result, error))
        return false;
    if (!process_ok(&result))
        return command_failed(words[0], &result, error);
    const char *text = process_text(result.out);
    return take(token, text, strcspn(text, "\n"), "forge.token-command", error);
}

/* ---- git's credential helper ---- */

/* The protocol of git-credential(1): what is asked, as lines; where there is no more to say, an empty one. */
static GBytes *question(const Wanted *wanted) {
    const char *url = jsonx_string(wanted->params, "url");
    const char *project = jsonx_string(wanted->params, "project");
    bool plain = url != NULL && g_str_has_prefix(url, "http://");
    g_autofree char *web = url != NULL ? host_in(url) : NULL;
    const char *host = web != NULL && is_same_host(wanted->host, web) ? web : wanted->host;
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "protocol=%s\nhost=%s\n", plain ? "http" : "https", host);
    if (project != NULL && strpbrk(project, "\r\n") == NULL)
        g_string_append_printf(text, "path=%s\n", project);
    g_string_append_c(text, '\n');
    return g_string_free_to_bytes(text);
}

/* Whatever goes wrong with it, there is no token then. */
static bool from_helper(const Wanted *wanted, ForgeToken *token, GError **error) {
    static const char *const words[] = {"git", "-c", "core.askPass=", "credential", "fill", NULL};
    g_auto(GStrv) env = helper_environment();
    g_autoptr(GBytes) input = question(wanted);
    g_auto(ProcessResult) result = {0};
    ProcessSpec spec = {
        .argv = words,
        .env = (const char *const *)env,
        .input = input,
        .capture = FILE_LIMIT,
        .timeout_seconds = COMMAND_SECONDS,
        .session = true,
        .planned = true,
    };
    if (!process_run(&spec, &result, NULL) || !process_ok(&result))
        return true;
    const char *text = process_text(result.out);
    const char *password = g_str_has_prefix(text, "password=") ? text : strstr(text, "\npassword=");
    if (password == NULL)
        return true;
    password = strchr(password, '=') + 1;
    return *password == '\n' || take(token, password, strcspn(password, "\n"), "git's credential helper", error);
}

/* ---- asked once ---- */

/* What a program answered, and until when it is believed: a forge is opened for each effect, and a program may take its time, or have a person touch a key. */
typedef struct {
    ForgeToken token;
    gint64 until; /* monotonic, µs */
} Answered;

static GMutex lock;
static GHashTable *answers; /* what was asked → Answered* */

static void answered_free(Answered *answered) {
    forge_token_clear(&answered->token);
    g_free(answered);
}

static char *key_of(const Wanted *wanted) {
    static const char *const parts[] = {"url", "project", "token_command"};
    g_autoptr(json_t) asked = json_pack("[s]", wanted->host);
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
        json_t *part = json_object_get(wanted->params, parts[i]);
        json_array_append_new(asked, part != NULL ? json_incref(part) : json_null());
    }
    return jsonx_canonical(asked);
}

/* With the lock held, so that those who come meanwhile do not ask again. */
static bool ask_programs(const Wanted *wanted, Answered **answered, GError **error) {
    g_autofree char *key = key_of(wanted);
    if (answers == NULL)
        answers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)answered_free);
    *answered = g_hash_table_lookup(answers, key);
    if (*answered != NULL && clock_monotonic_us() < (*answered)->until)
        return true;
    ForgeToken token = {0};
    if (!from_command(wanted, &token, error) || (token.secret == NULL && !from_helper(wanted, &token, error)))
        return false;
    *answered = g_new0(Answered, 1);
    **answered = (Answered){.token = token, .until = clock_monotonic_us() + BELIEVED};
    g_hash_table_replace(answers, g_steal_pointer(&key), *answered);
    return true;
}

static bool from_programs(const Wanted *wanted, ForgeToken *token, GError **error) {
    Answered *answered = NULL;
    g_mutex_lock(&lock);
    bool asked = ask_programs(wanted, &answered, error);
    if (asked && answered->token.secret != NULL)
        *token = (ForgeToken){.secret = secret_ref(answered->token.secret), .from = g_strdup(answered->token.from)};
    g_mutex_unlock(&lock);
    return asked;
}

/* ---- the search ---- */

static bool give(const Wanted *wanted, ForgeToken *token, GError **error) {
    const char *api = jsonx_string(wanted->params, "api");
    if (token->secret == NULL || api == NULL || is_api_of(wanted->host, api))
        return true;
    g_autofree char *at = host_in(api);
    error_set(error, ERROR_CONFIG, "the token from %s is not given to %s", token->from, at != NULL ? at : "an address that is none");
    error_why(error, "it is for %s, where the repository is", wanted->host);
    error_fix(error, "correct forge.api, or the remote's address");
    forge_token_clear(token);
    return false;
}

bool forge_token_find(const ForgeTokenRow *rows, const json_t *params, ForgeToken *token, GError **error) {
    static bool (*const places[])(const Wanted *, ForgeToken *, GError **) = {from_environment, from_file, from_programs};
    const char *remote = jsonx_string(params, "remote_host");
    *token = (ForgeToken){0};
    if (remote == NULL || *remote == '\0' || jsonx_bool(params, "anonymous", false))
        return true;
    g_autofree char *host = g_ascii_strdown(web_host(remote), -1);
    Wanted wanted = {.rows = rows, .params = params, .host = host};
    for (guint i = 0; i < G_N_ELEMENTS(places) && token->secret == NULL; i++) {
        if (!places[i](&wanted, token, error))
            return false;
    }
    return give(&wanted, token, error);
}
