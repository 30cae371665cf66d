#include "project/commits.h"

#include "base/fs.h"
#include "base/limits.h"

#include <string.h>

void commits_free(Commits *commits) {
    g_clear_pointer(&commits->parts, g_ptr_array_unref);
    g_clear_pointer(&commits->history, history_free);
    g_clear_pointer(&commits->tags, g_array_unref);
    g_free(commits);
}

/* ---- tags ---- */

static bool same_core(const Version *a, const Version *b) {
    return a->major == b->major && a->minor == b->minor && a->patch == b->patch;
}

GPtrArray *commits_release_tags(const World *world) {
    GPtrArray *tags = g_ptr_array_new();
    const Version *final = NULL;
    for (guint i = 0; i < world->versions->len; i++) {
        WorldTag *tag = g_ptr_array_index(world->versions, i);
        if (!version_is_prerelease(tag->version))
            final = tag->version;
        bool within = version_is_prerelease(tag->version) && final != NULL && same_core(final, tag->version);
        if (!within)
            g_ptr_array_add(tags, tag);
    }
    return tags;
}

static GArray *history_tags(const World *world) {
    GArray *tags = g_array_new(FALSE, FALSE, sizeof(HistoryTag));
    g_autoptr(GPtrArray) releases = commits_release_tags(world);
    for (guint i = 0; i < releases->len; i++) {
        const WorldTag *tag = g_ptr_array_index(releases, i);
        HistoryTag row = {.name = tag->tag, .commit = tag->commit};
        g_array_append_val(tags, row);
    }
    return tags;
}

/* ---- reading ---- */

static void take(const GitRecord *record, void *data) {
    HistoryRecord row = {
        .id = record->id, .parents = record->parents, .when = record->when, .author = record->author, .email = record->email, .message = record->message};
    history_add(data, &row);
}

/* Where a shallow clone is cut off stands in a file of git's: one of these in the range, and what is before it is missing. Of a folder's commits that one may
 * be none, so that nothing is known. */
static bool check_whole(const World *world, const GPtrArray *parts, const char *path, GError **error) {
    g_autofree char *file = g_build_filename(world->git->common_dir, "shallow", NULL);
    g_autoptr(GBytes) bytes = git_is_shallow(world->git) ? fs_read(file, SOURCE_LIMIT, error) : g_bytes_new_static("", 0);
    if (bytes == NULL)
        return false;
    gsize size = 0;
    const char *cuts = g_bytes_get_data(bytes, &size);
    bool cut = size > 0 && path != NULL;
    for (guint i = 0; i < parts->len && size > 0 && !cut; i++) {
        const HistoryPart *part = g_ptr_array_index(parts, i);
        for (guint k = 0; k < part->commits->len && !cut; k++)
            cut = g_strstr_len(cuts, (gssize)size, ((const HistoryCommit *)g_ptr_array_index(part->commits, k))->id) != NULL;
    }
    if (!cut)
        return true;
    error_set(error, ERROR_SHALLOW, "this is a shallow clone: history and tags are missing");
    error_why(error, "the previous release and the changes since cannot be known");
    error_state(error, "nothing was changed");
    return false;
}

Commits *commits_read(const World *world, const CommitsRange *range, GError **error) {
    const char *path = config_string(world->config, "path");
    g_autoptr(Commits) commits = g_new0(Commits, 1);
    commits->history = history_new();
    commits->tags = range->releases ? history_tags(world) : g_array_new(FALSE, FALSE, sizeof(HistoryTag));
    GitHistory history = {
        .from = range->from, .to = range->to != NULL ? range->to : world->head, .path = *path != '\0' ? path : NULL, .visit = take, .data = commits->history};
    if (history.to != NULL && !git_history(world->git, &history, error))
        return NULL;
    commits->parts = history_divide(commits->history, (const HistoryTag *)(gconstpointer)commits->tags->data, commits->tags->len);
    if (range->whole && !check_whole(world, commits->parts, history.path, error))
        return NULL;
    return g_steal_pointer(&commits);
}

/* ---- style ---- */

/* Types of the convention's usual presets, in the order of a changelog's headings. */
static const GenerateGroup defaults[] = {
    {"feat", "Added"},
    {"feature", "Added"},
    {"perf", "Changed"},
    {"revert", "Changed"},
    {"deprecate", "Deprecated"},
    {"deprecated", "Deprecated"},
    {"remove", "Removed"},
    {"fix", "Fixed"},
    {"bugfix", "Fixed"},
    {"security", "Security"},
    {"build", ""},
    {"chore", ""},
    {"ci", ""},
    {"docs", ""},
    {"refactor", ""},
    {"style", ""},
    {"test", ""},
    {"tests", ""},
    {"release", ""},
    {"wip", ""},
};

static void set_group(GArray *groups, const char *type, const char *title) {
    for (guint i = 0; i < groups->len; i++) {
        GenerateGroup *group = &g_array_index(groups, GenerateGroup, i);
        if (g_ascii_strcasecmp(group->type, type) != 0)
            continue;
        group->title = title;
        return;
    }
    GenerateGroup group = {.type = type, .title = title};
    g_array_append_val(groups, group);
}

Links *commits_links(const World *world) {
    return links_new(world->remote_url, config_string(world->config, "forge.kind"));
}

CommitStyle *commits_style(const World *world) {
    CommitStyle *style = g_new0(CommitStyle, 1);
    style->groups = g_array_new(FALSE, FALSE, sizeof(GenerateGroup));
    style->links = commits_links(world);
    g_array_append_vals(style->groups, defaults, G_N_ELEMENTS(defaults));
    const char *other = "Changed", *type;
    json_t *title;
    json_object_foreach(config_get(world->config, "changelog.groups"), type, title) {
        if (g_str_equal(type, "other"))
            other = json_string_value(title);
        else
            set_group(style->groups, type, json_string_value(title));
    }
    style->style = (GenerateStyle){.groups = (const GenerateGroup *)(gconstpointer)style->groups->data,
                                   .count = style->groups->len,
                                   .other = other,
                                   .links = style->links,
                                   .mentions = config_bool(world->config, "notes.mentions")};
    return style;
}

void commits_style_free(CommitStyle *style) {
    g_array_unref(style->groups);
    g_clear_pointer(&style->links, links_free);
    g_free(style);
}
