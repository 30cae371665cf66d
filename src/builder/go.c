/* Programs in Go (pkg.go.dev/cmd/go): one for each package main below the folder. Libraries have no package but the tag. Never by itself: programs are of one
 * platform, and which are wanted only the project knows. */
#include "builder/parts.h"

#include <string.h>

/* A line "package main" before any other code, as gofmt writes it. */
static bool is_main(GBytes *bytes) {
    gsize length = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    const char *found = g_strstr_len(text, (gssize)length, "package main\n");
    return found != NULL && (found == text || found[-1] == '\n');
}

static bool is_source(const char *path) {
    return g_str_has_suffix(path, ".go") && !g_str_has_suffix(path, "_test.go") && !builder_is_aside(path);
}

/* The last part of the import path: the folder's name, of the module at its top; a major version at its end does not count. */
static char *program_name(const char *below, const char *module) {
    if (*below != '\0')
        return g_path_get_basename(below);
    g_auto(GStrv) parts = g_strsplit(module, "/", -1);
    guint count = g_strv_length(parts);
    const char *last = count > 0 ? parts[count - 1] : "";
    bool major = count > 1 && last[0] == 'v' && g_ascii_isdigit(last[1]) && strspn(last + 1, "0123456789") == strlen(last + 1);
    return g_strdup(major ? parts[count - 2] : last);
}

static char *module_of(GBytes *bytes) {
    gsize length = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    g_autofree char *copy = g_strndup(text, length);
    g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        if (g_str_has_prefix(lines[i], "module "))
            return g_strdup(g_strstrip(lines[i] + strlen("module ")));
    }
    return g_strdup("");
}

static void expect_programs(const BuilderWish *wish, Recipe *recipe, const char *module) {
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    gsize skip = *recipe->directory != '\0' ? strlen(recipe->directory) + 1 : 0;
    for (guint i = 0; i < wish->world->files->len; i++) {
        const char *path = g_ptr_array_index(wish->world->files, i);
        bool here = skip == 0 || (g_str_has_prefix(path, recipe->directory) && path[skip - 1] == '/');
        g_autoptr(GBytes) bytes = here && is_source(path) ? world_file(wish->world, path, NULL) : NULL;
        if (bytes == NULL || !is_main(bytes))
            continue;
        g_autofree char *below = builder_folder(path + skip);
        g_autofree char *name = program_name(below, module);
        if (g_hash_table_add(seen, g_strdup(name)))
            builder_expect(recipe, name);
    }
}

static void plan(const BuilderWish *wish, Recipe *recipe) {
    static const char *const words[] = {"go", "build", "-trimpath", "-o", "{out}/", "./...", NULL};
    g_autoptr(GBytes) bytes = builder_manifest(wish, recipe, "go.mod");
    recipe->package = bytes != NULL ? module_of(bytes) : NULL;
    builder_set_run(recipe, words);
    expect_programs(wish, recipe, recipe->package != NULL ? recipe->package : recipe->name);
    if (json_object_get(recipe->settings, "run") == NULL)
        builder_needs(wish, recipe, "go", "install Go");
}

const BuilderKind builder_kind_go = {.name = "go", .doc = "go build, a program for each package main", .plan = plan};
