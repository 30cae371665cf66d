#include "base/fault.h"
#include "base/fs.h"
#include "base/text.h"
#include "effects/artifact.h"

#include <string.h>

#define FILE_LIMIT (64u << 20)

typedef enum { SIDE_BEFORE, SIDE_AFTER, SIDE_OTHER } Side;

typedef struct {
    char *path;
    Beneath *place;         /* after open_files */
    GBytes *before, *after; /* NULL: the file is not there */
    mode_t mode;
} File;

static void file_free(File *file) {
    g_free(file->path);
    g_clear_pointer(&file->place, beneath_free);
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
        file->mode = (jsonx_int(row, "mode", 0644) & 0111) != 0 ? 0755 : 0644;
        g_ptr_array_add(files, file);
    }
    return files;
}

/* The same, and every one of them has its place in the tree. */
static GPtrArray *open_files(EffectRun *run, GError **error) {
    g_autoptr(GPtrArray) files = files_of(run->params);
    g_autoptr(Beneath) top = beneath_top(run->site->tree);
    for (guint i = 0; i < files->len; i++) {
        File *file = g_ptr_array_index(files, i);
        file->place = beneath_inner(top, file->path, error);
        if (file->place == NULL)
            return NULL;
    }
    return g_steal_pointer(&files);
}

/* Which of the two sides stands on the disk, byte for byte. */
static bool side_of(const File *file, Side *side, GError **error) {
    FsKind kind = beneath_kind(file->place);
    *side = SIDE_OTHER;
    if (kind == FS_OTHER)
        return true;
    if (kind == FS_MISSING) {
        *side = file->after == NULL ? SIDE_AFTER : file->before == NULL ? SIDE_BEFORE : SIDE_OTHER;
        return true;
    }
    g_autoptr(GBytes) bytes = beneath_read(file->place, FILE_LIMIT, error);
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
        const File *file = g_ptr_array_index(files, i);
        g_autofree char *path = text_escape(file->path, -1, false);
        g_string_append_printf(line, "%s %s%s", i > 0 ? "," : "", path, file->mode == 0755 ? " (a program)" : "");
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
    g_autoptr(GPtrArray) files = open_files(run, error);
    if (files == NULL)
        return OBSERVED_UNKNOWN;
    guint done = 0;
    json_t *paths = json_array();
    json_object_set_new(run->result, "files", paths);
    for (guint i = 0; i < files->len; i++) {
        const File *file = g_ptr_array_index(files, i);
        Side side;
        if (!side_of(file, &side, error))
            return OBSERVED_UNKNOWN;
        if (side == SIDE_OTHER)
            return effect_saw(run, OBSERVED_DIFFERENT, "%s is neither as it was nor as the plan makes it", file->path);
        done += side == SIDE_AFTER ? 1 : 0;
        json_array_append_new(paths, jsonx_path(file->path));
    }
    return done == files->len ? OBSERVED_SAME : done > 0 ? OBSERVED_PARTIAL : OBSERVED_ABSENT;
}

static bool put(const File *file, GBytes *bytes, GError **error) {
    if (bytes == NULL)
        return beneath_unlink(file->place, error);
    return beneath_write(file->place, bytes, file->before == NULL ? file->mode : 0, error);
}

/* The folders that the files stand in, each once, as words behind those of ls-tree. */
static GPtrArray *list_words(const GPtrArray *files) {
    static const char *const head[] = {"ls-tree", "-z", "--full-tree", "HEAD", "--"};
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < G_N_ELEMENTS(head); i++)
        g_ptr_array_add(words, g_strdup(head[i]));
    for (guint i = 0; i < files->len; i++) {
        const char *path = ((const File *)g_ptr_array_index(files, i))->path;
        for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
            g_autofree char *folder = g_strndup(path, (gsize)(slash - path));
            if (!g_ptr_array_find_with_equal_func(words, folder, g_str_equal, NULL))
                g_ptr_array_add(words, g_steal_pointer(&folder));
        }
    }
    bool none = words->len == G_N_ELEMENTS(head);
    g_ptr_array_add(words, NULL);
    if (none)
        g_ptr_array_set_size(words, 0);
    return words;
}

/* A submodule that is not checked out is a plain folder to look at. */
static bool check_submodules(EffectRun *run, const GPtrArray *files, GError **error) {
    g_autoptr(GPtrArray) words = list_words(files);
    if (words->len == 0)
        return true;
    g_autoptr(Git) git = effects_git(run, error);
    gsize length = 0;
    GitCall call = {.read = true, .words = (const char *const *)words->pdata, .length = &length};
    g_autofree char *list = git_call(git, &call, error);
    for (gsize at = 0; list != NULL && at < length; at += strlen(list + at) + 1) {
        const char *path = strchr(list + at, '\t');
        if (g_str_has_prefix(list + at, "160000 "))
            return error_set(error, ERROR_UNTRUSTED_PATH, "%s is a submodule: nothing is written into it", path != NULL ? path + 1 : "?");
    }
    return list != NULL;
}

/* inspect has seen that every file is as before or as after; one that changed since is seen here again, just before it is replaced. */
static bool apply(EffectRun *run, GError **error) {
    g_autoptr(GPtrArray) files = open_files(run, error);
    if (files == NULL || !check_submodules(run, files, error))
        return false;
    for (guint i = 0; i < files->len; i++) {
        const File *file = g_ptr_array_index(files, i);
        Side side;
        if (!side_of(file, &side, error))
            return false;
        if (side == SIDE_OTHER)
            return error_set(error, ERROR_CONFLICT, "%s was changed by another hand", file->path);
        if (side == SIDE_BEFORE && !put(file, file->after, error))
            return false;
        fault_point("file-written", run->id);
    }
    return true;
}

static bool check_foreign(const GPtrArray *files, GError **error) {
    for (guint i = 0; i < files->len; i++) {
        const File *file = g_ptr_array_index(files, i);
        Side side;
        if (!side_of(file, &side, error))
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
    g_autoptr(GPtrArray) files = open_files(run, error);
    if (files == NULL || !check_foreign(files, error))
        return false;
    for (guint i = 0; i < files->len; i++) {
        const File *file = g_ptr_array_index(files, i);
        Side side;
        if (!side_of(file, &side, error))
            return false;
        if (side == SIDE_AFTER && !put(file, file->before, error))
            return false;
        beneath_drop_temporary(file->place);
        fault_point("file-put-back", run->id);
    }
    return true;
}

const EffectKind effect_kind_write_files = {
    .name = "write-files",
    .doc = "writes files of the work tree, each whole or not at all",
    .describe = describe,
    .detail = detail,
    .shown = "files.path files.before files.after files.mode",
    .inspect = inspect,
    .apply = apply,
    .undo = undo,
    .undo_note = "the former content is put back",
    .here = true,
};
