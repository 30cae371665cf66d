#include "base/clock.h"
#include "base/fs.h"
#include "changelog/markup.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/how.h"
#include "steps/step.h"

#include <stdio.h>
#include <string.h>

static gboolean latest, unreleased, from_commits;
static char *output, *format;

static const char *const formats[] = {"md", "html", "text", "json", NULL};

/* ---- which version ---- */

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
    const char *path = world_changelog_path(world);
    if (world->changelog_problem != NULL) {
        g_propagate_error(error, g_error_copy(world->changelog_problem));
        return NULL;
    }
    if (world->changelog == NULL) {
        error_set(error, ERROR_CHANGELOG, "there is no %s to make notes from", path);
        error_fix(error, "make them from the commits: slipway notes --from-commits");
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

/* The notes of what is not released yet are those of the version the commits ask for, else of the next minor one. */
static Version *next_version(const World *world, GError **error) {
    Version *version = world_next(world, &(Wish){.how = "auto"}, NULL);
    return version != NULL ? version : world_next(world, &(Wish){.how = "minor"}, error);
}

static Version *newest_tag(const World *world, GError **error) {
    if (world->previous != NULL) {
        g_autofree char *text = version_to_string(world->previous);
        return version_parse(text, error);
    }
    error_set(error, ERROR_CHANGELOG, "there is no release yet to make notes of");
    error_fix(error, "slipway notes --unreleased --from-commits");
    return NULL;
}

/* ---- the parts ---- */

static json_t *parts_of_commits(const World *world, const char *wanted, GError **error) {
    g_autoptr(Version) version = wanted != NULL ? version_parse(wanted, error) : unreleased ? next_version(world, error) : newest_tag(world, error);
    if (version == NULL)
        return NULL;
    g_autofree char *tag = world_tag(world, version);
    bool released = g_hash_table_contains(world->tags, tag);
    GError *problem = NULL;
    gint64 when = released ? git_time(world->git, tag, &problem) : world->now;
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return NULL;
    }
    g_autofree char *date = clock_date(when);
    return release_notes_parts(world, version, &(NotesWish){.date = date}, error);
}

static json_t *parts_of_changelog(const World *world, const char *wanted, GError **error) {
    const ChangelogSection *section = choose(world, wanted, error);
    g_autoptr(Version) version = NULL;
    if (section != NULL)
        version = section->version != NULL ? version_parse(section->version, error) : next_version(world, error);
    if (version == NULL)
        return NULL;
    g_autofree char *today = clock_date(world->now);
    g_autofree char *body = changelog_body(world->changelog, section);
    NotesWish wish = {.date = section->date != NULL ? section->date : today, .changes = body};
    return release_notes_parts(world, version, &wish, error);
}

static char *shape(const World *world, const json_t *parts, GError **error) {
    if (g_strcmp0(format, "json") == 0) {
        g_autoptr(json_t) document = json_pack("{s: i}", "schema", 1);
        json_object_update(document, (json_t *)parts);
        return jsonx_pretty(document);
    }
    g_autofree char *markdown = release_notes_write(world, parts, error);
    if (markdown == NULL || format == NULL || g_str_equal(format, "md"))
        return g_steal_pointer(&markdown);
    return g_str_equal(format, "html") ? markup_html(markdown) : markup_text(markdown);
}

/* ---- the command ---- */

static bool usage(GError **error) {
    if (format == NULL || g_strv_contains(formats, format))
        return true;
    error_set(error, ERROR_USAGE, "there is no format %s", format);
    error_fix(error, "one of md, html, text, json");
    return false;
}

static int run(char **args, GError **error) {
    if (!usage(error))
        return 0;
    g_autoptr(World) world = world_open(".", &(WorldOptions){0}, error);
    g_autoptr(json_t) parts = NULL;
    if (world != NULL)
        parts = from_commits ? parts_of_commits(world, args[0], error) : parts_of_changelog(world, args[0], error);
    g_autofree char *text = parts != NULL ? shape(world, parts, error) : NULL;
    if (text == NULL)
        return 0;
    if (output == NULL) {
        fputs(text, stdout);
        return 0;
    }
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    file_write("output", output, bytes, error);
    return 0;
}

static GOptionEntry options[] = {
    {"latest", 0, 0, G_OPTION_ARG_NONE, &latest, "of the newest version (this is so by itself)", NULL},
    {"unreleased", 0, 0, G_OPTION_ARG_NONE, &unreleased, "of what is not released yet", NULL},
    {"from-commits", 0, 0, G_OPTION_ARG_NONE, &from_commits, "made out of the commits instead of the changelog", NULL},
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "write them to a file", "FILE"},
    {"format", 0, 0, G_OPTION_ARG_FILENAME, &format, "md (this is so by itself), html, text or json", "FORMAT"},
    G_OPTION_ENTRY_NULL,
};

static const Form forms[] = {
    {.option = "unreleased", .takes = "from-commits output format", .document = true, .run = run},
    {.option = "latest", .takes = "from-commits output format", .document = true, .run = run},
    {.args = {.shown = "X.Y.Z", .most = 1, .check = how_is_version}, .takes = "from-commits output format", .document = true, .run = run},
    {0},
};

const Command command_notes = {
    .name = "notes",
    .summary = "print release notes, made from the changelog or the commits",
    .help = "Summary, breaking changes, upgrade instructions, what changed by category, known issues, contributors (those who are new are marked,\n"
            "programs stand apart), a link to the full difference. Parts come from the sub-headings of the changelog's section for the version,\n"
            "from docs/UPGRADE.md if it has a section for it, and from the footers of commits (BREAKING CHANGE, Upgrade-Note, Co-authored-by).\n"
            "`notes.template` in slipway.yaml names a mustache template of your own; `notes.require` the parts that must be there.\n"
            "Commit text is escaped and @names notify nobody. Writes nothing but --output.",
    .example = "slipway notes --latest --output RELEASE_NOTES.md\nslipway notes --unreleased --from-commits --format html",
    .options = options,
    .forms = forms,
    .apart = "latest/unreleased",
};
