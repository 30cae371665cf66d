#include "base/fault.h"
#include "effects/release.h"

#include <string.h>

/* One effect for all assets: which ones there are is known when the build is done. */
typedef struct {
    Forge *forge;
    const char *tag;
    const json_t *files;
} Upload;

static void upload_clear(Upload *upload) {
    g_clear_pointer(&upload->forge, forge_close);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Upload, upload_clear)

static bool open_upload(EffectRun *run, Upload *upload, GError **error) {
    upload->tag = effects_tag(run, error);
    upload->files = json_object_get(run->params, "files");
    upload->forge = upload->tag != NULL ? effects_forge(run, error) : NULL;
    return upload->forge != NULL;
}

/* Where the forge does not say the digest, the asset is read. */
static bool is_same(const Upload *upload, const ForgeRelease *is, const EffectsFile *file, bool *there, bool *same, GError **error) {
    const ForgeAsset *asset = forge_release_asset(is, file->name);
    *there = asset != NULL && !asset->half;
    *same = false;
    if (!*there || asset->size != file->size)
        return true;
    guint64 size = 0;
    ForgeWanted wanted = {.release = is, .asset = asset, .limit = file->size};
    g_autofree char *digest = asset->sha256 != NULL ? g_strdup(asset->sha256) : forge_asset_digest(upload->forge, &wanted, &size, error);
    *same = g_strcmp0(digest, file->sha256) == 0;
    return digest != NULL;
}

static json_t *shown_assets(const ForgeRelease *release) {
    json_t *assets = json_array();
    for (guint i = 0; i < release->assets->len; i++) {
        const ForgeAsset *asset = release->assets->pdata[i];
        json_array_append_new(assets, effects_file_json(asset->name, asset->size, asset->sha256));
    }
    return assets;
}

static Observed judge(EffectRun *run, const ForgeRelease *is, gsize there, gsize same, gsize wanted) {
    if (same == wanted) {
        json_object_set_new(run->result, "assets", shown_assets(is));
        return effect_saw(run, OBSERVED_SAME, "all %" G_GSIZE_FORMAT " assets are there", wanted);
    }
    if (is->state != FORGE_DRAFT)
        return effect_saw(run, OBSERVED_DIFFERENT, "the release %s is %s, and its assets are not the planned ones", is->tag, forge_state_name(is->state));
    if (there == 0)
        return effect_saw(run, OBSERVED_ABSENT, "none of the %" G_GSIZE_FORMAT " assets is there", wanted);
    return effect_saw(run, OBSERVED_PARTIAL, "%" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " assets are there", same, wanted);
}

static Observed look(EffectRun *run, const Upload *upload, GError **error) {
    g_autoptr(ForgeRelease) is = NULL;
    if (!effects_find(upload->forge, upload->tag, &is, error))
        return OBSERVED_UNKNOWN;
    if (is == NULL)
        return effect_saw(run, OBSERVED_ABSENT, "there is no draft %s", upload->tag);
    if (!effects_is_own(run, is))
        return effect_saw(run, OBSERVED_DIFFERENT, "the release %s belongs to another run (%s)", is->tag, effects_owner(is));
    gsize there_count = 0, same_count = 0, wanted = json_array_size(upload->files);
    for (gsize i = 0; i < wanted; i++) {
        EffectsFile file;
        bool there = false, same = false;
        if (!effects_file(upload->files, i, &file, error) || !is_same(upload, is, &file, &there, &same, error))
            return OBSERVED_UNKNOWN;
        there_count += there;
        same_count += same;
    }
    return judge(run, is, there_count, same_count, wanted);
}

static Observed inspect(EffectRun *run, GError **error) {
    g_auto(Upload) upload = {0};
    GError *problem = NULL;
    if (!open_upload(run, &upload, error))
        return OBSERVED_UNKNOWN;
    Observed seen = look(run, &upload, &problem);
    return problem != NULL ? effects_trouble(run, problem, error) : seen;
}

/* ---- sending, several at once ---- */

/* What the threads share; only what is queued goes back to the effect's own thread, which alone keeps and tells. */
typedef struct {
    EffectRun *run;
    const Upload *upload;
    const ForgeRelease *is;
    const char *folder;
    GAsyncQueue *todo; /* of Sent*, one for each file */
    GAsyncQueue *done; /* the same, as they end */
    gint stop;         /* one failed: what was not begun is left */
} Sending;

typedef struct {
    EffectsFile file;
    bool skipped; /* not begun */
    bool same;    /* it was there */
    GError *error;
} Sent;

static bool send(const Sending *sending, Sent *sent) {
    const Upload *upload = sending->upload;
    bool there = false;
    if (!is_same(upload, sending->is, &sent->file, &there, &sent->same, &sent->error) || sent->same)
        return sent->same;
    if (!effects_file_is_there(sending->folder, &sent->file))
        return error_set(&sent->error, ERROR_NOT_VERIFIED, "%s/%s is not what was proven", sending->folder, sent->file.name);
    g_autofree char *path = g_build_filename(sending->folder, sent->file.name, NULL);
    return upload->forge->kind->upload(upload->forge, upload->tag, effects_mark(sending->run), sent->file.name, path, &sent->error);
}

static gpointer send_on_thread(gpointer data) {
    Sending *sending = data;
    Sent *sent;
    while ((sent = g_async_queue_try_pop(sending->todo)) != NULL) {
        sent->skipped = g_atomic_int_get(&sending->stop) != 0 || g_atomic_int_get(sending->run->cancel) != 0;
        if (!sent->skipped && !send(sending, sent))
            g_atomic_int_set(&sending->stop, 1);
        g_async_queue_push(sending->done, sent);
    }
    return NULL;
}

/* Takes what came of one file. */
static bool settle(Sending *sending, Sent *sent, GError **error) {
    EffectRun *run = sending->run;
    GError *problem = g_steal_pointer(&sent->error);
    if (problem == NULL && !sent->skipped && !sent->same) {
        fault_point("upload-sent", run->id);
        effect_line(run, sent->file.name);
        effect_keep(run, sent->file.name, json_string(sent->file.sha256), &problem);
        fault_point("upload-next", run->id);
    }
    if (problem == NULL)
        return true;
    g_atomic_int_set(&sending->stop, 1);
    if (*error == NULL)
        g_propagate_error(error, problem); /* the first one is told */
    else
        g_error_free(problem);
    return false;
}

static void join(gpointer thread) {
    g_thread_join(thread);
}

static void add_thread(GPtrArray *threads, GThread *thread) {
    if (thread != NULL)
        g_ptr_array_add(threads, thread);
}

static bool send_all(Sending *sending, const json_t *files, gint at_once, GError **error) {
    gsize count = json_array_size(files);
    g_autofree Sent *sent = g_new0(Sent, count + 1);
    bool ok = true;
    for (gsize i = 0; i < count; i++) {
        if (!effects_file(files, i, &sent[i].file, error))
            return false;
    }
    for (gsize i = 0; i < count; i++)
        g_async_queue_push(sending->todo, &sent[i]);
    /* Threads of their own, which are joined: what libraries keep for each thread is freed when the upload is done. */
    g_autoptr(GPtrArray) threads = g_ptr_array_new_with_free_func(join);
    for (gsize i = 0; i < MIN(count, (gsize)at_once); i++)
        add_thread(threads, g_thread_try_new("upload", send_on_thread, sending, NULL));
    if (threads->len == 0)
        send_on_thread(sending); /* there is no thread to have: this one does it all */
    GError *problem = NULL;
    for (gsize i = 0; i < count; i++)
        ok = settle(sending, g_async_queue_pop(sending->done), &problem) && ok;
    g_ptr_array_set_size(threads, 0);
    if (problem != NULL)
        g_propagate_error(error, problem);
    else if (g_atomic_int_get(sending->run->cancel) != 0)
        ok = error_set(error, ERROR_INTERRUPTED, "the upload was stopped; what arrived stays in the draft");
    return ok;
}

static bool apply(EffectRun *run, GError **error) {
    g_auto(Upload) upload = {0};
    g_autoptr(Beneath) folder = effects_place_of_run(run, json_object_get(run->params, "folder"), "folder", error);
    g_autoptr(ForgeRelease) is = NULL;
    if (folder == NULL || !open_upload(run, &upload, error) || !effects_find(upload.forge, upload.tag, &is, error))
        return false;
    if (is == NULL)
        return error_set(error, ERROR_CONFLICT, "there is no draft %s", upload.tag);
    g_autoptr(GAsyncQueue) todo = g_async_queue_new();
    g_autoptr(GAsyncQueue) done = g_async_queue_new();
    Sending sending = {.run = run, .upload = &upload, .is = is, .folder = beneath_path(folder), .todo = todo, .done = done};
    gint64 at_once = jsonx_int(run->params, "at_once", 1);
    if (!send_all(&sending, upload.files, (gint)CLAMP(at_once, 1, 64), error))
        return false;
    effect_note(run, "%" G_GSIZE_FORMAT " assets", json_array_size(upload.files));
    return true;
}

static bool undo(EffectRun *run, GError **error) {
    g_auto(Upload) upload = {0};
    if (!open_upload(run, &upload, error))
        return false;
    for (gsize i = 0; i < json_array_size(upload.files); i++) {
        EffectsFile file;
        if (!effects_file(upload.files, i, &file, error))
            return false;
        if (!upload.forge->kind->remove_asset(upload.forge, upload.tag, effects_mark(run), file.name, error))
            return false;
        fault_point("upload-removed", run->id);
    }
    return true;
}

static char *describe(const json_t *params) {
    g_autofree char *files = effects_shown_member(params, "files");
    g_autofree char *tag = effects_shown_member(params, "tag");
    g_autofree char *forge = effects_shown_forge(params);
    return g_strdup_printf("upload %s to the draft %s on %s", files, tag, forge);
}

const EffectKind effect_kind_upload = {
    .name = "upload",
    .doc = "uploads the artifacts to the draft, each compared by its digest",
    .describe = describe,
    .shown = "forge.kind forge.url tag files files.name",
    .inspect = inspect,
    .apply = apply,
    .undo = undo,
    .undo_note = "the assets are removed from the draft",
};
