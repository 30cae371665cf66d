/* What follows at ENGINE_AT_STAGE, for a witness, and what of a run others can see. */
#pragma once

#include "engine/engine.h"

typedef enum {
    ENGINE_NEXT_STAGE,   /* the next stage; nothing runs */
    ENGINE_NEXT_EFFECT,  /* an effect that others can see; others of its stage may run */
    ENGINE_NEXT_DONE,    /* all is done, and the journal does not say so yet */
    ENGINE_NEXT_ABORTED, /* all is taken back, and the journal does not say so yet */
} EngineNext;
EngineNext engine_next(const Engine *engine);

/* Can others see what it does? It changes a remote or a forge: neither this clone alone nor nothing at all, and not before the candidate is proven. */
bool engine_is_outward(const Effect *effect);
/* Was anything begun, and not undone, that others can see? */
bool engine_went_out(const Engine *engine);
/* Looks at the remote and the forge: how much of what cannot be taken back is there? Of a run without such effects nothing is. */
typedef enum {
    ENGINE_OUT_UNKNOWN, /* it cannot be seen, or what this clone would have made is not made here */
    ENGINE_OUT_NOTHING,
    ENGINE_OUT_PART,
    ENGINE_OUT_ALL,
} EngineOut;
EngineOut engine_out(Engine *engine);
bool engine_is_cancelled(const Engine *engine);
