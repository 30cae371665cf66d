#include "effects/effects.h"

#include <stddef.h>

#define EFFECT_KIND(stem) extern const EffectKind effect_kind_##stem;
#include "effects/effects.def"
#undef EFFECT_KIND

static const EffectKind *const kinds[] = {
#define EFFECT_KIND(stem) &effect_kind_##stem,
#include "effects/effects.def"
#undef EFFECT_KIND
    NULL,
};

const EffectKind *const *effect_kinds(void) {
    return kinds;
}
