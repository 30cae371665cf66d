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

typedef struct {
    const char *text;
    char *name;
    GPtrArray *folders;
} Reader;

static bool take_rest(const XmlText *element, void *data) {
    Reader *reader = data;
    if (reader->name == NULL && g_str_equal(element->path, "project/artifactId"))
        reader->name = g_strndup(reader->text + element->offset, element->length);
    if (g_str_equal(element->path, "project/modules/module"))
        g_ptr_array_add(reader->folders, g_strndup(reader->text + element->offset, element->length));
    return true;
}

static Reader read_all(GBytes *bytes) {
    gsize length = 0;
    Reader reader = {.text = g_bytes_get_data(bytes, &length), .folders = g_ptr_array_new()};
    guint line = 0;
    xml_walk(reader.text, length, take_rest, &reader, &line);
    return reader;
}

static char *package(GBytes *bytes) {
    Reader reader = read_all(bytes);
    g_ptr_array_set_free_func(reader.folders, g_free);
    g_ptr_array_unref(reader.folders);
    return reader.name;
}

static char **members(GBytes *bytes) {
    Reader reader = read_all(bytes);
    g_free(reader.name);
    g_ptr_array_add(reader.folders, NULL);
    return (char **)g_ptr_array_free(reader.folders, FALSE);
}

const ManifestFormat manifest_format_pom = {
    .name = "pom",
    .doc = "pom.xml: the project's own version, or its ${revision}",
    .claims = claims,
    .find = find,
    .package = package,
    .members = members,
};
