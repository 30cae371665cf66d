/* How much of a run the world has, whatever journals and records say. */
#include "engine/engine_private.h"

EngineOut engine_out(Engine *engine) {
    guint lines = 0, there = 0, unseen = 0;
    bool part = false;
    for (guint i = 0; i < engine->statuses->len; i++) {
        EffectStatus *status = g_ptr_array_index(engine->statuses, i);
        if (!engine_crosses(engine, status->effect))
            continue;
        g_autofree char *text = NULL;
        Observed seen = engine_look_across(engine, status, &text);
        lines++;
        there += seen == OBSERVED_SAME ? 1 : 0;
        unseen += seen == OBSERVED_UNKNOWN ? 1 : 0;
        part = part || seen == OBSERVED_PARTIAL;
    }
    if (there > 0 && there == lines)
        return ENGINE_OUT_ALL;
    if (there > 0 || part)
        return unseen > 0 && there + unseen == lines ? ENGINE_OUT_UNKNOWN : ENGINE_OUT_PART;
    return unseen > 0 ? ENGINE_OUT_UNKNOWN : ENGINE_OUT_NOTHING;
}
