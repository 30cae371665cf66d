#include "cli/parse.h"

#include "base/text.h"

#include <string.h>

/* What was found on the command line, before it is held against a form. */
typedef struct {
    const Command *command;
    GPtrArray *plain; /* of char* (borrowed): words that are no options */
    GPtrArray *given; /* of const GOptionEntry*, each once */
    bool help;
} Line;

void parsed_clear(Parsed *parsed) {
    g_clear_pointer(&parsed->args, g_free);
}

static bool refuse(GError **error, const char *what, const char *why, const char *fix) {
    error_set(error, ERROR_USAGE, "%s", what);
    if (why != NULL)
        error_why(error, "%s", why);
    error_state(error, "nothing was changed");
    error_fix(error, "%s", fix);
    return false;
}

/* ---- words that are none ---- */

static GPtrArray *option_names(const Command *command) {
    GPtrArray *names = g_ptr_array_new();
    for (const GOptionEntry *option = command->options; option != NULL && option->long_name != NULL; option++)
        g_ptr_array_add(names, (char *)option->long_name);
    g_ptr_array_add(names, (char *)"help");
    g_ptr_array_add(names, NULL);
    return names;
}

/* What stands before the command, for all of them. */
static const Instead before[] = {{"C", "slipway -C FOLDER COMMAND", "the folder stands before the command"}, {0}};

static const Instead *instead_of(const Instead *rows, const char *option) {
    for (const Instead *row = rows; row != NULL && row->option != NULL; row++) {
        if (g_str_equal(row->option, option))
            return row;
    }
    return NULL;
}

static bool refuse_option(const Command *command, const char *dashes, const char *name, GError **error) {
    g_autofree char *what = g_strdup_printf("slipway %s has no option %s%s", command->name, dashes, name);
    g_autoptr(GPtrArray) names = option_names(command);
    const Instead *own = instead_of(command->instead, name), *instead = own != NULL ? own : instead_of(before, name);
    const char *near = text_nearest(name, (const char *const *)names->pdata);
    const GOptionEntry *right = near != NULL ? command_option(command, near) : NULL;
    const char *value = right != NULL && right->arg_description != NULL ? right->arg_description : "";
    g_autofree char *fix = g_strdup_printf("slipway %s --%s%s%s", command->name, near != NULL ? near : "help", *value != '\0' ? " " : "", value);
    return instead != NULL ? refuse(error, what, instead->why, instead->fix) : refuse(error, what, NULL, fix);
}

/* An option that stands before the command: the same words in their order. */
static bool refuse_early(char **words, GError **error) {
    guint first = 0;
    while (words[first] != NULL && *words[first] == '-')
        first++;
    if (first == 0 || words[first] == NULL || command_by_name(words[first]) == NULL)
        return false;
    g_autoptr(GPtrArray) order = g_ptr_array_new();
    g_ptr_array_add(order, (char *)"slipway");
    for (guint i = first; words[i] != NULL; i++)
        g_ptr_array_add(order, words[i]);
    for (guint i = 0; i < first; i++)
        g_ptr_array_add(order, words[i]);
    g_ptr_array_add(order, NULL);
    g_autofree char *fix = text_command((const char *const *)order->pdata);
    g_autofree char *what = g_strdup_printf("the option %s stands before the command", words[0]);
    refuse(error, what, "options stand behind it, all but -C FOLDER", fix);
    return true;
}

bool parse_refuse_command(char **words, GError **error) {
    const char *name = words[0];
    if (refuse_early(words, error))
        return false;
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; commands()[i] != NULL; i++)
        g_ptr_array_add(names, (char *)commands()[i]->name);
    g_ptr_array_add(names, NULL);
    const char *near = text_nearest(name, (const char *const *)names->pdata);
    g_autofree char *what = g_strdup_printf("there is no command '%s'", name);
    g_autofree char *fix = g_strdup_printf("slipway %s", near != NULL ? near : "--help");
    return refuse(error, what, NULL, fix);
}

/* ---- reading options ---- */

static bool is_given(const Line *line, const char *name) {
    for (guint i = 0; i < line->given->len; i++) {
        if (g_str_equal(((const GOptionEntry *)g_ptr_array_index(line->given, i))->long_name, name))
            return true;
    }
    return false;
}

static void append_text(char ***list, const char *text) {
    guint count = *list != NULL ? g_strv_length(*list) : 0;
    *list = g_renew(char *, *list, count + 2);
    (*list)[count] = g_strdup(text);
    (*list)[count + 1] = NULL;
}

/* A text that is given twice would be taken once: which, nobody sees. */
static bool store(const Line *line, const GOptionEntry *option, const char *text, GError **error) {
    char **target = option->arg_data;
    if (option->arg == G_OPTION_ARG_NONE) {
        *(gboolean *)option->arg_data = TRUE;
        return true;
    }
    if (option->arg == G_OPTION_ARG_FILENAME_ARRAY) {
        append_text(option->arg_data, text);
        return true;
    }
    if (*target != NULL && !g_str_equal(*target, text)) {
        g_autofree char *what = g_strdup_printf("--%s is given twice: '%s' and '%s'", option->long_name, *target, text);
        g_autofree char *fix = g_strdup_printf("slipway %s --help", line->command->name);
        return refuse(error, what, NULL, fix);
    }
    g_free(*target);
    *target = g_strdup(text);
    return true;
}

static bool refuse_value(const Line *line, const GOptionEntry *option, const char *next, GError **error) {
    bool flag = option->arg == G_OPTION_ARG_NONE;
    const char *argument = option->arg_description != NULL ? option->arg_description : "TEXT";
    g_autofree char *what = g_strdup_printf(flag ? "--%s takes no value" : "--%s needs a value: %s", option->long_name, argument);
    g_autofree char *why =
        next != NULL ? g_strdup_printf("'%s' looks like an option; where it is meant as the value: --%s=%s", next, option->long_name, next) : NULL;
    g_autofree char *fix = g_strdup_printf("slipway %s --help", line->command->name);
    return refuse(error, what, why, fix);
}

/* value: what stands behind "=", or NULL; then the next word is it. */
static bool take_option(Line *line, const GOptionEntry *option, const char *value, char ***at, GError **error) {
    bool flag = option->arg == G_OPTION_ARG_NONE;
    if (flag && value != NULL)
        return refuse_value(line, option, NULL, error);
    if (!flag && value == NULL) {
        const char *next = (*at)[1];
        if (next == NULL || g_str_has_prefix(next, "--"))
            return refuse_value(line, option, next, error);
        value = next;
        (*at)++;
    }
    if (!flag && *value == '\0')
        return refuse_value(line, option, NULL, error);
    if (!store(line, option, value, error))
        return false;
    if (!is_given(line, option->long_name))
        g_ptr_array_add(line->given, (gpointer)option);
    return true;
}

static bool take_long(Line *line, char ***at, GError **error) {
    const char *text = **at + 2, *equals = strchr(text, '=');
    g_autofree char *name = equals != NULL ? g_strndup(text, (gsize)(equals - text)) : g_strdup(text);
    if (equals == NULL && g_str_equal(name, "help")) {
        line->help = true;
        return true;
    }
    const GOptionEntry *option = command_option(line->command, name);
    return option != NULL ? take_option(line, option, equals != NULL ? equals + 1 : NULL, at, error) : refuse_option(line->command, "--", name, error);
}

/* -y, -oFILE, -o FILE. */
static bool take_letters(Line *line, char ***at, GError **error) {
    for (const char *letter = **at + 1; *letter != '\0'; letter++) {
        const GOptionEntry *option = command_letter(line->command, *letter);
        g_autofree char *name = g_strndup(letter, (gsize)(g_utf8_next_char(letter) - letter));
        bool help = *letter == 'h' && option == NULL;
        line->help = line->help || help;
        if (help)
            continue;
        if (option == NULL)
            return refuse_option(line->command, "-", name, error);
        if (option->arg != G_OPTION_ARG_NONE)
            return take_option(line, option, letter[1] != '\0' ? letter + 1 : NULL, at, error);
        if (!take_option(line, option, NULL, at, error))
            return false;
    }
    return true;
}

static bool read_line(Line *line, char **words, GError **error) {
    bool open = true;
    for (char **at = words; *at != NULL; at++) {
        bool ends = open && g_str_equal(*at, "--");
        bool is_long = open && !ends && g_str_has_prefix(*at, "--");
        bool letters = open && !ends && !is_long && **at == '-' && (*at)[1] != '\0';
        if (!ends && !is_long && !letters)
            g_ptr_array_add(line->plain, *at);
        open = open && !ends;
        if ((is_long && !take_long(line, &at, error)) || (letters && !take_letters(line, &at, error)))
            return false;
    }
    return true;
}

/* ---- which form ---- */

static const char *first_word(const Line *line) {
    return line->plain->len > 0 ? g_ptr_array_index(line->plain, 0) : NULL;
}

static bool has_word(const Command *command, const char *word) {
    for (const Form *form = command->forms; form->run != NULL; form++) {
        if (word != NULL && g_strcmp0(form->word, word) == 0)
            return true;
    }
    return false;
}

/* By its word and its option alone. */
static bool is_meant(const Line *line, const Form *form) {
    const char *word = has_word(line->command, first_word(line)) ? first_word(line) : NULL;
    return g_strcmp0(form->word, word) == 0 && (form->option == NULL || is_given(line, form->option));
}

/* The first option that the form does not read; NULL: it reads all. */
static const char *strange_option(const Line *line, const Form *form) {
    for (guint i = 0; i < line->given->len; i++) {
        const char *name = ((const GOptionEntry *)g_ptr_array_index(line->given, i))->long_name;
        if (!form_takes(form, name))
            return name;
    }
    return NULL;
}

static guint count_of(const Line *line, const Form *form) {
    return line->plain->len - (form->word != NULL ? 1 : 0);
}

static bool is_fit(const Line *line, const Form *form) {
    guint count = count_of(line, form);
    return strange_option(line, form) == NULL && count >= form->args.least && count <= form->args.most;
}

/* The form that takes everything; else the one that misses least, for the error to speak of: the right options count more than the number of arguments. */
static const Form *choose(const Line *line) {
    const Form *best = NULL;
    for (const Form *form = line->command->forms; form->run != NULL; form++) {
        if (!is_meant(line, form))
            continue;
        if (is_fit(line, form))
            return form;
        bool better = best == NULL || (strange_option(line, best) != NULL && strange_option(line, form) == NULL);
        best = better ? form : best;
    }
    return best;
}

/* ---- judging ---- */

/* What may stand where a wrong word stands: the words of forms, and of the arguments of `only`. */
static GPtrArray *all_words(const Command *command, const Form *only) {
    GPtrArray *words = g_ptr_array_new();
    for (const Form *form = command->forms; form->run != NULL; form++) {
        bool stands = form->word != NULL && (only == NULL || only->word == NULL);
        if (stands)
            g_ptr_array_add(words, (char *)form->word);
    }
    for (guint i = 0; only != NULL && only->args.words != NULL && only->args.words[i] != NULL; i++)
        g_ptr_array_add(words, (char *)only->args.words[i]);
    g_ptr_array_add(words, NULL);
    return words;
}

/* "check, list, show", each once. */
static char *join(const GPtrArray *words) {
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; i + 1 < words->len; i++) {
        bool again = i > 0 && g_str_equal(words->pdata[i], words->pdata[i - 1]);
        if (!again)
            g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", (const char *)words->pdata[i]);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* A command whose forms all have a word, and none of them stands there. */
static bool refuse_word(const Line *line, GError **error) {
    const char *word = first_word(line);
    g_autoptr(GPtrArray) words = all_words(line->command, NULL);
    g_autofree char *all = join(words);
    const char *near = word != NULL ? text_nearest(word, (const char *const *)words->pdata) : NULL;
    g_autofree char *what = word != NULL ? g_strdup_printf("slipway %s knows no '%s'", line->command->name, word)
                                         : g_strdup_printf("slipway %s wants one word more", line->command->name);
    g_autofree char *why = g_strdup_printf("it is one of: %s", all);
    g_autofree char *fix = g_strdup_printf("slipway %s %s", line->command->name, near != NULL ? near : "--help");
    return refuse(error, what, why, fix);
}

/* The form and the options that stand beside: what takes or does not take depends on both. */
static char *typed_name(const Line *line, const Form *form, const char *except) {
    g_autoptr(GString) out = g_string_new("slipway ");
    g_string_append_printf(out, "%s%s%s", line->command->name, form->word != NULL ? " " : "", form->word != NULL ? form->word : "");
    for (guint i = 0; i < line->given->len; i++) {
        const char *name = ((const GOptionEntry *)g_ptr_array_index(line->given, i))->long_name;
        if (g_strcmp0(name, except) != 0)
            g_string_append_printf(out, " --%s", name);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* Who would have read it, in the words of the usage. */
static char *who_takes(const Command *command, const char *option) {
    g_autoptr(GString) out = g_string_new(NULL);
    for (const Form *form = command->forms; form->run != NULL; form++) {
        if (!form_takes(form, option))
            continue;
        g_autofree char *name = form_name(command, form);
        g_autofree char *args = form->args.shown != NULL ? arguments_shown(&form->args) : NULL;
        g_string_append_printf(out, "%s%s%s%s", out->len > 0 ? "; " : "", name, args != NULL ? " " : "", args != NULL ? args : "");
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static bool refuse_strange(const Line *line, const Form *form, const char *option, GError **error) {
    g_autofree char *name = typed_name(line, form, option);
    g_autofree char *who = who_takes(line->command, option);
    g_autofree char *what = g_strdup_printf("%s does not take --%s", name, option);
    g_autofree char *why = g_strdup_printf("--%s is for: %s", option, who);
    g_autofree char *fix = g_strdup_printf("slipway %s --help", line->command->name);
    return refuse(error, what, why, fix);
}

/* Is it an argument of some form, as `minor` is beside --minor? */
static bool is_argument(const Command *command, const char *text) {
    bool is = false;
    for (const Form *form = command->forms; form->run != NULL; form++)
        is = is || (form->args.words != NULL && g_strv_contains(form->args.words, text));
    return is;
}

/* An option without its dashes. */
static bool refuse_bare(const Line *line, const Form *form, const GOptionEntry *option, GError **error) {
    bool reads = false;
    for (const Form *other = line->command->forms; other->run != NULL; other++)
        reads = reads || (g_strcmp0(other->word, form->word) == 0 && form_takes(other, option->long_name));
    const char *value = option->arg != G_OPTION_ARG_NONE ? option->arg_description : NULL;
    g_autofree char *name = form_name(line->command, form);
    g_autofree char *what = g_strdup_printf("%s knows no '%s'; it is an option: --%s", name, option->long_name, option->long_name);
    g_autofree char *fix = reads ? g_strdup_printf("%s --%s%s%s", name, option->long_name, value != NULL ? " " : "", value != NULL ? value : "")
                                 : g_strdup_printf("slipway %s --help", line->command->name);
    refuse(error, what, NULL, fix);
    return true;
}

/* "did you mean": true, with the error, where a word that is known is near. */
static bool refuse_near(const Line *line, const Form *form, const char *text, GError **error) {
    g_autoptr(GPtrArray) words = all_words(line->command, form);
    const GOptionEntry *option = command_option(line->command, text);
    if (option != NULL && !is_argument(line->command, text))
        return refuse_bare(line, form, option, error);
    const char *near = text_nearest(text, (const char *const *)words->pdata);
    if (near == NULL || g_str_equal(near, text))
        return false;
    g_autofree char *name = form_name(line->command, form);
    g_autofree char *what = g_strdup_printf("%s knows no '%s'", name, text);
    g_autofree char *fix = g_strdup_printf("%s %s", name, near);
    refuse(error, what, NULL, fix);
    return true;
}

static bool check_count(const Line *line, const Form *form, GError **error) {
    guint count = count_of(line, form), most = form->args.most;
    g_autofree char *name = typed_name(line, form, NULL);
    g_autofree char *fix = NULL, *what = NULL;
    if (count >= form->args.least && count <= most)
        return true;
    if (count < form->args.least) {
        what = g_strdup_printf("%s needs %s", name, form->args.shown);
        fix = g_strdup_printf("%s %s", name, form->args.shown);
        return refuse(error, what, NULL, fix);
    }
    const char *surplus = g_ptr_array_index(line->plain, line->plain->len - (count - most));
    fix = g_strdup_printf("slipway %s --help", line->command->name);
    if (refuse_near(line, form, surplus, error))
        return false;
    if (most == 0)
        what = g_strdup_printf("%s takes no argument, and '%s' is one", name, surplus);
    else
        what = g_strdup_printf("%s takes %s and no more: '%s' is too much", name, form->args.shown, surplus);
    return refuse(error, what, NULL, fix);
}

static bool check_one(const Line *line, const Form *form, const char *text, GError **error) {
    GError *problem = NULL;
    bool known = form->args.words != NULL && g_strv_contains(form->args.words, text);
    bool any = form->args.words == NULL && form->args.check == NULL;
    if (known || any || (form->args.check != NULL && form->args.check(text, &problem)))
        return true;
    if (refuse_near(line, form, text, error)) {
        g_clear_error(&problem);
        return false;
    }
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    g_autofree char *name = form_name(line->command, form);
    g_autofree char *what = g_strdup_printf("%s knows no '%s'", name, text);
    g_autofree char *why = g_strdup_printf("it takes %s", form->args.shown);
    g_autofree char *fix = g_strdup_printf("slipway %s --help", line->command->name);
    return refuse(error, what, why, fix);
}

static bool check_words(const Line *line, const Form *form, GError **error) {
    for (guint i = form->word != NULL ? 1 : 0; i < line->plain->len; i++) {
        if (!check_one(line, form, g_ptr_array_index(line->plain, i), error))
            return false;
    }
    return true;
}

static bool check_apart(const Line *line, GError **error) {
    g_auto(GStrv) pairs = g_strsplit(line->command->apart != NULL ? line->command->apart : "", " ", -1);
    for (guint i = 0; pairs[i] != NULL; i++) {
        g_auto(GStrv) names = g_strsplit(pairs[i], "/", 2);
        if (names[0] == NULL || !is_given(line, names[0]) || !is_given(line, names[1]))
            continue;
        g_autofree char *what = g_strdup_printf("--%s and --%s exclude each other", names[0], names[1]);
        g_autofree char *fix = g_strdup_printf("slipway %s --help", line->command->name);
        return refuse(error, what, NULL, fix);
    }
    return true;
}

static bool judge(const Line *line, Parsed *parsed, GError **error) {
    const Form *form = choose(line);
    if (form == NULL)
        return refuse_word(line, error);
    const char *strange = strange_option(line, form);
    if (strange != NULL)
        return refuse_strange(line, form, strange, error);
    if (!check_words(line, form, error) || !check_count(line, form, error) || !check_apart(line, error))
        return false;
    guint from = form->word != NULL ? 1 : 0;
    parsed->form = form;
    parsed->acts = form->acts && !is_given(line, "dry-run");
    parsed->document = form->document || is_given(line, "json") || is_given(line, "events");
    parsed->args = g_new0(char *, line->plain->len - from + 1);
    for (guint i = from; i < line->plain->len; i++)
        parsed->args[i - from] = g_ptr_array_index(line->plain, i);
    return true;
}

bool parse_words(const Command *command, char **words, Parsed *parsed, GError **error) {
    g_autoptr(GPtrArray) plain = g_ptr_array_new();
    g_autoptr(GPtrArray) given = g_ptr_array_new();
    Line line = {.command = command, .plain = plain, .given = given};
    if (!read_line(&line, words, error))
        return false;
    parsed->help = line.help;
    return line.help || judge(&line, parsed, error);
}
