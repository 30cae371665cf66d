#include "engine/effect.h"

static char *describe(const json_t *params) {
    return g_strdup_printf("wait for `slipway publish` of %s (%s)", jsonx_string(params, "what"), jsonx_string(params, "why"));
}

/* The engine puts a sign-off, which any process may append to the journal, into what was kept. */
static bool apply(EffectRun *run, GError **error) {
    const json_t *sign_off = json_object_get(run->kept, "signed");
    if (sign_off != NULL) {
        const char *who = jsonx_string(sign_off, "who");
        json_object_set_new(run->result, "who", json_string(who != NULL ? who : "unknown"));
        effect_note(run, "signed off by %s", who != NULL ? who : "unknown");
        return true;
    }
    const char *what = jsonx_string(run->params, "what"), *issue = jsonx_string(run->params, "issue");
    error_set(error, ERROR_WAITING, "%s is proven and staged; it waits for a sign-off%s%s", what, issue != NULL ? ", asked for in " : "",
              issue != NULL ? issue : "");
    error_why(error, "%s", jsonx_string(run->params, "why"));
    error_state(error, issue != NULL ? "nothing that others can see has changed, but the issue" : "nothing that others can see has changed");
    error_fix(error, "slipway publish, or: slipway abort");
    return false;
}

/* The journal keeps who signed; there is nothing in the world to take back. */
static bool undo(EffectRun *run, GError **error) {
    (void)run;
    (void)error;
    return true;
}

const EffectKind effect_kind_sign_off = {
    .name = "sign-off",
    .doc = "waits until a person signs the release off",
    .describe = describe,
    .shown = "what why",
    .apply = apply,
    .undo = undo,
    .undo_note = "nothing to undo: it only waits",
    .volatile_outcome = true,
};
