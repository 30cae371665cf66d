#include "sign/sign.h"

#include "base/fs.h"
#include "base/process.h"
#include "base/text.h"

#include <string.h>

#define TIMEOUT 60
#define MAX_FILE (64u << 20)

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

static bool is_ssh(const SignSpec *spec) {
    return strcmp(spec->kind, "ssh") == 0;
}

const char *sign_suffix(const char *kind) {
    return g_strcmp0(kind, "ssh") == 0 ? ".sig" : g_strcmp0(kind, "gpg") == 0 ? ".asc" : NULL;
}

static const char *literal_of(const char *key) {
    if (g_str_has_prefix(key, "key::"))
        return key + strlen("key::");
    return g_str_has_prefix(key, "ssh-") || g_str_has_prefix(key, "ecdsa-") || g_str_has_prefix(key, "sk-") ? key : NULL;
}

static bool find_key(const SignSpec *spec, Key *key, GError **error) {
    const char *literal = is_ssh(spec) ? literal_of(spec->key) : NULL;
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

/* The user's own, agents included, without what could open a window. */
static char **environment(void) {
    static const char *const asking[] = {"SSH_ASKPASS", "GIT_ASKPASS", "DISPLAY", "WAYLAND_DISPLAY"};
    char **env = process_drop_tokens(g_get_environ());
    for (guint i = 0; i < G_N_ELEMENTS(asking); i++)
        env = g_environ_unsetenv(env, asking[i]);
    env = g_environ_setenv(env, "SSH_ASKPASS_REQUIRE", "never", TRUE);
    return g_environ_setenv(env, "LC_ALL", "C", TRUE);
}

static bool run(const SignSpec *spec, const char *const *words, GBytes *input, ProcessResult *result, GError **error) {
    g_auto(GStrv) env = environment();
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

static const char *program_of(const SignSpec *spec) {
    return spec->program != NULL ? spec->program : is_ssh(spec) ? "ssh-keygen" : "gpg";
}

/* Ends the list. */
static GPtrArray *words_of(const char *first, const char *const *rest) {
    GPtrArray *words = g_ptr_array_new();
    g_ptr_array_add(words, (char *)first);
    for (guint i = 0; rest[i] != NULL; i++)
        g_ptr_array_add(words, (char *)rest[i]);
    g_ptr_array_add(words, NULL);
    return words;
}

/* A key that is not where it is said to be: not the program's words about it, which speak of public keys. */
static bool is_missing(const SignSpec *spec, GError **error) {
    if (!is_ssh(spec) || literal_of(spec->key) != NULL || fs_exists(spec->key))
        return false;
    error_set(error, ERROR_SIGNING, "the signing key %s is not there", spec->key);
    error_fix(error, "ssh-keygen -t ed25519 -f %s, or correct signature.key in slipway.yaml", spec->key);
    return true;
}

static bool refuse(const SignSpec *spec, const ProcessResult *result, GError **error) {
    if (is_missing(spec, error))
        return false;
    g_autofree char *said = g_strchomp(text_escape(process_text(result->err), -1, true));
    g_autofree char *end = process_describe_end(result);
    error_set(error, ERROR_SIGNING, "%s does not sign: %s", program_of(spec), end);
    error_why(error, "%s", *said != '\0' ? said : "it said nothing");
    if (is_ssh(spec))
        error_fix(error, "ssh-add %s, or correct signature.key in slipway.yaml", literal_of(spec->key) == NULL ? spec->key : "the key");
    else
        error_fix(error, "unlock the key: echo | gpg --clearsign >/dev/null, or correct signature.key in slipway.yaml");
    return false;
}

/* ---- signing ---- */

static GPtrArray *signing_words(const Key *key) {
    const SignSpec *spec = key->spec;
    const char *const ssh[] = {"-Y", "sign", "-n", "file", "-f", key->key, NULL};
    const char *const gpg[] = {"--batch", "--no-tty", "--pinentry-mode", "error", "--armor", "--detach-sign", *key->key != '\0' ? "--local-user" : NULL,
                               key->key,  NULL};
    return words_of(program_of(spec), is_ssh(spec) ? ssh : gpg);
}

bool sign_make(const SignSpec *spec, const char *file, const char *signature, GError **error) {
    g_auto(Key) key = {0};
    g_autoptr(GBytes) bytes = fs_read(file, MAX_FILE, error);
    if (bytes == NULL || !find_key(spec, &key, error))
        return false;
    g_autoptr(GPtrArray) words = signing_words(&key);
    g_auto(ProcessResult) result = {0};
    if (!run(spec, (const char *const *)words->pdata, bytes, &result, error))
        return false;
    if (!process_ok(&result) || g_bytes_get_size(result.out) == 0)
        return refuse(spec, &result, error);
    return fs_write(signature, result.out, 0644, error);
}

/* ---- checking ---- */

/* "256 SHA256:abc… comment (ED25519)" */
static char *fingerprint(const Key *key, GError **error) {
    const char *const rest[] = {"-l", "-f", key->key, NULL};
    g_autoptr(GPtrArray) words = words_of("ssh-keygen", rest);
    g_auto(ProcessResult) result = {0};
    if (!run(key->spec, (const char *const *)words->pdata, NULL, &result, error))
        return NULL;
    const char *found = strstr(process_text(result.out), "SHA256:");
    if (!process_ok(&result) || found == NULL) {
        refuse(key->spec, &result, error);
        return NULL;
    }
    return g_strndup(found, strcspn(found, " \n"));
}

static bool not_good(const char *signature, const ProcessResult *result, GError **error) {
    g_autofree char *said = g_strchomp(text_escape(process_text(result->err), -1, true));
    error_set(error, ERROR_NOT_VERIFIED, "%s is no good signature by this key", signature);
    g_autofree char *out = g_strchomp(text_escape(process_text(result->out), -1, true));
    error_why(error, "%s%s", process_ok(result) ? "it is by another one: " : "", *said != '\0' ? said : out);
    return false;
}

static bool check_ssh(const Key *key, const char *file, const char *signature, GError **error) {
    g_autofree char *print = fingerprint(key, error);
    g_autoptr(GBytes) bytes = print != NULL ? fs_read(file, MAX_FILE, error) : NULL;
    if (bytes == NULL)
        return false;
    const char *const rest[] = {"-Y", "check-novalidate", "-n", "file", "-s", signature, NULL};
    g_autoptr(GPtrArray) words = words_of("ssh-keygen", rest);
    g_auto(ProcessResult) result = {0};
    if (!run(key->spec, (const char *const *)words->pdata, bytes, &result, error))
        return false;
    bool good = process_ok(&result) && strstr(process_text(result.out), print) != NULL;
    return good || not_good(signature, &result, error);
}

/* A key that is named by its id must be the one; of a name gpg itself found the key. */
static bool is_by(const char *status, const char *key) {
    const char *valid = strstr(status, "[GNUPG:] VALIDSIG ");
    g_autofree char *line = valid != NULL ? g_strndup(valid, strcspn(valid, "\n")) : NULL;
    g_autofree char *upper = g_ascii_strup(g_str_has_prefix(key, "0x") ? key + 2 : key, -1);
    bool id = strlen(upper) >= 8 && strspn(upper, "0123456789ABCDEF") == strlen(upper);
    return line != NULL && (!id || strstr(line, upper) != NULL);
}

static bool check_gpg(const Key *key, const char *file, const char *signature, GError **error) {
    const char *const rest[] = {"--batch", "--no-tty", "--status-fd", "1", "--verify", signature, file, NULL};
    g_autoptr(GPtrArray) words = words_of(program_of(key->spec), rest);
    g_auto(ProcessResult) result = {0};
    if (!run(key->spec, (const char *const *)words->pdata, NULL, &result, error))
        return false;
    return (process_ok(&result) && is_by(process_text(result.out), key->key)) || not_good(signature, &result, error);
}

bool sign_check(const SignSpec *spec, const char *file, const char *signature, GError **error) {
    g_auto(Key) key = {0};
    if (!find_key(spec, &key, error))
        return false;
    return is_ssh(spec) ? check_ssh(&key, file, signature, error) : check_gpg(&key, file, signature, error);
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
