#include "base/fault.h"
#include "base/fs.h"
#include "base/text.h"
#include "engine/effect.h"

#include <string.h>

#define FILE_LIMIT (64u << 20)

typedef enum { SIDE_BEFORE, SIDE_AFTER, SIDE_OTHER } Side;

typedef struct {
    char *path;
    GBytes *before, *after; /* NULL: the file is not there */
    mode_t mode;
} File;

static void file_free(File *file) {
    g_free(file->path);
    g_clear_pointer(&file->before, g_bytes_unref);
    g_clear_pointer(&file->after, g_bytes_unref);
    g_free(file);
}

static GPtrArray *files_of(const json_t *params) {
    GPtrArray *files = g_ptr_array_new_with_free_func((GDestroyNotify)file_free);
    const json_t *rows = json_object_get(params, "files");
    for (gsize i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        File *file = g_new0(File, 1);
        file->path = jsonx_get_path(json_object_get(row, "path"));
        if (file->path == NULL)
            file->path = g_strdup(""); /* of a plan that no step made; it can be no file */
        file->before = jsonx_get_bytes(json_object_get(row, "before"));
        file->after = jsonx_get_bytes(json_object_get(row, "after"));
        file->mode = (mode_t)jsonx_int(row, "mode", 0644);
        g_ptr_array_add(files, file);
    }
    return files;
}

/* Which of the two sides stands on the disk, byte for byte. */
static bool side_of(const EffectRun *run, const File *file, Side *side, GError **error) {
    FsKind kind = fs_kind_beneath(run->site->tree, file->path);
    *side = SIDE_OTHER;
    if (kind == FS_OTHER)
        return true;
    if (kind == FS_MISSING) {
        *side = file->after == NULL ? SIDE_AFTER : file->before == NULL ? SIDE_BEFORE : SIDE_OTHER;
        return true;
    }
    g_autoptr(GBytes) bytes = fs_read_beneath(run->site->tree, file->path, FILE_LIMIT, error);
    if (bytes == NULL)
        return false;
    if (file->after != NULL && g_bytes_equal(bytes, file->after))
        *side = SIDE_AFTER;
    else if (file->before != NULL && g_bytes_equal(bytes, file->before))
        *side = SIDE_BEFORE;
    return true;
}

static char *describe(const json_t *params) {
    g_autoptr(GPtrArray) files = files_of(params);
    GString *line = g_string_new("write");
    for (guint i = 0; i < files->len; i++) {
        g_autofree char *path = text_escape(((const File *)g_ptr_array_index(files, i))->path, -1, false);
        g_string_append_printf(line, "%s %s", i > 0 ? "," : "", path);
    }
    return g_string_free(line, FALSE);
}

static char *detail(const json_t *params) {
    g_autoptr(GPtrArray) files = files_of(params);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < files->len; i++) {
        const File *file = g_ptr_array_index(files, i);
        g_autofree char *diff = text_diff(file->path, file->before, file->after);
        g_string_append(text, diff);
    }
    return g_string_free(text, FALSE);
}

static Observed inspect(EffectRun *run, GError **error) {
    g_autoptr(GPtrArray) files = files_of(run->params);
    guint done = 0;
    json_t *paths = json_array();
    json_object_set_new(run->result, "files", paths);
    for (guint i = 0; i < files->len; i++) {
        const File *file = g_ptr_array_index(files, i);
        Side side;
        if (!side_of(run, file, &side, error))
            return OBSERVED_UNKNOWN;
        if (side == SIDE_OTHER)
            return effect_saw(run, OBSERVED_DIFFERENT, "%s is neither as it was nor as the plan makes it", file->path);
        done += side == SIDE_AFTER ? 1 : 0;
        json_array_append_new(paths, jsonx_path(file->path));
    }
    return done == files->len ? OBSERVED_SAME : done > 0 ? OBSERVED_PARTIAL : OBSERVED_ABSENT;
}

static bool put(EffectRun *run, const File *file, GBytes *bytes, GError **error) {
    if (bytes == NULL)
        return fs_unlink_beneath(run->site->tree, file->path, error);
    return fs_write_beneath(run->site->tree, file->path, bytes, file->before == NULL ? file->mode : 0, error);
}

/* inspect has seen that every file is as before or as after; one that changed since is seen here again, just before it is replaced. */
static bool apply(EffectRun *run, GError **error) {
    g_autoptr(GPtrArray) files = files_of(run->params);
    for (guint i = 0; i < files->len; i++) {
        const File *file = g_ptr_array_index(files, i);
        Side side;
        if (!side_of(run, file, &side, error))
            return false;
        if (side == SIDE_OTHER)
            return error_set(error, ERROR_CONFLICT, "%s was changed by another hand", file->path);
        if (side == SIDE_BEFORE && !put(run, file, file->after, error))
            return false;
        fault_point("file-written", run->id);
    }
    return true;
}

static bool check_foreign(EffectRun *run, const GPtrArray *files, GError **error) {
    for (guint i = 0; i < files->len; i++) {
        const File *file = g_ptr_array_index(files, i);
        Side side;
        if (!side_of(run, file, &side, error))
            return false;
        if (side != SIDE_OTHER)
            continue;
        error_set(error, ERROR_CONFLICT, "%s was changed by another hand since this run wrote it", file->path);
        error_why(error, "it is neither what the run found nor what it wrote; putting it back would lose that change");
        error_fix(error, "save your change of %s elsewhere, git checkout -- %s, then: slipway abort", file->path, file->path);
        return false;
    }
    return true;
}

static bool undo(EffectRun *run, GError **error) {
    g_autoptr(GPtrArray) files = files_of(run->params);
    if (!check_foreign(run, files, error))
        return false;
    for (guint i = 0; i < files->len; i++) {
        const File *file = g_ptr_array_index(files, i);
        Side side;
        if (!side_of(run, file, &side, error))
            return false;
        if (side == SIDE_AFTER && !put(run, file, file->before, error))
            return false;
        fs_drop_temporary_beneath(run->site->tree, file->path);
        fault_point("file-put-back", run->id);
    }
    return true;
}

const EffectKind effect_kind_write_files = {
    .name = "write-files",
    .doc = "writes files of the work tree, each whole or not at all",
    .describe = describe,
    .detail = detail,
    .inspect = inspect,
    .apply = apply,
    .undo = undo,
    .undo_note = "the former content is put back",
    .here = true,
};
