#include "sign/sign.h"

#include "base/clock.h"
#include "base/fs.h"
#include "base/process.h"
#include "base/text.h"
#include "sign/sign_private.h"
#include "sign/verdict.h"

#include <string.h>

#define TIMEOUT 60
#define MAX_FILE (64u << 20)
#define MAX_SIGNATURE (64u << 10)
#define LAST_TIME 253402300799 /* 9999-12-31: ssh-keygen takes years of four digits */
#define MAX_PRINCIPALS 16

/* A public key may be given as it is: then it stands in a file of this folder. */
typedef struct {
    const SignSpec *spec;
    char *folder; /* scratch; NULL: none is needed */
    char *key;    /* path (ssh) or id (gpg) */
} Key;

static void key_clear(Key *key) {
    if (key->folder != NULL)
        fs_remove_tree(key->folder, NULL);
    g_free(key->folder);
    g_free(key->key);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Key, key_clear)

bool sign_is_ssh(const SignSpec *spec) {
    return strcmp(spec->kind, "ssh") == 0;
}

SignSpec sign_spec(const json_t *params) {
    return (SignSpec){.kind = jsonx_string(params, "kind"),
                      .key = jsonx_string(params, "key"),
                      .program = jsonx_string(params, "program"),
                      .signers = jsonx_string(params, "signers"),
                      .revoked = jsonx_string(params, "revoked"),
                      .when = json_integer_value(json_object_get(params, "when"))};
}

const char *sign_suffix(const char *kind) {
    return g_strcmp0(kind, "ssh") == 0 ? ".sig" : g_strcmp0(kind, "gpg") == 0 ? ".asc" : NULL;
}

const char *sign_literal(const char *key) {
    if (g_str_has_prefix(key, "key::"))
        return key + strlen("key::");
    return g_str_has_prefix(key, "ssh-") || g_str_has_prefix(key, "ecdsa-") || g_str_has_prefix(key, "sk-") ? key : NULL;
}

static bool find_key(const SignSpec *spec, Key *key, GError **error) {
    const char *literal = sign_is_ssh(spec) ? sign_literal(spec->key) : NULL;
    key->spec = spec;
    if (literal == NULL) {
        key->key = g_strdup(spec->key);
        return true;
    }
    key->folder = fs_make_temp_dir("slipway-key", error);
    if (key->folder == NULL)
        return false;
    key->key = g_build_filename(key->folder, "key.pub", NULL);
    g_autofree char *line = g_strconcat(literal, "\n", NULL);
    g_autoptr(GBytes) bytes = g_bytes_new(line, strlen(line));
    return fs_write(key->key, bytes, 0600, error);
}

/* ---- the program ---- */

/* The user's own, agents included, without what could open a window. A program that the user names may need anything; times are given in UTC. */
static char **environment(const SignSpec *spec) {
    static const char *const asking[] = {"SSH_ASKPASS", "GIT_ASKPASS", "DISPLAY", "WAYLAND_DISPLAY"};
    char **env = spec->program != NULL ? process_drop_tokens(g_get_environ()) : process_git_env();
    for (guint i = 0; i < G_N_ELEMENTS(asking); i++)
        env = g_environ_unsetenv(env, asking[i]);
    env = g_environ_setenv(env, "SSH_ASKPASS_REQUIRE", "never", TRUE);
    env = g_environ_setenv(env, "TZ", "UTC", TRUE);
    return g_environ_setenv(env, "LC_ALL", "C", TRUE);
}

bool sign_run(const SignSpec *spec, const char *const *words, GBytes *input, ProcessResult *result, GError **error) {
    g_auto(GStrv) env = environment(spec);
    ProcessSpec process = {
        .argv = words,
        .env = (const char *const *)env,
        .input = input,
        .timeout_seconds = TIMEOUT,
        .session = true,
        .planned = true, /* the user's signing program, by a name that no repository gives */
        .cancel = spec->cancel,
        .mark = spec->mark,
    };
    return process_run(&process, result, error);
}

const char *sign_program(const SignSpec *spec) {
    return spec->program != NULL ? spec->program : sign_is_ssh(spec) ? "ssh-keygen" : "gpg";
}

GPtrArray *sign_words(const char *first, const char *const *rest) {
    GPtrArray *words = g_ptr_array_new();
    g_ptr_array_add(words, (char *)first);
    for (guint i = 0; rest[i] != NULL; i++)
        g_ptr_array_add(words, (char *)rest[i]);
    g_ptr_array_add(words, NULL);
    return words;
}

/* A key that is not where it is said to be: not the program's words about it, which speak of public keys. */
static bool is_missing(const SignSpec *spec, GError **error) {
    if (!sign_is_ssh(spec) || sign_literal(spec->key) != NULL || fs_exists(spec->key))
        return false;
    error_set(error, ERROR_SIGNING, "the signing key %s is not there", spec->key);
    error_fix(error, "ssh-keygen -t ed25519 -f %s, or correct signature.key in slipway.yaml", spec->key);
    return true;
}

bool sign_refuse(const SignSpec *spec, const ProcessResult *result, GError **error) {
    if (is_missing(spec, error))
        return false;
    g_autofree char *said = g_strchomp(text_escape(process_text(result->err), -1, true));
    g_autofree char *end = process_describe_end(result);
    error_set(error, ERROR_SIGNING, "%s does not sign: %s", sign_program(spec), end);
    error_why(error, "%s", *said != '\0' ? said : "it said nothing");
    if (sign_is_ssh(spec))
        error_fix(error, "ssh-add %s, or correct signature.key in slipway.yaml", sign_literal(spec->key) == NULL ? spec->key : "the key");
    else
        error_fix(error, "unlock the key: echo | gpg --clearsign >/dev/null, or correct signature.key in slipway.yaml");
    return false;
}

char *sign_default_key(const char *command, GError **error) {
    const SignSpec spec = {.kind = "ssh", .program = command};
    g_auto(GStrv) words = NULL;
    g_auto(ProcessResult) result = {0};
    if (!g_shell_parse_argv(command, NULL, &words, NULL) || !sign_run(&spec, (const char *const *)words, NULL, &result, error) || !process_ok(&result))
        return NULL;
    const char *text = process_text(result.out);
    g_autofree char *key = g_strndup(text, strcspn(text, "\r\n"));
    return sign_literal(key) != NULL ? g_steal_pointer(&key) : NULL;
}

/* ---- signing ---- */

static GPtrArray *signing_words(const Key *key) {
    const SignSpec *spec = key->spec;
    const char *const ssh[] = {"-Y", "sign", "-n", "file", "-f", key->key, NULL};
    const char *const gpg[] = {"--batch", "--no-tty", "--pinentry-mode", "error", "--armor", "--detach-sign", *key->key != '\0' ? "--local-user" : NULL,
                               key->key,  NULL};
    return sign_words(sign_program(spec), sign_is_ssh(spec) ? ssh : gpg);
}

bool sign_make(const SignSpec *spec, const char *file, const char *signature, GError **error) {
    g_auto(Key) key = {0};
    g_autoptr(GBytes) bytes = fs_read(file, MAX_FILE, error);
    if (bytes == NULL || !find_key(spec, &key, error))
        return false;
    g_autoptr(GPtrArray) words = signing_words(&key);
    g_auto(ProcessResult) result = {0};
    if (!sign_run(spec, (const char *const *)words->pdata, bytes, &result, error))
        return false;
    if (!process_ok(&result) || g_bytes_get_size(result.out) == 0)
        return sign_refuse(spec, &result, error);
    return fs_write(signature, result.out, 0644, error);
}

/* ---- checking ---- */

static bool not_good(const char *signature, const char *why, GError **error) {
    error_set(error, ERROR_NOT_VERIFIED, "%s is no good signature by this key", signature);
    error_why(error, "%s", why);
    return false;
}

static bool refused_by(const char *signature, const ProcessResult *result, GError **error) {
    g_autofree char *said = g_strchomp(text_escape(process_text(result->err), -1, true));
    g_autofree char *out = g_strchomp(text_escape(process_text(result->out), -1, true));
    g_autofree char *why = g_strdup_printf("it is by another key, or of another file: %s", *said != '\0' ? said : out);
    return not_good(signature, why, error);
}

/* An armoured file may hold more than what a program looks at. */
static bool is_whole(const SignSpec *spec, const char *signature, GError **error) {
    g_autoptr(GBytes) bytes = fs_read(signature, MAX_SIGNATURE, error);
    gsize length = 0;
    const char *text = bytes != NULL ? g_bytes_get_data(bytes, &length) : NULL;
    if (bytes == NULL)
        return false;
    if (text != NULL && sign_is_one_block(text, length, sign_is_ssh(spec) ? "SSH" : "PGP"))
        return true;
    return not_good(signature, "the file is not one armoured signature and nothing else", error);
}

/* ---- checking: ssh ---- */

/* The first two words of a public key's line: its type and itself. NULL: it is none. g_free. */
static char *public_words(const char *line) {
    const char *literal = sign_literal(line);
    g_auto(GStrv) words = literal != NULL ? g_strsplit_set(literal, " \t\n", 3) : NULL;
    return words != NULL && words[0] != NULL && words[1] != NULL ? g_strjoin(" ", words[0], words[1], NULL) : NULL;
}

static char *public_of_file(const char *path) {
    g_autoptr(GBytes) bytes = fs_exists(path) ? fs_read(path, MAX_SIGNATURE, NULL) : NULL;
    g_autofree char *text = bytes != NULL && g_bytes_get_size(bytes) > 0 ? g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)) : NULL;
    return text != NULL ? public_words(text) : NULL;
}

/* The public half: of the file itself, of the one beside it, else of what is in the private one. g_free. */
static char *public_key(const Key *key, GError **error) {
    g_autofree char *beside = g_strconcat(key->key, ".pub", NULL);
    char *found = public_of_file(key->key);
    found = found != NULL ? found : public_of_file(beside);
    if (found != NULL)
        return found;
    const char *const rest[] = {"-y", "-P", "", "-f", key->key, NULL};
    g_autoptr(GPtrArray) words = sign_words("ssh-keygen", rest);
    g_auto(ProcessResult) result = {0};
    if (!sign_run(key->spec, (const char *const *)words->pdata, NULL, &result, error))
        return NULL;
    found = process_ok(&result) ? public_words(process_text(result.out)) : NULL;
    if (found == NULL)
        sign_refuse(key->spec, &result, error);
    return found;
}

typedef struct {
    const SignSpec *spec;
    const char *signers, *signature;
    GBytes *bytes;
    char *time; /* option: the time that is asked about */
} Asking;

/* g_free. */
static char *verify_time(gint64 when) {
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(when > 0 && when <= LAST_TIME ? when : clock_now());
    return g_date_time_format(time, "-Overify-time=%Y%m%d%H%M%S");
}

static bool ask_ssh(const Asking *asking, const char *principal, ProcessResult *result, GError **error) {
    const char *revoked = asking->spec->revoked;
    const char *const rest[] = {"-Y",    "verify", "-f", asking->signers,   "-I",         principal,
                                "-n",    "file",   "-s", asking->signature, asking->time, revoked != NULL ? "-r" : NULL,
                                revoked, NULL};
    g_autoptr(GPtrArray) words = sign_words("ssh-keygen", rest);
    return sign_run(asking->spec, (const char *const *)words->pdata, asking->bytes, result, error);
}

static bool not_allowed(const Asking *asking, GError **error) {
    g_autoptr(GBytes) bytes = fs_read(asking->signers, MAX_FILE, NULL);
    gsize size = 0;
    const char *text = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
    bool authority = text != NULL && g_strstr_len(text, (gssize)size, "cert-authority") != NULL;
    g_autofree char *at = asking->spec->when > 0 ? clock_timestamp(asking->spec->when) : g_strdup("now");
    g_autofree char *why = g_strdup_printf("%s does not allow its key to sign files %s%s%s", asking->signers, asking->spec->when > 0 ? "at " : "", at,
                                           authority ? "; keys that only a certificate vouches for (cert-authority) are not taken: name the key itself" : "");
    return not_good(asking->signature, why, error);
}

/* Whoever the file says may sign: one of them must be allowed to, at that time and for files. */
static bool ask_signers(const Asking *asking, GError **error) {
    const char *const rest[] = {"-Y", "find-principals", "-f", asking->signers, "-s", asking->signature, asking->time, NULL};
    g_autoptr(GPtrArray) words = sign_words("ssh-keygen", rest);
    g_auto(ProcessResult) found = {0};
    if (!sign_run(asking->spec, (const char *const *)words->pdata, NULL, &found, error))
        return false;
    g_auto(GStrv) names = process_ok(&found) ? g_strsplit(process_text(found.out), "\n", MAX_PRINCIPALS) : NULL;
    for (guint i = 0; names != NULL && names[i] != NULL; i++) {
        g_auto(ProcessResult) result = {0};
        if (*names[i] != '\0' && !ask_ssh(asking, names[i], &result, error))
            return false;
        if (*names[i] != '\0' && process_ok(&result))
            return true;
    }
    return not_allowed(asking, error);
}

/* What ssh-keygen prints is not read: a file of allowed signers that holds this key alone makes its exit status the answer. */
static bool check_ssh(const Key *key, const char *file, const char *signature, GError **error) {
    g_autofree char *words = public_key(key, error);
    g_autoptr(GBytes) bytes = words != NULL ? fs_read(file, MAX_FILE, error) : NULL;
    g_autofree char *folder = bytes != NULL ? fs_make_temp_dir("slipway-signers", error) : NULL;
    if (folder == NULL)
        return false;
    g_autofree char *signers = g_build_filename(folder, "signers", NULL);
    g_autofree char *line = g_strdup_printf("slipway namespaces=\"file\" %s\n", words);
    g_autoptr(GBytes) lines = g_bytes_new(line, strlen(line));
    g_autofree char *time = verify_time(key->spec->when);
    Asking asking = {.spec = key->spec, .signers = signers, .signature = signature, .bytes = bytes, .time = time};
    g_auto(ProcessResult) result = {0};
    bool asked = fs_write(signers, lines, 0600, error) && ask_ssh(&asking, "slipway", &result, error);
    fs_remove_tree(folder, NULL);
    if (!asked || !process_ok(&result))
        return asked ? refused_by(signature, &result, error) : false;
    asking.signers = key->spec->signers;
    return asking.signers == NULL || ask_signers(&asking, error);
}

/* ---- checking: gpg ---- */

static bool check_gpg(const Key *key, const char *file, const char *signature, GError **error) {
    g_autofree char *print = sign_fingerprint(key->key);
    if (print == NULL) {
        error_set(error, ERROR_SIGNING, "the key \"%s\" is no full fingerprint: anybody can have a key of that name", key->key);
        error_fix(error, "set signature.key to the fingerprint that `gpg --fingerprint` shows");
        return false;
    }
    const char *const rest[] = {"--batch", "--no-tty", "--keyserver-options", "no-auto-key-retrieve", "--status-fd", "1", "--verify", "--", signature,
                                file,      NULL};
    g_autoptr(GPtrArray) words = sign_words(sign_program(key->spec), rest);
    g_auto(ProcessResult) result = {0};
    if (!sign_run(key->spec, (const char *const *)words->pdata, NULL, &result, error))
        return false;
    g_autofree char *why = NULL;
    if (!sign_status_is_good(process_text(result.out), g_bytes_get_size(result.out), print, &why)) {
        g_autofree char *shown = text_escape(why, -1, false);
        return not_good(signature, shown, error);
    }
    return process_ok(&result) || refused_by(signature, &result, error);
}

bool sign_check(const SignSpec *spec, const char *file, const char *signature, GError **error) {
    g_auto(Key) key = {0};
    if (!is_whole(spec, signature, error) || !find_key(spec, &key, error))
        return false;
    return sign_is_ssh(spec) ? check_ssh(&key, file, signature, error) : check_gpg(&key, file, signature, error);
}

bool sign_try(const SignSpec *spec, GError **error) {
    g_autofree char *folder = fs_make_temp_dir("slipway-sign", error);
    if (folder == NULL)
        return false;
    g_autofree char *file = g_build_filename(folder, "test", NULL);
    g_autofree char *signature = g_strconcat(file, sign_suffix(spec->kind), NULL);
    g_autoptr(GBytes) bytes = g_bytes_new_static("test\n", 5);
    bool done = fs_write(file, bytes, 0644, error) && sign_make(spec, file, signature, error) && sign_check(spec, file, signature, error);
    fs_remove_tree(folder, NULL);
    return done;
}
