/* Everything git will ever hold of a release: branch, bump commit, merge commit, annotated tag. */
#include "base/clock.h"
#include "base/fs.h"
#include "base/limits.h"
#include "project/commits.h"
#include "project/fragments.h"
#include "steps/step.h"

#include <string.h>

#define HIGHLIGHTS 5

/* ---- the files ---- */

json_t *release_file(const char *path, GBytes *before, GBytes *after) {
    json_t *file = json_object();
    json_object_set_new(file, "path", jsonx_path(path));
    json_object_set_new(file, "before", before != NULL ? jsonx_bytes(g_bytes_get_data(before, NULL), g_bytes_get_size(before)) : json_null());
    json_object_set_new(file, "after", after != NULL ? jsonx_bytes(g_bytes_get_data(after, NULL), g_bytes_get_size(after)) : json_null());
    json_object_set_new(file, "mode", json_integer(0644));
    return file;
}

/* Several carriers may be one file (a rule each): each edit builds on the one before. */
static GBytes *edit_carrier(const World *world, const Carrier *carrier, GBytes *bytes, const Version *version, GError **error) {
    g_autofree char *value = carrier_written(carrier->format, version, error);
    if (value == NULL)
        return NULL;
    ManifestFile file = {.format = carrier->format, .path = carrier->path, .pattern = carrier->pattern, .count = carrier->count, .names = world_names(world)};
    g_autoptr(GBytes) after = manifest_set(&file, bytes, carrier->value, value, error);
    return after != NULL && limits_keep(LIMITED_SOURCE, carrier->path, g_bytes_get_size(after), error) ? g_steal_pointer(&after) : NULL;
}

static bool edit_all(const World *world, const Version *version, GHashTable *after, GError **error) {
    for (guint i = 0; i < world->carriers->len; i++) {
        const Carrier *carrier = g_ptr_array_index(world->carriers, i);
        GBytes *base = g_hash_table_lookup(after, carrier->path);
        GBytes *next = edit_carrier(world, carrier, base != NULL ? base : carrier->bytes, version, error);
        if (next == NULL)
            return false;
        g_hash_table_replace(after, g_strdup(carrier->path), next);
    }
    return true;
}

json_t *release_files(const World *world, const Version *version, GError **error) {
    g_autoptr(GHashTable) after = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
    if (!edit_all(world, version, after, error))
        return NULL;
    json_t *files = json_array();
    for (guint i = 0; i < world->carriers->len; i++) {
        const Carrier *carrier = g_ptr_array_index(world->carriers, i);
        GBytes *bytes = g_hash_table_lookup(after, carrier->path);
        if (bytes != NULL && !g_bytes_equal(bytes, carrier->bytes))
            json_array_append_new(files, release_file(carrier->path, carrier->bytes, bytes));
        g_hash_table_remove(after, carrier->path);
    }
    return files;
}

/* ---- the changelog ---- */

static bool placeholder_problem(const World *world, const char *version, guint line, Plan *plan) {
    const char *path = world_changelog_path(world);
    GError *error = NULL;
    error_set(&error, ERROR_CHANGELOG_PLACEHOLDER, "%s:%u: the section for %s is still the placeholder", path, line, version);
    error_why(&error, "release notes are made from it");
    error_state(&error, "nothing was changed");
    error_fix(&error, "write what changed in %s at line %u and commit it", path, line);
    plan_problem(plan, error);
    return true;
}

static bool nothing_problem(const World *world, const char *version, Plan *plan) {
    const char *path = world_changelog_path(world);
    GError *error = NULL;
    error_set(&error, ERROR_NOTHING_TO_RELEASE, "%s says nothing about %s: there is nothing to make release notes from", path, version);
    error_why(&error, changelog_unreleased(world->changelog) != NULL ? "its [Unreleased] section is empty" : "it has no [Unreleased] section and none for %s",
              version);
    error_state(&error, "nothing was changed");
    error_fix(
        &error,
        "write it under [Unreleased], make it of the commits: slipway changelog generate --write, or have a section to fill in: slipway changelog release %s",
        version);
    plan_problem(plan, error);
    return true;
}

static void take_changes(Release *release, const Changelog *changelog, const char *version) {
    const ChangelogSection *section = changelog_find(changelog, version);
    release->changes = section != NULL ? changelog_body(changelog, section) : NULL;
}

/* The changelog with its fragments; NULL without error: there is none of either. */
static Changelog *collected(const World *world, const GPtrArray *fragments, GError **error) {
    g_autoptr(GBytes) bytes = fragments_collect(world, fragments, error);
    return bytes != NULL ? changelog_parse(bytes, world_changelog_path(world), error) : NULL;
}

static void add_files(const World *world, GBytes *after, const GPtrArray *fragments, json_t *files) {
    json_array_append_new(files, release_file(world_changelog_path(world), world->changelog_bytes, after));
    for (guint i = 0; i < fragments->len; i++) {
        const Fragment *fragment = g_ptr_array_index(fragments, i);
        json_array_append_new(files, release_file(fragment->path, fragment->bytes, NULL));
    }
}

/* [Unreleased] and the fragments become the version's section. */
static bool cut_changelog(Release *release, const Changelog *changelog, const GPtrArray *fragments, json_t *files, GError **error) {
    const World *world = release->world;
    g_autofree char *version = version_to_string(release->version);
    ChangelogLinks links = {.tag = release->tag};
    g_autoptr(GBytes) after = changelog_release(changelog, version, release->date, &links, error);
    g_autoptr(Changelog) parsed = after != NULL ? changelog_parse(after, world_changelog_path(world), error) : NULL;
    if (parsed == NULL)
        return false;
    take_changes(release, parsed, version);
    add_files(world, after, fragments, files);
    return true;
}

static bool add_problem(Plan *plan, GError *problem) {
    plan_problem(plan, problem);
    return true;
}

/* The changelog as the release leaves it, where it is to be changed, into files. */
static bool plan_changelog(Release *release, Plan *plan, json_t *files) {
    const World *world = release->world;
    GError *problem = NULL;
    g_autofree char *version = version_to_string(release->version);
    g_autoptr(GPtrArray) fragments = world->changelog_problem == NULL ? fragments_read(world, &problem) : NULL;
    g_autoptr(Changelog) changelog = fragments != NULL ? collected(world, fragments, &problem) : NULL;
    if (world->changelog_problem != NULL || problem != NULL)
        return add_problem(plan, problem != NULL ? problem : g_error_copy(world->changelog_problem));
    if (changelog == NULL) {
        plan_skip(plan, "changelog", "there is no changelog; the notes are made from the commits");
        return true;
    }
    const ChangelogSection *section = changelog_find(changelog, version);
    guint line = 0;
    if (section != NULL && changelog_section_is_placeholder(changelog, section, &line))
        return placeholder_problem(world, version, line, plan);
    if (section != NULL) {
        take_changes(release, changelog, version);
        return true;
    }
    const ChangelogSection *unreleased = changelog_unreleased(changelog);
    if (unreleased == NULL || changelog_section_is_empty(changelog, unreleased))
        return nothing_problem(world, version, plan);
    return cut_changelog(release, changelog, fragments, files, &problem) || add_problem(plan, problem);
}

bool release_changelog(const World *world, const Version *version, json_t *files, GError **error) {
    g_autofree char *text = version_to_string(version);
    g_autofree char *date = clock_date(world->now);
    g_autofree char *tag = world_tag(world, version);
    GError *problem = NULL;
    g_autoptr(GPtrArray) fragments = fragments_read(world, &problem);
    g_autoptr(Changelog) changelog = fragments != NULL ? collected(world, fragments, &problem) : NULL;
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    const ChangelogSection *unreleased = changelog != NULL ? changelog_unreleased(changelog) : NULL;
    ChangelogLinks links = {.tag = tag};
    bool cut = unreleased != NULL && !changelog_section_is_empty(changelog, unreleased);
    g_autoptr(GBytes) after = cut ? changelog_release(changelog, text, date, &links, error) : changelog_add_placeholder(changelog, text, date, error);
    if (after == NULL)
        return false;
    add_files(world, after, fragments, files);
    return true;
}

/* ---- messages ---- */

/* The first entries of the changelog's section, as plain lines. */
static char *highlights(const char *changes) {
    g_auto(GStrv) lines = g_strsplit(changes != NULL ? changes : "", "\n", -1);
    GString *out = g_string_new(NULL);
    guint count = 0;
    for (guint i = 0; lines[i] != NULL && count < HIGHLIGHTS; i++) {
        const char *line = g_strchomp(lines[i]);
        bool entry = g_str_has_prefix(line, "- ") || g_str_has_prefix(line, "* ");
        if (!entry)
            continue;
        g_string_append_printf(out, "- %s\n", line + 2);
        count++;
    }
    return g_string_free(out, FALSE);
}

static char *tag_message(const Release *release) {
    const World *world = release->world;
    const char *path = world_changelog_path(world);
    g_autofree char *version = version_to_string(release->version);
    g_autoptr(Links) links = commits_links(world);
    g_autofree char *page = links_file(links, release->tag, path);
    g_autofree char *points = highlights(release->changes);
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%s %s\n", world->project, version);
    if (*points != '\0')
        g_string_append_printf(text, "\n%s", points);
    if (world->changelog != NULL && page != NULL)
        g_string_append_printf(text, "\nChangelog: %s\n", page);
    else if (world->changelog != NULL)
        g_string_append_printf(text, "\nChangelog: %s, section %s\n", path, version);
    return g_string_free(text, FALSE);
}

/* ---- the effects ---- */

static json_t *signature(const Release *release, bool sign) {
    const World *world = release->world;
    json_t *object = json_object();
    json_object_set_new(object, "when", json_integer(world->now));
    json_object_set_new(object, "name", jsonx_text(world->identity.name != NULL ? world->identity.name : ""));
    json_object_set_new(object, "email", jsonx_text(world->identity.email != NULL ? world->identity.email : ""));
    json_object_set_new(object, "sign", json_boolean(sign));
    return object;
}

static json_t *with(json_t *object, json_t *more) {
    json_object_update_missing(object, more);
    json_decref(more);
    return object;
}

static json_t *paths_of(const json_t *files) {
    json_t *paths = json_array();
    for (gsize i = 0; i < json_array_size(files); i++)
        json_array_append(paths, json_object_get(json_array_get(files, i), "path"));
    return paths;
}

static void add_branch(Release *release, Plan *plan, json_t *files) {
    const World *world = release->world;
    g_autofree char *version = version_to_string(release->version);
    g_autofree char *message = g_strdup_printf("chore(release): bump version to %s\n", version);
    plan_add(plan, STAGE_PREPARE, "prepare/branch", "create-branch", json_pack("{s: s, s: s}", "branch", release->branch, "at", world->head), NULL);
    plan_add(plan, STAGE_PREPARE, "prepare/switch", "switch-branch", json_pack("{s: s, s: s}", "to", release->branch, "from", world->branch), "prepare/branch");
    plan_add(plan, STAGE_PREPARE, "prepare/files", "write-files", json_pack("{s: O}", "files", files), "prepare/switch");
    json_t *commit = json_pack("{s: s, s: s, s: s, s: o}", "branch", release->branch, "parent", world->head, "message", message, "paths", paths_of(files));
    plan_add(plan, STAGE_PREPARE, "prepare/commit", "commit", with(commit, signature(release, release->world->signs_commits)), "prepare/files");
    release->own_branch = true;
    release->target = plan_result("prepare/commit", "commit");
}

static void add_merge(Release *release, Plan *plan) {
    const World *world = release->world;
    g_autofree char *message = g_strdup_printf("Release %s\n", release->tag);
    json_t *merge =
        json_pack("{s: s, s: O, s: s, s: s}", "base", world->head, "branch_commit", release->target, "branch_name", release->branch, "message", message);
    plan_add(plan, STAGE_PREPARE, "prepare/merge", "merge-commit", with(merge, signature(release, release->world->signs_commits)), "prepare/commit");
    json_decref(release->target);
    release->target = plan_result("prepare/merge", "commit");
}

static void add_tag(Release *release, Plan *plan, const char *needs) {
    g_autofree char *message = tag_message(release);
    json_t *tag = json_pack("{s: s, s: O, s: o}", "tag", release->tag, "target", release->target, "message", jsonx_text(message));
    plan_add(plan, STAGE_PREPARE, "prepare/tag", "tag", with(tag, signature(release, release->world->signs_tags)), needs);
    release->tag_object = plan_result("prepare/tag", "object");
}

static bool plan_candidate(Release *release, Plan *plan, GError **error) {
    const World *world = release->world;
    g_autoptr(json_t) files = world->version_problem == NULL || world->unversioned ? release_files(world, release->version, error) : json_array();
    if (files == NULL)
        return false;
    plan_changelog(release, plan, files);
    if (world->head == NULL || world->branch == NULL) {
        plan_skip(plan, "candidate", "there is no branch to cut it from");
        return true;
    }
    bool merge = g_str_equal(config_string(world->config, "git.merge"), "no-ff");
    if (json_array_size(files) > 0) {
        add_branch(release, plan, files);
        if (merge)
            add_merge(release, plan);
    } else {
        plan_skip(plan, "candidate",
                  world->carriers->len > 0 ? "every file says this version already: the current commit is released"
                                           : "no file carries the version: the current commit is released");
        release->target = json_string(world->head);
    }
    add_tag(release, plan, !release->own_branch ? NULL : merge ? "prepare/merge" : "prepare/commit");
    return true;
}

const Step step_candidate = {.name = "candidate", .doc = "makes what git will hold of the release: branch, commit, merge, tag", .plan = plan_candidate};
