#include "changelog/notes.h"

#include "changelog/changelog.h"

#include <stdbool.h>
#include <string.h>

/* A word joiner after @ keeps forges from notifying people; it cannot be seen. */
char *notes_escape(const char *text) {
    GString *out = g_string_new(NULL);
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '<')
            g_string_append(out, "&lt;");
        else if (*p == '&')
            g_string_append(out, "&amp;");
        else if (*p == '@')
            g_string_append(out, "@\u2060");
        else if (strchr("\\`*_{}[]#|~!", *p) != NULL)
            g_string_append_printf(out, "\\%c", *p);
        else
            g_string_append_c(out, *p);
    }
    return g_string_free(out, FALSE);
}

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

static void add_part(GString *out, const char *title, const char *body) {
    g_string_append_printf(out, "\n## %s\n\n%s\n", title, body);
}

static void add_changes(GString *out, const GPtrArray *groups) {
    g_string_append(out, "\n## Changes\n");
    gsize empty = out->len;
    for (guint i = 0; i < groups->len; i++) {
        const ChangelogGroup *group = g_ptr_array_index(groups, i);
        bool elsewhere = title_has(group, breaking_words) || title_has(group, upgrade_words) || title_has(group, known_words);
        bool prose = group->title == NULL && count_entries(group) == 0;
        if (elsewhere || prose || *group->body == '\0')
            continue;
        if (group->title != NULL)
            g_string_append_printf(out, "\n### %s\n", group->title);
        g_string_append_printf(out, "\n%s\n", group->body);
    }
    if (out->len == empty)
        g_string_append(out, "\nNone are listed.\n");
}

static void add_contributors(GString *out, const NotesInput *input) {
    g_string_append(out, "\n## Contributors\n\n");
    for (guint i = 0; input->contributors[i] != NULL; i++) {
        g_autofree char *name = notes_escape(input->contributors[i]);
        g_string_append_printf(out, "- %s\n", name);
    }
    if (input->contributors[0] == NULL)
        g_string_append(out, "None: there is no commit since the previous release.\n");
}

char *notes_render(const NotesInput *input) {
    g_autoptr(GPtrArray) groups = changelog_groups(input->changes);
    g_autofree char *first = summary(input, groups);
    g_autofree char *breaking = collect(groups, breaking_words, true);
    g_autofree char *own_upgrade = collect(groups, upgrade_words, false);
    g_autofree char *known = collect(groups, known_words, false);
    const char *upgrade = *own_upgrade != '\0'     ? own_upgrade
                          : input->upgrade != NULL ? input->upgrade
                                                   : "No steps beyond installing the new version are recorded.";
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "# %s %s\n\nReleased %s as `%s`.\n", input->project, input->version, input->date, input->tag);
    add_part(out, "Summary", first);
    add_part(out, "Breaking changes", *breaking != '\0' ? breaking : "None are recorded.");
    add_part(out, "Upgrade instructions", upgrade);
    add_changes(out, groups);
    add_part(out, "Known issues", *known != '\0' ? known : "None are recorded.");
    add_contributors(out, input);
    return g_string_free(out, FALSE);
}
