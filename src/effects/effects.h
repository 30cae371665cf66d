/* The table of effect kinds (effects.def): one file a kind, `const EffectKind effect_kind_STEM`. */
#pragma once

#include "engine/effect.h"

/* NULL-ended, in the table's order. */
const EffectKind *const *effect_kinds(void);
