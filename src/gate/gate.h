/* Presets of gates: which files ask for which check. Data only; what stands in a repository is asked by the caller. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum { GATE_IF_ALWAYS, GATE_IF_TEXT, GATE_IF_SCRIPT, GATE_IF_MARKER, GATE_IF_TARGET } GateIf;
typedef enum { GATE_MUST, GATE_ADVICE, GATE_LAST } GateWeight;
typedef enum { GATE_BY_MODULE, GATE_BY_TOOL, GATE_BY_SCRIPT, GATE_BY_PROGRAM, GATE_BY_NODE, GATE_BY_BIN, GATE_BY_WRAPPER, GATE_BY_BUILT } GateBy;

/* A row of presets.def, which says what each field means. */
typedef struct {
    const char *name, *path, *file, *text, *program;
    const char *arguments; /* words divided by blanks */
    GateWeight weight;
    GateIf condition;
    GateBy by;
} GatePreset;

const GatePreset *gate_presets(guint *count);
/* Does the gate of this name run the project's tests? */
bool gate_runs_tests(const char *name);
/* Names of all presets, each once, NULL-ended. g_free the list, not the names. */
const char **gate_preset_names(void);
