/* The draft: all that will be published, at the forge but invisible, read back and compared. */
#include "steps/step.h"

#define MAX_UPLOADS 32

static json_t *release_data(const Release *release) {
    g_autofree char *version = version_to_string(release->version);
    g_autofree char *name = g_strdup_printf("%s %s", release->world->project, version);
    return json_pack("{s: s, s: o, s: o, s: O?, s: s, s: b, s: I}", "tag", release->tag, "name", jsonx_text(name), "notes", jsonx_text(release->notes),
                     "target", release->target, "branch", release->world->base, "prerelease", (int)version_is_prerelease(release->version), "created",
                     (json_int_t)release->world->now);
}

static bool plan_draft(Release *release, Plan *plan, GError **error) {
    (void)error;
    json_t *forge = release->world->forge;
    plan_add(plan, STAGE_STAGE, "stage/draft", "draft", json_pack("{s: O, s: o}", "forge", forge, "release", release_data(release)), NULL);
    json_t *files = release->assets != NULL ? plan_result(release->assets, "files") : json_array();
    if (release->assets != NULL)
        plan_add(plan, STAGE_STAGE, "stage/upload", "upload",
                 json_pack("{s: O, s: s, s: o, s: O, s: o, s: I}", "forge", forge, "tag", release->tag, "folder", plan_result(release->assets, "folder"),
                           "files", files, "draft", plan_result("stage/draft", "id"), "at_once",
                           (json_int_t)CLAMP(config_int(release->world->config, "forge.uploads"), 1, MAX_UPLOADS)),
                 "stage/draft");
    plan_add(plan, STAGE_STAGE, "stage/review", "check-draft",
             json_pack("{s: O, s: o, s: o, s: o}", "forge", forge, "release", release_data(release), "files", files, "draft", plan_result("stage/draft", "id")),
             release->assets != NULL ? "stage/upload" : "stage/draft");
    return true;
}

const Step step_draft = {.name = "draft", .doc = "puts a draft with all assets at the forge and reads it back", .plan = plan_draft};
