/* Commands: one file, one row in commands.def (`COMMAND(stem)` → src/cli/STEM.c exporting `const Command command_STEM`). */
#pragma once

#include "base/error.h"

#include <glib.h>

typedef struct {
    const char *name;      /* "release" */
    const char *summary;   /* one line, shown in the list of commands */
    const char *usage;     /* "patch|minor|major|X.Y.Z [OPTION…]" */
    const char *help;      /* paragraphs: what it does, when to use it */
    const char *example;   /* one or more lines, each a command */
    GOptionEntry *options; /* NULL-ended, may be NULL; strings are G_OPTION_ARG_FILENAME (bytes) */
    /* args: what is left after the options, NULL-ended, without the command's name. Returns the exit status; a failure sets error and its status counts. */
    int (*run)(char **args, GError **error);
} Command;

const Command *const *commands(void);
const Command *command_by_name(const char *name);
char *command_help(const Command *command); /* g_free */
