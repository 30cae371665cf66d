/* patch, minor, major or a version, as a word or as an option: what `plan`, `release`, `rehearse` and `version` take. */
#pragma once

#include "base/error.h"

typedef struct {
    gboolean patch, minor, major;
    char *set;
} How;

#define HOW_OPTIONS(how)                                                                                                                                       \
    {"patch", 0, 0, G_OPTION_ARG_NONE, &(how).patch, "the next patch version", NULL},                                                                          \
        {"minor", 0, 0, G_OPTION_ARG_NONE, &(how).minor, "the next minor version", NULL},                                                                      \
        {"major", 0, 0, G_OPTION_ARG_NONE, &(how).major, "the next major version", NULL}, {                                                                    \
        "set", 0, 0, G_OPTION_ARG_FILENAME, &(how).set, "this version", "X.Y.Z"                                                                                \
    }

/* The one that was asked for; NULL without error: none. USAGE for more than one. Borrowed. */
const char *how_read(const How *how, char **args, GError **error);
/* The same where one must be given; NULL with USAGE otherwise, whose fix shows `command`. Borrowed. */
const char *how_required(const How *how, char **args, const char *command, GError **error);
