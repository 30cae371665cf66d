/* Any command: Go, C, Debian packages, whatever makes files. */
#include "builder/parts.h"

#include <string.h>

static void plan(const BuilderWish *wish, Recipe *recipe) {
    (void)wish;
    const json_t *expect = json_object_get(recipe->settings, "expect");
    bool wheel = false;
    for (gsize i = 0; i < json_array_size(expect); i++)
        wheel = wheel || g_str_has_suffix(json_string_value(json_array_get(expect, i)), ".whl");
    recipe->python = wheel ? g_strdup("/usr/bin/python3") : NULL;
    if (json_array_size(json_object_get(recipe->settings, "run")) > 0)
        return;
    error_set(&recipe->problem, ERROR_CONFIG, "the package %s is of the kind command, but it has none", recipe->name);
    error_state(&recipe->problem, "nothing was changed");
    error_fix(&recipe->problem, "write packages.%s.run in slipway.yaml", recipe->name);
}

const BuilderKind builder_kind_command = {.name = "command", .doc = "any command, and the names of the files it makes", .plan = plan};
