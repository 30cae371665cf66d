/* Every command and form, with every option of every command and one argument too many: what is not declared is USAGE. tests/contract/test_commands.py shows on
 * the program that nothing is opened before. */
#include "cli/parse.h"

#include <string.h>

static char *option_word(const GOptionEntry *option) {
    return g_strdup_printf(option->arg == G_OPTION_ARG_NONE ? "--%s" : "--%s=x", option->long_name);
}

/* What is right for any argument that must be there. */
static const char *sample_of(const Form *form) {
    return form->args.words != NULL ? form->args.words[0] : "1.0.0";
}

static GPtrArray *right_line(const Command *command, const Form *form, guint count) {
    GPtrArray *line = g_ptr_array_new_with_free_func(g_free);
    if (form->word != NULL)
        g_ptr_array_add(line, g_strdup(form->word));
    if (form->option != NULL)
        g_ptr_array_add(line, option_word(command_option(command, form->option)));
    for (guint i = 0; i < count; i++)
        g_ptr_array_add(line, g_strdup(sample_of(form)));
    return line;
}

/* By the declaration, read here in another way than the parser does: does some form take this option and so many arguments? */
static bool is_declared(const Command *command, const Form *from, const char *option, guint count) {
    for (const Form *form = command->forms; form->run != NULL; form++) {
        bool key = form->option == NULL || g_strcmp0(form->option, from->option) == 0 || g_strcmp0(form->option, option) == 0;
        bool own = from->option == NULL || form_takes(form, from->option);
        bool takes = option == NULL || (command_option(command, option) != NULL && form_takes(form, option));
        if (g_strcmp0(form->word, from->word) == 0 && key && own && takes && count >= form->args.least && count <= form->args.most)
            return true;
    }
    return false;
}

/* Options that exclude each other are refused, too. */
static bool is_apart(const Command *command, const char *a, const char *b) {
    g_autofree char *pair = g_strdup_printf("%s/%s", a, b);
    g_autofree char *turned = g_strdup_printf("%s/%s", b, a);
    return command->apart != NULL && a != NULL && b != NULL && (strstr(command->apart, pair) != NULL || strstr(command->apart, turned) != NULL);
}

static void assert_line(const Command *command, GPtrArray *line, bool right) {
    g_auto(Parsed) parsed = {0};
    g_autoptr(GError) error = NULL;
    g_ptr_array_add(line, NULL);
    g_autofree char *shown = g_strjoinv(" ", (char **)line->pdata);
    bool taken = parse_words(command, (char **)line->pdata, &parsed, &error);
    if (taken != right)
        g_error("slipway %s %s: %s", command->name, shown, taken ? "is taken" : error->message);
    g_assert_true(taken || error_is(error, ERROR_USAGE));
}

static void walk_options(const Command *command, const Form *form, guint *tried) {
    for (guint i = 0; commands()[i] != NULL; i++) {
        const GOptionEntry *options = commands()[i]->options;
        for (const GOptionEntry *option = options; option != NULL && option->long_name != NULL; option++) {
            const GOptionEntry *own = command_option(command, option->long_name);
            g_autoptr(GPtrArray) line = right_line(command, form, form->args.least);
            g_ptr_array_add(line, option_word(own != NULL ? own : option));
            bool right = is_declared(command, form, option->long_name, form->args.least) && !is_apart(command, form->option, option->long_name);
            assert_line(command, line, right);
            (*tried)++;
        }
    }
}

static void walk_counts(const Command *command, const Form *form) {
    for (guint count = 0; count < 5; count++) {
        g_autoptr(GPtrArray) line = right_line(command, form, count);
        assert_line(command, line, is_declared(command, form, NULL, count));
    }
}

static void test_what_is_not_declared(void) {
    guint tried = 0;
    for (guint i = 0; commands()[i] != NULL; i++) {
        for (const Form *form = commands()[i]->forms; form->run != NULL; form++) {
            walk_options(commands()[i], form, &tried);
            walk_counts(commands()[i], form);
        }
    }
    g_assert_cmpuint(tried, >, 2000);
}

/* A name in `takes`, `option`, `apart` that is no option would allow nothing, silently; an option that no form takes could never be given. */
static void assert_names(const Command *command, const char *names, const char *dividers) {
    g_auto(GStrv) words = g_strsplit_set(names != NULL ? names : "", dividers, -1);
    for (guint i = 0; words[i] != NULL; i++) {
        if (*words[i] != '\0' && command_option(command, words[i]) == NULL)
            g_error("slipway %s: there is no option %s", command->name, words[i]);
    }
}

static void test_declarations(void) {
    for (guint i = 0; commands()[i] != NULL; i++) {
        const Command *command = commands()[i];
        assert_names(command, command->apart, " /");
        for (const Form *form = command->forms; form->run != NULL; form++) {
            assert_names(command, form->takes, " ");
            assert_names(command, form->option, " ");
            g_assert_true((form->args.shown != NULL) == (form->args.most > 0));
        }
        for (const GOptionEntry *option = command->options; option != NULL && option->long_name != NULL; option++) {
            guint takers = 0;
            for (const Form *form = command->forms; form->run != NULL; form++)
                takers += form_takes(form, option->long_name) ? 1 : 0;
            g_assert_cmpuint(takers, >, 0);
            g_assert_true(option->arg == G_OPTION_ARG_NONE || option->arg == G_OPTION_ARG_FILENAME || option->arg == G_OPTION_ARG_FILENAME_ARRAY);
        }
        for (const Instead *row = command->instead; row != NULL && row->option != NULL; row++)
            g_assert_null(command_option(command, row->option));
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/commands/what-is-not-declared", test_what_is_not_declared);
    g_test_add_func("/commands/declarations", test_declarations);
    return g_test_run();
}
