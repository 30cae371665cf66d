/* A plain archive of a commit's tree. Parameters:
 *   source   path of a clean work tree of the commit; commit
 *   name     of the file · prefix: the folder that all of it stands in, with its "/" · out, epoch: as of a build
 *   files    globs over paths (base/glob.h); null: the whole tree
 * What is marked export-ignore stays out, as with git archive. The bytes are the commit's own: no filter (line ends, LFS) and no export-subst, which would not
 * come out the same before and after the tag is there. Submodules are left out. */
#include "base/fault.h"
#include "base/fs.h"
#include "base/glob.h"
#include "effects/make.h"
#include "git/git.h"
#include "package/pack.h"

#include <string.h>

#define MAX_BLOB (256u << 20)
#define MODE_LINK 0120000
#define MODE_SUBMODULE 0160000

typedef struct {
    EffectRun *run;
    Git *git;
    const char *commit, *prefix;
    char **globs;   /* none: all */
    guint *matches; /* of each glob */
    GArray *entries;
} Packing;

static void entry_clear(gpointer data) {
    PackageEntry *entry = data;
    g_free((char *)entry->path);
    g_free((char *)entry->file);
    g_free((char *)entry->link);
    g_clear_pointer(&entry->bytes, g_bytes_unref);
}

static void packing_clear(Packing *packing) {
    g_clear_pointer(&packing->git, git_free);
    g_clear_pointer(&packing->globs, g_strfreev);
    g_free(packing->matches);
    g_clear_pointer(&packing->entries, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Packing, packing_clear)

/* ---- what goes in ---- */

static bool is_wanted(Packing *packing, const char *path) {
    bool wanted = packing->globs[0] == NULL;
    for (guint i = 0; packing->globs[i] != NULL; i++) {
        bool hit = glob_match(packing->globs[i], path);
        packing->matches[i] += hit;
        wanted = wanted || hit;
    }
    return wanted;
}

/* From the work tree where it lies there as it is in the commit; where a filter changed it, out of the repository. */
static bool add(Packing *packing, const GitTreeEntry *entry, GError **error) {
    g_autofree char *full = g_build_filename(packing->git->tree, entry->path, NULL);
    PackageEntry packed = {.executable = entry->mode == 0100755};
    if (entry->mode == MODE_LINK)
        packed.link = git_read(packing->git, error, "cat-file", "blob", entry->id, NULL);
    else if (git_file_is_blob(full, entry->id))
        packed.file = g_strdup(entry->path);
    else
        packed.bytes = git_blob(packing->git, packing->commit, entry->path, MAX_BLOB, error);
    if (packed.link == NULL && packed.file == NULL && packed.bytes == NULL)
        return false;
    packed.path = g_strconcat(packing->prefix, entry->path, NULL);
    g_array_append_val(packing->entries, packed);
    return true;
}

static bool add_all(Packing *packing, GError **error) {
    g_autoptr(GPtrArray) entries = git_tree_list(packing->git, packing->commit, error);
    g_autoptr(GHashTable) ignored = entries != NULL ? git_export_ignored(packing->git, entries, error) : NULL;
    for (guint i = 0; ignored != NULL && i < entries->len; i++) {
        const GitTreeEntry *entry = g_ptr_array_index(entries, i);
        bool wanted = is_wanted(packing, entry->path) && !g_hash_table_contains(ignored, entry->path);
        if (wanted && entry->mode != MODE_SUBMODULE && !add(packing, entry, error))
            return false;
    }
    return ignored != NULL;
}

static bool check_globs(const Packing *packing, GError **error) {
    for (guint i = 0; packing->globs[i] != NULL; i++) {
        if (packing->matches[i] > 0)
            continue;
        error_set(error, ERROR_BUILD_FAILED, "no tracked file is called %s", packing->globs[i]);
        error_why(error, "the archive is made of what is in the commit");
        error_fix(error, "slipway abort, then correct packages.NAME.files in slipway.yaml, commit, release again");
        return false;
    }
    if (packing->entries->len > 0)
        return true;
    error_set(error, ERROR_BUILD_FAILED, "the archive would be empty");
    return false;
}

/* ---- the kind ---- */

static bool write_archive(Packing *packing, const char *folder, GError **error) {
    const char *name = effects_text(packing->run, "name", error);
    PackFormat format = PACK_TAR_GZ;
    if (name == NULL)
        return false;
    if (strchr(name, '/') != NULL || *name == '.' || !package_pack_format(name, &format))
        return error_set(error, ERROR_PLAN_BROKEN, "%s: \"%.200s\" is no name of an archive", packing->run->id, name);
    g_autofree char *to = g_build_filename(folder, name, NULL);
    PackageSpec spec = {
        .format = format,
        .to = to,
        .root = packing->git->tree,
        .epoch = effects_epoch(packing->run),
        .entries = (const PackageEntry *)(void *)packing->entries->data,
        .count = packing->entries->len,
    };
    return package_pack(&spec, error);
}

static bool begin(EffectRun *run, Packing *packing, GError **error) {
    g_autofree char *source = effects_path(run, "source", error);
    packing->run = run;
    packing->commit = source != NULL ? effects_text(run, "commit", error) : NULL;
    packing->prefix = packing->commit != NULL ? effects_text(run, "prefix", error) : NULL;
    packing->git = packing->prefix != NULL ? git_open(source, error) : NULL;
    packing->globs = jsonx_to_strv(json_object_get(run->params, "files"));
    packing->matches = g_new0(guint, g_strv_length(packing->globs) + 1);
    packing->entries = g_array_new(FALSE, TRUE, sizeof(PackageEntry));
    g_array_set_clear_func(packing->entries, entry_clear);
    return packing->git != NULL;
}

static bool apply(EffectRun *run, GError **error) {
    g_auto(Packing) packing = {0};
    g_autoptr(Beneath) out = effects_out_folder(run, error);
    if (out == NULL || !begin(run, &packing, error) || !beneath_remove(out, error))
        return false;
    fault_point("archive-wiped", run->id);
    if (!beneath_make_folder(out, error) || !add_all(&packing, error) || !check_globs(&packing, error))
        return false;
    fault_point("archive-begins", run->id);
    if (!write_archive(&packing, beneath_path(out), error))
        return false;
    fault_point("archive-written", run->id);
    if (!effects_made(run, out, error))
        return false;
    effect_note(run, "%u member%s", packing.entries->len, packing.entries->len == 1 ? "" : "s");
    return true;
}

static char *describe(const json_t *params) {
    g_autofree char *name = effects_shown_member(params, "name");
    g_autofree char *commit = effects_shown_member(params, "commit");
    g_autofree char *files = effects_shown_member(params, "files");
    bool all = json_array_size(json_object_get(params, "files")) == 0;
    return g_strdup_printf("write %s of %s in %s", name, all ? "all files" : files, commit);
}

const EffectKind effect_kind_archive = {
    .name = "archive",
    .doc = "writes an archive of a commit's tree, byte for byte the same each time",
    .describe = describe,
    .shown = "name commit",
    .inspect = effects_made_inspect,
    .apply = apply,
    .undo = effects_made_undo,
    .undo_note = "the folder of the archive is removed",
    .here = true,
};
