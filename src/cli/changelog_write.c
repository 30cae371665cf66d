#include "cli/changelog_write.h"

#include "cli/session.h"
#include "effects/effects.h"
#include "steps/step.h"

#include <stdio.h>

int changelog_run(Plan *plan, json_t *files, bool dry_run, GError **error) {
    plan_add(plan, STAGE_PREPARE, "prepare/files", "write-files", json_pack("{s: o}", "files", files), NULL);
    plan_seal(plan);
    if (!dry_run)
        return session_do(plan, (RunOutput){.bare = true}, error);
    view_print_plan(plan);
    plan_free(plan);
    return 0;
}

int changelog_write(const World *world, GBytes *after, bool dry_run, GError **error) {
    const char *path = world_changelog_path(world);
    if (world->changelog_bytes != NULL && g_bytes_equal(after, world->changelog_bytes)) {
        fprintf(stderr, "%s stays as it is\n", path);
        return 0;
    }
    Plan *plan = plan_new(effect_kinds(), "changelog", world->now);
    json_object_update_new(plan->release, json_pack("{s: s}", "project", world->project));
    return changelog_run(plan, json_pack("[o]", release_file(path, world->changelog_bytes, after)), dry_run, error);
}
