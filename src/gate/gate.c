#include "gate/gate.h"

static const GatePreset presets[] = {
#define GATE_PRESET(name, path, text, module, program, arguments) {name, path, text, module, program, arguments},
#include "gate/presets.def"
#undef GATE_PRESET
};

const GatePreset *gate_presets(guint *count) {
    *count = G_N_ELEMENTS(presets);
    return presets;
}
