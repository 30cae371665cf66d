/* The words behind a command's name, judged by what the command declares (cli/command.h). Nothing is opened or done here. */
#pragma once

#include "cli/command.h"

typedef struct {
    const Form *form; /* NULL: help is asked for */
    char **args;      /* NULL-ended, without the form's word */
    bool help;
    bool acts, document; /* as the form says, with the options that are given */
} Parsed;
void parsed_clear(Parsed *parsed);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Parsed, parsed_clear)

/* words: without the command's name. Puts the values of options where their rows say. USAGE for whatever is not declared, or what an argument's check says. */
bool parse_words(const Command *command, char **words, Parsed *parsed, GError **error);
/* words: what stands where a command should. "there is no command 'relase'", with the nearest; or an option before its command. Returns false. */
bool parse_refuse_command(char **words, GError **error);
