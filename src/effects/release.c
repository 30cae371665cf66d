#include "effects/release.h"

#include "base/fs.h"
#include "base/text.h"

#include <glib/gstdio.h>
#include <string.h>

Forge *effects_forge(EffectRun *run, GError **error) {
    return forge_open(json_object_get(run->params, "forge"), error);
}

const char *effects_tag(EffectRun *run, GError **error) {
    const char *tag = jsonx_string(run->params, "tag");
    if (tag == NULL)
        tag = jsonx_string(json_object_get(run->params, "release"), "tag");
    if (tag == NULL)
        error_set(error, ERROR_PLAN_BROKEN, "the effect %s has no tag", run->id);
    return tag;
}

const char *effects_mark(EffectRun *run) {
    const char *mark = jsonx_string(run->params, "mark");
    return mark != NULL ? mark : run->site->mark;
}

ForgeRelease *effects_release(EffectRun *run, GError **error) {
    const json_t *from = json_object_get(run->params, "release");
    g_autoptr(ForgeRelease) release = forge_release_new();
    release->tag = g_strdup(jsonx_string(from, "tag"));
    release->name = g_strdup(jsonx_string(from, "name"));
    release->notes = g_strdup(jsonx_string(from, "notes"));
    release->target = g_strdup(jsonx_string(from, "target"));
    release->mark = g_strdup(effects_mark(run));
    release->branch = g_strdup(jsonx_string(from, "branch"));
    release->prerelease = jsonx_bool(from, "prerelease", false);
    release->created = jsonx_int(from, "created", run->site->now);
    if (release->tag != NULL && release->name != NULL && release->notes != NULL && release->target != NULL)
        return g_steal_pointer(&release);
    error_set(error, ERROR_PLAN_BROKEN, "the effect %s has no whole release: tag, name, notes, target", run->id);
    return NULL;
}

Observed effects_trouble(EffectRun *run, GError *problem, GError **error) {
    if (error_is(problem, ERROR_CONFLICT)) {
        Observed seen = effect_saw(run, OBSERVED_DIFFERENT, "%s", problem->message);
        g_error_free(problem);
        return seen;
    }
    g_propagate_error(error, problem);
    return OBSERVED_UNKNOWN;
}

bool effects_find(Forge *forge, const char *tag, ForgeRelease **release, GError **error) {
    GError *problem = NULL;
    *release = forge->kind->find(forge, tag, &problem);
    if (problem == NULL)
        return true;
    g_propagate_error(error, problem);
    return false;
}

static void G_GNUC_PRINTF(2, 3) differ(GPtrArray *differences, const char *format, ...) {
    va_list args;
    va_start(args, format);
    g_ptr_array_add(differences, g_strdup_vprintf(format, args));
    va_end(args);
}

static void compare_text(GPtrArray *differences, const char *what, const char *planned, const char *is) {
    if (g_strcmp0(planned, is) != 0)
        differ(differences, "%s: planned \"%.200s\", at the forge \"%.200s\"", what, planned, is != NULL ? is : "");
}

void effects_compare_release(const ForgeRelease *planned, const ForgeRelease *is, GPtrArray *differences) {
    compare_text(differences, "tag", planned->tag, is->tag);
    compare_text(differences, "name", planned->name, is->name);
    if (is->target != NULL)
        compare_text(differences, "target", planned->target, is->target);
    if (is->branch != NULL && planned->branch != NULL)
        compare_text(differences, "branch", planned->branch, is->branch);
    compare_text(differences, "mark", planned->mark, is->mark);
    if (g_strcmp0(planned->notes, is->notes) != 0)
        differ(differences, "notes: other than planned");
    if (planned->prerelease != is->prerelease)
        differ(differences, "pre-release: planned %s, at the forge %s", planned->prerelease ? "yes" : "no", is->prerelease ? "yes" : "no");
    if (is->created != 0 && planned->created != is->created)
        differ(differences, "date: planned %" G_GINT64_FORMAT ", at the forge %" G_GINT64_FORMAT, planned->created, is->created);
}

/* One planned asset: its bytes are read back. */
static bool compare_asset(Forge *forge, const ForgeRelease *is, const EffectsFile *file, GPtrArray *differences, GError **error) {
    const ForgeAsset *listed = forge_release_asset(is, file->name);
    if (listed == NULL || listed->half) {
        differ(differences, "asset %s: planned, %s", file->name, listed != NULL ? "at the forge only half" : "not at the forge");
        return true;
    }
    guint64 size = 0;
    g_autofree char *digest = forge_asset_digest(forge, is, listed, &size, error);
    if (digest == NULL)
        return false;
    if (strcmp(digest, file->sha256) != 0 || (listed->sha256 != NULL && strcmp(listed->sha256, file->sha256) != 0))
        differ(differences, "asset %s: planned SHA-256 %.16s…, at the forge %.16s…", file->name, file->sha256, digest);
    else if (size != file->size || listed->size != file->size)
        differ(differences, "asset %s: planned %" G_GUINT64_FORMAT " bytes, at the forge %" G_GUINT64_FORMAT, file->name, file->size, size);
    return true;
}

static bool is_planned(const json_t *files, const char *name) {
    for (gsize i = 0; i < json_array_size(files); i++) {
        if (g_strcmp0(jsonx_string(json_array_get(files, i), "name"), name) == 0)
            return true;
    }
    return false;
}

bool effects_compare_assets(Forge *forge, const ForgeRelease *is, const json_t *files, GPtrArray *differences, json_t *checked, GError **error) {
    for (gsize i = 0; i < json_array_size(files); i++) {
        EffectsFile file;
        guint before = differences->len;
        if (!effects_file(files, i, &file, error) || !compare_asset(forge, is, &file, differences, error))
            return false;
        json_t *row = json_object();
        json_object_set_new(row, "what", jsonx_text(file.name));
        json_object_set_new(row, "ok", json_boolean(differences->len == before));
        json_array_append_new(checked, row);
    }
    for (guint i = 0; i < is->assets->len; i++) {
        const ForgeAsset *asset = is->assets->pdata[i];
        if (!is_planned(files, asset->name))
            differ(differences, "asset %s: at the forge, not planned", asset->name);
    }
    return true;
}

bool effects_judge(const char *what, GPtrArray *differences, GError **error) {
    if (differences->len == 0)
        return true;
    g_autoptr(GString) table = g_string_new(NULL);
    for (guint i = 0; i < differences->len; i++) {
        g_autofree char *line = text_escape(differences->pdata[i], -1, false);
        g_string_append_printf(table, "%s%s", i > 0 ? "\n" : "", line);
    }
    error_set(error, ERROR_NOT_VERIFIED, "%s is not what was planned: %u difference%s", what, differences->len, differences->len == 1 ? "" : "s");
    error_why(error, "%s", table->str);
    return false;
}

char *effects_fetch_asset(Forge *forge, const char *tag, const EffectsFile *file, const char *folder, GError **error) {
    g_autoptr(ForgeRelease) is = NULL;
    if (!effects_find(forge, tag, &is, error))
        return NULL;
    const ForgeAsset *asset = is != NULL ? forge_release_asset(is, file->name) : NULL;
    if (asset == NULL) {
        error_set(error, ERROR_CONFLICT, "the forge has no asset %s of %s", file->name, tag);
        return NULL;
    }
    g_autofree char *path = g_build_filename(folder, file->name, NULL);
    g_autofree char *digest = NULL;
    if (!fs_make_dirs(folder, 0755, error) || !forge_asset_save(forge, is, asset, path, &digest, error))
        return NULL;
    if (strcmp(digest, file->sha256) == 0)
        return g_steal_pointer(&path);
    g_unlink(path);
    error_set(error, ERROR_NOT_VERIFIED, "%s on the forge is not what was uploaded", file->name);
    error_why(error, "its SHA-256 is %s, planned is %s", digest, file->sha256);
    return NULL;
}

char *effects_shown_forge(const json_t *params) {
    const json_t *forge = json_object_get(params, "forge");
    g_autofree char *kind = effects_shown_member(forge, "kind");
    const json_t *where = json_object_get(forge, "path") != NULL ? json_object_get(forge, "path") : json_object_get(forge, "url");
    g_autofree char *place = effects_shown(where);
    return g_strdup_printf("the %s forge %s", kind, place);
}
