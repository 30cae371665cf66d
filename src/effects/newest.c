#include "effects/newest.h"

#include "version/version.h"

#include <string.h>

/* What a tag says: "lib/v1.2.0" is the version 1.2.0 of the project with the prefix "lib/". NULL: no stable version. */
static Version *stable_version(const char *tag, gsize *prefix) {
    for (const char *at = tag; *at != '\0'; at++) {
        bool starts = g_ascii_isdigit(*at) && (at == tag || !g_ascii_isdigit(at[-1]));
        g_autoptr(Version) version = starts ? version_parse(at, NULL) : NULL;
        if (version == NULL)
            continue;
        *prefix = (gsize)(at - tag) - (at > tag && at[-1] == 'v' ? 1 : 0);
        return version_is_prerelease(version) ? NULL : g_steal_pointer(&version);
    }
    return NULL;
}

static Version *of_same_project(const char *other, const char *tag, gsize length) {
    gsize prefix = 0;
    g_autoptr(Version) version = stable_version(other, &prefix);
    return version != NULL && prefix == length && strncmp(other, tag, length) == 0 ? g_steal_pointer(&version) : NULL;
}

char *effects_newer_release(const GPtrArray *releases, const char *tag) {
    gsize prefix = 0;
    g_autoptr(Version) highest = stable_version(tag, &prefix);
    const char *newest = NULL;
    for (guint i = 0; highest != NULL && i < releases->len; i++) {
        const ForgeRelease *release = releases->pdata[i];
        bool counts = release->state == FORGE_PUBLIC && !release->prerelease;
        g_autoptr(Version) version = counts ? of_same_project(release->tag, tag, prefix) : NULL;
        if (version == NULL || version_compare(version, highest) <= 0)
            continue;
        newest = release->tag;
        version_free(highest);
        highest = g_steal_pointer(&version);
    }
    return g_strdup(newest);
}
