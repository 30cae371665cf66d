/* --skip NAME --reason TEXT and --no-cache, of `plan`, `release` and `gates run`. */
#pragma once

#include "steps/step.h"

typedef struct {
    char **skip, **reasons;
    gboolean no_cache, offline, update_baseline;
} GateOptions;

#define GATE_TAKES "skip reason no-cache offline"
#define GATE_OPTIONS(gates)                                                                                                                                    \
    {"skip", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &(gates).skip, "leave this gate out; each needs its --reason", "NAME"},                                        \
        {"reason", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &(gates).reasons, "why the gate is skipped: recorded with your git identity, and in the notes", "TEXT"}, \
        {"no-cache", 0, 0, G_OPTION_ARG_NONE, &(gates).no_cache, "run gates again that are proven", NULL}, {                                                   \
        "offline", 0, 0, G_OPTION_ARG_NONE, &(gates).offline, "docs.links asks nothing of the web: such links are not checked", NULL                           \
    }

/* USAGE unless each gate that is skipped has a reason. */
bool gate_choice_check(const GateOptions *options, GError **error);
/* Borrowed from the options. */
GateChoice gate_choice(const GateOptions *options);
