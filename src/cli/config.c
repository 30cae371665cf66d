#include "project/config.h"

#include "cli/command.h"
#include "git/git.h"

#include <stdio.h>
#include <string.h>

static int print_keys(char **args, GError **error) {
    (void)args, (void)error;
    guint count;
    const ConfigKey *keys = config_keys(&count);
    int width = 0;
    for (guint i = 0; i < count; i++)
        width = MAX(width, (int)strlen(keys[i].path));
    for (guint i = 0; i < count; i++) {
        g_autofree char *range = keys[i].type == CONFIG_INT ? config_range(&keys[i]) : NULL;
        printf("%-*s  %-15s %s%s%s%s%s%s\n", width, keys[i].path, config_type_name(keys[i].type), keys[i].doc, *keys[i].fallback != '\0' ? " (" : "",
               keys[i].fallback, range != NULL ? "; " : "", range != NULL ? range : "", *keys[i].fallback != '\0' ? ")" : "");
    }
    return 0;
}

static int print_schema(char **args, GError **error) {
    (void)args, (void)error;
    g_autoptr(json_t) schema = config_schema();
    g_autofree char *text = jsonx_pretty(schema);
    fputs(text, stdout);
    return 0;
}

static int print_values(char **args, GError **error) {
    (void)args;
    g_autoptr(Git) git = git_open(".", error);
    g_autoptr(Config) config = git != NULL ? config_load(git->tree, NULL, error) : NULL;
    if (config == NULL)
        return 0;
    g_autofree char *text = jsonx_pretty(config->values);
    fputs(text, stdout);
    return 0;
}

static const Form forms[] = {
    {.run = print_keys}, {.word = "show", .document = true, .run = print_values}, {.word = "schema", .document = true, .run = print_schema}, {0}};

const Command command_config = {
    .name = "config",
    .summary = "list the keys of slipway.yaml, show what is set, print its JSON Schema",
    .help = "Without a word: every key with its type, meaning and default. `show`: what slipway.yaml and the environment (SLIPWAY__SECTION__KEY) set.\n"
            "`schema`: a JSON Schema for editors.",
    .example = "slipway config\nslipway config schema > slipway.schema.json",
    .forms = forms,
};
