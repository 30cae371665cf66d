/* Release notes: summary, breaking changes, upgrade instructions, what changed, known issues, contributors, the full difference. */
#include "changelog/notes.h"

#include "changelog/escape.h"
#include "forge/forge.h"
#include "project/people.h"
#include "steps/pulls.h"

#include <string.h>

/* GitHub's limit for a release's body, in characters; the lowest of the forges'. */
#define NOTES_LIMIT 125000
/* What the line with the mark takes of it. */
#define MARK_ROOM 256

/* ---- what commits say ---- */

/* Up to HEAD, or up to the tag of a version that is released already. */
static Commits *commits_of(const World *world, const char *previous, const char *tag, GError **error) {
    const char *released = g_hash_table_lookup(world->tags, tag);
    g_autofree char *from = previous != NULL ? g_strdup_printf("refs/tags/%s", previous) : NULL;
    return commits_read(world, &(CommitsRange){.from = from, .to = released}, error);
}

static void add_lines(GString *out, const char *text, bool mentions) {
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        g_autofree char *line = escape_markdown(g_strstrip(lines[i]), mentions);
        if (*line != '\0')
            g_string_append_printf(out, "%s%s\n", i == 0 ? "- " : "  ", line);
    }
}

/* The commits' footers of one kind, an entry each. NULL: there are none. */
static char *footers(const HistoryPart *part, char *(*pick)(const Commit *), bool mentions) {
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < part->commits->len; i++) {
        const HistoryCommit *commit = g_ptr_array_index(part->commits, i);
        const char *text = commit->cancelled || commit->said->merge ? NULL : pick(commit->said);
        if (text != NULL)
            add_lines(out, text, mentions);
    }
    char *text = g_strchomp(g_string_free(out, FALSE));
    if (*text != '\0')
        return text;
    g_free(text);
    return NULL;
}

static char *pick_breaking(const Commit *said) {
    return said->breaking;
}

static char *pick_upgrade(const Commit *said) {
    return said->upgrade;
}

static char *upgrade_text(const World *world, const char *version, const HistoryPart *part) {
    const char *path = config_string(world->config, "notes.upgrade");
    g_autoptr(GBytes) bytes = world_file(world, path, NULL);
    g_autoptr(Changelog) parsed = bytes != NULL ? changelog_parse(bytes, path, NULL) : NULL;
    const ChangelogSection *section = parsed != NULL ? changelog_find(parsed, version) : NULL;
    return section != NULL ? changelog_body(parsed, section) : footers(part, pick_upgrade, config_bool(world->config, "notes.mentions"));
}

/* ---- the parts ---- */

/* They are asked for once, whoever wants them. */
static bool add_pulls(const World *world, const HistoryPart *part, const NotesWish *wish, json_t *parts, GError **error) {
    bool named = config_bool(world->config, "notes.pulls");
    bool wanted = !wish->mute && (named || wish->pulls != NULL);
    g_autoptr(json_t) pulls = wanted ? release_pulls(world, part, error) : json_array();
    if (pulls == NULL)
        return false;
    json_object_set_new(parts, "pulls", named ? json_incref(pulls) : json_array());
    if (wish->pulls != NULL)
        *wish->pulls = json_incref(pulls);
    return true;
}

static json_t *make_parts(const World *world, const Version *version, const NotesWish *wish, GError **error) {
    g_autofree char *text = version_to_string(version);
    g_autofree char *tag = world_tag(world, version);
    bool released = g_hash_table_contains(world->tags, tag);
    const char *previous = released ? world_release_before(world, version) : world->previous_tag;
    g_autofree char *previous_ref = previous != NULL ? g_strdup_printf("refs/tags/%s", previous) : NULL;
    g_autoptr(Commits) commits = commits_of(world, previous, tag, error);
    const HistoryPart *part = commits != NULL ? g_ptr_array_index(commits->parts, 0) : NULL;
    g_autoptr(People) people = part != NULL ? people_of(world, part, previous_ref, error) : NULL;
    if (people == NULL)
        return NULL;
    g_autoptr(CommitStyle) style = commits_style(world);
    g_autoptr(GPtrArray) groups = wish->changes == NULL ? generate_groups(part, &style->style) : NULL;
    g_autofree char *made = groups != NULL ? generate_body(groups) : NULL;
    g_autofree char *upgrade = upgrade_text(world, text, part);
    g_autofree char *breaking = footers(part, pick_breaking, style->style.mentions);
    g_autofree char *compare = previous != NULL ? links_compare(style->links, previous, tag) : NULL;
    NotesInput input = {
        .project = world->project,
        .version = text,
        .tag = tag,
        .date = wish->date,
        .previous = previous,
        .changes = wish->changes != NULL ? wish->changes : made,
        .upgrade = upgrade,
        .breaking = breaking,
        .compare = compare,
        .people = people->list,
        .mentions = style->style.mentions,
    };
    g_autoptr(json_t) parts = notes_parts(&input);
    return add_pulls(world, part, wish, parts, error) ? g_steal_pointer(&parts) : NULL;
}

static bool check_required(const World *world, const json_t *parts, GError **error) {
    g_auto(GStrv) required = jsonx_to_strv(config_get(world->config, "notes.require"));
    for (guint i = 0; required != NULL && required[i] != NULL; i++) {
        if (notes_is_part(required[i]))
            continue;
        error_set(error, ERROR_CONFIG, "%s: notes.require: there is no part %s", world->config->path, required[i]);
        error_fix(error, "use summary, breaking, upgrade, known-issues or changes");
        return false;
    }
    const char *missing = notes_missing(parts, (const char *const *)required);
    if (missing == NULL)
        return true;
    error_set(error, ERROR_CHANGELOG, "the release notes of %s have no %s part, which notes.require asks for", jsonx_string(parts, "version"), missing);
    error_state(error, "nothing was changed");
    if (g_str_equal(missing, "upgrade"))
        error_fix(error, "write a section for %s in %s", jsonx_string(parts, "version"), config_string(world->config, "notes.upgrade"));
    else
        error_fix(error, "write it in %s, under a sub-heading of the version's section", world_changelog_path(world));
    return false;
}

json_t *release_notes_parts(const World *world, const Version *version, const NotesWish *wish, GError **error) {
    g_autoptr(json_t) parts = make_parts(world, version, wish, error);
    return parts != NULL && check_required(world, parts, error) ? g_steal_pointer(&parts) : NULL;
}

char *release_notes_write(const World *world, const json_t *parts, GError **error) {
    const char *path = config_string(world->config, "notes.template");
    g_autoptr(GBytes) bytes = NULL;
    if (*path != '\0' && !world_has_file(world, path)) {
        error_set(error, ERROR_CONFIG, "%s: notes.template names %s, which is not tracked here", world->config->path, path);
        return NULL;
    }
    if (*path != '\0' && (bytes = world_file(world, path, error)) == NULL)
        return NULL;
    g_autofree char *text = bytes != NULL ? g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)) : NULL;
    g_autofree char *problem = NULL;
    char *notes = notes_write(parts, text, &problem);
    if (notes != NULL)
        return notes;
    error_set(error, ERROR_PARSE, "%s is not a mustache template", path);
    error_why(error, "%s", problem);
    error_state(error, "nothing was changed");
    return NULL;
}

/* ---- the step ---- */

/* What was not proven is said where everybody reads it, whatever the template is. */
static void add_evidence(Release *release) {
    g_autofree char *evidence = release_gates_evidence(release);
    if (release->notes == NULL || evidence == NULL)
        return;
    g_autofree char *notes = g_strchomp(g_steal_pointer(&release->notes));
    release->notes = g_strdup_printf("%s\n\n%s", notes, evidence);
}

static bool check_length(const Release *release, Plan *plan) {
    gsize length = (gsize)g_utf8_strlen(release->notes, -1);
    const ForgeKind *kind = forge_kind(jsonx_string(release->world->forge, "kind"));
    guint limit = kind != NULL && kind->max_notes > 0 ? kind->max_notes : NOTES_LIMIT;
    if (length + MARK_ROOM <= limit)
        return true;
    GError *problem = NULL;
    error_set(&problem, ERROR_TOO_LARGE, "the release notes have %" G_GSIZE_FORMAT " characters; a forge takes %u", length, limit);
    error_why(&problem, "%d of them are for a line of slipway's own, by which the release is known again", MARK_ROOM);
    error_state(&problem, "nothing was changed");
    error_fix(&problem, "shorten the section in %s, or set notes.template to one that links to it", world_changelog_path(release->world));
    plan_problem(plan, problem);
    return true;
}

static bool plan_notes(Release *release, Plan *plan, GError **error) {
    bool told = config_bool(release->world->config, "forge.comment");
    NotesWish wish = {.date = release->date, .changes = release->changes, .mute = release->mute, .pulls = told ? &release->pulls : NULL};
    if (release->mute && (told || config_bool(release->world->config, "notes.pulls")))
        plan_note(plan, "notes", "pull requests are not asked for without a token: with one the notes name them");
    GError *problem = NULL;
    g_autoptr(json_t) parts = release_notes_parts(release->world, release->version, &wish, &problem);
    release->notes = parts != NULL ? release_notes_write(release->world, parts, &problem) : NULL;
    release->summary = g_strdup(jsonx_string(parts, "summary"));
    add_evidence(release);
    if (release->notes != NULL)
        return check_length(release, plan);
    if (error_is(problem, ERROR_CHANGELOG)) {
        plan_problem(plan, problem);
        release->notes = g_strdup("");
        return true;
    }
    g_propagate_error(error, problem);
    return false;
}

const Step step_notes = {.name = "notes", .doc = "writes the release notes from the changelog", .plan = plan_notes};
