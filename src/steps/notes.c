/* Release notes: summary, breaking changes, upgrade instructions, what changed, known issues, contributors. */
#include "changelog/notes.h"
#include "base/text.h"
#include "steps/step.h"

#define COMMITS 2000
#define NOTES_LIMIT 125000

/* Up to HEAD, or up to the tag of a version that is released already. */
static GPtrArray *commits_since(const World *world, const char *previous, const char *tag, GError **error) {
    if (world->head == NULL)
        return g_ptr_array_new();
    const char *released = g_hash_table_lookup(world->tags, tag);
    g_autofree char *from = previous != NULL ? g_strdup_printf("refs/tags/%s", previous) : NULL;
    return git_log(world->git, from, released != NULL ? released : world->head, COMMITS, error);
}

static int by_text(gconstpointer a, gconstpointer b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names, each once, sorted: the order must not hang on the order of commits. */
static GPtrArray *contributors(const GPtrArray *commits) {
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < commits->len; i++) {
        const GitCommit *commit = g_ptr_array_index(commits, i);
        g_autofree char *name = text_escape(commit->author, -1, false);
        if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
            g_ptr_array_add(names, g_steal_pointer(&name));
    }
    g_ptr_array_sort(names, by_text);
    g_ptr_array_add(names, NULL);
    return names;
}

/* Where there is no changelog: the commits' own first lines, merges left out. */
static char *changes_of_commits(const GPtrArray *commits) {
    GString *out = g_string_new("### Changed\n\n");
    gsize empty = out->len;
    for (guint i = 0; i < commits->len; i++) {
        const GitCommit *commit = g_ptr_array_index(commits, i);
        g_autofree char *subject = text_escape(commit->subject, -1, false);
        g_autofree char *shown = notes_escape(subject);
        if (commit->parents < 2)
            g_string_append_printf(out, "- %s (%.8s)\n", shown, commit->id);
    }
    if (out->len == empty)
        g_string_append(out, "- No commits since the previous release.\n");
    return g_string_free(out, FALSE);
}

static char *upgrade_text(const World *world, const char *version) {
    const char *path = config_string(world->config, "notes.upgrade");
    g_autoptr(GBytes) bytes = world_file(world, path, NULL);
    g_autoptr(Changelog) parsed = bytes != NULL ? changelog_parse(bytes, path, NULL) : NULL;
    const ChangelogSection *section = parsed != NULL ? changelog_find(parsed, version) : NULL;
    return section != NULL ? changelog_body(parsed, section) : NULL;
}

char *release_notes(const World *world, const Version *version, const char *date, const char *changes, GError **error) {
    g_autofree char *text = version_to_string(version);
    g_autofree char *tag = world_tag(world, version);
    bool released = g_hash_table_contains(world->tags, tag);
    const char *previous = released ? world_release_before(world, version) : world->previous_tag;
    g_autoptr(GPtrArray) commits = commits_since(world, previous, tag, error);
    if (commits == NULL)
        return NULL;
    g_autofree char *made = changes == NULL ? changes_of_commits(commits) : NULL;
    g_autofree char *upgrade = upgrade_text(world, text);
    g_autoptr(GPtrArray) names = contributors(commits);
    NotesInput input = {
        .project = world->project,
        .version = text,
        .tag = tag,
        .date = date,
        .previous = previous,
        .changes = changes != NULL ? changes : made,
        .upgrade = upgrade,
        .contributors = (const char *const *)names->pdata,
    };
    return notes_render(&input);
}

static bool plan_notes(Release *release, Plan *plan, GError **error) {
    release->notes = release_notes(release->world, release->version, release->date, release->changes, error);
    if (release->notes == NULL)
        return false;
    if (strlen(release->notes) <= NOTES_LIMIT)
        return true;
    GError *problem = NULL;
    error_set(&problem, ERROR_TOO_LARGE, "the release notes have %zu characters; a forge takes %d", strlen(release->notes), NOTES_LIMIT);
    error_state(&problem, "nothing was changed");
    error_fix(&problem, "shorten the section in %s", config_string(release->world->config, "changelog.path"));
    plan_problem(plan, problem);
    return true;
}

const Step step_notes = {.name = "notes", .doc = "writes the release notes from the changelog", .plan = plan_notes};
