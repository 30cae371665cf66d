/* Parameters: folder; file: a plain name in it; kind, key, program, signers, revoked of the signature (see sign/sign.h); files: all that stand in the folder,
 * to which the signature is added in the result. Signatures are made new each time and need not be equal: one that is good is adopted. */
#include "base/digest.h"
#include "base/fault.h"
#include "base/fs.h"
#include "effects/artifact.h"
#include "sign/sign.h"

#include <string.h>

typedef struct {
    char *file, *signature; /* paths */
    SignSpec spec;
} Signing;

static void signing_clear(Signing *signing) {
    g_free(signing->file);
    g_free(signing->signature);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Signing, signing_clear)

static bool begin(EffectRun *run, Signing *signing, GError **error) {
    g_autoptr(Beneath) folder = effects_place_of_run(run, json_object_get(run->params, "folder"), "folder", error);
    const char *name = folder != NULL ? effects_text(run, "file", error) : NULL;
    const char *kind = name != NULL ? effects_text(run, "kind", error) : NULL;
    const char *key = kind != NULL ? effects_text(run, "key", error) : NULL;
    if (key == NULL)
        return false;
    if (sign_suffix(kind) == NULL || strchr(name, '/') != NULL || *name == '.')
        return error_set(error, ERROR_PLAN_BROKEN, "%s: a %.20s signature of \"%.200s\" cannot be", run->id, kind, name);
    signing->file = g_build_filename(beneath_path(folder), name, NULL);
    signing->signature = g_strconcat(signing->file, sign_suffix(kind), NULL);
    signing->spec = sign_spec(run->params);
    signing->spec.cancel = run->cancel;
    signing->spec.mark = run->site->own;
    return true;
}

/* The files and the signature among them, by name. */
static bool set_result(EffectRun *run, const Signing *signing, GError **error) {
    guint64 size = 0;
    g_autofree char *digest = digest_file(signing->signature, &size, error);
    if (digest == NULL)
        return false;
    g_autofree char *name = g_path_get_basename(signing->signature);
    json_t *files = json_object_get(run->params, "files");
    json_t *all = json_is_array(files) ? json_deep_copy(files) : json_array();
    gsize at = 0;
    while (at < json_array_size(all) && g_strcmp0(jsonx_string(json_array_get(all, at), "name"), name) < 0)
        at++;
    json_array_insert_new(all, at, effects_file_json(name, size, digest));
    json_object_set(run->result, "folder", json_object_get(run->params, "folder"));
    json_object_set_new(run->result, "files", all);
    json_object_set_new(run->result, "signature", jsonx_text(name));
    return true;
}

static Observed inspect(EffectRun *run, GError **error) {
    g_auto(Signing) signing = {0};
    if (!begin(run, &signing, error))
        return OBSERVED_UNKNOWN;
    if (!fs_exists(signing.signature))
        return effect_saw(run, OBSERVED_ABSENT, "%s is not there", signing.signature);
    g_autoptr(GError) problem = NULL;
    if (!sign_check(&signing.spec, signing.file, signing.signature, &problem))
        return effect_saw(run, OBSERVED_PARTIAL, "%s: %s", signing.signature, problem->message);
    return set_result(run, &signing, error) ? effect_saw(run, OBSERVED_SAME, "%s is good", signing.signature) : OBSERVED_UNKNOWN;
}

static bool apply(EffectRun *run, GError **error) {
    g_auto(Signing) signing = {0};
    if (!begin(run, &signing, error) || !sign_make(&signing.spec, signing.file, signing.signature, error))
        return false;
    fault_point("sign-made", run->id);
    return sign_check(&signing.spec, signing.file, signing.signature, error) && set_result(run, &signing, error);
}

static bool undo(EffectRun *run, GError **error) {
    g_auto(Signing) signing = {0};
    return begin(run, &signing, error) && fs_remove_tree(signing.signature, error);
}

static char *describe(const json_t *params) {
    g_autofree char *file = effects_shown_member(params, "file");
    const char *kind = jsonx_string(params, "kind");
    g_autofree char *key = effects_shown_member(params, "key");
    const char *suffix = sign_suffix(kind);
    return g_strdup_printf("sign %s as %s%s, by %s with %s", file, file, suffix != NULL ? suffix : "?", g_strcmp0(kind, "ssh") == 0 ? "ssh-keygen" : "gpg",
                           *key != '\0' ? key : "its default key");
}

const EffectKind effect_kind_sign_file = {
    .name = "sign-file",
    .doc = "signs a file with an SSH or OpenPGP key, and checks the signature",
    .describe = describe,
    .shown = "file key",
    .inspect = inspect,
    .apply = apply,
    .undo = undo,
    .undo_note = "the signature is removed",
    .here = true,
};
