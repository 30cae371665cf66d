#include "forge/forge.h"

#include "base/digest.h"
#include "base/fs_writer.h"
#include "base/text.h"

#include <string.h>

#define FORGE(stem) extern const ForgeKind forge_kind_##stem;
#include "forge/forges.def"
#undef FORGE

static const ForgeKind *const kinds[] = {
#define FORGE(stem) &forge_kind_##stem,
#include "forge/forges.def"
#undef FORGE
    NULL,
};

const ForgeKind *const *forge_kinds(void) {
    return kinds;
}

const char *forge_state_name(ForgeState state) {
    static const char *const names[] = {"draft", "public", "withdrawn"};
    return names[state];
}

const ForgeKind *forge_kind(const char *name) {
    for (guint i = 0; kinds[i] != NULL; i++) {
        if (g_strcmp0(kinds[i]->name, name) == 0)
            return kinds[i];
    }
    return NULL;
}

ForgeAsset *forge_asset_new(const char *name) {
    ForgeAsset *asset = g_new0(ForgeAsset, 1);
    asset->name = g_strdup(name);
    asset->downloads = -1;
    return asset;
}

void forge_asset_free(ForgeAsset *asset) {
    g_free(asset->name);
    g_free(asset->sha256);
    g_free(asset->url);
    g_free(asset->id);
    g_free(asset);
}

ForgeRelease *forge_release_new(void) {
    ForgeRelease *release = g_new0(ForgeRelease, 1);
    release->assets = g_ptr_array_new_with_free_func((GDestroyNotify)forge_asset_free);
    release->settled = true;
    return release;
}

void forge_release_free(ForgeRelease *release) {
    if (release == NULL)
        return;
    g_free(release->id);
    g_free(release->tag);
    g_free(release->name);
    g_free(release->notes);
    g_free(release->target);
    g_free(release->branch);
    g_free(release->mark);
    g_free(release->url);
    g_ptr_array_unref(release->assets);
    g_free(release);
}

void forge_access_clear(ForgeAccess *access) {
    g_free(access->token_from);
    g_free(access->login);
    g_clear_pointer(&access->missing, g_ptr_array_unref);
    g_clear_pointer(&access->remarks, g_ptr_array_unref);
}

void forge_issue_free(ForgeIssue *issue) {
    if (issue == NULL)
        return;
    g_free(issue->title);
    g_free(issue->body);
    g_free(issue->url);
    g_clear_pointer(&issue->labels, g_ptr_array_unref);
    g_free(issue);
}

void forge_pull_free(ForgePull *pull) {
    if (pull == NULL)
        return;
    g_free(pull->title);
    g_free(pull->url);
    g_free(pull->login);
    g_free(pull);
}

ForgeAsset *forge_release_asset(const ForgeRelease *release, const char *name) {
    for (guint i = 0; i < release->assets->len; i++) {
        ForgeAsset *asset = release->assets->pdata[i];
        if (strcmp(asset->name, name) == 0)
            return asset;
    }
    return NULL;
}

Forge *forge_open(const json_t *params, GError **error) {
    const char *name = jsonx_string(params, "kind");
    const ForgeKind *kind = forge_kind(name);
    if (kind != NULL)
        return kind->open(params, error);
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    for (guint i = 0; kinds[i] != NULL; i++)
        g_ptr_array_add(known, (char *)kinds[i]->name);
    g_ptr_array_add(known, NULL);
    g_autofree char *list = g_strjoinv(", ", (char **)known->pdata);
    const char *near = name != NULL ? text_nearest(name, (const char *const *)known->pdata) : NULL;
    error_set(error, ERROR_CONFIG, "there is no forge \"%s\"", name != NULL ? name : "");
    error_why(error, "known: %s", list);
    if (near != NULL)
        error_fix(error, "write forge.kind: %s", near);
    return NULL;
}

void forge_close(Forge *forge) {
    if (forge != NULL)
        forge->kind->close(forge);
}

bool forge_check_asset_name(const char *name, GError **error) {
    gsize length = strlen(name);
    bool right = length > 0 && length <= 200 && strchr(".-", name[0]) == NULL;
    for (gsize i = 0; i < length && right; i++)
        right = g_ascii_isalnum(name[i]) || strchr("._+-", name[i]) != NULL;
    if (right)
        return true;
    error_set(error, ERROR_UNTRUSTED_PATH, "\"%.200s\" cannot be the name of an asset", name);
    error_why(error, "names of assets are letters, digits and . _ + -, do not begin with . or - and have at most 200 bytes");
    return false;
}

/* ---- assets read back ---- */

typedef struct {
    GByteArray *bytes;
    gsize limit;
    bool more;
} Bytes;

static bool take_bytes(const char *bytes, gsize length, void *data) {
    Bytes *into = data;
    into->more = length > into->limit - into->bytes->len;
    if (!into->more)
        g_byte_array_append(into->bytes, (const guint8 *)bytes, (guint)length);
    return !into->more;
}

static bool too_large(const ForgeWanted *wanted, GError **error) {
    g_clear_error(error);
    error_set(error, ERROR_TOO_LARGE, "the asset %s of %s has more than %" G_GUINT64_FORMAT " bytes", wanted->asset->name, wanted->release->tag, wanted->limit);
    error_why(error, "no more of it was taken");
    return false;
}

GBytes *forge_asset_bytes(Forge *forge, const ForgeRelease *release, const ForgeAsset *asset, gsize limit, GError **error) {
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    Bytes into = {.bytes = bytes, .limit = limit};
    bool read = forge->kind->read_asset(forge, release, asset, take_bytes, &into, error);
    if (into.more)
        too_large(&(ForgeWanted){.release = release, .asset = asset, .limit = limit}, error);
    if (!read || into.more)
        return NULL;
    g_byte_array_append(bytes, (const guint8 *)"", 1); /* behind its end: for use as text */
    gsize length = bytes->len - 1;
    g_autoptr(GBytes) all = g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
    return g_bytes_new_from_bytes(all, 0, length);
}

typedef struct {
    DigestStream *digest;
    FsWriter *writer; /* NULL: only the digest is wanted */
    guint64 size, limit;
    bool more;
} Copy;

static bool take_copy(const char *bytes, gsize length, void *data) {
    Copy *copy = data;
    copy->more = length > copy->limit - copy->size;
    if (copy->more)
        return false;
    digest_stream_update(copy->digest, bytes, length);
    copy->size += length;
    return copy->writer == NULL || fs_writer_put(copy->writer, bytes, length);
}

/* *sha256: g_free, also after an error. */
static bool read_copy(Forge *forge, const ForgeWanted *wanted, Copy *copy, char **sha256, GError **error) {
    copy->digest = digest_stream_new();
    copy->limit = wanted->limit;
    bool read = forge->kind->read_asset(forge, wanted->release, wanted->asset, take_copy, copy, error);
    *sha256 = digest_stream_finish(copy->digest);
    return copy->more ? too_large(wanted, error) : read;
}

char *forge_asset_digest(Forge *forge, const ForgeWanted *wanted, guint64 *size, GError **error) {
    Copy copy = {.writer = NULL};
    g_autofree char *digest = NULL;
    bool read = read_copy(forge, wanted, &copy, &digest, error);
    *size = copy.size;
    return read ? g_steal_pointer(&digest) : NULL;
}

bool forge_asset_save(Forge *forge, const ForgeWanted *wanted, const char *path, char **sha256, GError **error) {
    g_autoptr(FsWriter) writer = fs_writer_new(path, 0644, error);
    Copy copy = {.writer = writer};
    g_autofree char *digest = NULL;
    if (writer == NULL || !read_copy(forge, wanted, &copy, &digest, error) || !fs_writer_commit(writer, error))
        return false;
    if (sha256 != NULL)
        *sha256 = g_steal_pointer(&digest);
    return true;
}
