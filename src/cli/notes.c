#include "base/clock.h"
#include "base/fs.h"
#include "cli/command.h"
#include "steps/step.h"

#include <stdio.h>
#include <string.h>

static gboolean latest, unreleased;
static char *output;

static const ChangelogSection *newest(const World *world) {
    const GPtrArray *sections = changelog_sections(world->changelog);
    const ChangelogSection *best = NULL;
    g_autoptr(Version) highest = NULL;
    for (guint i = 0; i < sections->len; i++) {
        const ChangelogSection *section = g_ptr_array_index(sections, i);
        g_autoptr(Version) version = section->version != NULL ? version_parse(section->version, NULL) : NULL;
        if (version == NULL || (highest != NULL && version_compare(version, highest) <= 0))
            continue;
        g_clear_pointer(&highest, version_free);
        highest = g_steal_pointer(&version);
        best = section;
    }
    return best;
}

static const ChangelogSection *choose(const World *world, const char *wanted, GError **error) {
    const char *path = config_string(world->config, "changelog.path");
    if (world->changelog == NULL) {
        error_set(error, ERROR_CHANGELOG, "there is no %s to make notes from", path);
        return NULL;
    }
    const ChangelogSection *section = wanted != NULL ? changelog_find(world->changelog, wanted)
                                      : unreleased   ? changelog_unreleased(world->changelog)
                                                     : newest(world);
    if (section == NULL) {
        error_set(error, ERROR_CHANGELOG, "%s has no section for %s", path, wanted != NULL ? wanted : unreleased ? "[Unreleased]" : "any version");
        error_fix(error, "slipway changelog list");
    }
    return section;
}

/* The notes of what is not released yet are those of the next minor version. */
static Version *version_of(const World *world, const ChangelogSection *section, GError **error) {
    return section->version != NULL ? version_parse(section->version, error) : world_next(world, "minor", error);
}

static int run(char **args, GError **error) {
    if (g_strv_length(args) + (latest ? 1 : 0) + (unreleased ? 1 : 0) > 1) {
        error_set(error, ERROR_USAGE, "a version, --latest and --unreleased exclude each other");
        return 0;
    }
    g_autoptr(World) world = world_open(".", &(WorldOptions){0}, error);
    const ChangelogSection *section = world != NULL ? choose(world, args[0], error) : NULL;
    g_autoptr(Version) version = section != NULL ? version_of(world, section, error) : NULL;
    if (version == NULL)
        return 0;
    g_autofree char *today = clock_date(world->now);
    g_autofree char *body = changelog_body(world->changelog, section);
    g_autofree char *text = release_notes(world, version, section->date != NULL ? section->date : today, body, error);
    if (text == NULL)
        return 0;
    if (output == NULL) {
        fputs(text, stdout);
        return 0;
    }
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    fs_write(output, bytes, 0, error);
    return 0;
}

static GOptionEntry options[] = {
    {"latest", 0, 0, G_OPTION_ARG_NONE, &latest, "of the newest version in the changelog (this is so by itself)", NULL},
    {"unreleased", 0, 0, G_OPTION_ARG_NONE, &unreleased, "of what stands under [Unreleased]", NULL},
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "write them to a file", "FILE"},
    G_OPTION_ENTRY_NULL,
};

const Command command_notes = {
    .name = "notes",
    .summary = "print release notes, made from the changelog",
    .usage = "[X.Y.Z|--latest|--unreleased] [OPTION…]",
    .help = "Summary, breaking changes, upgrade instructions, changes by category, known issues, contributors: from the changelog's section\n"
            "for the version, docs/UPGRADE.md and the commits since the previous release. Writes nothing but --output.",
    .example = "slipway notes --latest --output RELEASE_NOTES.md",
    .options = options,
    .run = run,
};
