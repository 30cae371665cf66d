#include "project/outside.h"

#include "base/allowed.h"
#include "base/text.h"

char *outside_place(const World *world, const char *path) {
    g_autofree char *wanted = allowed_expand(path);
    g_autofree char *here = g_canonicalize_filename(wanted, world->git->tree);
    return allowed_covers(world->git->tree, here) ? g_steal_pointer(&here) : g_canonicalize_filename(wanted, world->top);
}

/* A symbolic link in the tree that leads out of it is outside. */
static bool is_inside(const World *world, const char *real) {
    g_autofree char *tree = allowed_real(world->git->tree);
    g_autofree char *place = g_build_filename(world->git->common_dir, "slipway", "forge", NULL);
    g_autofree char *own = allowed_real(place);
    return allowed_covers(own, real) || allowed_covers(tree, real);
}

static bool refuse(const char *what, const char *path, const char *real, GError **error) {
    g_autofree char *shown = text_escape(path, -1, false);
    g_autofree char *place = text_escape(real, -1, false);
    g_autofree char *quoted = g_shell_quote(place);
    error_set(error, ERROR_CONFIG, "%s: %s is not used: it lies outside of the work tree, and you have not allowed it", what, shown);
    error_why(error, "what names it comes with the repository; which other places of yours it uses is yours to say");
    error_state(error, "nothing was changed");
    error_fix(error, "if it is right: git config --global --add slipway.allow-path %s", quoted);
    return false;
}

bool outside_check(const World *world, const char *what, const char *path, GError **error) {
    g_autofree char *whole = outside_place(world, path);
    g_autofree char *real = allowed_real(whole);
    bool allowed = is_inside(world, real);
    if (!allowed && !allowed_path(real, &allowed, error))
        return false;
    return allowed || refuse(what, path, real, error);
}

bool outside_check_key(const World *world, const char *key, GError **error) {
    const char *path = config_string(world->config, key);
    if (*path == '\0' || config_is_users(world->config, key))
        return true;
    g_autofree char *what = g_strdup_printf("%s: %s", world->config->path != NULL ? world->config->path : "slipway.yaml", key);
    return outside_check(world, what, path, error);
}
