#include "base/fs.h"
#include "base/text.h"
#include "changelog/add.h"
#include "cli/changelog_check.h"
#include "cli/changelog_generate.h"
#include "cli/changelog_write.h"
#include "cli/command.h"
#include "cli/how.h"
#include "cli/session.h"
#include "effects/effects.h"
#include "project/fragments.h"
#include "steps/step.h"

#include <stdio.h>
#include <string.h>

static gboolean dry_run, json, fix, strict, all, write_it, fragment;
static char *since;
static char *entries[6]; /* in the order of changelog_categories */

static bool has_changelog(const World *world, GError **error) {
    if (world->changelog != NULL)
        return true;
    if (world->changelog_problem != NULL) {
        g_propagate_error(error, g_error_copy(world->changelog_problem));
        return false;
    }
    error_set(error, ERROR_CHANGELOG, "there is no %s", world_changelog_path(world));
    error_state(error, "nothing was changed");
    error_fix(error, "begin one: slipway changelog add --added \"what is new\"; or make one of the commits: slipway changelog generate --all --write");
    return false;
}

/* ---- looking ---- */

static int list(const World *world, char **args, GError **error) {
    (void)args;
    if (!has_changelog(world, error))
        return 0;
    const GPtrArray *sections = changelog_sections(world->changelog);
    g_autoptr(json_t) rows = json_array();
    for (guint i = 0; i < sections->len; i++) {
        const ChangelogSection *section = g_ptr_array_index(sections, i);
        json_array_append_new(rows, json_pack("{s: s, s: s?, s: s?, s: b, s: i}", "label", section->label, "version", section->version, "date", section->date,
                                              "yanked", (int)section->yanked, "line", (int)section->line));
        if (!json)
            printf("%s%s%s%s\n", section->label, section->date != NULL ? " " : "", section->date != NULL ? section->date : "",
                   section->yanked ? " [YANKED]" : "");
    }
    if (json) {
        g_autoptr(json_t) document = json_pack("{s: i, s: O}", "schema", 1, "sections", rows);
        g_autofree char *text = jsonx_pretty(document);
        fputs(text, stdout);
    }
    return 0;
}

static int show(const World *world, char **args, GError **error) {
    if (!has_changelog(world, error))
        return 0;
    const char *version = args[0];
    bool unreleased = g_ascii_strcasecmp(version, "unreleased") == 0;
    const char *bare = *version == 'v' ? version + 1 : version;
    const ChangelogSection *section = unreleased ? changelog_unreleased(world->changelog) : changelog_find(world->changelog, bare);
    if (section == NULL) {
        error_set(error, ERROR_CHANGELOG, "%s has no section for %s", world_changelog_path(world), version);
        error_fix(error, "slipway changelog list");
        return 0;
    }
    g_autofree char *body = changelog_body(world->changelog, section);
    puts(body);
    return 0;
}

static int check(const World *world, char **args, GError **error) {
    (void)args;
    CheckOptions options = {.fix = fix, .json = json, .strict = strict, .dry_run = dry_run};
    return has_changelog(world, error) ? changelog_check_command(world, &options, error) : 0;
}

/* ---- adding ---- */

static int write_fragments(const World *world, GError **error) {
    json_t *files = json_array();
    const char *const *categories = changelog_categories();
    for (guint i = 0; i < G_N_ELEMENTS(entries); i++) {
        if (entries[i] == NULL)
            continue;
        g_autofree char *path = fragments_path(world, categories[i], entries[i]);
        g_autofree char *text = g_strconcat(entries[i], "\n", NULL);
        g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
        json_array_append_new(files, release_file(path, NULL, bytes));
        printf("%s\n", path);
    }
    Plan *plan = plan_new(effect_kinds(), "changelog", world->now);
    json_object_update_new(plan->release, json_pack("{s: s}", "project", world->project));
    return changelog_run(plan, files, dry_run, error);
}

/* Where the project keeps a file for each change, this one gets its own. */
static bool wants_fragment(const World *world) {
    g_autofree char *folder = g_build_filename(world->git->tree, config_string(world->config, "changelog.fragments"), NULL);
    return fragment || g_file_test(folder, G_FILE_TEST_IS_DIR);
}

static int add(const World *world, char **args, GError **error) {
    (void)args;
    const char *const *categories = changelog_categories();
    guint count = 0;
    for (guint i = 0; i < G_N_ELEMENTS(entries); i++)
        count += entries[i] != NULL ? 1 : 0;
    if (count == 0) {
        error_set(error, ERROR_USAGE, "add what? --added, --changed, --deprecated, --removed, --fixed or --security with a text");
        error_fix(error, "slipway changelog add --fixed \"the login page no longer loops\"");
        return 0;
    }
    if (world->changelog_problem != NULL) {
        g_propagate_error(error, g_error_copy(world->changelog_problem));
        return 0;
    }
    if (wants_fragment(world))
        return write_fragments(world, error);
    const char *path = world_changelog_path(world);
    g_autoptr(GBytes) bytes = world->changelog_bytes != NULL ? g_bytes_ref(world->changelog_bytes) : NULL;
    for (guint i = 0; i < G_N_ELEMENTS(entries); i++) {
        if (entries[i] == NULL)
            continue;
        g_autoptr(Changelog) changelog = bytes != NULL ? changelog_parse(bytes, path, error) : NULL;
        GBytes *next = changelog_add(changelog, categories[i], entries[i], error);
        if (next == NULL)
            return 0;
        g_clear_pointer(&bytes, g_bytes_unref);
        bytes = next;
    }
    return changelog_write(world, bytes, dry_run, error);
}

/* ---- releasing ---- */

static int release(const World *world, char **args, GError **error) {
    g_autoptr(Version) version = world_next(world, &(Wish){.how = args[0]}, error);
    g_autoptr(json_t) files = json_array();
    if (version == NULL || !release_changelog(world, version, files, error))
        return 0;
    g_autofree char *text = version_to_string(version);
    Plan *plan = plan_new(effect_kinds(), "changelog", world->now);
    json_object_update_new(plan->release, json_pack("{s: s, s: s}", "project", world->project, "version", text));
    return changelog_run(plan, g_steal_pointer(&files), dry_run, error);
}

/* ---- the command ---- */

static const char *const unreleased_word[] = {"unreleased", NULL};

/* Sections of other schemes than semantic versions are shown, too. */
static bool is_section(const char *text, GError **error) {
    g_autoptr(Version) version = NULL;
    if (g_ascii_strcasecmp(text, "unreleased") == 0 || strpbrk(text, "0123456789") != NULL)
        return true;
    version = version_parse(text, error);
    return version != NULL;
}

static int run_generate(char **args, GError **error) {
    (void)args;
    return changelog_generate(&(GenerateOptions){.since = since, .all = all, .write = write_it, .dry_run = dry_run, .json = json}, error);
}

static int in_world(char **args, int (*act)(const World *, char **, GError **), GError **error) {
    g_autoptr(World) world = world_open(".", &(WorldOptions){0}, error);
    return world != NULL ? act(world, args, error) : 0;
}

static int run_check(char **args, GError **error) {
    return in_world(args, check, error);
}

static int run_list(char **args, GError **error) {
    return in_world(args, list, error);
}

static int run_show(char **args, GError **error) {
    return in_world(args, show, error);
}

static int run_add(char **args, GError **error) {
    return in_world(args, add, error);
}

static int run_release(char **args, GError **error) {
    return in_world(args, release, error);
}

static const Form forms[] = {
    {.word = "check", .option = "fix", .takes = "strict dry-run json", .acts = true, .run = run_check},
    {.word = "check", .takes = "strict json", .run = run_check},
    {.word = "show",
     .args = {.shown = "X.Y.Z|unreleased", .least = 1, .most = 1, .words = unreleased_word, .check = is_section},
     .takes = "",
     .document = true,
     .run = run_show},
    {.word = "list", .takes = "json", .run = run_list},
    {.word = "add", .takes = "added changed deprecated removed fixed security fragment dry-run", .acts = true, .run = run_add},
    {.word = "release",
     .args = {.shown = "patch|minor|major|auto|X.Y.Z", .least = 1, .most = 1, .words = how_words, .check = how_is_version},
     .takes = "dry-run",
     .acts = true,
     .run = run_release},
    {.word = "generate", .option = "write", .takes = "since all dry-run", .acts = true, .run = run_generate},
    {.word = "generate", .takes = "since all json", .document = true, .run = run_generate},
    {0},
};

static GOptionEntry options[] = {
    {"added", 0, 0, G_OPTION_ARG_FILENAME, &entries[0], "an entry under Added", "TEXT"},
    {"changed", 0, 0, G_OPTION_ARG_FILENAME, &entries[1], "an entry under Changed", "TEXT"},
    {"deprecated", 0, 0, G_OPTION_ARG_FILENAME, &entries[2], "an entry under Deprecated", "TEXT"},
    {"removed", 0, 0, G_OPTION_ARG_FILENAME, &entries[3], "an entry under Removed", "TEXT"},
    {"fixed", 0, 0, G_OPTION_ARG_FILENAME, &entries[4], "an entry under Fixed", "TEXT"},
    {"security", 0, 0, G_OPTION_ARG_FILENAME, &entries[5], "an entry under Security", "TEXT"},
    {"fragment", 0, 0, G_OPTION_ARG_NONE, &fragment, "as a file of its own in changes/, which a release collects", NULL},
    {"since", 0, 0, G_OPTION_ARG_FILENAME, &since, "from this tag or commit on, a section for each release", "TAG"},
    {"all", 0, 0, G_OPTION_ARG_NONE, &all, "the whole history", NULL},
    {"write", 0, 0, G_OPTION_ARG_NONE, &write_it, "put what is new under [Unreleased]", NULL},
    {"fix", 0, 0, G_OPTION_ARG_NONE, &fix, "mend what is safe to mend", NULL},
    {"strict", 0, 0, G_OPTION_ARG_NONE, &strict, "fail on what is questionable, too", NULL},
    {"dry-run", 0, 0, G_OPTION_ARG_NONE, &dry_run, "show the change, make none", NULL},
    {"json", 0, 0, G_OPTION_ARG_NONE, &json, "as JSON", NULL},
    G_OPTION_ENTRY_NULL,
};

const Command command_changelog = {
    .name = "changelog",
    .summary = "check the changelog, add to it, cut it, or make it out of commits",
    .help = "`check` looks for versions and days out of order, duplicates, empty sections, unknown categories, links that are missing or broken,\n"
            "versions without a tag and tags without a version, placeholders; each with its line and the way out. Exit 1 when something is wrong.\n"
            "`add` writes an entry under [Unreleased], or, where there is a folder changes/, as a file of its own which a release collects.\n"
            "`release` writes the changelog as `slipway release` would: [Unreleased] becomes [X.Y.Z] with today's date, a fresh empty one above,\n"
            "link definitions kept in the file's own style. Where there is nothing under [Unreleased], a section to be filled in is written.\n"
            "`generate` makes entries out of the commits since the last release (--since, --all: of more), grouped, with links;\n"
            "--write merges them into [Unreleased] without repeating what stands there.",
    .example = "slipway changelog check\nslipway changelog add --fixed \"the login page no longer loops\"\nslipway changelog generate --write --dry-run\n"
               "slipway changelog release 1.1.0 --dry-run",
    .options = options,
    .forms = forms,
    .apart = "all/since",
};
