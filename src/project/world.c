#include "project/world.h"

#include "base/clock.h"
#include "base/fs.h"
#include "base/limits.h"
#include "project/carriers.h"
#include "project/forges.h"
#include "project/tags.h"

#include <string.h>

void world_free(World *world) {
    g_clear_pointer(&world->git, git_free);
    g_clear_pointer(&world->config, config_free);
    char *texts[] = {world->top,    world->project,    world->branch,      world->head,         world->base,
                     world->remote, world->remote_url, world->tag_pattern, world->previous_tag, world->candidate_tag};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_clear_pointer(&world->remote_refs, g_hash_table_unref);
    g_clear_pointer(&world->burned, g_ptr_array_unref);
    g_clear_pointer(&world->tags, g_hash_table_unref);
    g_clear_pointer(&world->files, g_ptr_array_unref);
    g_clear_pointer(&world->carriers, g_ptr_array_unref);
    g_clear_pointer(&world->names, g_ptr_array_unref);
    GError *problems[] = {world->remote_problem,   world->burned_problem,    world->version_problem,
                          world->identity_problem, world->changelog_problem, world->forge_problem};
    for (guint i = 0; i < G_N_ELEMENTS(problems); i++) {
        if (problems[i] != NULL)
            g_error_free(problems[i]);
    }
    Version *versions[] = {world->current, world->previous, world->candidate};
    for (guint i = 0; i < G_N_ELEMENTS(versions); i++) {
        if (versions[i] != NULL)
            version_free(versions[i]);
    }
    g_clear_pointer(&world->versions, g_ptr_array_unref);
    git_identity_clear(&world->identity);
    g_clear_pointer(&world->changelog, changelog_free);
    g_clear_pointer(&world->changelog_bytes, g_bytes_unref);
    json_decref(world->forge);
    g_free(world);
}

static gint compare_paths(gconstpointer a, gconstpointer b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool world_has_file(const World *world, const char *path) {
    guint at;
    for (guint low = 0, high = world->files->len; low < high;) {
        at = low + (high - low) / 2;
        int order = strcmp(g_ptr_array_index(world->files, at), path);
        if (order == 0)
            return true;
        if (order < 0)
            low = at + 1;
        else
            high = at;
    }
    return false;
}

GBytes *world_file(const World *world, const char *path, GError **error) {
    return world_has_file(world, path) ? fs_read_beneath(world->git->tree, path, SOURCE_LIMIT, error) : NULL;
}

char *world_tag(const World *world, const Version *version) {
    return version_expand(world->tag_pattern, version);
}

char *world_branch(const World *world, const Version *version) {
    return version_expand(config_string(world->config, "git.branch"), version);
}

const char *world_remote_id(const World *world, const char *ref) {
    return world->remote_refs != NULL ? g_hash_table_lookup(world->remote_refs, ref) : NULL;
}

/* ---- reading ---- */

static bool read_head(World *world, GError **error) {
    g_autofree char *ref = NULL;
    if (!git_head(world->git, &ref, &world->head, error))
        return false;
    if (ref != NULL)
        world->branch = g_strdup(g_str_has_prefix(ref, "refs/heads/") ? ref + strlen("refs/heads/") : ref);
    return true;
}

/* The configuration's word, else what the remote calls its default branch, else main or master, else where we stand. */
static bool choose_base(World *world, GError **error) {
    const char *wanted = config_string(world->config, "git.base");
    g_autofree char *ref = g_strdup_printf("refs/remotes/%s/HEAD", world->remote);
    g_autofree char *prefix = g_strdup_printf("refs/remotes/%s/", world->remote);
    const char *words[] = {"symbolic-ref", "-q", ref, NULL};
    GitEnd end = GIT_DONE;
    GError *problem = NULL;
    GitCall call = {.read = true, .words = words, .end = &end};
    g_autofree char *target = *wanted == '\0' ? git_call(world->git, &call, &problem) : NULL;
    if (*wanted != '\0')
        world->base = g_strdup(wanted);
    else if (target != NULL && end == GIT_DONE && g_str_has_prefix(target, prefix))
        world->base = g_strdup(target + strlen(prefix));
    static const char *const usual[] = {"main", "master", "trunk"};
    for (guint i = 0; world->base == NULL && problem == NULL && i < G_N_ELEMENTS(usual); i++) {
        g_autofree char *local = g_strdup_printf("refs/heads/%s", usual[i]);
        g_autofree char *id = git_ref(world->git, local, &problem);
        if (id != NULL)
            world->base = g_strdup(usual[i]);
    }
    if (world->base == NULL)
        world->base = g_strdup(world->branch != NULL ? world->branch : "main");
    if (problem != NULL)
        g_propagate_error(error, problem);
    return problem == NULL;
}

/* The name that the first manifest of the project's folder gives it. */
static char *manifest_name(const World *world) {
    const char *folder = config_string(world->config, "path");
    const ManifestFormat *const *formats = manifest_formats();
    for (guint k = 0; formats[k] != NULL; k++) {
        for (guint i = 0; formats[k]->package != NULL && i < world->files->len; i++) {
            const char *path = g_ptr_array_index(world->files, i);
            g_autofree char *place = g_path_get_dirname(path);
            bool here = g_str_equal(*folder != '\0' ? folder : ".", place);
            g_autoptr(GBytes) bytes = here && formats[k]->claims(path) ? world_file(world, path, NULL) : NULL;
            char *name = bytes != NULL ? formats[k]->package(bytes) : NULL;
            if (name != NULL)
                return name;
        }
    }
    return NULL;
}

static void choose_name(World *world) {
    const char *wanted = config_string(world->config, "project");
    g_autofree char *from_manifest = *wanted == '\0' ? manifest_name(world) : NULL;
    if (*wanted != '\0')
        world->project = g_strdup(wanted);
    else if (from_manifest != NULL && g_utf8_validate(from_manifest, -1, NULL))
        world->project = g_steal_pointer(&from_manifest);
    else {
        g_autofree char *folder = g_path_get_basename(world->git->tree);
        world->project = g_utf8_make_valid(folder, -1);
    }
}

static bool read_settings(World *world, bool survey, GError **error) {
    GError *problem = NULL;
    world->remote_url = git_remote_url(world->git, world->remote, &problem);
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return false;
    }
    if (survey)
        return true;
    git_identity(world->git, &world->identity, &world->identity_problem);
    return git_wants_signatures(world->git, &world->signs_commits, &world->signs_tags, error);
}

static void put_past(World *world, const WorldPast *past) {
    world->now = past->now;
    g_free(world->branch);
    world->branch = g_strdup(world->base);
    world->remote_refs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (past->remote_base != NULL)
        g_hash_table_insert(world->remote_refs, g_strdup_printf("refs/heads/%s", world->base), g_strdup(past->remote_base));
    git_identity_clear(&world->identity);
    g_clear_error(&world->identity_problem);
    world->identity = (GitIdentity){.name = g_strdup(past->name), .email = g_strdup(past->email)};
}

static bool read_local(World *world, bool survey, const WorldPast *past, GError **error) {
    world->files = git_files(world->git, error);
    if (world->files == NULL)
        return false;
    g_ptr_array_sort(world->files, compare_paths);
    world->tags = git_tags(world->git, error);
    if (world->tags == NULL)
        return false;
    if (past != NULL && past->tag != NULL)
        g_hash_table_remove(world->tags, past->tag);
    if (!survey && !choose_base(world, error))
        return false;
    choose_name(world);
    if (!tags_read(world, error))
        return false;
    return read_settings(world, survey, error) && carriers_find(world, error);
}

const char *world_changelog_path(const World *world) {
    static const char *const usual[] = {"CHANGELOG.md", "Changelog.md", "changelog.md", "ChangeLog.md", "CHANGES.md",
                                        "HISTORY.md",   "History.md",   "NEWS.md",      "RELEASES.md"};
    const char *wanted = config_string(world->config, "changelog.path");
    for (guint i = 0; config_get(world->config, "changelog.path") == NULL && i < G_N_ELEMENTS(usual); i++) {
        if (world_has_file(world, usual[i]))
            return usual[i];
    }
    return wanted;
}

static void read_changelog(World *world) {
    const char *path = world_changelog_path(world);
    /* one that is new and not tracked yet counts, too: it must not be written over */
    if (fs_kind_beneath(world->git->tree, path) != FS_MISSING)
        world->changelog_bytes = fs_read_beneath(world->git->tree, path, SOURCE_LIMIT, &world->changelog_problem);
    if (world->changelog_bytes != NULL)
        world->changelog = changelog_parse(world->changelog_bytes, path, &world->changelog_problem);
}

/* All branches and tags, and what is burned. */
static void read_remote(World *world, const WorldOptions *options) {
    static const char *const patterns[] = {"refs/heads/*", "refs/tags/*", SHARE_BURNED_REF, NULL};
    if (options->remote && world->remote_url != NULL)
        world->remote_refs = git_remote_refs(world->git, world->remote, patterns, &world->remote_problem);
    if (options->remote || options->burned)
        world->burned = share_burned(world->git, world->remote, world->remote_refs, &world->burned_problem);
}

World *world_open(const char *path, const WorldOptions *options, GError **error) {
    g_autoptr(World) world = g_new0(World, 1);
    world->now = clock_now();
    world->git = git_open(path, error);
    if (world->git == NULL)
        return NULL;
    world->top = g_strdup(options->past != NULL ? options->past->top : world->git->tree);
    world->config = config_load(world->git->tree, options->settings, error);
    if (world->config == NULL)
        return NULL;
    git_bound(config_int(world->config, "git.timeout"), config_int(world->config, "git.stall"));
    if (!read_head(world, error))
        return NULL;
    world->remote = g_strdup(config_string(world->config, "git.remote"));
    if (!read_local(world, options->survey, options->past, error) || (!options->survey && !tags_find_previous(world, error)))
        return NULL;
    read_remote(world, options);
    if (error_is(world->remote_problem, ERROR_INTERRUPTED)) {
        g_propagate_error(error, g_steal_pointer(&world->remote_problem));
        return NULL;
    }
    if (options->past != NULL)
        put_past(world, options->past);
    read_changelog(world);
    forges_choose(world);
    return g_steal_pointer(&world);
}
