#include "effects/artifact.h"

#include "base/digest.h"
#include "base/fs.h"
#include "base/text.h"

#include <string.h>
#include <sys/stat.h>

/* One that can stand in a folder, in SHA256SUMS and on a screen. */
static bool is_plain_name(const char *name) {
    for (const char *c = name; c != NULL && *c != '\0'; c++) {
        if (g_ascii_iscntrl(*c) || *c == '\\')
            return false;
    }
    return name != NULL && *name != '\0' && strchr(name, '/') == NULL && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

bool effects_file(const json_t *files, gsize index, EffectsFile *file, GError **error) {
    const json_t *member = json_array_get(files, index);
    gint64 size = jsonx_int(member, "size", -1);
    *file = (EffectsFile){.name = jsonx_string(member, "name"), .sha256 = jsonx_string(member, "sha256"), .size = (guint64)size};
    if (size >= 0 && is_plain_name(file->name) && file->sha256 != NULL && strlen(file->sha256) == DIGEST_HEX_LENGTH)
        return true;
    return error_set(error, ERROR_PLAN_BROKEN, "file %" G_GSIZE_FORMAT " of the effect is not {name, size, sha256}", index + 1);
}

json_t *effects_file_json(const char *name, guint64 size, const char *sha256) {
    json_t *file = json_object();
    json_object_set_new(file, "name", jsonx_text(name));
    json_object_set_new(file, "size", json_integer((json_int_t)size));
    json_object_set_new(file, "sha256", json_string(sha256));
    return file;
}

mode_t effects_file_mode(const char *path) {
    struct stat is;
    return stat(path, &is) == 0 && (is.st_mode & S_IXUSR) != 0 ? 0755 : 0644;
}

bool effects_file_is_there(const char *folder, const EffectsFile *file) {
    if (fs_kind_beneath(folder, file->name) != FS_FILE)
        return false;
    g_autofree char *path = g_build_filename(folder, file->name, NULL);
    g_autofree char *digest = digest_file(path, NULL, NULL);
    return g_strcmp0(digest, file->sha256) == 0;
}

bool effects_files_are_there(const char *folder, const json_t *files, GError **error) {
    for (gsize i = 0; i < json_array_size(files); i++) {
        EffectsFile file;
        if (!effects_file(files, i, &file, error))
            return false;
        if (effects_file_is_there(folder, &file))
            continue;
        error_set(error, ERROR_NOT_VERIFIED, "%s/%s is not what was built", folder, file.name);
        error_why(error, "it is missing, or its SHA-256 is not %s", file.sha256);
        error_fix(error, "slipway release --replan");
        return false;
    }
    return true;
}

/* ---- for people ---- */

static char *shown_files(const json_t *files) {
    GString *out = g_string_new(NULL);
    for (gsize i = 0; i < json_array_size(files); i++) {
        const json_t *member = json_array_get(files, i);
        const char *name = json_is_string(member) ? json_string_value(member) : jsonx_string(member, "name");
        g_string_append_printf(out, "%s%s", i > 0 ? ", " : "", name != NULL ? name : "?");
    }
    return g_string_free(out, FALSE);
}

char *effects_shown(const json_t *value) {
    const char *effect = jsonx_string(value, "result");
    const char *field = jsonx_string(value, "field");
    if (json_is_string(value))
        return g_strdup(json_string_value(value));
    if (effect != NULL && field != NULL)
        return g_strdup_printf("<%s.%s>", effect, field);
    if (json_is_array(value))
        return shown_files(value);
    g_autofree char *path = jsonx_get_path(value);
    if (path != NULL)
        return text_escape(path, -1, false);
    return value != NULL ? jsonx_canonical(value) : g_strdup("?");
}

char *effects_shown_member(const json_t *params, const char *key) {
    return effects_shown(json_object_get(params, key));
}

char *effects_shown_words(const json_t *words) {
    g_auto(GStrv) list = jsonx_to_strv(words);
    return text_command((const char *const *)list);
}

/* ---- parameters ---- */

static char *text_of(const EffectRun *run, const json_t *value, const char *what, GError **error) {
    char *path = jsonx_get_path(value);
    if (path == NULL)
        error_set(error, ERROR_PLAN_BROKEN, "the effect %s has no %s", run->id, what);
    return path;
}

Beneath *effects_place_of_run(EffectRun *run, const json_t *value, const char *what, GError **error) {
    g_autofree char *path = text_of(run, value, what, error);
    return path != NULL ? beneath_run(run->site->work_dir, path, error) : NULL;
}

Beneath *effects_place_of_tree(EffectRun *run, const json_t *value, const char *what, GError **error) {
    g_autofree char *path = text_of(run, value, what, error);
    return path != NULL ? beneath_tree(run->site->tree, path, error) : NULL;
}

Beneath *effects_place(EffectRun *run, const json_t *value, const char *what, GError **error) {
    g_autofree char *path = text_of(run, value, what, error);
    g_autofree char *scratch = g_strconcat(run->site->work_dir, "/", NULL);
    if (path == NULL)
        return NULL;
    if (strcmp(path, run->site->tree) == 0)
        return beneath_top(run->site->tree);
    return g_str_has_prefix(path, scratch) ? beneath_run(run->site->work_dir, path, error) : beneath_tree(run->site->tree, path, error);
}

char *effects_path(EffectRun *run, const char *key, GError **error) {
    g_autoptr(Beneath) place = effects_place(run, json_object_get(run->params, key), key, error);
    return place != NULL ? g_strdup(beneath_path(place)) : NULL;
}

bool effects_undo_nothing(EffectRun *run, GError **error) {
    (void)run;
    (void)error;
    return true;
}
