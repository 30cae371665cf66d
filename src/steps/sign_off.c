/* A person's word before the point of no return, where one is wanted. */
#include "steps/step.h"
#include "steps/talk.h"

static bool plan_sign_off(Release *release, Plan *plan, GError **error) {
    (void)error;
    bool required = config_bool(release->world->config, "sign-off.required");
    if (!release->draft && !required)
        return true;
    const char *issue = release_add_issue(release, plan);
    json_t *params = json_pack("{s: s, s: s}", "what", release->tag, "why", required ? "sign-off.required in slipway.yaml" : "release --draft");
    if (issue != NULL)
        json_object_set_new(params, "issue", plan_result(issue, "url"));
    plan_add(plan, STAGE_SIGN_OFF, "sign-off/publish", "sign-off", params, issue);
    return true;
}

const Step step_sign_off = {.name = "sign-off", .doc = "waits for `slipway publish` where a sign-off is wanted", .plan = plan_sign_off};
