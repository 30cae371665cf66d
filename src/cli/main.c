#include "base/process.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/sink.h"
#include "cli/view.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print_overview(void) {
    printf("slipway %s: cuts releases\n\nUsage: slipway COMMAND [OPTION…]\n\nCommands:\n", SLIPWAY_VERSION);
    for (guint i = 0; commands()[i] != NULL; i++)
        printf("  %-10s %s\n", commands()[i]->name, commands()[i]->summary);
    printf("\n  slipway COMMAND --help   what a command does, with an example\n"
           "  slipway --version        the version of slipway\n"
           "  slipway -C FOLDER …      as if started in FOLDER\n\n"
           "Exit status: 0 done · 1 failed, nothing visible to others changed · 2 usage or configuration · 3 nothing to release\n"
           "  4 a gate failed · 5 past the point of no return and not complete · 6 waiting for a sign-off · 7 permission · 130 interrupted\n");
}

static int unknown_command(const char *name) {
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; commands()[i] != NULL; i++)
        g_ptr_array_add(names, (char *)commands()[i]->name);
    g_ptr_array_add(names, NULL);
    const char *near = text_nearest(name, (const char *const *)names->pdata);
    g_autoptr(GError) error = NULL;
    error_set(&error, ERROR_USAGE, "there is no command '%s'", name);
    if (near != NULL)
        error_fix(&error, "slipway %s", near);
    view_print_error(error, false);
    return error_exit_status(error);
}

/* GLib converts option values by the locale's charset; file names are bytes, and a C locale would refuse them. */
static void set_charset(void) {
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
        setlocale(LC_CTYPE, "");
}

static bool wants(char **args, const char *word) {
    for (guint i = 0; args[i] != NULL && !g_str_equal(args[i], "--"); i++) {
        if (g_str_equal(args[i], word))
            return true;
    }
    return false;
}

static bool parse_options(const Command *command, char ***args, GError **error) {
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_set_help_enabled(context, FALSE);
    if (command->options != NULL)
        g_option_context_add_main_entries(context, command->options, NULL);
    g_autoptr(GError) problem = NULL;
    if (g_option_context_parse_strv(context, args, &problem))
        return true;
    error_set(error, ERROR_USAGE, "%s", problem->message);
    error_fix(error, "slipway %s --help", command->name);
    return false;
}

/* args: with the command's name first, as GOption wants a program's. */
static int run_command(const Command *command, char **args) {
    bool json = wants(args, "--json");
    if (wants(args, "--help") || wants(args, "-h")) {
        g_autofree char *help = command_help(command);
        fputs(help, stdout);
        return 0;
    }
    g_auto(GStrv) rest = g_strdupv(args);
    g_autoptr(GError) error = NULL;
    int status = parse_options(command, &rest, &error) ? command->run(rest + 1, &error) : 0;
    if (error == NULL)
        return status;
    view_print_error(error, json);
    return status != 0 ? status : error_exit_status(error);
}

/* The threads of pools wait for more work until the program ends. By itself GLib ends those above two, and one that ends in the same moment as the program does
 * cannot give back what libcrypto keeps for each thread: that is gone already. */
static void keep_threads(void) {
    g_thread_pool_set_max_unused_threads(-1);
    g_thread_pool_set_max_idle_time(0);
}

static int run_program(int argc, char **argv) {
    keep_threads();
    char **args = argv + 1;
    if (argc > 2 && g_str_equal(args[0], "-C")) {
        if (chdir(args[1]) != 0) {
            fprintf(stderr, "error[USAGE]: cannot enter the folder %s\n", args[1]);
            return 2;
        }
        args += 2;
    }
    if (args[0] != NULL && g_str_equal(args[0], "--version")) {
        puts("slipway " SLIPWAY_VERSION);
        return 0;
    }
    bool help = args[0] == NULL || g_str_equal(args[0], "--help") || g_str_equal(args[0], "-h") || g_str_equal(args[0], "help");
    const Command *topic = help && args[0] != NULL && args[1] != NULL ? command_by_name(args[1]) : NULL;
    if (topic != NULL) {
        g_autofree char *text = command_help(topic);
        fputs(text, stdout);
        return 0;
    }
    if (help) {
        print_overview();
        return args[0] == NULL ? 2 : 0;
    }
    const Command *command = command_by_name(args[0]);
    if (command == NULL)
        return unknown_command(args[0]);
    interrupt_watch();
    process_adopt_orphans();
    return run_command(command, args);
}

int main(int argc, char **argv) {
    set_charset();
    signal(SIGPIPE, SIG_IGN);
    process_hide_env();
    sink_open();
    int status = run_program(argc, argv);
    return sink_close() == 0 || status != 0 ? status : 1;
}
