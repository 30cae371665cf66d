#include "base/fs.h"
#include "base/text.h"
#include "cli/command.h"
#include "package/package.h"

#include <stdio.h>

static gboolean json;

static json_t *problems_json(const Package *package) {
    json_t *problems = json_array();
    for (guint i = 0; i < package->problems->len; i++)
        json_array_append_new(problems, jsonx_text(g_ptr_array_index(package->problems, i)));
    return problems;
}

static void print_package(const char *path, const Package *package) {
    g_autofree char *shown = text_escape(path, -1, false);
    printf("%s: %s%s%s%s%s: %s\n", shown, package->kind, package->name != NULL ? " " : "", package->name != NULL ? package->name : "",
           package->version != NULL ? " " : "", package->version != NULL ? package->version : "", package->problems->len == 0 ? "right" : "WRONG");
    for (guint i = 0; i < package->problems->len; i++) {
        g_autofree char *problem = text_escape(g_ptr_array_index(package->problems, i), -1, false);
        printf("  %s\n", problem);
    }
}

static bool verify(const char *path, json_t *rows, guint *wrong, GError **error) {
    g_autoptr(Package) package = package_read(path, error);
    if (package == NULL)
        return false;
    *wrong += package->problems->len > 0 ? 1 : 0;
    if (!json)
        print_package(path, package);
    json_array_append_new(rows, json_pack("{s: o, s: s, s: s?, s: s?, s: o}", "path", jsonx_path(path), "kind", package->kind, "name", package->name, "version",
                                          package->version, "problems", problems_json(package)));
    return true;
}

static int run(char **args, GError **error) {
    if (args[0] == NULL) {
        error_set(error, ERROR_USAGE, "which packages?");
        error_fix(error, "slipway verify dist/*");
        return 0;
    }
    g_autoptr(json_t) rows = json_array();
    guint wrong = 0;
    for (guint i = 0; args[i] != NULL; i++) {
        if (!verify(args[i], rows, &wrong, error))
            return 0;
    }
    if (json) {
        g_autoptr(json_t) document = json_pack("{s: i, s: O}", "schema", 1, "packages", rows);
        g_autofree char *text = jsonx_pretty(document);
        fputs(text, stdout);
    }
    if (wrong > 0) {
        error_set(error, ERROR_PACKAGE, "%u of %u files are not as they must be", wrong, g_strv_length(args));
        error_state(error, "nothing was changed");
        error_fix(error, "correct what is named above and build again: slipway build");
    }
    return 0;
}

static GOptionEntry options[] = {
    {"json", 0, 0, G_OPTION_ARG_NONE, &json, "as JSON", NULL},
    G_OPTION_ENTRY_NULL,
};

const Command command_verify = {
    .name = "verify",
    .summary = "check packages: names, metadata, contents, hashes",
    .usage = "PATH… [OPTION…]",
    .help = "Reads wheels and source archives without unpacking them: file name against metadata, WHEEL, RECORD complete and every hash right,\n"
            "one top folder, no path that leads out. Exit 4 when one is wrong.",
    .example = "slipway verify dist/*.whl dist/*.tar.gz",
    .options = options,
    .run = run,
};
