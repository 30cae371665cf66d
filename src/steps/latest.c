#include "steps/latest.h"

#include "forge/forge.h"

typedef struct {
    char *tag;
    const Version *highest; /* owned by `held`, or the release's own */
    Version *held;
} Newest;

static void consider(Newest *newest, const char *tag, Version *taken) {
    g_autoptr(Version) version = taken;
    if (version == NULL || version_is_prerelease(version) || (newest->highest != NULL && version_compare(version, newest->highest) <= 0))
        return;
    g_free(newest->tag);
    newest->tag = g_strdup(tag);
    g_clear_pointer(&newest->held, version_free);
    newest->held = g_steal_pointer(&version);
    newest->highest = newest->held;
}

/* NULL: it cannot be asked. */
static GPtrArray *releases_of(const World *world) {
    g_autoptr(Forge) forge = forge_open(world->forge, NULL);
    return forge != NULL ? forge->kind->list(forge, NULL) : NULL;
}

char *release_newest_stable(const Release *release) {
    const World *world = release->world;
    g_autoptr(GPtrArray) releases = release->mute ? NULL : releases_of(world);
    bool own = !version_is_prerelease(release->version);
    Newest newest = {.tag = own ? g_strdup(release->tag) : NULL, .highest = own ? release->version : NULL};
    for (guint i = 0; releases != NULL && i < releases->len; i++) {
        const ForgeRelease *other = g_ptr_array_index(releases, i);
        if (other->state == FORGE_PUBLIC && !other->prerelease)
            consider(&newest, other->tag, version_from_tag(other->tag, world->tag_pattern));
    }
    for (guint i = 0; releases == NULL && i < world->versions->len; i++) {
        const WorldTag *other = g_ptr_array_index(world->versions, i);
        consider(&newest, other->tag, version_from_tag(other->tag, world->tag_pattern));
    }
    g_clear_pointer(&newest.held, version_free);
    return newest.tag;
}
