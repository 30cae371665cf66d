#include "project/doc_gates.h"

#include "docs/links.h"

#include <string.h>

static const char *const names[] = {"docs.todo", "docs.links", "docs.versions"};

bool doc_gates_wanted(const World *world) {
    return config_get(world->config, "docs") != NULL;
}

/* The changelog alone makes no docs. */
static bool has_docs(const World *world) {
    for (guint i = 0; i < world->files->len; i++) {
        const char *path = g_ptr_array_index(world->files, i);
        if (docs_is_markdown(path) && !g_str_equal(path, world_changelog_path(world)))
            return true;
    }
    return false;
}

void doc_gates_add(const World *world, GPtrArray *gates, const json_t *rows) {
    if (!has_docs(world))
        return;
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        if (gates_named(gates, names[i]) != NULL || json_object_get(rows, names[i]) != NULL)
            continue;
        Gate *gate = gate_new(names[i]);
        gate->builtin = names[i];
        gate->detected = true;
        gate->required = doc_gates_wanted(world);
        g_ptr_array_add(gates, gate);
    }
}

/* ---- parameters ---- */

static void put_words(json_t *params, const World *world, const char *key, const char *path) {
    json_object_set_new(params, key, config_words(world->config, path));
}

static void put_todo(json_t *params, const World *world, const DocGateChoice *choice) {
    put_words(params, world, "paths", config_get(world->config, "docs.todo.paths") != NULL ? "docs.todo.paths" : "docs.paths");
    put_words(params, world, "words", "docs.todo.words");
    json_object_set_new(params, "baseline", jsonx_text(config_string(world->config, "docs.todo.baseline")));
    if (choice->update_baseline)
        json_object_set_new(params, "update", json_true());
}

static void put_links(json_t *params, const World *world, const Gate *gate, const DocGateChoice *choice) {
    bool external = config_bool(world->config, "docs.links.external");
    put_words(params, world, "allow", "docs.links.allow");
    put_words(params, world, "deny", "docs.links.deny");
    put_words(params, world, "local", "docs.links.local");
    json_object_set_new(params, "cache_days", json_integer(config_int(world->config, "docs.links.cache-days")));
    json_object_set_new(params, "seconds", json_integer(config_int(world->config, "docs.links.timeout")));
    json_object_set_new(params, "timeout", json_integer(gate->timeout > 0 ? gate->timeout : config_default_int("gates.*.timeout")));
    if (choice->offline || !external)
        json_object_set_new(params, "offline", json_true());
}

/* Outside of a release, docs may name the newest one that is out: a manifest may be ahead of it. */
static char *version_of(const World *world, const DocGateChoice *choice) {
    if (choice->version != NULL)
        return g_strdup(choice->version);
    const Version *newest = world->previous != NULL ? world->previous : world->current;
    return newest != NULL ? version_to_string(newest) : g_strdup("0.0.0");
}

static void put_versions(json_t *params, const World *world, const DocGateChoice *choice) {
    g_autofree char *version = version_of(world, choice);
    json_t *allow = config_words(world->config, "docs.versions.allow");
    json_array_append_new(allow, jsonx_text(world_changelog_path(world)));
    json_object_set_new(params, "allow", allow);
    put_words(params, world, "paths", "docs.paths");
    json_object_set_new(params, "names", jsonx_strv(world_names(world)));
    json_object_set_new(params, "version", jsonx_text(version));
}

json_t *doc_gates_params(const World *world, const Gate *gate, const DocGateChoice *choice) {
    json_t *params = json_object();
    put_words(params, world, "ignore", "docs.ignore");
    if (g_str_equal(gate->builtin, "docs.todo"))
        put_todo(params, world, choice);
    else if (g_str_equal(gate->builtin, "docs.links"))
        put_links(params, world, gate, choice);
    else
        put_versions(params, world, choice);
    return params;
}
