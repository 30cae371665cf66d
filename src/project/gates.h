/* The gates of a project: those of slipway.yaml, else the presets that its files ask for. */
#pragma once

#include "project/world.h"

typedef struct {
    char *name;
    json_t *run;   /* words */
    json_t *env;   /* object of strings */
    json_t *needs; /* names */
    gint64 timeout;
    GError *problem; /* why it cannot be run on this machine: PROGRAM_MISSING */
} Gate;

void gate_free(Gate *gate);
/* Of Gate*, in the order of the configuration resp. the presets. *detected: none were configured. */
GPtrArray *gates_find(const World *world, bool *detected);
/* The folder of the project's own package ("src/pkg", "pkg"), or NULL. g_free. */
char *project_package(const World *world);
