#include "changelog/generate.h"

#include "base/clock.h"
#include "changelog/changelog.h"
#include "changelog/escape.h"

#include <string.h>

#define SHORT_ID 8
#define BROKEN_TITLE "Changed"

static const char *title_of(const Commit *said, const GenerateStyle *style) {
    for (guint i = 0; said->type != NULL && i < style->count; i++) {
        if (g_ascii_strcasecmp(style->groups[i].type, said->type) == 0)
            return style->groups[i].title;
    }
    return style->other;
}

bool generate_counts(const HistoryCommit *commit, const GenerateStyle *style, const char **title) {
    const Commit *said = commit->said;
    if (commit->cancelled || said->merge || *said->subject == '\0')
        return false;
    *title = title_of(said, style);
    if (**title == '\0' && said->breaking != NULL)
        *title = BROKEN_TITLE;
    return **title != '\0';
}

/* ---- one entry ---- */

static void add_link(GString *out, const char *between, const char *text, char *address) {
    if (address != NULL)
        g_string_append_printf(out, "%s[%s](%s)", between, text, address);
    else
        g_string_append_printf(out, "%s%s", between, text);
    g_free(address);
}

static void add_references(GString *out, const HistoryCommit *commit, const GenerateStyle *style) {
    const Commit *said = commit->said;
    g_autofree char *id = g_strndup(commit->id, SHORT_ID);
    g_string_append(out, " (");
    if (said->pull != NULL) {
        g_autofree char *text = g_strconcat("#", said->pull, NULL);
        add_link(out, "", text, links_pull(style->links, said->pull));
    }
    add_link(out, said->pull != NULL ? ", " : "", id, links_commit(style->links, commit->id));
    for (guint i = 0; said->issues != NULL && said->issues[i] != NULL; i++) {
        g_autofree char *text = g_strconcat("#", said->issues[i], NULL);
        if (g_strcmp0(said->issues[i], said->pull) != 0)
            add_link(out, ", closes ", text, links_issue(style->links, said->issues[i]));
    }
    g_string_append(out, ")");
}

/* What a footer says beyond the subject, as lines that belong to the entry. */
static void add_note(GString *out, const char *note, const GenerateStyle *style) {
    g_auto(GStrv) lines = g_strsplit(note, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        g_autofree char *line = escape_markdown(g_strstrip(lines[i]), style->mentions);
        if (*line != '\0')
            g_string_append_printf(out, "\n  %s", line);
    }
}

static void add_entry(GString *out, const HistoryCommit *commit, const GenerateStyle *style) {
    const Commit *said = commit->said;
    g_autofree char *subject = escape_markdown(said->subject, style->mentions);
    g_autofree char *scope = said->scope != NULL ? escape_markdown(said->scope, style->mentions) : NULL;
    g_string_append(out, said->breaking != NULL ? "- **Breaking:** " : "- ");
    if (scope != NULL)
        g_string_append_printf(out, "**%s:** ", scope);
    g_string_append(out, subject);
    add_references(out, commit, style);
    if (said->breaking != NULL && !g_str_equal(said->breaking, said->subject))
        add_note(out, said->breaking, style);
    g_string_append_c(out, '\n');
}

/* ---- groups ---- */

static void group_free(ChangelogGroup *group) {
    g_free(group->title);
    g_free(group->body);
    g_free(group);
}

typedef struct {
    const char *title;
    GString *body;
} Bin;

static GString *bin_for(GArray *bins, const char *title) {
    for (guint i = 0; i < bins->len; i++) {
        if (g_str_equal(g_array_index(bins, Bin, i).title, title))
            return g_array_index(bins, Bin, i).body;
    }
    Bin bin = {.title = title, .body = g_string_new(NULL)};
    g_array_append_val(bins, bin);
    return bin.body;
}

GPtrArray *generate_groups(const HistoryPart *part, const GenerateStyle *style) {
    g_autoptr(GArray) bins = g_array_new(FALSE, FALSE, sizeof(Bin));
    for (guint i = 0; i < style->count; i++) {
        if (*style->groups[i].title != '\0')
            bin_for(bins, style->groups[i].title);
    }
    for (guint i = 0; i < part->commits->len; i++) {
        const HistoryCommit *commit = g_ptr_array_index(part->commits, i);
        const char *title = "";
        if (generate_counts(commit, style, &title))
            add_entry(bin_for(bins, title), commit, style);
    }
    GPtrArray *groups = g_ptr_array_new_with_free_func((GDestroyNotify)group_free);
    for (guint i = 0; i < bins->len; i++) {
        const Bin *bin = &g_array_index(bins, Bin, i);
        char *body = g_string_free(bin->body, FALSE);
        ChangelogGroup *group = g_new0(ChangelogGroup, 1);
        *group = (ChangelogGroup){.title = g_strdup(bin->title), .body = body};
        if (*body != '\0')
            g_ptr_array_add(groups, group);
        else
            group_free(group);
    }
    return groups;
}

char *generate_body(const GPtrArray *groups) {
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < groups->len; i++) {
        const ChangelogGroup *group = g_ptr_array_index(groups, i);
        g_string_append_printf(out, "%s### %s\n\n%s", i > 0 ? "\n" : "", group->title, group->body);
    }
    return g_string_free(out, FALSE);
}

/* ---- a whole file ---- */

static const char *older_tag(const GPtrArray *parts, guint index) {
    return index + 1 < parts->len ? ((const HistoryPart *)g_ptr_array_index(parts, index + 1))->tag : NULL;
}

static void add_definitions(GString *out, const GenerateDocument *document) {
    const GPtrArray *parts = document->parts;
    for (guint i = 0; document->style->links != NULL && i < parts->len; i++) {
        const HistoryPart *part = g_ptr_array_index(parts, i);
        const char *older = older_tag(parts, i);
        if ((part->tag == NULL || !document->whole) && older == NULL)
            continue;
        g_autofree char *address = links_compare(document->style->links, older, part->tag != NULL ? part->tag : "HEAD");
        const char *label = part->tag != NULL ? document->version(part, document->data) : "unreleased";
        g_string_append_printf(out, "%s[%s]: %s\n", i == 0 ? "\n" : "", label, address);
    }
}

char *generate_document(const GenerateDocument *document) {
    GString *out = g_string_new(document->whole ? "# Changelog\n" : NULL);
    for (guint i = 0; i < document->parts->len; i++) {
        const HistoryPart *part = g_ptr_array_index(document->parts, i);
        g_autoptr(GPtrArray) groups = generate_groups(part, document->style);
        g_autofree char *body = generate_body(groups);
        g_autofree char *date = part->tag != NULL ? clock_date(part->when) : NULL;
        if (part->tag == NULL)
            g_string_append(out, "\n## [Unreleased]\n");
        else
            g_string_append_printf(out, "\n## [%s] - %s\n", document->version(part, document->data), date);
        if (groups->len > 0)
            g_string_append_printf(out, "\n%s", body);
        else if (part->tag != NULL)
            g_string_append(out, "\nNo notable changes.\n");
    }
    add_definitions(out, document);
    return g_string_free(out, FALSE);
}
