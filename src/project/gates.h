/* The gates of a project: those of slipway.yaml and the presets that its files ask for. As soon as one row of `gates` has a command of its own, the rows are
 * all there is; otherwise they change what is recognised. */
#pragma once

#include "project/world.h"

typedef struct {
    char *name;
    json_t *run;     /* words */
    json_t *env;     /* object of strings */
    json_t *pass;    /* names of variables that it gets of this environment */
    json_t *needs;   /* names */
    json_t *inputs;  /* globs; none: all tracked files */
    json_t *reports; /* globs, from its folder on */
    char *directory; /* relative to the tree; NULL: its top */
    gint64 timeout;
    gint64 retries;
    bool required;
    bool allow_empty;
    bool detected;       /* recognised, not configured */
    const char *builtin; /* a check of slipway's own by this name, no process; NULL: a process */
    GError *problem;     /* why it cannot be run: PROGRAM_MISSING on this machine, or CONFIG */
} Gate;

Gate *gate_new(const char *name);
void gate_free(Gate *gate);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Gate, gate_free)
/* Of Gate*, in the order of the configuration resp. the presets. *detected: none were configured. */
GPtrArray *gates_find(const World *world, bool *detected);
/* NULL: there is none of this name. Borrowed. */
const Gate *gates_named(const GPtrArray *gates, const char *name);
/* PROGRAM_MISSING where the program of its command is not there. */
void gates_check_program(const World *world, Gate *gate, const char *program);
/* The folder of the project's own package ("src/pkg", "pkg"), or NULL. g_free. */
char *project_package(const World *world);
