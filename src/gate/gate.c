#include "gate/gate.h"

static const GatePreset presets[] = {
#define GATE_PRESET(row_name, row_path, row_condition, row_file, row_text, row_by, row_program, row_arguments, row_weight)                                     \
    {.name = row_name,                                                                                                                                         \
     .path = row_path,                                                                                                                                         \
     .file = row_file,                                                                                                                                         \
     .text = row_text,                                                                                                                                         \
     .program = row_program,                                                                                                                                   \
     .arguments = row_arguments,                                                                                                                               \
     .condition = GATE_IF_##row_condition,                                                                                                                     \
     .by = GATE_BY_##row_by,                                                                                                                                   \
     .weight = GATE_##row_weight},
#include "gate/presets.def"
#undef GATE_PRESET
};

const GatePreset *gate_presets(guint *count) {
    *count = G_N_ELEMENTS(presets);
    return presets;
}

bool gate_runs_tests(const char *name) {
    return g_str_equal(name, "unit") || g_str_has_suffix(name, "-test") || g_str_has_suffix(name, "-verify");
}

const char **gate_preset_names(void) {
    const char **names = g_new0(const char *, G_N_ELEMENTS(presets) + 1);
    guint count = 0;
    for (guint i = 0; i < G_N_ELEMENTS(presets); i++) {
        if (!g_strv_contains(names, presets[i].name))
            names[count++] = presets[i].name;
    }
    return names;
}
