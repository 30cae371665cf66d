#include "cli/command.h"

#include <string.h>

#define COMMAND(stem) extern const Command command_##stem;
#include "cli/commands.def"
#undef COMMAND

static const Command *const table[] = {
#define COMMAND(stem) &command_##stem,
#include "cli/commands.def"
#undef COMMAND
    NULL,
};

const Command *const *commands(void) {
    return table;
}

const Command *command_by_name(const char *name) {
    for (guint i = 0; table[i] != NULL; i++) {
        if (g_str_equal(table[i]->name, name))
            return table[i];
    }
    return NULL;
}

static char *option_words(const GOptionEntry *option) {
    g_autofree char *letter = option->short_name != 0 ? g_strdup_printf("-%c, ", option->short_name) : g_strdup("");
    const char *argument = option->arg_description;
    return g_strdup_printf("%s--%s%s%s", letter, option->long_name, argument != NULL ? " " : "", argument != NULL ? argument : "");
}

static void add_options(const Command *command, GString *out) {
    gsize width = strlen("-h, --help");
    for (guint i = 0; command->options != NULL && command->options[i].long_name != NULL; i++) {
        g_autofree char *words = option_words(&command->options[i]);
        width = MAX(width, strlen(words));
    }
    g_string_append(out, "\nOptions:\n");
    for (guint i = 0; command->options != NULL && command->options[i].long_name != NULL; i++) {
        g_autofree char *words = option_words(&command->options[i]);
        g_string_append_printf(out, "  %-*s  %s\n", (int)width, words, command->options[i].description);
    }
    g_string_append_printf(out, "  %-*s  %s\n", (int)width, "-h, --help", "this text");
}

char *command_help(const Command *command) {
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "slipway %s: %s\n\nUsage: slipway %s %s\n\n%s\n", command->name, command->summary, command->name, command->usage,
                           command->help);
    add_options(command, out);
    g_auto(GStrv) lines = g_strsplit(command->example, "\n", -1);
    g_string_append(out, lines[1] != NULL ? "\nExamples:\n" : "\nExample:\n");
    for (guint i = 0; lines[i] != NULL; i++)
        g_string_append_printf(out, "  %s\n", lines[i]);
    return g_string_free(out, FALSE);
}
