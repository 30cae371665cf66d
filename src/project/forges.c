#include "project/forges.h"

#include "forge/forge.h"
#include "project/outside.h"

#include <string.h>

static json_t *directory(World *world) {
    if (!outside_check_key(world, "forge.path", &world->forge_problem))
        return json_pack("{s: s}", "kind", "directory");
    const char *path = config_string(world->config, "forge.path");
    g_autofree char *fallback = g_build_filename(world->git->common_dir, "slipway", "forge", NULL);
    g_autofree char *place = *path == '\0' ? g_steal_pointer(&fallback) : outside_place(world, path);
    return json_pack("{s: s, s: o, s: s}", "kind", "directory", "path", jsonx_path(place), "title", world->project);
}

static const ForgeKind *kind_by_host(const ForgeRemote *remote) {
    const ForgeKind *const *kinds = forge_kinds();
    for (guint i = 0; kinds[i] != NULL; i++) {
        if (kinds[i]->claims != NULL && kinds[i]->claims(remote))
            return kinds[i];
    }
    return NULL;
}

/* A path in the configuration is one of the repository, or below the user's home. */
static void add_token_place(const World *world, json_t *params) {
    const char *file = config_string(world->config, "forge.token-file");
    g_autofree char *inside = g_build_filename(world->git->tree, file, NULL);
    if (*file != '\0')
        json_object_set_new(params, "token_file", jsonx_path(g_path_is_absolute(file) || g_str_has_prefix(file, "~/") ? file : inside));
    json_t *command = config_get(world->config, "forge.token-command");
    if (json_array_size(command) > 0)
        json_object_set(params, "token_command", command);
}

static json_t *server(const World *world, const ForgeKind *kind, const ForgeRemote *remote) {
    const char *api = config_string(world->config, "forge.api");
    json_t *params = kind->locate(remote, *api != '\0' ? api : NULL);
    json_object_set_new(params, "remote_host", json_string(remote->host));
    json_object_set_new(params, "title", jsonx_text(world->project));
    json_object_set_new(params, "patience", json_integer(config_int(world->config, "forge.patience")));
    json_object_set_new(params, "stall", json_integer(config_int(world->config, "forge.stall")));
    json_object_set_new(params, "pace", json_integer(config_int(world->config, "forge.pace")));
    add_token_place(world, params);
    return params;
}

static void refuse(World *world, const ForgeKind *kind) {
    world->forge = json_pack("{s: s}", "kind", kind->name);
    error_set(&world->forge_problem, ERROR_CONFIG, "forge.kind is %s, but the remote %s is no address at one", kind->name, world->remote);
    error_why(&world->forge_problem, "%s", world->remote_url != NULL ? world->remote_url : "there is no such remote");
    error_state(&world->forge_problem, "nothing was changed");
    error_fix(&world->forge_problem, "git remote set-url %s https://HOST/OWNER/NAME.git", world->remote);
}

void forges_choose(World *world) {
    const char *wanted = config_string(world->config, "forge.kind");
    g_auto(ForgeRemote) remote = {0};
    bool there = world->remote_url != NULL && forge_remote_parse(world->remote_url, &remote);
    bool local = g_str_equal(wanted, "directory") || (*wanted == '\0' && *config_string(world->config, "forge.path") != '\0');
    const ForgeKind *kind = local ? NULL : *wanted != '\0' ? forge_kind(wanted) : there ? kind_by_host(&remote) : NULL;
    world->forge_by_itself = *wanted == '\0' && kind != NULL;
    if (*wanted != '\0' && !local && kind == NULL)
        world->forge = json_pack("{s: s}", "kind", wanted); /* forge_open names those there are */
    else if (kind == NULL)
        world->forge = directory(world);
    else if (there)
        world->forge = server(world, kind, &remote);
    else
        refuse(world, kind);
}
