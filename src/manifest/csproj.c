/* MSBuild projects (learn.microsoft.com, "MSBuild reference for .NET SDK projects"): Version or VersionPrefix of a PropertyGroup. */
#include "manifest/place.h"
#include "manifest/xml.h"

static bool claims(const char *path) {
    return g_str_has_suffix(path, ".csproj") || g_str_has_suffix(path, ".fsproj") || manifest_is_named(path, "Directory.Build.props");
}

typedef struct {
    const char *text;
    GPtrArray *places;
} Finder;

static bool take(const XmlText *element, void *data) {
    Finder *finder = data;
    bool own = g_str_equal(element->path, "Project/PropertyGroup/Version") || g_str_equal(element->path, "Project/PropertyGroup/VersionPrefix");
    if (own && manifest_is_value(finder->text + element->offset, element->length))
        manifest_places_add(finder->places, finder->text, element->offset, element->length);
    return true;
}

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    gsize length = 0;
    const char *text = g_bytes_get_data(query->bytes, &length);
    g_autoptr(GPtrArray) places = manifest_places_new();
    guint line = 0;
    if (xml_walk(text, length, take, &(Finder){text, places}, &line))
        return g_steal_pointer(&places);
    return manifest_broken(query->path, line, "XML", error);
}

const ManifestFormat manifest_format_csproj = {
    .name = "csproj",
    .doc = "*.csproj, *.fsproj, Directory.Build.props: Version, VersionPrefix",
    .claims = claims,
    .find = find,
};
