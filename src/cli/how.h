/* Which version: patch, minor, major, auto or a version, as a word or as an option: what `plan`, `release`, `rehearse` and `version` take. */
#pragma once

#include "project/world.h"

typedef struct {
    gboolean patch, minor, major, is_auto;
    char *set, *pre;
    gboolean explain;
} How;

#define HOW_OPTIONS(how)                                                                                                                                       \
    {"patch", 0, 0, G_OPTION_ARG_NONE, &(how).patch, "the next patch version", NULL},                                                                          \
        {"minor", 0, 0, G_OPTION_ARG_NONE, &(how).minor, "the next minor version", NULL},                                                                      \
        {"major", 0, 0, G_OPTION_ARG_NONE, &(how).major, "the next major version", NULL},                                                                      \
        {"auto", 0, 0, G_OPTION_ARG_NONE, &(how).is_auto, "the version that the commits since the last release ask for", NULL},                                \
        {"set", 0, 0, G_OPTION_ARG_FILENAME, &(how).set, "this version", "X.Y.Z"},                                                                             \
        {"pre", 0, 0, G_OPTION_ARG_FILENAME, &(how).pre, "a pre-release of it: rc gives rc.1, then rc.2", "WORD"}, {                                           \
        "explain", 0, 0, G_OPTION_ARG_NONE, &(how).explain, "say which commit asks for what", NULL                                                             \
    }

#define HOW_TAKES "patch minor major auto set pre explain"
#define HOW_ARGUMENT                                                                                                                                           \
    { .shown = "patch|minor|major|auto|X.Y.Z", .or_option = true, .most = 1, .words = how_words, .check = how_is_version }
extern const char *const how_words[];
/* BAD_VERSION. */
bool how_is_version(const char *text, GError **error);

/* The one that was asked for; wish.how is NULL without error: none. USAGE for more than one. Borrowed. */
bool how_read(const How *how, char **args, Wish *wish, GError **error);
/* The same where one must be given; USAGE otherwise, whose fix shows `command`. */
bool how_required(const How *how, char **args, const char *command, Wish *wish, GError **error);
/* Which commit asks for what, on standard output. */
bool how_explain(const World *world, const Wish *wish, bool json, GError **error);
