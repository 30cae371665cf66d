#include "cli/command.h"

#include <string.h>

#define USAGE_WIDTH 100

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

const GOptionEntry *command_option(const Command *command, const char *name) {
    for (const GOptionEntry *option = command->options; option != NULL && option->long_name != NULL; option++) {
        if (g_str_equal(option->long_name, name))
            return option;
    }
    return NULL;
}

const GOptionEntry *command_letter(const Command *command, char letter) {
    for (const GOptionEntry *option = command->options; option != NULL && option->long_name != NULL; option++) {
        if (option->short_name == letter)
            return option;
    }
    return NULL;
}

bool form_takes(const Form *form, const char *option) {
    if (form->takes == NULL || g_strcmp0(form->option, option) == 0)
        return true;
    g_auto(GStrv) words = g_strsplit(form->takes, " ", -1);
    return g_strv_contains((const char *const *)words, option);
}

char *form_name(const Command *command, const Form *form) {
    return g_strconcat("slipway ", command->name, form->word != NULL ? " " : "", form->word != NULL ? form->word : "", form->option != NULL ? " --" : "",
                       form->option != NULL ? form->option : "", NULL);
}

/* ---- help ---- */

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

char *arguments_shown(const Arguments *args) {
    return g_strdup_printf(args->least > 0 || args->or_option ? "%s" : "[%s]", args->shown);
}

/* The words of a form's usage, each of which stays on one line. */
static GPtrArray *usage_words(const Command *command, const Form *form) {
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(words, form_name(command, form));
    const GOptionEntry *chooses = form->option != NULL ? command_option(command, form->option) : NULL;
    if (chooses != NULL && chooses->arg_description != NULL)
        g_ptr_array_add(words, g_strdup(chooses->arg_description));
    if (form->args.shown != NULL)
        g_ptr_array_add(words, arguments_shown(&form->args));
    for (const GOptionEntry *option = command->options; option != NULL && option->long_name != NULL; option++) {
        const char *argument = option->arg_description;
        if (option != chooses && form_takes(form, option->long_name))
            g_ptr_array_add(words, g_strdup_printf("[--%s%s%s]", option->long_name, argument != NULL ? " " : "", argument != NULL ? argument : ""));
    }
    return words;
}

static void add_usage(const Command *command, const Form *form, const char *label, GString *out) {
    g_autoptr(GPtrArray) words = usage_words(command, form);
    gsize column = strlen(label);
    g_string_append(out, label);
    for (guint i = 0; i < words->len; i++) {
        const char *word = g_ptr_array_index(words, i);
        gsize length = (gsize)g_utf8_strlen(word, -1);
        bool fits = i == 0 || column + 1 + length <= USAGE_WIDTH;
        g_string_append_printf(out, "%s%s", i == 0 ? "" : fits ? " " : "\n           ", word);
        column = fits ? column + 1 + length : strlen("           ") + length;
    }
    g_string_append_c(out, '\n');
}

char *command_help(const Command *command) {
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "slipway %s: %s\n\n", command->name, command->summary);
    for (const Form *form = command->forms; form->run != NULL; form++)
        add_usage(command, form, form == command->forms ? "Usage: " : "       ", out);
    g_string_append_printf(out, "\n%s\n", command->help);
    add_options(command, out);
    g_auto(GStrv) lines = g_strsplit(command->example, "\n", -1);
    g_string_append(out, lines[1] != NULL ? "\nExamples:\n" : "\nExample:\n");
    for (guint i = 0; lines[i] != NULL; i++)
        g_string_append_printf(out, "  %s\n", lines[i]);
    return g_string_free(out, FALSE);
}
