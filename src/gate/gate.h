/* Presets of gates: which files ask for which check. Data only; what stands in a repository is asked by the caller. */
#pragma once

#include <glib.h>

typedef struct {
    const char *name;
    const char *path;      /* a tracked file, a folder ("tests/") or a pattern */
    const char *text;      /* must stand in pyproject.toml; NULL: no matter */
    const char *module;    /* run by the project's Python; "": a script of the project; NULL: see program */
    const char *program;   /* run from PATH */
    const char *arguments; /* words separated by blanks */
} GatePreset;

const GatePreset *gate_presets(guint *count);
