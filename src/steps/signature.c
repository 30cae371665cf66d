#include "steps/signature.h"

#include "base/allowed.h"
#include "project/outside.h"
#include "sign/sign.h"

#include <string.h>

/* ~/… is the user's, all else relative to the tree's top; a public key as text stays. */
static char *key_path(const World *world, const char *key) {
    return sign_literal(key) != NULL ? g_strdup(key) : outside_place(world, key);
}

/* A file that git's configuration names: ~/… is the user's, all else relative to the tree's top. */
static bool put_file(const World *world, json_t *spec, const char *name, const char *setting, GError **error) {
    GError *problem = NULL;
    g_autofree char *value = git_config(world->git, setting, &problem);
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    g_autofree char *path = value != NULL && *value != '\0' ? key_path(world, value) : NULL;
    if (path != NULL)
        json_object_set_new(spec, name, jsonx_path(path));
    return true;
}

/* What is in the plan is the key itself, not a name that another key may have. */
static json_t *spec_of(const World *world, const char *kind, const char *key, const char *program, GError **error) {
    bool ssh = g_str_equal(kind, "ssh");
    g_autofree char *path = ssh ? key_path(world, key) : g_strdup(key);
    SignSpec sign = {.kind = kind, .key = path, .program = program};
    g_autofree char *full = sign_resolve(&sign, error);
    if (full == NULL)
        return NULL;
    g_autoptr(json_t) spec = json_pack("{s: s, s: o}", "kind", kind, "key", jsonx_path(full));
    json_object_set_new(spec, "program", program != NULL ? jsonx_text(program) : json_null());
    bool whole =
        !ssh || (put_file(world, spec, "signers", "gpg.ssh.allowedSignersFile", error) && put_file(world, spec, "revoked", "gpg.ssh.revocationFile", error));
    return whole ? g_steal_pointer(&spec) : NULL;
}

static json_t *refuse(GError **error, const char *why) {
    error_set(error, ERROR_SIGNING, "SHA256SUMS is to be signed, but with what is not said");
    error_why(error, "%s", why);
    error_state(error, "nothing was changed");
    error_fix(error, "set signature.key in slipway.yaml, or signature.kind to none");
    return NULL;
}

/* As git does it where user.signingKey is not set; the command is the user's own, and no repository's. g_free. */
static char *default_key(GError **error) {
    g_auto(GStrv) commands = allowed_values("gpg.ssh.defaultKeyCommand", error);
    guint count = commands != NULL ? g_strv_length(commands) : 0;
    return count > 0 ? sign_default_key(commands[count - 1], error) : NULL;
}

/* Of two names for one thing git takes what is said last; here the newer one. g_free. */
static char *program_of(const World *world, bool ssh, GError **error) {
    GError *problem = NULL;
    char *program = git_config(world->git, ssh ? "gpg.ssh.program" : "gpg.openpgp.program", &problem);
    if (problem != NULL)
        g_propagate_error(error, problem);
    return program != NULL || ssh || problem != NULL ? program : git_config(world->git, "gpg.program", error);
}

static json_t *as_git_signs(const World *world, GError **error) {
    if (!git_check_signer(world->git, error))
        return NULL;
    GError *problem = NULL;
    g_autofree char *format = git_config(world->git, "gpg.format", &problem);
    g_autofree char *key = problem == NULL ? git_config(world->git, "user.signingKey", &problem) : NULL;
    bool ssh = g_strcmp0(format, "ssh") == 0;
    g_autofree char *program = problem == NULL ? program_of(world, ssh, &problem) : NULL;
    if (ssh && key == NULL && problem == NULL)
        key = default_key(&problem);
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return NULL;
    }
    if (g_strcmp0(format, "x509") == 0)
        return refuse(error, "git signs with X.509 (gpg.format), which is not done here");
    if (ssh && key == NULL)
        return refuse(error, "git signs with SSH (gpg.format), but user.signingKey is not set, and no gpg.ssh.defaultKeyCommand of yours prints a key");
    if (key == NULL && world->identity.email != NULL) /* git asks gpg for the committer's key */
        key = g_strdup_printf("%s <%s>", world->identity.name, world->identity.email);
    return spec_of(world, ssh ? "ssh" : "gpg", key != NULL ? key : "", program, error);
}

json_t *release_signature(const World *world, GError **error) {
    const char *kind = config_string(world->config, "signature.kind");
    const char *key = config_string(world->config, "signature.key");
    if (g_str_equal(kind, "none"))
        return NULL;
    if (g_str_equal(kind, "git"))
        return as_git_signs(world, error);
    if (g_str_equal(kind, "ssh") && *key == '\0')
        return refuse(error, "signature.kind is ssh, and signature.key is not set");
    bool file = g_str_equal(kind, "ssh") && sign_literal(key) == NULL;
    if (file && !outside_check_key(world, "signature.key", error))
        return NULL;
    return spec_of(world, kind, key, NULL, error);
}

bool release_signature_when(const World *world, const char *tag, json_t *spec, GError **error) {
    g_autofree char *ref = g_strconcat("refs/tags/", tag, NULL);
    g_autofree char *time = git_read(world->git, error, "for-each-ref", "--format=%(creatordate:unix)", ref, NULL);
    gint64 when = time != NULL ? g_ascii_strtoll(time, NULL, 10) : 0;
    if (when > 0)
        json_object_set_new(spec, "when", json_integer(when));
    return time != NULL;
}

bool release_try_signature(const World *world, GError **error) {
    GError *problem = NULL;
    g_autoptr(json_t) spec = release_signature(world, &problem);
    SignSpec sign = sign_spec(spec);
    bool done = problem == NULL && (spec == NULL || sign_try(&sign, &problem));
    if (problem == NULL)
        return done;
    error_state(&problem, "nothing was changed");
    g_propagate_error(error, problem);
    return false;
}
