#include "forge/forge.h"

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

void forge_asset_free(ForgeAsset *asset) {
    g_free(asset->name);
    g_free(asset->sha256);
    g_free(asset->url);
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
    g_free(release->mark);
    g_free(release->url);
    g_ptr_array_unref(release->assets);
    g_free(release);
}

const ForgeAsset *forge_release_asset(const ForgeRelease *release, const char *name) {
    for (guint i = 0; i < release->assets->len; i++) {
        const ForgeAsset *asset = release->assets->pdata[i];
        if (strcmp(asset->name, name) == 0)
            return asset;
    }
    return NULL;
}

Forge *forge_open(const json_t *params, GError **error) {
    const char *name = jsonx_string(params, "kind");
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    for (guint i = 0; kinds[i] != NULL; i++) {
        if (g_strcmp0(kinds[i]->name, name) == 0)
            return kinds[i]->open(params, error);
        g_ptr_array_add(known, (char *)kinds[i]->name);
    }
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
