#include "base/fault.h"
#include "base/fs.h"
#include "effects/make.h"

#include <string.h>

/* ---- inspect ---- */

static bool count_is(const char *folder, gsize count) {
    g_autoptr(GPtrArray) names = fs_list(folder, NULL);
    return names != NULL && names->len == count;
}

static Observed inspect(EffectRun *run, GError **error) {
    json_t *files = json_object_get(run->kept, "files");
    g_autofree char *folder = effects_out_folder(run, error);
    if (folder == NULL)
        return OBSERVED_UNKNOWN;
    if (files == NULL)
        return effect_saw(run, OBSERVED_ABSENT, "nothing was built");
    g_autoptr(GError) problem = NULL;
    if (!count_is(folder, json_array_size(files)) || !effects_files_are_there(folder, files, &problem))
        return effect_saw(run, OBSERVED_ABSENT, "%s is not what was built", folder);
    json_object_set_new(run->result, "folder", jsonx_path(folder));
    json_object_set(run->result, "files", files);
    return effect_saw(run, OBSERVED_SAME, "%" G_GSIZE_FORMAT " files in %s, as they were built", json_array_size(files), folder);
}

/* ---- apply ---- */

static bool apply(EffectRun *run, GError **error) {
    g_autofree char *folder = effects_out_folder(run, error);
    if (folder == NULL || !effects_make(run, folder, error))
        return false;
    fault_point("build-named", run->id);
    json_t *files = effects_measure(folder, error);
    if (files == NULL)
        return false;
    json_object_set_new(run->result, "folder", jsonx_path(folder));
    json_object_set(run->result, "files", files);
    gsize count = json_array_size(files);
    effect_note(run, "%" G_GSIZE_FORMAT " file%s", count, count == 1 ? "" : "s");
    return effect_keep(run, "files", files, error);
}

static bool undo(EffectRun *run, GError **error) {
    g_autofree char *folder = effects_out_folder(run, error);
    return folder != NULL && fs_remove_tree(folder, error);
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
    .inspect = inspect,
    .apply = apply,
    .undo = undo,
    .undo_note = "the folder of the build is removed",
};
