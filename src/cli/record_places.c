#include "cli/record_places.h"

#include "base/text.h"
#include "project/outside.h"

/* A directory forge that is not set lies in the .git of each clone. */
static bool refuse_private(const char *path, GError **error) {
    g_autofree char *shown = text_escape(path, -1, false);
    error_set(error, ERROR_PLAN_STALE, "the release is kept in a folder of the clone that began it, which is not this clone's");
    error_why(error, "forge.path is not set, so every clone keeps releases in a .git/slipway/forge of its own; there it is %s", shown);
    error_state(error, "nothing of it was executed, nothing was changed");
    error_fix(error, "go on where it was begun; so that the next one can go on here, set forge.path in slipway.yaml to a folder that both clones reach");
    return false;
}

/* What the record names is a place of this clone's own configuration, or one that this user allows. */
static bool check_place(const World *world, const char *key, const json_t *value, GError **error) {
    g_autofree char *own = jsonx_get_path(json_object_get(world->forge, "path"));
    g_autofree char *path = jsonx_get_path(value);
    g_autofree char *what = g_strconcat("the record's ", key, NULL);
    bool forge = g_str_equal(key, "forge.path"), by_itself = *config_string(world->config, "forge.path") == '\0';
    GError *problem = NULL;
    if (path == NULL || (forge && g_strcmp0(path, own) == 0) || outside_check(world, what, path, &problem))
        return true;
    if (!forge || !by_itself || !error_is(problem, ERROR_CONFIG)) {
        g_propagate_error(error, problem);
        return false;
    }
    g_clear_error(&problem);
    return refuse_private(path, error);
}

bool record_places_check(const World *world, const Plan *plan, GError **error) {
    for (guint i = 0; i < plan->effects->len; i++) {
        const json_t *params = ((const Effect *)g_ptr_array_index(plan->effects, i))->params;
        if (!check_place(world, "forge.path", json_object_get(json_object_get(params, "forge"), "path"), error) ||
            !check_place(world, "find-links", json_object_get(params, "find_links"), error))
            return false;
    }
    return true;
}
