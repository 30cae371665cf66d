#include "cli/command.h"
#include "cli/session.h"
#include "effects/effects.h"
#include "steps/step.h"

#include <stdio.h>

static gboolean dry_run;

static int usage(GError **error) {
    error_set(error, ERROR_USAGE, "slipway changelog wants: release X.Y.Z, show X.Y.Z or list");
    error_fix(error, "slipway changelog --help");
    return 0;
}

static bool has_changelog(const World *world, GError **error) {
    if (world->changelog != NULL)
        return true;
    if (world->changelog_problem != NULL)
        g_propagate_error(error, g_error_copy(world->changelog_problem));
    else
        error_set(error, ERROR_CHANGELOG, "there is no %s", config_string(world->config, "changelog.path"));
    return false;
}

static int list(const World *world, GError **error) {
    if (!has_changelog(world, error))
        return 0;
    const GPtrArray *sections = changelog_sections(world->changelog);
    for (guint i = 0; i < sections->len; i++) {
        const ChangelogSection *section = g_ptr_array_index(sections, i);
        printf("%s%s%s%s\n", section->label, section->date != NULL ? " " : "", section->date != NULL ? section->date : "", section->yanked ? " [YANKED]" : "");
    }
    return 0;
}

static int show(const World *world, const char *version, GError **error) {
    if (!has_changelog(world, error))
        return 0;
    bool unreleased = g_ascii_strcasecmp(version, "unreleased") == 0;
    const ChangelogSection *section = unreleased ? changelog_unreleased(world->changelog) : changelog_find(world->changelog, version);
    if (section == NULL) {
        error_set(error, ERROR_CHANGELOG, "%s has no section for %s", config_string(world->config, "changelog.path"), version);
        error_fix(error, "slipway changelog list");
        return 0;
    }
    g_autofree char *body = changelog_body(world->changelog, section);
    puts(body);
    return 0;
}

static int release(const World *world, const char *wanted, GError **error) {
    g_autoptr(Version) version = world_next(world, &(Wish){.how = wanted}, error);
    g_autoptr(GBytes) after = version != NULL ? release_changelog(world, version, error) : NULL;
    if (after == NULL)
        return 0;
    g_autofree char *text = version_to_string(version);
    Plan *plan = plan_new(effect_kinds(), "changelog", world->now);
    json_object_update_new(plan->release, json_pack("{s: s, s: s}", "project", world->project, "version", text));
    json_t *files = json_pack("[o]", release_file(config_string(world->config, "changelog.path"), world->changelog_bytes, after));
    plan_add(plan, STAGE_PREPARE, "prepare/files", "write-files", json_pack("{s: o}", "files", files), NULL);
    plan_seal(plan);
    if (!dry_run)
        return session_do(plan, (RunOutput){.bare = true}, error);
    view_print_plan(plan);
    plan_free(plan);
    return 0;
}

static int run(char **args, GError **error) {
    guint count = g_strv_length(args);
    bool known = (count == 1 && g_str_equal(args[0], "list")) || (count == 2 && (g_str_equal(args[0], "show") || g_str_equal(args[0], "release")));
    if (!known)
        return usage(error);
    g_autoptr(World) world = world_open(".", &(WorldOptions){0}, error);
    if (world == NULL)
        return 0;
    if (count == 1)
        return list(world, error);
    return g_str_equal(args[0], "show") ? show(world, args[1], error) : release(world, args[1], error);
}

static GOptionEntry options[] = {
    {"dry-run", 0, 0, G_OPTION_ARG_NONE, &dry_run, "show the change, make none", NULL},
    G_OPTION_ENTRY_NULL,
};

const Command command_changelog = {
    .name = "changelog",
    .summary = "turn [Unreleased] into a version's section; show or list sections",
    .usage = "release patch|minor|major|X.Y.Z [--dry-run] | show X.Y.Z|unreleased | list",
    .help = "`release` writes the changelog as `slipway release` would: [Unreleased] becomes [X.Y.Z] with today's date, a fresh empty one above,\n"
            "link definitions kept in the file's own style. Where there is nothing under [Unreleased], a section to be filled in is written.",
    .example = "slipway changelog release 1.1.0 --dry-run\nslipway changelog show unreleased",
    .options = options,
    .run = run,
};
