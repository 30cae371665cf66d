/* An archive of the tag's tree, or of files of it, that slipway writes itself. */
#include "base/text.h"
#include "builder/parts.h"

static void plan(const BuilderWish *wish, Recipe *recipe) {
    (void)wish;
    static const char *const formats[] = {"tar.gz", "tar.zst", "zip", NULL};
    const char *format = jsonx_string(recipe->settings, "format");
    const char *known = format != NULL ? format : formats[0];
    recipe->source = true;
    if (!g_strv_contains(formats, known)) {
        g_autofree char *list = g_strjoinv(", ", (char **)formats);
        error_set(&recipe->problem, ERROR_CONFIG, "packages.%s.format cannot be %s", recipe->name, known);
        error_state(&recipe->problem, "nothing was changed");
        error_fix(&recipe->problem, "set it to one of %s", list);
    }
    g_autofree char *name = g_strdup_printf("{name}-{version}.%s", known);
    builder_expect(recipe, name);
    json_array_append_new(recipe->kinds, json_string("archive"));
}

const BuilderKind builder_kind_archive = {.name = "archive", .doc = "a plain archive of tracked files, written by slipway itself", .plan = plan};
