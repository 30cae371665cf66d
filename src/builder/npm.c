/* npm packages (docs.npmjs.com, "npm pack"): the tarball of a package.json that is not private. */
#include "builder/parts.h"
#include "manifest/json.h"

#include <string.h>

typedef struct {
    const char *text;
    bool private, versioned;
} Said;

static bool look(const JsonValue *value, void *data) {
    Said *said = data;
    if (g_str_equal(value->path, "private"))
        said->private = value->length == 4 && memcmp(said->text + value->offset, "true", 4) == 0;
    if (g_str_equal(value->path, "version"))
        said->versioned = value->is_string;
    return true;
}

static bool is_published(GBytes *bytes) {
    gsize length = 0;
    Said said = {.text = g_bytes_get_data(bytes, &length)};
    guint line = 0;
    return json_walk(said.text, length, look, &said, &line) && said.versioned && !said.private;
}

static void detect(const BuilderWish *wish, GPtrArray *recipes) {
    const ManifestFormat *format = manifest_format_by_name("package_json");
    for (guint i = 0; i < wish->world->carriers->len; i++) {
        const Carrier *carrier = g_ptr_array_index(wish->world->carriers, i);
        g_autofree char *name = carrier->format == format ? format->package(carrier->bytes) : NULL;
        if (name == NULL || !is_published(carrier->bytes))
            continue;
        g_autofree char *folder = builder_folder(carrier->path);
        builder_found(recipes, &builder_kind_npm, folder, name);
    }
}

/* "@scope/tool" is scope-tool-1.0.0.tgz. */
static char *file_name(const char *package) {
    g_autofree char *flat = g_strdelimit(g_strdup(*package == '@' ? package + 1 : package), "/", '-');
    return g_strdup_printf("%s-{version}.tgz", flat);
}

static void plan(const BuilderWish *wish, Recipe *recipe) {
    static const char *const words[] = {"npm", "pack", "--pack-destination", "{out}", NULL};
    g_autofree char *path = builder_path(recipe, "package.json");
    g_autoptr(GBytes) bytes = world_file(wish->world, path, NULL);
    if (recipe->package == NULL && bytes != NULL)
        recipe->package = manifest_format_by_name("package_json")->package(bytes);
    recipe->version = builder_version(wish, recipe, "package_json", path);
    json_object_set_new(recipe->env, "npm_config_update_notifier", json_string("false"));
    json_object_set_new(recipe->env, "npm_config_fund", json_string("false"));
    builder_set_run(recipe, words);
    g_autofree char *file = recipe->package != NULL ? file_name(recipe->package) : g_strdup("*.tgz");
    builder_expect(recipe, file);
    if (json_object_get(recipe->settings, "run") == NULL)
        builder_needs(wish, recipe, "npm", "install npm");
    json_array_append_new(recipe->kinds, json_string("npm"));
}

const BuilderKind builder_kind_npm = {.name = "npm", .doc = "npm pack, of every package.json that is not private", .detect = detect, .plan = plan};
