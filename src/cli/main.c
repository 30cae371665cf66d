#include "base/fs.h"
#include "base/process.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/leftover.h"
#include "cli/parse.h"
#include "cli/sink.h"
#include "cli/view.h"
#include "git/git.h"

#include <errno.h>
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

static int print_help(const Command *command) {
    g_autofree char *help = command_help(command);
    fputs(help, stdout);
    return 0;
}

static int fail(const GError *error, bool json) {
    view_print_error(error, json);
    return error_exit_status(error);
}

static int run_command(const Command *command, char **words, bool *acts) {
    g_autoptr(GError) error = NULL;
    g_auto(Parsed) parsed = {0};
    if (!parse_words(command, words, &parsed, &error))
        return fail(error, wants(words, "--json"));
    if (parsed.help)
        return print_help(command);
    *acts = parsed.acts;
    if (parsed.document)
        sink_document();
    int status = parsed.form->run(parsed.args, &error);
    if (error == NULL)
        return status;
    leftover_explain(&error);
    int usual = fail(error, wants(words, "--json"));
    return status != 0 ? status : usual;
}

/* The threads of pools wait for more work until the program ends. By itself GLib ends those above two, and one that ends in the same moment as the program does
 * cannot give back what libcrypto keeps for each thread: that is gone already. */
static void keep_threads(void) {
    g_thread_pool_set_max_unused_threads(-1);
    g_thread_pool_set_max_idle_time(0);
}

/* -C FOLDER, as often as it is there, each from the one before. */
static bool enter_folders(char ***args, GError **error) {
    for (; **args != NULL && g_str_equal(**args, "-C"); *args += 2) {
        const char *folder = (*args)[1];
        if (folder == NULL) {
            error_set(error, ERROR_USAGE, "-C needs a folder");
            error_fix(error, "slipway -C FOLDER status");
            return false;
        }
        if (chdir(folder) != 0) {
            error_errno(error, ERROR_USAGE, errno, "cannot enter the folder %s", folder);
            error_state(error, "nothing was changed");
            error_fix(error, "name a folder that is there: slipway -C FOLDER status");
            return false;
        }
    }
    return true;
}

static bool refuse_surplus(const char *word, const char *surplus, GError **error) {
    error_set(error, ERROR_USAGE, "slipway %s takes no '%s'", word, surplus);
    error_fix(error, "slipway --help");
    return false;
}

static int print_version(char **rest, GError **error) {
    if (rest[0] != NULL)
        return refuse_surplus("--version", rest[0], error);
    puts("slipway " SLIPWAY_VERSION);
    return 0;
}

/* rest: what stands behind "help" or "--help". */
static int print_topic(char **rest, GError **error) {
    const Command *topic = rest[0] != NULL ? command_by_name(rest[0]) : NULL;
    if (rest[0] == NULL || (g_str_equal(rest[0], "help") && rest[1] == NULL))
        print_overview();
    else if (topic == NULL)
        return parse_refuse_command(rest, error);
    else if (rest[1] != NULL)
        return refuse_surplus("help", rest[1], error);
    else
        print_help(topic);
    return 0;
}

static int refuse_threads(GError **error) {
    error_set(error, ERROR_PROCESS, "no thread can be started");
    error_state(error, "nothing was changed");
    error_fix(error, "see ulimit -u and the memory that is left");
    return 0;
}

static int run_words(char **args, bool *acts, GError **error) {
    static const char *const help_words[] = {"help", "--help", "-h", NULL}, *const version_words[] = {"--version", "-V", "-v", NULL};
    if (!enter_folders(&args, error))
        return 0;
    if (args[0] == NULL) {
        print_overview();
        return 2;
    }
    if (g_strv_contains(version_words, args[0]))
        return print_version(args + 1, error);
    if (g_strv_contains(help_words, args[0]))
        return print_topic(args + 1, error);
    const Command *command = command_by_name(args[0]);
    if (command == NULL)
        return parse_refuse_command(args, error);
    if (!interrupt_watch())
        return refuse_threads(error);
    git_interrupt_by(interrupt_flag());
    process_adopt_orphans();
    process_plan();
    return run_command(command, args + 1, acts);
}

/* Where the answer is all that a command is for, an answer that is not whole is a failure; but not where the reader had enough (`| head -1`). */
static int settle_answer(int status, bool json) {
    sink_flush();
    int problem = sink_problem();
    if (problem == 0 || problem == EPIPE)
        return status;
    g_autoptr(GError) error = NULL;
    error_errno(&error, ERROR_IO, problem, "standard output could not be written");
    error_state(&error, "what was printed is not whole; nothing was changed");
    error_fix(&error, "start it again with an output that can be written");
    int usual = fail(error, json);
    sink_flush();
    return status != 0 ? status : usual;
}

static int run_program(char **args) {
    keep_threads();
    g_autoptr(GError) error = NULL;
    bool acts = false, json = wants(args, "--json");
    int status = run_words(args, &acts, &error);
    status = error != NULL ? fail(error, json) : status;
    if (!acts)
        return settle_answer(status, json);
    sink_settle();
    return status;
}

int main(int argc, char **argv) {
    set_charset();
    signal(SIGPIPE, SIG_IGN);
    process_hide_env();
    sink_open();
    int status = argc > 0 ? run_program(argv + 1) : 2;
    fs_remove_temp_dirs();
    return status;
}
