/* Commands: one file, one row in commands.def (`COMMAND(stem)` → src/cli/STEM.c exporting `const Command command_STEM`).
 *
 * What a command takes is data: its options, and its forms with their words, arguments and the options that each reads. The parser (cli/parse.h) judges by it
 * before anything is opened, and the help is made of it. */
#pragma once

#include "base/error.h"

#include <glib.h>

#define ARGUMENTS_ANY G_MAXUINT

typedef struct {
    const char *shown;                               /* in the usage: "X.Y.Z"; NULL: the form takes none */
    bool or_option;                                  /* one is wanted, and an option may say it instead */
    guint least, most;                               /* ARGUMENTS_ANY: as many as there are */
    const char *const *words;                        /* NULL-ended, may be NULL: those that are taken beside what `check` takes */
    bool (*check)(const char *text, GError **error); /* only by its looks; NULL: any other, or none where there are words */
} Arguments;

/* One way to use a command. The first form counts whose word stands first, whose option is given, and that takes all the rest. */
typedef struct {
    const char *word;   /* "check"; NULL: without one */
    const char *option; /* long name of the option that asks for this form; NULL: none need be there */
    Arguments args;
    const char *takes; /* long names of the other options that it reads, divided by blanks; NULL: all of the command */
    bool acts;         /* changes something, unless --dry-run is given: its exit status is that of the act, whether or not it could be printed */
    bool document;     /* prints one (cli/sink.h); --json and --events always do */
    /* args: what is left, NULL-ended, without the word. Returns the exit status; a failure sets error and its status counts. */
    int (*run)(char **args, GError **error);
} Form;

/* An option that people try, and what they mean. */
typedef struct {
    const char *option, *fix, *why;
} Instead;

typedef struct {
    const char *name;       /* "release" */
    const char *summary;    /* one line, shown in the list of commands */
    const char *help;       /* paragraphs: what it does, when to use it */
    const char *example;    /* one or more lines, each a command */
    GOptionEntry *options;  /* NULL-ended, may be NULL: flags, texts (G_OPTION_ARG_FILENAME: bytes) and lists of texts */
    const Form *forms;      /* ended by one without `run` */
    const Instead *instead; /* ended by one without `option`; may be NULL */
    const char *apart;      /* "explain/json explain/events": options that exclude each other; may be NULL */
} Command;

const Command *const *commands(void);
const Command *command_by_name(const char *name);
/* The option of this long name or letter; NULL: there is none. Borrowed. */
const GOptionEntry *command_option(const Command *command, const char *name);
const GOptionEntry *command_letter(const Command *command, char letter);
bool form_takes(const Form *form, const char *option);
/* "X.Y.Z", "[RUN]"; g_free. */
char *arguments_shown(const Arguments *args);
/* "slipway version check --fix"; g_free. */
char *form_name(const Command *command, const Form *form);
char *command_help(const Command *command); /* g_free */
