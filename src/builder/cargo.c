/* Crates (doc.rust-lang.org/cargo, "cargo package"): the project's own crate and the members of its workspace that may be published. */
#include "builder/parts.h"
#include "manifest/toml.h"

#include <string.h>

typedef struct {
    const char *text;
    bool package, inherits, unpublished;
} Said;

static bool is_word(const Said *said, const TomlValue *value, const char *word) {
    return value->length == strlen(word) && memcmp(said->text + value->offset, word, value->length) == 0;
}

static bool look(const TomlValue *value, void *data) {
    Said *said = data;
    said->package = said->package || g_str_equal(value->path, "package.name");
    if (g_str_equal(value->path, "package.version.workspace"))
        said->inherits = is_word(said, value, "true");
    if (g_str_equal(value->path, "package.publish"))
        said->unpublished = is_word(said, value, "false") || is_word(said, value, "[]");
    return true;
}

static bool is_member(const World *world, const char *path, GBytes *bytes) {
    gsize length = 0;
    Said said = {.text = g_bytes_get_data(bytes, &length)};
    guint line = 0;
    bool read = toml_walk(said.text, length, look, &said, &line);
    return read && said.package && !said.unpublished && (said.inherits || builder_is_carrier(world, path));
}

static void each_member(const World *world, void (*visit)(const char *path, char *name, gpointer data), gpointer data) {
    const ManifestFormat *format = manifest_format_by_name("cargo");
    for (guint i = 0; i < world->files->len; i++) {
        const char *path = g_ptr_array_index(world->files, i);
        g_autoptr(GBytes) bytes = format->claims(path) && !builder_is_aside(path) ? world_file(world, path, NULL) : NULL;
        g_autofree char *name = bytes != NULL && is_member(world, path, bytes) ? format->package(bytes) : NULL;
        if (name != NULL)
            visit(path, name, data);
    }
}

static void add_found(const char *path, char *name, gpointer recipes) {
    g_autofree char *folder = builder_folder(path);
    builder_found(recipes, &builder_kind_cargo, folder, name);
}

static void detect(const BuilderWish *wish, GPtrArray *recipes) {
    each_member(wish->world, add_found, recipes);
}

/* Nothing to be fetched: the dependencies are in the repository, or the lock file knows of none. */
static bool works_offline(const World *world) {
    for (guint i = 0; i < world->files->len; i++) {
        if (g_str_has_prefix(g_ptr_array_index(world->files, i), "vendor/"))
            return true;
    }
    g_autoptr(GBytes) lock = world_file(world, "Cargo.lock", NULL);
    gsize length = 0;
    const char *text = lock != NULL ? g_bytes_get_data(lock, &length) : NULL;
    return text != NULL && g_strstr_len(text, (gssize)length, "\nsource = ") == NULL;
}

typedef struct {
    const World *world;
    bool found;
} Siblings;

/* "…dependencies.NAME.path" or, of one of our own names, "…dependencies.NAME.workspace". */
static bool look_for_sibling(const TomlValue *value, void *data) {
    Siblings *siblings = data;
    g_auto(GStrv) parts = g_strsplit(value->path, ".", -1);
    guint count = g_strv_length(parts);
    bool dependency = count >= 3 && g_str_has_suffix(parts[count - 3], "dependencies") && !g_str_equal(parts[count - 3], "dev-dependencies");
    bool own = dependency && g_strv_contains(world_names(siblings->world), parts[count - 2]);
    siblings->found = siblings->found || (dependency && g_str_equal(parts[count - 1], "path")) || (own && g_str_equal(parts[count - 1], "workspace"));
    return !siblings->found;
}

/* Cargo tries a crate against the index, which does not have this version of its siblings yet. */
static bool needs_sibling(const World *world, GBytes *manifest) {
    Siblings siblings = {.world = world};
    gsize length = 0;
    guint line = 0;
    const char *text = manifest != NULL ? g_bytes_get_data(manifest, &length) : "";
    toml_walk(text, length, look_for_sibling, &siblings, &line);
    return siblings.found;
}

static void add_sibling(const char *path, char *name, gpointer siblings) {
    (void)path;
    g_ptr_array_add(siblings, g_strdup(name));
}

/* Newer cargos resolve what a crate needs even then; packaged at once with its siblings, it finds them. Into a folder of
 * the tree: whatever CARGO_TARGET_DIR says, it is known where the crate is. */
static void set_command(const BuilderWish *wish, Recipe *recipe, GBytes *manifest) {
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_autoptr(GPtrArray) siblings = g_ptr_array_new_with_free_func(g_free);
    static const char *const first[] = {"cargo", "package", "--target-dir", "target"};
    for (guint i = 0; i < G_N_ELEMENTS(first); i++)
        g_ptr_array_add(words, (char *)first[i]);
    if (recipe->package != NULL) {
        g_ptr_array_add(words, (char *)"--package");
        g_ptr_array_add(words, recipe->package);
    }
    if (world_has_file(wish->world, "Cargo.lock"))
        g_ptr_array_add(words, (char *)"--locked");
    if (works_offline(wish->world))
        g_ptr_array_add(words, (char *)"--offline");
    if (needs_sibling(wish->world, manifest)) {
        g_ptr_array_add(words, (char *)"--no-verify");
        each_member(wish->world, add_sibling, siblings);
        recipe->untried = "it needs another crate of this project in the version that is not published yet";
    }
    for (guint i = 0; i < siblings->len; i++) {
        if (g_strcmp0(siblings->pdata[i], recipe->package) == 0)
            continue;
        g_ptr_array_add(words, (char *)"--package");
        g_ptr_array_add(words, siblings->pdata[i]);
    }
    g_ptr_array_add(words, NULL);
    builder_set_run(recipe, (const char *const *)words->pdata);
    builder_expect(recipe, "target/package/{name}-{version}.crate");
}

static void plan(const BuilderWish *wish, Recipe *recipe) {
    g_autofree char *path = builder_path(recipe, "Cargo.toml");
    g_autoptr(GBytes) bytes = world_file(wish->world, path, NULL);
    if (recipe->package == NULL && bytes != NULL)
        recipe->package = manifest_format_by_name("cargo")->package(bytes);
    recipe->version = builder_version(wish, recipe, "cargo", path);
    recipe->source = true;
    set_command(wish, recipe, bytes);
    if (json_object_get(recipe->settings, "run") == NULL)
        builder_needs(wish, recipe, "cargo", "install cargo");
    json_array_append_new(recipe->kinds, json_string("crate"));
}

const BuilderKind builder_kind_cargo = {.name = "cargo", .doc = "cargo package, of every crate that may be published", .detect = detect, .plan = plan};
