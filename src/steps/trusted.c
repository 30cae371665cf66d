#include "steps/trusted.h"

#include "base/fs.h"
#include "base/limits.h"
#include "effects/artifact.h"
#include "effects/effects.h"
#include "engine/engine.h"
#include "package/package.h"
#include "sign/sign.h"
#include "steps/signature.h"

#include <string.h>

/* ---- the journal's word ---- */

/* What the run made to be shipped, or an empty list where its plan made nothing. NULL: its record does not say. */
static json_t *files_of_run(const World *world, Journal *journal, const JournalRun *run, GError **error) {
    EngineSpec spec = {.journal = journal, .tree = world->git->tree, .git_dir = world->git->common_dir, .kinds = effect_kinds(), .workers = 1};
    g_autoptr(Engine) engine = engine_look(&spec, run->id, error);
    if (engine == NULL)
        return NULL;
    if (plan_effect(engine_plan(engine), "prove/artifacts") == NULL)
        return json_array();
    const json_t *signature = engine_result(engine, "prove/signature");
    const json_t *artifacts = engine_result(engine, "prove/artifacts");
    json_t *files = json_object_get(signature != NULL ? signature : artifacts, "files");
    return files != NULL ? json_incref(files) : NULL;
}

/* Of several attempts the one that went out. */
static json_t *files_of_tag(const World *world, Journal *journal, const char *tag, char **why) {
    GError *problem = NULL;
    g_autoptr(GPtrArray) runs = journal_runs(journal, NULL, G_MAXUINT16, &problem);
    json_t *files = NULL;
    bool found = false;
    for (guint i = 0; runs != NULL && files == NULL && i < runs->len; i++) {
        const JournalRun *run = g_ptr_array_index(runs, i);
        bool is = run->crossed && g_strcmp0(run->tag, tag) == 0 && g_strcmp0(run->command, "release") == 0;
        found = found || is;
        g_clear_error(&problem);
        files = is ? files_of_run(world, journal, run, &problem) : NULL;
    }
    if (files == NULL && problem != NULL)
        *why = g_strdup_printf("this clone's journal could not be read: %s", problem->message);
    else if (files == NULL)
        *why = g_strdup(found ? "this clone's journal knows the release, and not what its packages are" : "this clone's journal knows no such release");
    g_clear_error(&problem);
    return files;
}

json_t *release_journaled_files(const World *world, const char *tag, char **why) {
    g_autofree char *path = g_build_filename(world->git->common_dir, "slipway", "journal.db", NULL);
    g_autoptr(GError) problem = NULL;
    bool there = fs_exists(path);
    g_autoptr(Journal) journal = there ? journal_open(path, false, &problem) : NULL;
    if (journal != NULL)
        return files_of_tag(world, journal, tag, why);
    *why = problem != NULL ? g_strdup_printf("this clone's journal could not be read: %s", problem->message) : g_strdup("this clone has no journal");
    return NULL;
}

/* ---- the signature's word ---- */

static char *save(Forge *forge, const Published *published, const char *name, const char *folder) {
    const ForgeAsset *asset = forge_release_asset(published->release, name);
    ForgeWanted wanted = {.release = published->release, .asset = asset, .limit = SUMS_LIMIT};
    g_autofree char *path = g_build_filename(folder, name, NULL);
    return asset != NULL && forge_asset_save(forge, &wanted, path, NULL, NULL) ? g_steal_pointer(&path) : NULL;
}

/* The list of checksums, where the key that signs releases here has signed it. */
static GHashTable *signed_sums(const World *world, const Published *published, const char *folder) {
    g_autoptr(json_t) params = release_signature(world, NULL);
    if (params == NULL || !release_signature_when(world, published->release->tag, params, NULL))
        return NULL;
    const SignSpec spec = sign_spec(params);
    g_autoptr(Forge) forge = forge_open(world->forge, NULL);
    if (forge == NULL)
        return NULL;
    g_autofree char *name = g_strconcat(EFFECTS_SUMS, sign_suffix(spec.kind), NULL);
    g_autofree char *sums = save(forge, published, EFFECTS_SUMS, folder);
    g_autofree char *signature = sums != NULL ? save(forge, published, name, folder) : NULL;
    if (signature == NULL || !sign_check(&spec, sums, signature, NULL))
        return NULL;
    g_autoptr(GBytes) bytes = fs_read(sums, SUMS_LIMIT, NULL);
    g_autofree char *text = bytes != NULL ? g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)) : NULL;
    return text != NULL ? package_sums_parse(text, sums, NULL) : NULL;
}

static json_t *signed_files(const World *world, const Published *published) {
    g_autofree char *folder = fs_make_temp_dir("slipway-sums", NULL);
    g_autoptr(GHashTable) sums = folder != NULL ? signed_sums(world, published, folder) : NULL;
    if (folder != NULL)
        fs_remove_tree(folder, NULL);
    json_t *files = sums != NULL ? json_array() : NULL;
    for (guint i = 0; sums != NULL && i < published->release->assets->len; i++) {
        const ForgeAsset *asset = g_ptr_array_index(published->release->assets, i);
        const char *digest = g_hash_table_lookup(sums, asset->name);
        if (digest != NULL)
            json_array_append_new(files, effects_file_json(asset->name, asset->size, digest));
    }
    return files;
}

json_t *release_trusted_files(const World *world, const char *tag, const Published *published, char **why) {
    json_t *files = release_journaled_files(world, tag, why);
    return files != NULL ? files : signed_files(world, published);
}
