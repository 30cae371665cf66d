/* A person's word before the point of no return, where one is wanted. */
#include "steps/step.h"

static bool plan_sign_off(Release *release, Plan *plan, GError **error) {
    (void)error;
    bool required = config_bool(release->world->config, "sign-off.required");
    if (!release->draft && !required)
        return true;
    plan_add(plan, STAGE_SIGN_OFF, "sign-off/publish", "sign-off",
             json_pack("{s: s, s: s}", "what", release->tag, "why", required ? "sign-off.required in slipway.yaml" : "release --draft"), NULL);
    return true;
}

const Step step_sign_off = {.name = "sign-off", .doc = "waits for `slipway publish` where a sign-off is wanted", .plan = plan_sign_off};
