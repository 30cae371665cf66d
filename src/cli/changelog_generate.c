#include "cli/changelog_generate.h"

#include "base/clock.h"
#include "changelog/add.h"
#include "cli/changelog_write.h"
#include "project/commits.h"

#include <stdio.h>
#include <string.h>

/* ---- which commits ---- */

static char *start_of(const World *world, const GenerateOptions *options, GError **error) {
    const char *tag = options->since != NULL ? options->since : world->previous_tag;
    if (options->all || tag == NULL)
        return g_strdup("");
    if (g_hash_table_contains(world->tags, tag))
        return g_strdup_printf("refs/tags/%s", tag);
    g_autofree char *id = git_peel(world->git, tag, "commit", error);
    if (id != NULL)
        return g_steal_pointer(&id);
    if (error == NULL || *error == NULL) {
        error_set(error, ERROR_USAGE, "there is no tag or commit %s to start from", tag);
        error_fix(error, "git tag --list");
    }
    return NULL;
}

static const char *version_of(const HistoryPart *part, void *data) {
    GHashTable *names = data;
    return g_hash_table_lookup(names, part->tag);
}

/* Tag → version without its prefix. */
static GHashTable *version_names(const World *world) {
    GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    for (guint i = 0; i < world->versions->len; i++) {
        const WorldTag *tag = g_ptr_array_index(world->versions, i);
        g_hash_table_insert(names, (gpointer)tag->tag, version_to_string(tag->version));
    }
    return names;
}

/* ---- the forms ---- */

static json_t *part_json(const HistoryPart *part, const char *version, const GenerateStyle *style) {
    json_t *entries = json_array();
    for (guint i = 0; i < part->commits->len; i++) {
        const HistoryCommit *commit = g_ptr_array_index(part->commits, i);
        const char *title = "";
        if (!generate_counts(commit, style, &title))
            continue;
        const Commit *said = commit->said;
        json_array_append_new(entries, json_pack("{s: s, s: s, s: s?, s: s?, s: o, s: s?, s: s?}", "commit", commit->id, "group", title, "type", said->type,
                                                 "scope", said->scope, "subject", jsonx_text(said->subject), "breaking", said->breaking, "pull", said->pull));
    }
    g_autofree char *date = part->tag != NULL ? clock_date(part->when) : NULL;
    return json_pack("{s: s?, s: s?, s: s?, s: o}", "version", version, "tag", part->tag, "date", date, "entries", entries);
}

static char *as_json(const Commits *commits, GHashTable *names, const GenerateStyle *style) {
    json_t *releases = json_array();
    for (guint i = 0; i < commits->parts->len; i++) {
        const HistoryPart *part = g_ptr_array_index(commits->parts, i);
        json_array_append_new(releases, part_json(part, part->tag != NULL ? g_hash_table_lookup(names, part->tag) : NULL, style));
    }
    g_autoptr(json_t) document = json_pack("{s: i, s: o}", "schema", 1, "releases", releases);
    return jsonx_pretty(document);
}

static char *render(const GenerateOptions *options, const Commits *commits, GHashTable *names, const GenerateStyle *style) {
    if (options->json)
        return as_json(commits, names, style);
    if (options->all || options->since != NULL) {
        GenerateDocument document = {.parts = commits->parts, .version = version_of, .data = names, .style = style, .whole = options->all};
        return generate_document(&document);
    }
    g_autoptr(GPtrArray) groups = generate_groups(g_ptr_array_index(commits->parts, 0), style);
    return generate_body(groups);
}

/* ---- into the file ---- */

static bool refuse_rewriting(const World *world, GError **error) {
    const char *path = world_changelog_path(world);
    error_set(error, ERROR_CHANGELOG, "%s exists: what people wrote there is not written over", path);
    error_state(error, "nothing was changed");
    error_fix(error, "slipway changelog generate --write, which adds what is not released yet; or see it: slipway changelog generate --all");
    return false;
}

static int write_all(const World *world, const char *text, bool dry_run, GError **error) {
    if (world->changelog_bytes != NULL) {
        refuse_rewriting(world, error);
        return 0;
    }
    g_autoptr(GBytes) after = g_bytes_new(text, strlen(text));
    return changelog_write(world, after, dry_run, error);
}

static int merge(const World *world, const Commits *commits, const GenerateStyle *style, bool dry_run, GError **error) {
    if (world->changelog_problem != NULL) {
        g_propagate_error(error, g_error_copy(world->changelog_problem));
        return 0;
    }
    g_autoptr(GPtrArray) groups = generate_groups(g_ptr_array_index(commits->parts, 0), style);
    g_autoptr(GBytes) after = changelog_merge(world->changelog, groups, error);
    return after != NULL ? changelog_write(world, after, dry_run, error) : 0;
}

int changelog_generate(const GenerateOptions *options, GError **error) {
    g_autoptr(World) world = world_open(".", &(WorldOptions){.survey = options->all}, error);
    g_autofree char *from = world != NULL ? start_of(world, options, error) : NULL;
    bool divided = options->all || options->since != NULL;
    CommitsRange range = {.from = from != NULL && *from != '\0' ? from : NULL, .releases = divided, .whole = true};
    g_autoptr(Commits) commits = from != NULL ? commits_read(world, &range, error) : NULL;
    if (commits == NULL)
        return 0;
    g_autoptr(CommitStyle) style = commits_style(world);
    g_autoptr(GHashTable) names = version_names(world);
    if (options->write && !options->all)
        return merge(world, commits, &style->style, options->dry_run, error);
    g_autofree char *text = render(options, commits, names, &style->style);
    if (options->write)
        return write_all(world, text, options->dry_run, error);
    fputs(text, stdout);
    return 0;
}
