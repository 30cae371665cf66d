#include "base/fault.h"
#include "effects/make.h"

static bool apply(EffectRun *run, GError **error) {
    g_autoptr(Beneath) out = effects_out_folder(run, error);
    if (out == NULL || !effects_make(run, out, error))
        return false;
    fault_point("build-named", run->id);
    if (!effects_made(run, out, error))
        return false;
    gsize count = json_array_size(json_object_get(run->result, "files"));
    effect_note(run, "%" G_GSIZE_FORMAT " file%s", count, count == 1 ? "" : "s");
    return true;
}

static char *describe(const json_t *params) {
    g_autofree char *words = effects_shown_words(json_object_get(params, "run"));
    g_autofree char *tree = effects_shown_member(params, "source");
    const char *directory = jsonx_string(params, "directory");
    bool inner = directory != NULL && *directory != '\0';
    g_autofree char *source = g_strconcat(tree, inner ? "/" : "", inner ? directory : "", NULL);
    if (json_array_size(json_object_get(params, "expect")) == 0)
        return g_strdup_printf("build in %s: %s", source, words);
    g_autofree char *expect = effects_shown_member(params, "expect");
    return g_strdup_printf("build in %s: %s; expected: %s", source, words, expect);
}

const EffectKind effect_kind_build = {
    .name = "build",
    .doc = "builds the artifacts, once, into an empty folder of the run",
    .describe = describe,
    .shown = "run source directory expect",
    .inspect = effects_made_inspect,
    .apply = apply,
    .undo = effects_made_undo,
    .undo_note = "the folder of the build is removed",
    .here = true,
};
