#include "changelog/notes.h"

#include "base/jsonx.h"
#include "changelog/changelog.h"
#include "changelog/escape.h"
#include "changelog/template.h"

#include <string.h>

static bool title_has(const ChangelogGroup *group, const char *const *words) {
    g_autofree char *title = group->title != NULL ? g_ascii_strdown(group->title, -1) : NULL;
    for (guint i = 0; title != NULL && words[i] != NULL; i++) {
        if (strstr(title, words[i]) != NULL)
            return true;
    }
    return false;
}

static const char *const breaking_words[] = {"breaking", NULL};
static const char *const upgrade_words[] = {"upgrad", "migrat", NULL};
static const char *const known_words[] = {"known issue", "known problem", NULL};
static const char *const summary_words[] = {"summary", "highlight", NULL};

/* Lines that begin an entry with "**Breaking:**" (Keep a Changelog 2.0.0) or "BREAKING". */
static void add_breaking_entries(const ChangelogGroup *group, GString *out) {
    g_auto(GStrv) lines = g_strsplit(group->body, "\n", -1);
    bool inside = false;
    for (guint i = 0; lines[i] != NULL; i++) {
        bool entry = g_str_has_prefix(lines[i], "- ") || g_str_has_prefix(lines[i], "* ");
        if (entry) {
            const char *text = lines[i] + 2;
            inside = g_ascii_strncasecmp(text, "**breaking", 10) == 0 || g_str_has_prefix(text, "BREAKING");
        }
        bool continues = *lines[i] == ' ' || *lines[i] == '\t' || entry;
        if (inside && continues)
            g_string_append_printf(out, "%s\n", lines[i]);
    }
}

static char *collect(const GPtrArray *groups, const char *const *words, bool entries) {
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < groups->len; i++) {
        const ChangelogGroup *group = g_ptr_array_index(groups, i);
        if (title_has(group, words))
            g_string_append_printf(out, "%s\n", group->body);
        else if (entries)
            add_breaking_entries(group, out);
    }
    return g_strchomp(g_string_free(out, FALSE));
}

static guint count_entries(const ChangelogGroup *group) {
    g_auto(GStrv) lines = g_strsplit(group->body, "\n", -1);
    guint count = 0;
    for (guint i = 0; lines[i] != NULL; i++)
        count += g_str_has_prefix(lines[i], "- ") || g_str_has_prefix(lines[i], "* ") ? 1 : 0;
    return count;
}

/* The section's own words before its first sub-heading, else what it amounts to. */
static char *summary(const NotesInput *input, const GPtrArray *groups) {
    const ChangelogGroup *first = groups->len > 0 ? g_ptr_array_index(groups, 0) : NULL;
    if (first != NULL && first->title == NULL && count_entries(first) == 0)
        return g_strdup(first->body);
    g_autofree char *own = collect(groups, summary_words, false);
    if (*own != '\0')
        return g_steal_pointer(&own);
    GString *counts = g_string_new(NULL);
    for (guint i = 0; i < groups->len; i++) {
        const ChangelogGroup *group = g_ptr_array_index(groups, i);
        guint count = count_entries(group);
        g_autofree char *title = group->title != NULL ? g_ascii_strdown(group->title, -1) : NULL;
        if (title != NULL && count > 0)
            g_string_append_printf(counts, "%s%u %s", counts->len > 0 ? ", " : "", count, title);
    }
    g_autofree char *list = g_string_free(counts, FALSE);
    g_autofree char *since = input->previous != NULL ? g_strdup_printf(" It follows %s.", input->previous) : g_strdup(" It is the first release.");
    return g_strdup_printf("%s %s%s%s.%s", input->project, input->version, *list != '\0' ? ": " : "", list, since);
}

/* ---- the parts ---- */

static json_t *changes_json(const GPtrArray *groups) {
    json_t *list = json_array();
    for (guint i = 0; i < groups->len; i++) {
        const ChangelogGroup *group = g_ptr_array_index(groups, i);
        bool elsewhere =
            title_has(group, breaking_words) || title_has(group, upgrade_words) || title_has(group, known_words) || title_has(group, summary_words);
        bool prose = group->title == NULL && count_entries(group) == 0;
        if (elsewhere || prose || *group->body == '\0')
            continue;
        json_array_append_new(list, json_pack("{s: s, s: s}", "title", group->title != NULL ? group->title : "", "body", group->body));
    }
    return list;
}

static json_t *people_json(const NotesInput *input, bool bots) {
    json_t *list = json_array();
    for (guint i = 0; input->people != NULL && i < input->people->len; i++) {
        const NotesPerson *person = &g_array_index(input->people, NotesPerson, i);
        g_autofree char *name = escape_markdown(person->name, input->mentions);
        if (person->bot == bots)
            json_array_append_new(list, json_pack("{s: s, s: b}", "name", name, "first", (int)(person->first && !bots)));
    }
    return list;
}

json_t *notes_parts(const NotesInput *input) {
    g_autoptr(GPtrArray) groups = changelog_groups(input->changes);
    g_autofree char *first = summary(input, groups);
    g_autofree char *breaking = collect(groups, breaking_words, true);
    g_autofree char *own_upgrade = collect(groups, upgrade_words, false);
    g_autofree char *known = collect(groups, known_words, false);
    const char *upgrade = *own_upgrade != '\0' ? own_upgrade : input->upgrade != NULL ? input->upgrade : "";
    const char *breaks = *breaking != '\0' ? breaking : input->breaking != NULL ? input->breaking : "";
    json_t *parts = json_pack("{s: s, s: s, s: s, s: s, s: s}", "project", input->project, "version", input->version, "tag", input->tag, "date", input->date,
                              "previous", input->previous != NULL ? input->previous : "");
    json_object_update_new(parts, json_pack("{s: s, s: s, s: s, s: s, s: s}", "summary", first, "breaking", breaks, "upgrade", upgrade, "known_issues", known,
                                            "compare", input->compare != NULL ? input->compare : ""));
    json_object_set_new(parts, "changes", changes_json(groups));
    json_object_set_new(parts, "contributors", people_json(input, false));
    json_object_set_new(parts, "bots", people_json(input, true));
    return parts;
}

/* ---- writing ---- */

/* A line that holds nothing but tags loses its end (mustache spec, "Standalone"): that is why there are two where one is wanted. */
static const char built_in[] =
    "# {{project}} {{version}}\n\n"
    "Released {{date}} as `{{tag}}`.\n\n"
    "## Summary\n\n{{summary}}\n\n"
    "## Breaking changes\n\n{{#has_breaking}}{{breaking}}{{/has_breaking}}{{^has_breaking}}None are recorded.{{/has_breaking}}\n\n"
    "## Upgrade instructions\n\n{{#has_upgrade}}{{upgrade}}{{/has_upgrade}}{{^has_upgrade}}No steps beyond installing the new version "
    "are recorded.{{/has_upgrade}}\n\n"
    "## Changes{{^has_changes}}\n\nNone are listed.{{/has_changes}}"
    "{{#changes}}{{#has_title}}\n\n### {{title}}{{/has_title}}\n\n{{body}}{{/changes}}\n\n"
    "{{#has_pulls}}## Pull requests\n\n{{#pulls}}- [{{sign}}{{number}}]({{url}}) {{title}}{{#has_by}} ({{by}}){{/has_by}}\n{{/pulls}}\n{{/has_pulls}}"
    "## Known issues\n\n{{#has_known_issues}}{{known_issues}}{{/has_known_issues}}{{^has_known_issues}}None are "
    "recorded.{{/has_known_issues}}\n\n"
    "## Contributors\n\n{{#contributors}}- {{name}}{{#first}} (first contribution){{/first}}\n{{/contributors}}"
    "{{^has_contributors}}None: there is no commit by a person since the previous release.\n{{/has_contributors}}"
    "{{#has_bots}}\n\nAnd programs:\n\n{{#bots}}- {{name}}\n{{/bots}}{{/has_bots}}"
    "{{#has_compare}}\n\nFull diff: {{compare}}{{/has_compare}}\n";

char *notes_write(const json_t *parts, const char *template_text, char **problem) {
    g_autofree char *text = template_render(template_text != NULL ? template_text : built_in, parts, problem);
    if (text == NULL)
        return NULL;
    g_strchomp(text);
    return g_strconcat(text, "\n", NULL);
}

/* ---- what must be there ---- */

static const char *const part_names[][2] = {
    {"summary", "summary"}, {"breaking", "breaking"}, {"upgrade", "upgrade"}, {"known-issues", "known_issues"}, {"changes", "changes"}};

static const char *member_of(const char *name) {
    for (guint i = 0; i < G_N_ELEMENTS(part_names); i++) {
        if (g_strcmp0(part_names[i][0], name) == 0)
            return part_names[i][1];
    }
    return NULL;
}

bool notes_is_part(const char *name) {
    return member_of(name) != NULL;
}

const char *notes_missing(const json_t *parts, const char *const *required) {
    for (guint i = 0; required != NULL && required[i] != NULL; i++) {
        const json_t *part = member_of(required[i]) != NULL ? json_object_get(parts, member_of(required[i])) : NULL;
        bool there = json_is_string(part) ? json_string_length(part) > 0 : json_array_size(part) > 0;
        if (!there)
            return required[i];
    }
    return NULL;
}
