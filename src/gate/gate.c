#include "gate/gate.h"

static const GatePreset presets[] = {
#define GATE_PRESET(name, path, condition, file, text, by, program, arguments, weight)                                                                         \
    {name, path, GATE_IF_##condition, file, text, GATE_BY_##by, program, arguments, GATE_##weight},
#include "gate/presets.def"
#undef GATE_PRESET
};

const GatePreset *gate_presets(guint *count) {
    *count = G_N_ELEMENTS(presets);
    return presets;
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
