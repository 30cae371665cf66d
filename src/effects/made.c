/* Files that an effect made into a folder of the run: measured, kept, looked at again, removed. */
#include "base/digest.h"
#include "base/fs.h"
#include "effects/make.h"

static json_t *measure(const char *folder, GError **error) {
    g_autoptr(GPtrArray) names = fs_list(folder, error);
    if (names == NULL)
        return NULL;
    g_autoptr(json_t) files = json_array();
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);
        guint64 size = 0;
        g_autofree char *digest = digest_file(path, &size, error);
        if (digest == NULL)
            return NULL;
        json_array_append_new(files, effects_file_json(names->pdata[i], size, digest));
    }
    return g_steal_pointer(&files);
}

static bool count_is(const char *folder, gsize count) {
    g_autoptr(GPtrArray) names = fs_list(folder, NULL);
    return names != NULL && names->len == count;
}

Observed effects_made_inspect(EffectRun *run, GError **error) {
    json_t *files = json_object_get(run->kept, "files");
    g_autoptr(Beneath) out = effects_out_folder(run, error);
    if (out == NULL)
        return OBSERVED_UNKNOWN;
    const char *folder = beneath_path(out);
    if (files == NULL)
        return effect_saw(run, OBSERVED_ABSENT, "nothing was built");
    g_autoptr(GError) problem = NULL;
    if (!count_is(folder, json_array_size(files)) || !effects_files_are_there(folder, files, &problem))
        return effect_saw(run, OBSERVED_ABSENT, "%s is not what was built", folder);
    json_object_set_new(run->result, "folder", jsonx_path(folder));
    json_object_set(run->result, "files", files);
    return effect_saw(run, OBSERVED_SAME, "%" G_GSIZE_FORMAT " files in %s, as they were built", json_array_size(files), folder);
}

bool effects_made(EffectRun *run, const Beneath *out, GError **error) {
    const char *folder = beneath_path(out);
    json_t *files = measure(folder, error);
    if (files == NULL)
        return false;
    json_object_set_new(run->result, "folder", jsonx_path(folder));
    json_object_set(run->result, "files", files);
    return effect_keep(run, "files", files, error);
}

bool effects_made_undo(EffectRun *run, GError **error) {
    g_autoptr(Beneath) out = effects_out_folder(run, error);
    return out != NULL && beneath_remove(out, error);
}
