#include "base/text.h"
#include "cli/command.h"
#include "cli/how.h"
#include "cli/session.h"
#include "cli/version_burn.h"
#include "cli/version_check.h"
#include "cli/version_strings.h"
#include "effects/effects.h"
#include "steps/step.h"

#include <stdio.h>

static How how;
static gboolean no_commit, dry_run, json, fix, yes, strict;
static char *scheme, *reason;

/* ---- showing ---- */

static json_t *places_json(const World *world) {
    json_t *places = json_array();
    for (guint i = 0; i < world->carriers->len; i++) {
        const Carrier *carrier = g_ptr_array_index(world->carriers, i);
        json_array_append_new(places, json_pack("{s: o, s: i, s: s, s: s}", "path", jsonx_path(carrier->path), "line", (int)carrier->line, "value",
                                                carrier->value, "format", carrier->format->name));
    }
    return places;
}

static int show(const World *world, GError **error) {
    if (world->version_problem != NULL) {
        g_propagate_error(error, g_error_copy(world->version_problem));
        return 0;
    }
    g_autofree char *version = version_to_string(world->current);
    if (json) {
        g_autoptr(json_t) document = json_pack("{s: i, s: s, s: s, s: o, s: s?}", "schema", 1, "project", world->project, "version", version, "places",
                                               places_json(world), "previous_tag", world->previous_tag);
        g_autofree char *text = jsonx_pretty(document);
        fputs(text, stdout);
        return 0;
    }
    puts(version);
    for (guint i = 0; i < world->carriers->len; i++) {
        const Carrier *carrier = g_ptr_array_index(world->carriers, i);
        g_autofree char *path = text_escape(carrier->path, -1, false);
        printf("  %s:%u\n", path, carrier->line);
    }
    return 0;
}

/* ---- raising ---- */

/* The changelog goes along. */
static bool add_changelog(const World *world, const Version *version, json_t *files, GError **error) {
    g_autofree char *text = version_to_string(version);
    if (world->changelog_problem != NULL) {
        g_propagate_error(error, g_error_copy(world->changelog_problem));
        return false;
    }
    if (world->changelog != NULL && changelog_find(world->changelog, text) != NULL)
        return true;
    return release_changelog(world, version, files, error);
}

static void add_commit(const World *world, const char *version, const json_t *files, Plan *plan) {
    g_autofree char *message = g_strdup_printf("chore(release): bump version to %s\n", version);
    json_t *paths = json_array();
    for (gsize i = 0; i < json_array_size(files); i++)
        json_array_append(paths, json_object_get(json_array_get(files, i), "path"));
    json_t *commit =
        json_pack("{s: s, s: s, s: s, s: o, s: I, s: s, s: s, s: b}", "branch", world->branch, "parent", world->head, "message", message, "paths", paths,
                  "when", (json_int_t)world->now, "name", world->identity.name, "email", world->identity.email, "sign", (int)world->signs_commits);
    plan_add(plan, STAGE_PREPARE, "prepare/commit", "commit", commit, "prepare/files");
}

static bool can_commit(const World *world, GError **error) {
    if (world->identity_problem != NULL) {
        g_propagate_error(error, g_error_copy(world->identity_problem));
        return false;
    }
    if (!git_is_at_rest(world->git, error)) {
        error_state(error, "nothing was changed");
        return false;
    }
    if (world->head != NULL && world->branch != NULL)
        return true;
    error_set(error, ERROR_DETACHED_HEAD, "there is no branch to commit to");
    error_state(error, "nothing was changed");
    error_fix(error, "git switch %s, or add --no-commit", world->base);
    return false;
}

static Plan *make_plan(const World *world, const Version *version, GError **error) {
    g_autoptr(json_t) files = release_files(world, version, error);
    if (files == NULL || !add_changelog(world, version, files, error) || (!no_commit && !can_commit(world, error)))
        return NULL;
    g_autofree char *text = version_to_string(version);
    g_autofree char *previous = world->current != NULL ? version_to_string(world->current) : NULL;
    Plan *plan = plan_new(effect_kinds(), "version", world->now);
    json_object_update_new(plan->release, json_pack("{s: s, s: s?, s: s}", "project", world->project, "previous", previous, "version", text));
    if (json_array_size(files) > 0) {
        plan_add(plan, STAGE_PREPARE, "prepare/files", "write-files", json_pack("{s: O}", "files", files), NULL);
        if (!no_commit)
            add_commit(world, text, files, plan);
    }
    plan_seal(plan);
    return plan;
}

static int raise_version(const World *world, const Wish *wish, GError **error) {
    g_autoptr(GPtrArray) over = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Version) version = world_next(world, &(Wish){.how = wish->how, .pre = wish->pre, .over = over}, error);
    for (guint i = 0; i < over->len; i++) {
        g_autofree char *line = text_escape(g_ptr_array_index(over, i), -1, false);
        fprintf(stderr, "! %s\n", line);
    }
    g_autoptr(Plan) plan = version != NULL ? make_plan(world, version, error) : NULL;
    if (plan == NULL)
        return 0;
    if (dry_run) {
        view_print_plan(plan);
        return 0;
    }
    g_autofree char *text = version_to_string(version);
    bool nothing = plan->effects->len == 0;
    int status = nothing ? 0 : session_do(g_steal_pointer(&plan), (RunOutput){.bare = true}, error);
    if (*error == NULL)
        printf(nothing ? "%s already\n" : "%s\n", text);
    return status;
}

/* ---- the forms ---- */

static World *open_for(char **args, Wish *wish, GError **error) {
    if (!how_read(&how, args, wish, error))
        return NULL;
    World *world = world_open(".", &(WorldOptions){.burned = wish->how != NULL}, error);
    if (world != NULL)
        version_burn_warn(world);
    return world;
}

static int run_show(char **args, GError **error) {
    Wish wish;
    g_autoptr(World) world = open_for(args, &wish, error);
    return world != NULL ? show(world, error) : 0;
}

static int run_explain(char **args, GError **error) {
    Wish wish;
    g_autoptr(World) world = open_for(args, &wish, error);
    if (world != NULL)
        how_explain(world, &wish, json, error);
    return 0;
}

static int run_raise(char **args, GError **error) {
    Wish wish;
    if (!how_required(&how, args, "version", &wish, error))
        return 0;
    g_autoptr(World) world = open_for(args, &wish, error);
    return world != NULL ? raise_version(world, &wish, error) : 0;
}

static int run_check(char **args, GError **error) {
    (void)args;
    g_autoptr(World) world = world_open(".", &(WorldOptions){0}, error);
    VersionCheckOptions check = {.fix = fix, .yes = yes, .json = json, .strict = strict, .dry_run = dry_run};
    return world != NULL ? version_check(world, &check, error) : 0;
}

static int run_burn(char **args, GError **error) {
    return version_burn(args[0], &(VersionBurnOptions){.reason = reason, .yes = yes, .json = json}, error);
}

static int run_burned(char **args, GError **error) {
    (void)args;
    return version_burned(json, error);
}

static int run_parse(char **args, GError **error) {
    return version_strings_parse(args, scheme, json, error);
}

static int run_compare(char **args, GError **error) {
    return version_strings_compare(args, scheme, json, error);
}

static int run_sort(char **args, GError **error) {
    return version_strings_sort(args, scheme, json, error);
}

#define STRINGS                                                                                                                                                \
    { .shown = "VERSION…|-", .least = 1, .most = ARGUMENTS_ANY }

static const Form forms[] = {
    {.word = "check", .option = "fix", .takes = "yes strict json dry-run", .acts = true, .run = run_check},
    {.word = "check", .takes = "strict json", .run = run_check},
    {.word = "burn", .args = {.shown = "X.Y.Z", .least = 1, .most = 1, .check = how_is_version}, .takes = "reason yes json", .acts = true, .run = run_burn},
    {.word = "burned", .takes = "json", .run = run_burned},
    {.word = "parse", .args = STRINGS, .takes = "scheme json", .document = true, .run = run_parse},
    {.word = "compare", .args = {.shown = "A B|-", .least = 1, .most = 2}, .takes = "scheme json", .document = true, .run = run_compare},
    {.word = "sort", .args = STRINGS, .takes = "scheme json", .document = true, .run = run_sort},
    {.option = "explain",
     .args = {.shown = "patch|minor|major|auto|X.Y.Z", .most = 1, .words = how_words, .check = how_is_version},
     .takes = "patch minor major auto set pre json",
     .run = run_explain},
    {.takes = "json", .run = run_show},
    {.args = HOW_ARGUMENT, .takes = "patch minor major auto set pre no-commit dry-run", .acts = true, .run = run_raise},
    {0},
};

static GOptionEntry options[] = {
    HOW_OPTIONS(how),
    {"no-commit", 0, 0, G_OPTION_ARG_NONE, &no_commit, "write the files, do not commit them", NULL},
    {"dry-run", 0, 0, G_OPTION_ARG_NONE, &dry_run, "show the changes, make none", NULL},
    {"json", 0, 0, G_OPTION_ARG_NONE, &json, "as JSON", NULL},
    {"fix", 0, 0, G_OPTION_ARG_NONE, &fix, "set right what disagrees, after showing the changes", NULL},
    {"strict", 0, 0, G_OPTION_ARG_NONE, &strict, "fail on places that nobody keeps, too", NULL},
    {"scheme", 0, 0, G_OPTION_ARG_FILENAME, &scheme, "semver (this is so by itself) or pep440", "SCHEME"},
    {"reason", 0, 0, G_OPTION_ARG_FILENAME, &reason, "why, for those who come after", "TEXT"},
    {"yes", 'y', 0, G_OPTION_ARG_NONE, &yes, "do not ask", NULL},
    G_OPTION_ENTRY_NULL,
};

const Command command_version = {
    .name = "version",
    .summary = "show the version, check that all places agree on it, raise it in every file that carries it",
    .help = "Without a version: prints it and where it stands. With one: writes it into every file that carries it and turns the changelog's\n"
            "[Unreleased] into its section (where that is empty, writes a section to be filled in), and commits that.\n"
            "`slipway release` does this by itself; use this command to do it apart.\n"
            "`auto` is what the commits since the last release ask for (Conventional Commits); --explain says which asks for what.\n"
            "`check` lists every place that carries the version, those that nobody declared too, and fails when they disagree: for hooks and CI.\n"
            "`burn` says in refs/slipway/burned on the remote that a version must never be used (again): plans of all clones step over it, and refuse it by\n"
            "name. What is out under it, a tag or a release, stays as it is. `burned` lists what is burned there, in version.burned, and by [YANKED].\n"
            "`parse`, `compare` and `sort` are for scripts and need no repository; they take versions as words, or one a line on standard input for `-`.\n"
            "`parse` prints each in its normal form or `invalid`, and exits 1 when one is; `compare` prints <, = or >; `sort` puts the lowest first\n"
            "and leaves equal ones in their order. --scheme pep440 reads them as Python does; --json says what each is made of.",
    .example = "slipway version\nslipway version auto --explain\nslipway version --minor --pre rc --dry-run\nslipway version check --fix\n"
               "slipway version burn 1.1.0 --reason \"the tag went out with a wrong wheel\"\n"
               "git tag | sed s/^v// | slipway version sort -",
    .options = options,
    .forms = forms,
};
