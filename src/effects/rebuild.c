/* Parameters: those of a build, with a work tree and a folder of its own; first: {folder, files} of the build that it is compared with. */
#include "base/fault.h"
#include "base/fs.h"
#include "base/text.h"
#include "effects/make.h"
#include "package/differ.h"

#include <string.h>

#define LINES_OF_A_FILE 8

static void say_lines(const char *name, const GPtrArray *lines, GString *out) {
    for (guint i = 0; i < lines->len && i < LINES_OF_A_FILE; i++)
        g_string_append_printf(out, "%s: %s\n", name, (char *)lines->pdata[i]);
    if (lines->len > LINES_OF_A_FILE)
        g_string_append_printf(out, "%s: and %u more\n", name, lines->len - LINES_OF_A_FILE);
}

/* Adds what differs. False: it could not be looked at. */
static bool compare_file(const char *one, const char *other, const EffectsFile *file, GString *out, GError **error) {
    if (effects_file_is_there(other, file))
        return true;
    if (fs_kind_beneath(other, file->name) != FS_FILE) {
        g_string_append_printf(out, "%s: missing the second time\n", file->name);
        return true;
    }
    g_autofree char *a = g_build_filename(one, file->name, NULL);
    g_autofree char *b = g_build_filename(other, file->name, NULL);
    g_autoptr(GPtrArray) lines = package_differ(a, b, error);
    if (lines != NULL)
        say_lines(file->name, lines, out);
    return lines != NULL;
}

static bool is_file_of(const json_t *files, const char *name) {
    for (gsize i = 0; i < json_array_size(files); i++) {
        if (g_strcmp0(jsonx_string(json_array_get(files, i), "name"), name) == 0)
            return true;
    }
    return false;
}

static bool compare_all(EffectRun *run, const char *one, const char *other, GString *out, GError **error) {
    const json_t *files = json_object_get(json_object_get(run->params, "first"), "files");
    for (gsize i = 0; i < json_array_size(files); i++) {
        EffectsFile file;
        if (!effects_file(files, i, &file, error) || !compare_file(one, other, &file, out, error))
            return false;
    }
    g_autoptr(GPtrArray) names = fs_list(other, error);
    for (guint i = 0; names != NULL && i < names->len; i++) {
        if (!is_file_of(files, names->pdata[i]))
            g_string_append_printf(out, "%s: only the second time\n", (char *)names->pdata[i]);
    }
    return names != NULL;
}

static bool judge(EffectRun *run, const char *one, const char *other, const GString *differences, GError **error) {
    gsize count = json_array_size(json_object_get(json_object_get(run->params, "first"), "files"));
    if (differences->len == 0) {
        effect_note(run, "%" G_GSIZE_FORMAT " file%s equal", count, count == 1 ? "" : "s");
        return true;
    }
    g_autofree char *shown = g_strchomp(text_escape(differences->str, -1, true));
    error_set(error, ERROR_PACKAGE, "two builds of the same commit differ");
    error_why(error, "%s", shown);
    error_fix(error, "compare %s with %s; make the build heed SOURCE_DATE_EPOCH, or set build.reproducible to no", one, other);
    return false;
}

/* What differs stays there to be looked at; what does not is in the way. */
static bool apply(EffectRun *run, GError **error) {
    g_autoptr(Beneath) out = effects_out_folder(run, error);
    const json_t *compared = json_object_get(json_object_get(run->params, "first"), "folder");
    g_autoptr(Beneath) first = out != NULL ? effects_place_of_run(run, compared, "folder to be compared with", error) : NULL;
    if (first == NULL || !effects_make(run, out, error))
        return false;
    fault_point("rebuild-made", run->id);
    g_autoptr(GString) differences = g_string_new(NULL);
    const char *one = beneath_path(first), *other = beneath_path(out);
    if (!compare_all(run, one, other, differences, error) || !judge(run, one, other, differences, error))
        return false;
    json_object_set_new(run->result, "equal", json_true());
    return beneath_remove(out, error);
}

static bool undo(EffectRun *run, GError **error) {
    g_autoptr(Beneath) out = effects_out_folder(run, error);
    return out != NULL && beneath_remove(out, error);
}

static char *describe(const json_t *params) {
    g_autofree char *words = effects_shown_words(json_object_get(params, "run"));
    g_autofree char *source = effects_shown_member(params, "source");
    return g_strdup_printf("build a second time in %s: %s; every byte is the same", source, words);
}

const EffectKind effect_kind_rebuild = {
    .name = "rebuild",
    .doc = "builds a second time in another folder and compares",
    .describe = describe,
    .shown = "run source",
    .apply = apply,
    .undo = undo,
    .undo_note = "the folder of the second build is removed",
    .volatile_outcome = true,
    .here = true,
};
