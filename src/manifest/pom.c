/* pom.xml (maven.apache.org, "POM Reference"): the project's own version, the property ${revision} that stands for it ("Maven CI Friendly Versions"), and
 * in modules the version of a parent that is one of the project's own. */
#include "manifest/place.h"
#include "manifest/xml.h"

#include <string.h>

static bool claims(const char *path) {
    return manifest_is_named(path, "pom.xml");
}

typedef struct {
    const char *text;
    const char *const *names;
    GPtrArray *places;
    char *parent;           /* artifactId */
    gsize at[2], length[2]; /* of the parent's version, the property revision */
    bool uses_revision;
} Finder;

enum { PARENT, REVISION };

static void keep(Finder *finder, int which, const XmlText *element) {
    finder->at[which] = element->offset;
    finder->length[which] = element->length;
}

static bool take(const XmlText *element, void *data) {
    Finder *finder = data;
    const char *text = finder->text + element->offset;
    bool own = g_str_equal(element->path, "project/version");
    if (own && manifest_is_value(text, element->length))
        manifest_places_add(finder->places, finder->text, element->offset, element->length);
    else if (own)
        finder->uses_revision = g_strstr_len(text, (gssize)element->length, "${revision}") != NULL;
    else if (g_str_equal(element->path, "project/parent/version"))
        keep(finder, PARENT, element);
    else if (g_str_equal(element->path, "project/parent/artifactId"))
        finder->parent = finder->parent != NULL ? finder->parent : g_strndup(text, element->length);
    else if (g_str_equal(element->path, "project/properties/revision"))
        keep(finder, REVISION, element);
    return true;
}

static int by_offset(gconstpointer a, gconstpointer b) {
    const ManifestPlace *first = *(const ManifestPlace *const *)a, *second = *(const ManifestPlace *const *)b;
    return first->offset < second->offset ? -1 : 1;
}

static void add_kept(Finder *finder, int which) {
    if (manifest_is_value(finder->text + finder->at[which], finder->length[which]))
        manifest_places_add(finder->places, finder->text, finder->at[which], finder->length[which]);
}

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    gsize length = 0;
    const char *text = g_bytes_get_data(query->bytes, &length);
    g_autoptr(GPtrArray) places = manifest_places_new();
    Finder finder = {.text = text, .names = query->names, .places = places};
    guint line = 0;
    bool read = xml_walk(text, length, take, &finder, &line);
    g_autofree char *parent = finder.parent;
    if (!read)
        return manifest_broken(query->path, line, "XML", error);
    if (parent != NULL && finder.names != NULL && g_strv_contains(finder.names, parent))
        add_kept(&finder, PARENT);
    if (finder.uses_revision)
        add_kept(&finder, REVISION);
    g_ptr_array_sort(places, by_offset);
    return g_steal_pointer(&places);
}

/* ---- what else it says ---- */

static bool take_rest(const XmlText *element, void *data) {
    ManifestRest *rest = data;
    if (g_str_equal(element->path, "project/artifactId"))
        manifest_rest_add_name(rest, element->offset, element->length);
    if (g_str_equal(element->path, "project/modules/module"))
        manifest_rest_add_folder(rest, element->offset, element->length);
    return true;
}

static ManifestRest read_rest(GBytes *bytes) {
    gsize length = 0;
    ManifestRest rest = manifest_rest_begin(bytes, &length);
    guint line = 0;
    xml_walk(rest.text, length, take_rest, &rest, &line);
    return rest;
}

static char *package(GBytes *bytes) {
    ManifestRest rest = read_rest(bytes);
    return manifest_rest_name(&rest);
}

static char **members(GBytes *bytes) {
    ManifestRest rest = read_rest(bytes);
    return manifest_rest_folders(&rest);
}

const ManifestFormat manifest_format_pom = {
    .name = "pom",
    .doc = "pom.xml: the project's own version, or its ${revision}",
    .claims = claims,
    .find = find,
    .package = package,
    .members = members,
};
