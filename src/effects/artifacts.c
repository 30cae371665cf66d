#include "base/digest.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/process.h"
#include "effects/artifact.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Parameters: from, a list of {folder, files}: what was built, package by package; into: a folder of the user's, or null.
 *
 * Where the artifacts go: into the run's own folder, or into one of the user's (`into`). What the user had there is moved to the run's folder first and
 * put back by undo. "former" is kept before anything is moved: was there a folder? So a folder that is there while work_dir/former is not is the user's. */
typedef struct {
    char *to;
    char *former;
    bool users;
    json_t *files; /* all of them: the plan's and SHA256SUMS, sorted */
} Places;

static void places_clear(Places *places) {
    g_free(places->to);
    g_free(places->former);
    json_decref(places->files);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Places, places_clear)

/* ---- what shall be there ---- */

static int by_name(gconstpointer a, gconstpointer b) {
    return strcmp(((const EffectsFile *)a)->name, ((const EffectsFile *)b)->name);
}

static bool is_there(const GArray *files, const char *name) {
    for (guint i = 0; i < files->len; i++) {
        if (strcmp(g_array_index(files, EffectsFile, i).name, name) == 0)
            return true;
    }
    return false;
}

static bool refuse_twice(const char *name, GError **error) {
    error_set(error, ERROR_BUILD_FAILED, "two packages make a file of the name %s", name);
    error_why(error, "all files of a release stand in one folder");
    error_fix(error, "slipway abort, then give one of them another name or leave one out of `packages` in slipway.yaml, commit, release again");
    return false;
}

static bool add_files(const json_t *files, GArray *sorted, GError **error) {
    for (gsize i = 0; i < json_array_size(files); i++) {
        EffectsFile file;
        if (!effects_file(files, i, &file, error))
            return false;
        if (strcmp(file.name, EFFECTS_SUMS) == 0 || is_there(sorted, file.name))
            return refuse_twice(file.name, error);
        g_array_append_val(sorted, file);
    }
    return true;
}

/* Of all packages, by name. Borrowed from the parameters. */
static GArray *sorted_files(const json_t *from, GError **error) {
    g_autoptr(GArray) sorted = g_array_new(FALSE, TRUE, sizeof(EffectsFile));
    if (!json_is_array(from)) {
        error_set(error, ERROR_PLAN_BROKEN, "there is no list of what was built");
        return NULL;
    }
    for (gsize i = 0; i < json_array_size(from); i++) {
        if (!add_files(json_object_get(json_array_get(from, i), "files"), sorted, error))
            return NULL;
    }
    g_array_sort(sorted, by_name);
    return g_steal_pointer(&sorted);
}

static char *sums_text(const GArray *files) {
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < files->len; i++) {
        const EffectsFile *file = &g_array_index(files, EffectsFile, i);
        g_string_append_printf(text, "%s  %s\n", file->sha256, file->name);
    }
    return g_string_free(text, FALSE);
}

/* The members of the plan and SHA256SUMS over them, sorted by name. */
static json_t *all_files(const json_t *from, GError **error) {
    g_autoptr(GArray) sorted = sorted_files(from, error);
    if (sorted == NULL)
        return NULL;
    g_autofree char *text = sums_text(sorted);
    if (!limits_keep(LIMITED_SUMS, NULL, strlen(text), error))
        return NULL;
    g_autofree char *digest = digest_string(text);
    EffectsFile sums = {.name = EFFECTS_SUMS, .sha256 = digest, .size = strlen(text)};
    g_array_append_val(sorted, sums);
    g_array_sort(sorted, by_name);
    json_t *all = json_array();
    for (guint i = 0; i < sorted->len; i++) {
        const EffectsFile *file = &g_array_index(sorted, EffectsFile, i);
        json_array_append_new(all, effects_file_json(file->name, file->size, file->sha256));
    }
    return all;
}

static bool find_places(EffectRun *run, Places *places, GError **error) {
    const json_t *into = json_object_get(run->params, "into");
    places->users = into != NULL && !json_is_null(into);
    g_autoptr(Beneath) to = places->users ? effects_place_of_tree(run, into, "into", error) : beneath_run(run->site->work_dir, "artifacts", error);
    if (to == NULL)
        return false;
    places->to = g_strdup(beneath_path(to));
    places->former = g_build_filename(run->site->work_dir, "former", NULL);
    places->files = all_files(json_object_get(run->params, "from"), error);
    if (places->files == NULL)
        return false;
    if (beneath_kind(to) == FS_MISSING || beneath_is_folder(to))
        return true;
    error_set(error, ERROR_UNTRUSTED_PATH, "%s is not a folder", places->to);
    error_why(error, "slipway replaces a folder, not a link or a file");
    return false;
}

/* ---- inspect ---- */

static gsize count_there(const Places *places) {
    gsize count = 0;
    for (gsize i = 0; i < json_array_size(places->files); i++) {
        EffectsFile file;
        if (effects_file(places->files, i, &file, NULL) && effects_file_is_there(places->to, &file))
            count++;
    }
    return count;
}

static bool former_is_users(EffectRun *run, const Places *places) {
    return places->users && jsonx_bool(run->kept, "former", true) && !fs_exists(places->former);
}

static Observed inspect(EffectRun *run, GError **error) {
    g_auto(Places) places = {0};
    if (!find_places(run, &places, error))
        return OBSERVED_UNKNOWN;
    g_autoptr(GPtrArray) names = fs_list(places.to, error);
    if (names == NULL)
        return OBSERVED_UNKNOWN;
    gsize wanted = json_array_size(places.files), there = count_there(&places);
    if (there == wanted && names->len == wanted) {
        json_object_set_new(run->result, "folder", jsonx_path(places.to));
        json_object_set(run->result, "files", places.files);
        return effect_saw(run, OBSERVED_SAME, "%s holds all %" G_GSIZE_FORMAT " files", places.to, wanted);
    }
    if (!fs_exists(places.to) || former_is_users(run, &places))
        return effect_saw(run, OBSERVED_ABSENT, "%s %s", places.to, fs_exists(places.to) ? "is as the user left it" : "is not there");
    return effect_saw(run, OBSERVED_PARTIAL, "%s holds %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " files", places.to, there, wanted);
}

/* ---- apply ---- */

/* Across file systems a folder cannot be renamed: copied beside, then moved into place, then the old one goes. */
static bool move_by_copy(const char *from, const char *to, GError **error) {
    g_autofree char *half = g_strconcat(to, ".half", NULL);
    if (!fs_remove_tree(half, error))
        return false;
    const char *const words[] = {"cp", "-a", "--", from, half, NULL};
    ProcessSpec spec = {.argv = words};
    g_auto(ProcessResult) result = {0};
    if (!process_run(&spec, &result, error))
        return false;
    if (!process_ok(&result)) {
        error_set(error, ERROR_IO, "cannot copy %s to %s", from, half);
        error_why(error, "%s", process_text(result.err));
        return false;
    }
    return fs_rename(half, to, error) && fs_remove_tree(from, error);
}

static bool move_folder(const char *from, const char *to, GError **error) {
    if (rename(from, to) == 0) {
        g_autofree char *one = g_path_get_dirname(from);
        g_autofree char *other = g_path_get_dirname(to);
        return fs_sync_dir(one, error) && fs_sync_dir(other, error);
    }
    return errno == EXDEV ? move_by_copy(from, to, error) : error_errno(error, ERROR_IO, errno, "cannot move %s to %s", from, to);
}

/* After it, what stands at `to` is ours. */
static bool put_former_away(EffectRun *run, const Places *places, GError **error) {
    if (!places->users)
        return true;
    bool first = json_object_get(run->kept, "former") == NULL;
    if (first && !effect_keep(run, "former", json_boolean(fs_exists(places->to)), error))
        return false;
    fault_point("artifacts-noted", run->id);
    if (!fs_exists(places->to) || !former_is_users(run, places))
        return true;
    return move_folder(places->to, places->former, error);
}

static bool write_sums(EffectRun *run, const Places *places, GError **error) {
    g_autoptr(GArray) sorted = sorted_files(json_object_get(run->params, "from"), error);
    if (sorted == NULL)
        return false;
    char *text = sums_text(sorted);
    g_autoptr(GBytes) bytes = g_bytes_new_take(text, strlen(text));
    g_autofree char *path = g_build_filename(places->to, EFFECTS_SUMS, NULL);
    return fs_write(path, bytes, 0644, error);
}

static bool copy_package(EffectRun *run, const Places *places, const json_t *package, GError **error) {
    g_autoptr(Beneath) made = effects_place_of_run(run, json_object_get(package, "folder"), "folder of a package", error);
    const json_t *files = json_object_get(package, "files");
    const char *folder = made != NULL ? beneath_path(made) : NULL;
    if (folder == NULL || !effects_files_are_there(folder, files, error))
        return false;
    for (gsize i = 0; i < json_array_size(files); i++) {
        EffectsFile file;
        if (!effects_file(files, i, &file, error))
            return false;
        g_autofree char *from = g_build_filename(folder, file.name, NULL);
        g_autofree char *to = g_build_filename(places->to, file.name, NULL);
        if (!effects_file_is_there(places->to, &file) && !fs_copy(from, to, effects_file_mode(from), error))
            return false;
        fault_point("artifacts-copied", run->id);
    }
    return true;
}

static bool copy_all(EffectRun *run, const Places *places, GError **error) {
    const json_t *from = json_object_get(run->params, "from");
    for (gsize i = 0; i < json_array_size(from); i++) {
        if (!copy_package(run, places, json_array_get(from, i), error))
            return false;
    }
    return write_sums(run, places, error);
}

/* Files of a half run, and what a killed copy left. */
static bool drop_others(const Places *places, GError **error) {
    g_autoptr(GPtrArray) names = fs_list(places->to, error);
    for (guint i = 0; names != NULL && i < names->len; i++) {
        bool planned = false;
        for (gsize j = 0; j < json_array_size(places->files) && !planned; j++)
            planned = g_strcmp0(jsonx_string(json_array_get(places->files, j), "name"), names->pdata[i]) == 0;
        g_autofree char *path = g_build_filename(places->to, names->pdata[i], NULL);
        if (!planned && !fs_remove_tree(path, error))
            return false;
    }
    return names != NULL;
}

static bool apply(EffectRun *run, GError **error) {
    g_auto(Places) places = {0};
    if (!find_places(run, &places, error))
        return false;
    if (!put_former_away(run, &places, error))
        return false;
    fault_point("artifacts-cleared", run->id);
    if (!fs_make_dirs(places.to, 0777, error) || !drop_others(&places, error) || !copy_all(run, &places, error))
        return false;
    json_object_set_new(run->result, "folder", jsonx_path(places.to));
    json_object_set(run->result, "files", places.files);
    return true;
}

/* ---- undo ---- */

/* A file that is not one of ours (or is changed) is somebody else's work: it is not removed. */
static bool check_ours(const Places *places, GError **error) {
    g_autoptr(GPtrArray) names = fs_list(places->to, error);
    for (guint i = 0; names != NULL && i < names->len; i++) {
        const char *name = names->pdata[i];
        bool ours = g_str_has_suffix(name, ".slipway-tmp");
        for (gsize j = 0; j < json_array_size(places->files) && !ours; j++) {
            EffectsFile file;
            ours = effects_file(places->files, j, &file, NULL) && strcmp(file.name, name) == 0 && effects_file_is_there(places->to, &file);
        }
        if (!ours)
            return error_set(error, ERROR_CONFLICT, "%s/%s is not what slipway put there", places->to, name);
    }
    return names != NULL;
}

static bool undo(EffectRun *run, GError **error) {
    g_auto(Places) places = {0};
    if (!find_places(run, &places, error))
        return false;
    if (!places.users)
        return fs_remove_tree(places.to, error);
    if (json_object_get(run->kept, "former") == NULL || former_is_users(run, &places))
        return true;
    if (!check_ours(&places, error) || !fs_remove_tree(places.to, error))
        return false;
    fault_point("artifacts-removed", run->id);
    return !fs_exists(places.former) || move_folder(places.former, places.to, error);
}

static char *shown_packages(const json_t *from) {
    GString *out = g_string_new(NULL);
    for (gsize i = 0; i < json_array_size(from); i++) {
        g_autofree char *files = effects_shown_member(json_array_get(from, i), "files");
        g_string_append_printf(out, "%s%s", i > 0 ? ", " : "", files);
    }
    return g_string_free(out, FALSE);
}

static char *describe(const json_t *params) {
    g_autofree char *files = shown_packages(json_object_get(params, "from"));
    const json_t *into = json_object_get(params, "into");
    g_autofree char *to = into != NULL && !json_is_null(into) ? effects_shown(into) : g_strdup("the run's artifacts");
    return g_strdup_printf("put %s and " EFFECTS_SUMS " into %s", files, to);
}

const EffectKind effect_kind_artifacts = {
    .name = "artifacts",
    .doc = "puts what was built where it is kept, with SHA256SUMS",
    .describe = describe,
    .shown = "into from.files from.files.name",
    .inspect = inspect,
    .apply = apply,
    .undo = undo,
    .undo_note = "the files are removed; a folder of yours that they replaced is put back",
    .here = true,
};
