/* Parameters: forge, tag; file: an asset; kind, key, program, signers, revoked, when of the signature that stands beside it (see sign/sign.h). */
#include "base/fs.h"
#include "effects/release.h"
#include "sign/sign.h"

/* A list of checksums, and what signs it. */
#define MAX_SIGNED (4u << 20)

static char *scratch_of(const EffectRun *run) {
    return g_build_filename(run->site->work_dir, "signature", NULL);
}

static char *fetch(EffectRun *run, Forge *forge, const ForgeRelease *is, const char *name, GError **error) {
    const ForgeAsset *asset = forge_release_asset(is, name);
    if (asset == NULL) {
        error_set(error, ERROR_NOT_VERIFIED, "the release %s has no %s", is->tag, name);
        return NULL;
    }
    ForgeWanted wanted = {.release = is, .asset = asset, .limit = MAX_SIGNED};
    g_autofree char *folder = scratch_of(run);
    g_autofree char *path = g_build_filename(folder, name, NULL);
    return fs_make_dirs(folder, 0755, error) && forge_asset_save(forge, &wanted, path, NULL, error) ? g_steal_pointer(&path) : NULL;
}

static bool check(EffectRun *run, Forge *forge, const ForgeRelease *is, GError **error) {
    const char *name = effects_text(run, "file", error);
    const char *kind = name != NULL ? effects_text(run, "kind", error) : NULL;
    const char *key = kind != NULL ? effects_text(run, "key", error) : NULL;
    const char *suffix = key != NULL ? sign_suffix(kind) : NULL;
    if (suffix == NULL)
        return key == NULL ? false : error_set(error, ERROR_PLAN_BROKEN, "%s: there is no signature of the kind %s", run->id, kind);
    g_autofree char *beside = g_strconcat(name, suffix, NULL);
    g_autofree char *file = fetch(run, forge, is, name, error);
    g_autofree char *signature = file != NULL ? fetch(run, forge, is, beside, error) : NULL;
    SignSpec spec = sign_spec(run->params);
    spec.cancel = run->cancel;
    spec.mark = run->site->own;
    if (signature == NULL || !sign_check(&spec, file, signature, error))
        return false;
    effect_note(run, "%s is a good signature of %s", beside, name);
    return true;
}

static bool apply(EffectRun *run, GError **error) {
    g_autoptr(Forge) forge = NULL;
    g_autoptr(ForgeRelease) is = NULL;
    if (!effects_open_and_find(run, &forge, &is, error))
        return false;
    if (is == NULL)
        return error_set(error, ERROR_NOT_VERIFIED, "there is no release %s", effects_tag(run, NULL));
    g_autofree char *scratch = scratch_of(run);
    bool good = check(run, forge, is, error);
    if (!good && error != NULL && error_is(*error, ERROR_NOT_VERIFIED)) /* the same command again would say the same */
        error_fix(error, "see at the forge who changed it, and tell those who have it; then: slipway release patch");
    return fs_remove_tree(scratch, good ? error : NULL) && good;
}

static char *describe(const json_t *params) {
    g_autofree char *file = effects_shown_member(params, "file");
    g_autofree char *tag = effects_shown_member(params, "tag");
    g_autofree char *key = effects_shown_member(params, "key");
    const char *suffix = sign_suffix(jsonx_string(params, "kind"));
    return g_strdup_printf("check %s%s of the release %s by %s", file, suffix != NULL ? suffix : "?", tag, *key != '\0' ? key : "the default key");
}

const EffectKind effect_kind_check_signature = {
    .name = "check-signature",
    .doc = "downloads a signed file with its signature and checks it by the key that signs releases",
    .describe = describe,
    .shown = "file tag key",
    .apply = apply,
    .undo = effects_undo_nothing,
    .undo_note = "nothing to undo: a check changes nothing",
    .volatile_outcome = true,
};
