/* A plan from outside, and each kind's own words for parameters that nobody checked: what a shared record and `release --plan FILE` hand over. */
#include "engine/plan.h"
#include "effects/effects.h"
#include "fuzz/fuzz.h"

#include <string.h>

/* The kinds describe whatever they are given. */
static void describe(const json_t *effect) {
    const char *name = jsonx_string(effect, "kind");
    const json_t *params = json_object_get(effect, "params");
    for (const EffectKind *const *kind = effect_kinds(); *kind != NULL; kind++) {
        if (g_strcmp0((*kind)->name, name) != 0 || !json_is_object(params))
            continue;
        g_autofree char *title = (*kind)->describe(params);
        g_autofree char *detail = (*kind)->detail != NULL ? (*kind)->detail(params) : NULL;
        PROMISE(title != NULL && *title != '\0');
    }
}

/* What was read says the same when it is written and read again. */
static void read_again(const Plan *plan) {
    g_autoptr(json_t) json = plan_to_json(plan);
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) again = plan_from_json(json, effect_kinds(), &error);
    PROMISE(again != NULL && g_str_equal(again->hash, plan->hash) && again->effects->len == plan->effects->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    g_autoptr(json_t) json = jsonx_parse((const char *)data, size, 1 << 20, "plan.json", NULL);
    const json_t *effects = json_object_get(json, "effects");
    for (gsize i = 0; i < json_array_size(effects); i++)
        describe(json_array_get(effects, i));
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = json != NULL ? plan_from_json(json, effect_kinds(), &error) : NULL;
    PROMISE(json == NULL || (plan == NULL) == (error != NULL));
    if (plan != NULL)
        read_again(plan);
    return 0;
}
