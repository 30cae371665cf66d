#include "project/places.h"

#include "base/fs.h"
#include "base/limits.h"
#include "docs/mentions.h"
#include "project/carriers.h"

#include <fnmatch.h>
#include <string.h>

const char *place_verdict_name(PlaceVerdict verdict) {
    static const char *const names[] = {"ok", "differs", "stale", "ahead", "undeclared", "old", "other"};
    return names[verdict];
}

bool place_is_wrong(PlaceVerdict verdict) {
    return verdict == PLACE_DIFFERS || verdict == PLACE_STALE || verdict == PLACE_AHEAD;
}

static void place_free(Place *place) {
    g_free(place->path);
    g_free(place->value);
    g_free(place->fix);
    g_free(place);
}

void places_free(Places *places) {
    g_clear_pointer(&places->version, version_free);
    g_clear_pointer(&places->list, g_ptr_array_unref);
    g_clear_pointer(&places->unread, g_ptr_array_unref);
    g_free(places->source);
    g_free(places);
}

static Place *add(Places *places, const char *path, const char *kind, const char *value) {
    Place *place = g_new0(Place, 1);
    *place = (Place){.path = g_strdup(path), .kind = kind, .value = g_strdup(value)};
    g_ptr_array_add(places->list, place);
    return place;
}

static int order_of(const Places *places, const char *value) {
    g_autoptr(Version) version = carrier_version(value);
    return version != NULL ? version_compare(version, places->version) : 1;
}

/* ---- what slipway keeps ---- */

static const char *kind_of(const ManifestFormat *format) {
    return format->lock ? "lock" : g_str_equal(format->name, "python_module") ? "module" : g_str_equal(format->name, "rule") ? "file" : "manifest";
}

static void add_carrier(const World *world, Places *places, const Carrier *carrier) {
    ManifestQuery query = {.path = carrier->path, .bytes = carrier->bytes, .pattern = carrier->pattern, .count = carrier->count, .names = world_names(world)};
    g_autoptr(GPtrArray) found = carrier->format->find(&query, NULL);
    for (guint i = 0; found != NULL && i < found->len; i++) {
        const ManifestPlace *at = g_ptr_array_index(found, i);
        int order = order_of(places, at->value);
        if (carrier->format->loose && order != 0)
            continue;
        Place *place = add(places, carrier->path, kind_of(carrier->format), at->value);
        place->line = at->line;
        place->column = at->column;
        place->format = carrier->format;
        place->verdict = order == 0 ? PLACE_OK : PLACE_DIFFERS;
        place->fix = order == 0 ? NULL : g_strdup("slipway version check --fix");
    }
}

static bool choose_version(const World *world, Places *places, GError **error) {
    for (guint i = 0; i < world->carriers->len && places->version == NULL; i++) {
        const Carrier *carrier = g_ptr_array_index(world->carriers, i);
        places->version = carrier->format->lock ? NULL : carrier_version(carrier->value);
        places->source = places->version != NULL ? g_strdup_printf("%s:%u", carrier->path, carrier->line) : NULL;
    }
    if (places->version == NULL && world->current != NULL) {
        g_autofree char *text = version_to_string(world->current);
        places->version = version_parse(text, NULL);
        places->source = g_strdup("the highest tag");
    }
    if (places->version != NULL)
        return true;
    g_propagate_error(error, g_error_copy(world->version_problem));
    return false;
}

/* ---- what nobody keeps ---- */

static bool is_kept(const World *world, const char *path) {
    for (guint i = 0; i < world->carriers->len; i++) {
        if (g_str_equal(((const Carrier *)g_ptr_array_index(world->carriers, i))->path, path))
            return true;
    }
    return false;
}

static bool is_ignored(const World *world, const char *path) {
    const json_t *globs = config_get(world->config, "version.ignore");
    for (gsize i = 0; i < json_array_size(globs); i++) {
        const char *glob = json_string_value(json_array_get(globs, i));
        if (glob != NULL && fnmatch(glob, path, 0) == 0)
            return true;
    }
    return false;
}

static bool was_released(const World *world, const char *value) {
    g_autoptr(Version) version = carrier_version(value);
    for (guint i = 0; version != NULL && i < world->versions->len; i++) {
        if (version_compare(((const WorldTag *)g_ptr_array_index(world->versions, i))->version, version) == 0)
            return true;
    }
    return false;
}

static void add_unkept(const World *world, Places *places, const char *path, const ManifestFormat *format, const Mention *mention) {
    int order = order_of(places, mention->value);
    bool stale = order < 0 && was_released(world, mention->value) && (format != NULL || docs_mentions_is_version_alone(path));
    if (format == NULL && order != 0 && !stale)
        return;
    Place *place = add(places, path, format != NULL ? kind_of(format) : "file", mention->value);
    place->line = mention->line;
    place->column = mention->column;
    place->verdict = order == 0 ? PLACE_UNDECLARED : stale ? PLACE_STALE : PLACE_OTHER;
    place->format = stale ? format : NULL;
    if (place->verdict != PLACE_OTHER)
        place->fix = g_strdup_printf("name %s under version.files in slipway.yaml, or under version.ignore", path);
}

static const ManifestFormat *format_of(const char *path) {
    const ManifestFormat *const *formats = manifest_formats();
    for (guint i = 0; formats[i] != NULL; i++) {
        if (formats[i]->claims != NULL && formats[i]->claims(path))
            return formats[i];
    }
    return NULL;
}

/* A package of another name has a version of its own. */
static bool is_other_package(const World *world, const ManifestFormat *format, GBytes *bytes) {
    g_autofree char *name = format->package != NULL ? format->package(bytes) : NULL;
    return name != NULL && !g_strv_contains(world_names(world), name);
}

/* NULL: it cannot be read. A link is none of its own, and what is gone from the work tree names nothing. */
static GBytes *read_place(const World *world, Places *places, const char *path, gsize limit) {
    g_autoptr(GError) problem = NULL;
    GBytes *bytes = fs_read_beneath(world->git->tree, path, limit, &problem);
    if (bytes == NULL && fs_kind_beneath(world->git->tree, path) == FS_FILE)
        g_ptr_array_add(places->unread, g_strdup(problem->message));
    return bytes;
}

static void search_manifest(const World *world, Places *places, const char *path, const ManifestFormat *format) {
    g_autoptr(GBytes) bytes = read_place(world, places, path, SOURCE_LIMIT);
    g_autoptr(GPtrArray) found = bytes != NULL ? format->find(&(ManifestQuery){.path = path, .bytes = bytes, .names = world_names(world)}, NULL) : NULL;
    bool other = bytes != NULL && is_other_package(world, format, bytes);
    for (guint i = 0; found != NULL && i < found->len; i++) {
        const ManifestPlace *at = g_ptr_array_index(found, i);
        Mention mention = {.value = at->value, .line = at->line, .column = at->column};
        if (!other && (!format->loose || order_of(places, at->value) == 0))
            add_unkept(world, places, path, format, &mention);
    }
}

static void search_text(const World *world, Places *places, const char *path) {
    g_autoptr(GBytes) bytes = read_place(world, places, path, MENTIONS_LIMIT);
    g_autoptr(GPtrArray) found = bytes != NULL ? docs_mentions_by_word(bytes) : NULL;
    for (guint i = 0; found != NULL && i < found->len; i++)
        add_unkept(world, places, path, NULL, g_ptr_array_index(found, i));
}

static void search_docs(const World *world, Places *places, const char *path) {
    g_autoptr(GBytes) bytes = read_place(world, places, path, MENTIONS_LIMIT);
    g_autoptr(GPtrArray) found = bytes != NULL ? docs_mentions_by_name(bytes, world_names(world)) : NULL;
    for (guint i = 0; found != NULL && i < found->len; i++) {
        const Mention *mention = g_ptr_array_index(found, i);
        g_autoptr(Version) version = carrier_version(mention->value);
        bool latest = version != NULL && world->previous != NULL && version_compare(version, world->previous) == 0;
        int order = latest ? 0 : order_of(places, mention->value);
        Place *place = add(places, path, "docs", mention->value);
        place->line = mention->line;
        place->column = mention->column;
        place->verdict = order == 0 ? PLACE_OK : order < 0 && was_released(world, mention->value) ? PLACE_OLD : PLACE_OTHER;
    }
}

static void search(const World *world, Places *places) {
    for (guint i = 0; i < world->files->len; i++) {
        const char *path = g_ptr_array_index(world->files, i);
        const ManifestFormat *format = format_of(path);
        bool docs = docs_mentions_is_doc(path);
        bool named = docs_mentions_is_version_file(path);
        bool own = g_strv_contains(config_places(), path); /* it says what others say */
        if ((format == NULL && !docs && !named) || own || is_kept(world, path) || is_ignored(world, path))
            continue;
        if (docs && !g_str_equal(path, world_changelog_path(world)))
            search_docs(world, places, path);
        else if (!docs && format != NULL && !carriers_is_aside(path))
            search_manifest(world, places, path, format);
        else if (!docs && named && !carriers_is_aside(path))
            search_text(world, places, path);
    }
}

/* ---- changelog, tags, packages ---- */

static void add_changelog(const World *world, Places *places) {
    const GPtrArray *sections = world->changelog != NULL ? changelog_sections(world->changelog) : NULL;
    const ChangelogSection *newest = NULL;
    for (guint i = 0; sections != NULL && i < sections->len && newest == NULL; i++) {
        const ChangelogSection *section = g_ptr_array_index(sections, i);
        newest = section->version != NULL ? section : NULL;
    }
    if (newest == NULL)
        return;
    /* 1.9.0 or 1.9 on top while the files say 1.9.0-dev: the one that is being written */
    g_autoptr(Version) version = carrier_version(newest->version);
    bool coming = version != NULL && version_is_prerelease(places->version) && version->major == places->version->major &&
                  version->minor == places->version->minor && version->patch == places->version->patch;
    int order = coming ? 0 : order_of(places, newest->version);
    Place *place = add(places, world_changelog_path(world), "changelog", newest->version);
    place->line = newest->line;
    place->column = 1;
    place->verdict = order > 0 ? PLACE_AHEAD : PLACE_OK;
    if (order > 0)
        place->fix = g_strdup_printf("slipway version --set %s, or correct the heading", newest->version);
}

static void add_tag(const World *world, Places *places) {
    const Version *latest = world->candidate != NULL ? world->candidate : world->previous;
    const char *tag = world->candidate != NULL ? world->candidate_tag : world->previous_tag;
    if (latest == NULL)
        return;
    g_autofree char *value = version_to_string(latest);
    g_autofree char *name = g_strdup_printf("tag %s", tag);
    bool ahead = version_compare(latest, places->version) > 0;
    Place *place = add(places, name, "tag", value);
    place->verdict = ahead ? PLACE_AHEAD : PLACE_OK;
    if (ahead)
        place->fix = g_strdup_printf("slipway version --set %s", value);
}

/* "tool-1.0.0-py3-none-any.whl", "tool-1.0.0.tar.gz": what stands behind the first '-' that a digit follows. */
static char *version_in_name(const char *file) {
    const char *at = file;
    while (*at != '\0' && !(*at == '-' && g_ascii_isdigit(at[1])))
        at++;
    if (*at == '\0')
        return NULL;
    static const char *const endings[] = {".tar.gz", ".tgz", ".zip", ".crate", ".gem", ".jar", ".whl", NULL};
    g_autofree char *rest = g_strdup(at + 1);
    for (guint i = 0; endings[i] != NULL; i++) {
        if (g_str_has_suffix(rest, endings[i])) {
            rest[strlen(rest) - strlen(endings[i])] = '\0';
            rest[g_str_equal(endings[i], ".whl") ? strcspn(rest, "-") : strlen(rest)] = '\0';
            return g_steal_pointer(&rest);
        }
    }
    return NULL;
}

static void add_packages(const World *world, Places *places) {
    g_autofree char *folder = g_build_filename(world->git->tree, "dist", NULL);
    g_autoptr(GPtrArray) files = fs_list(folder, NULL);
    for (guint i = 0; files != NULL && i < files->len; i++) {
        g_autofree char *value = version_in_name(g_ptr_array_index(files, i));
        g_autoptr(Version) version = value != NULL ? carrier_version(value) : NULL;
        if (version == NULL)
            continue;
        g_autofree char *path = g_strdup_printf("dist/%s", (const char *)g_ptr_array_index(files, i));
        int order = version_compare(version, places->version);
        Place *place = add(places, path, "package", value);
        place->verdict = order == 0 ? PLACE_OK : order < 0 ? PLACE_OLD : PLACE_OTHER;
    }
}

Places *places_find(const World *world, GError **error) {
    g_autoptr(Places) places = g_new0(Places, 1);
    places->list = g_ptr_array_new_with_free_func((GDestroyNotify)place_free);
    places->unread = g_ptr_array_new_with_free_func(g_free);
    if (!choose_version(world, places, error))
        return NULL;
    for (guint i = 0; i < world->carriers->len; i++)
        add_carrier(world, places, g_ptr_array_index(world->carriers, i));
    add_changelog(world, places);
    add_tag(world, places);
    search(world, places);
    add_packages(world, places);
    return g_steal_pointer(&places);
}

/* ---- mending ---- */

static const Carrier *carrier_of(const World *world, const Place *place) {
    for (guint i = 0; i < world->carriers->len; i++) {
        const Carrier *carrier = g_ptr_array_index(world->carriers, i);
        if (g_str_equal(carrier->path, place->path) && carrier->format == place->format)
            return carrier;
    }
    return NULL;
}

static bool fix_file(const World *world, const Places *places, const Place *place, json_t *files, GError **error) {
    const Carrier *carrier = carrier_of(world, place);
    g_autoptr(GBytes) before = world_file(world, place->path, error);
    g_autofree char *value = before != NULL ? carrier_written(place->format, places->version, error) : NULL;
    if (value == NULL)
        return false;
    ManifestFile file = {.format = place->format,
                         .path = place->path,
                         .pattern = carrier != NULL ? carrier->pattern : NULL,
                         .count = carrier != NULL ? carrier->count : 0,
                         .names = world_names(world)};
    g_autoptr(GBytes) after = manifest_set(&file, before, NULL, value, error);
    if (after == NULL)
        return false;
    json_t *row =
        json_pack("{s: o, s: o, s: o, s: i}", "path", jsonx_path(place->path), "before", jsonx_bytes(g_bytes_get_data(before, NULL), g_bytes_get_size(before)),
                  "after", jsonx_bytes(g_bytes_get_data(after, NULL), g_bytes_get_size(after)), "mode", 0644);
    json_array_append_new(files, row);
    return true;
}

json_t *places_fix(const World *world, const Places *places, GError **error) {
    g_autoptr(json_t) files = json_array();
    g_autoptr(GHashTable) done = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < places->list->len; i++) {
        const Place *place = g_ptr_array_index(places->list, i);
        if (!place_is_wrong(place->verdict) || place->format == NULL || !g_hash_table_add(done, place->path))
            continue;
        if (!fix_file(world, places, place, files, error))
            return NULL;
    }
    return g_steal_pointer(&files);
}
