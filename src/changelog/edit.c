/* Editing a changelog: insertions and replacements of byte ranges, everything else stays. */
#include "base/error.h"
#include "changelog/parsed.h"

#include <string.h>

/* What the file's own headings look like. */
typedef struct {
    bool brackets, v_prefix;
    guint level;
    char underline;          /* of a setext heading; 0: ATX */
    const char *before_date; /* NULL: no date */
    const char *after_date;
} Style;

static const ChangelogSection *first_version(const Changelog *changelog) {
    for (guint i = 0; i < changelog->sections->len; i++) {
        const ChangelogSection *section = g_ptr_array_index(changelog->sections, i);
        if (section->version != NULL)
            return section;
    }
    return NULL;
}

static char underline_of(const Changelog *changelog, const ChangelogSection *section) {
    if (section->line >= changelog->lines->len)
        return 0;
    const Line *next = &g_array_index(changelog->lines, Line, section->line);
    if (next->kind != LINE_UNDERLINE)
        return 0;
    return memchr(changelog->text + next->offset, '=', next->length) != NULL ? '=' : '-';
}

static void read_date_style(Style *style, const char *heading, const char *date) {
    style->before_date = NULL;
    style->after_date = "";
    const char *at = date != NULL ? strstr(heading, date) : NULL;
    if (at == NULL)
        return;
    bool parenthesis = at > heading && at[-1] == '(';
    bool slash = at > heading + 2 && at[-2] == '/';
    bool dash = at > heading + 2 && at[-2] == '-';
    style->before_date = parenthesis ? " (" : slash ? " / " : dash ? " - " : " ";
    style->after_date = parenthesis ? ")" : "";
}

static Style style_of(const Changelog *changelog) {
    Style style = {.brackets = true, .level = 2, .before_date = " - ", .after_date = ""};
    const ChangelogSection *version = first_version(changelog);
    const ChangelogSection *unreleased = changelog_unreleased(changelog);
    const ChangelogSection *model = version != NULL ? version : unreleased;
    if (model == NULL)
        return style;
    const Line *line = &g_array_index(changelog->lines, Line, model->line - 1);
    g_autofree char *heading = g_strndup(changelog->text + line->offset, line->length);
    style.brackets = strchr(heading, '[') != NULL && strstr(heading, "](") == NULL && strchr(heading, '[') < strstr(heading, model->label);
    style.level = unreleased != NULL ? unreleased->level : model->level;
    style.underline = underline_of(changelog, model);
    if (version == NULL)
        return style;
    style.v_prefix = *version->label == 'v';
    read_date_style(&style, heading, version->date);
    return style;
}

static char *make_heading(const Changelog *changelog, const Style *style, const char *version, const char *date) {
    const char *newline = changelog_newline(changelog);
    GString *out = g_string_new(NULL);
    for (guint i = 0; style->underline == 0 && i < style->level; i++)
        g_string_append_c(out, '#');
    g_string_append_printf(out, "%s%s%s%s%s", style->underline == 0 ? " " : "", style->brackets ? "[" : "", style->v_prefix ? "v" : "", version,
                           style->brackets ? "]" : "");
    if (style->before_date != NULL)
        g_string_append_printf(out, "%s%s%s", style->before_date, date, style->after_date);
    gsize width = out->len;
    g_string_append(out, newline);
    for (gsize i = 0; style->underline != 0 && i < width; i++)
        g_string_append_c(out, style->underline);
    if (style->underline != 0)
        g_string_append(out, newline);
    return g_string_free(out, FALSE);
}

/* ---- link definitions ---- */

typedef struct {
    gsize offset, length; /* replaced */
    char *text;
} Edit;

static void add_edit(GArray *edits, gsize offset, gsize length, const char *text) {
    Edit edit = {.offset = offset, .length = length, .text = g_strdup(text)};
    g_array_append_val(edits, edit);
}

static void edit_clear(Edit *edit) {
    g_free(edit->text);
}

/* …/compare/BASE..[.]HEAD taken apart. */
static bool split_compare(const char *url, char **prefix, char **base, char **dots, char **head) {
    g_autoptr(GRegex) form = g_regex_new("^(.*/(?:-/)?compare/)(.+?)(\\.\\.\\.?)(.+)$", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    if (!g_regex_match(form, url, 0, &match))
        return false;
    *prefix = g_match_info_fetch(match, 1);
    *base = g_match_info_fetch(match, 2);
    *dots = g_match_info_fetch(match, 3);
    *head = g_match_info_fetch(match, 4);
    return true;
}

/* A link definition: its line, and the bounds of its destination. */
typedef struct {
    const Line *line;
    gsize offset, length;
} Definition;

/* [unreleased]: …/compare/v1.0.0...HEAD → from the new tag; below it the new version's own. */
static void edit_definition(const Changelog *changelog, const Definition *found, const char *label, const char *tag, GArray *edits) {
    g_autofree char *url = g_strndup(changelog->text + found->offset, found->length);
    g_autofree char *prefix = NULL, *base = NULL, *dots = NULL, *head = NULL;
    if (!split_compare(url, &prefix, &base, &dots, &head))
        return;
    const char *newline = changelog_newline(changelog);
    const Line *line = found->line;
    bool last_line = line->next == line->offset + line->length;
    g_autofree char *destination = g_strdup_printf("%s%s%s%s", prefix, tag, dots, head);
    add_edit(edits, found->offset, found->length, destination);
    g_autofree char *definition = g_strdup_printf("%s[%s]: %s%s%s%s%s", last_line ? newline : "", label, prefix, base, dots, tag, last_line ? "" : newline);
    add_edit(edits, line->next, 0, definition);
}

static void edit_links(const Changelog *changelog, const Style *style, const char *version, const ChangelogLinks *links, GArray *edits) {
    g_autofree char *label = g_strconcat(style->v_prefix ? "v" : "", version, NULL);
    for (guint i = 0; i < changelog->lines->len; i++) {
        Definition found = {.line = &g_array_index(changelog->lines, Line, i)};
        g_autofree char *name = NULL;
        bool definition = lines_is_definition(changelog->text, found.line, &name, &found.offset, &found.length);
        if (!definition || g_ascii_strcasecmp(name, "unreleased") != 0)
            continue;
        edit_definition(changelog, &found, label, links->tag, edits);
        return;
    }
}

static GBytes *apply(const Changelog *changelog, const GArray *edits) {
    GString *out = g_string_sized_new(changelog->length + 1024);
    gsize done = 0;
    for (guint i = 0; i < edits->len; i++) {
        const Edit *edit = &g_array_index(edits, Edit, i);
        g_string_append_len(out, changelog->text + done, (gssize)(edit->offset - done));
        g_string_append(out, edit->text);
        done = edit->offset + edit->length;
    }
    g_string_append_len(out, changelog->text + done, (gssize)(changelog->length - done));
    return g_string_free_to_bytes(out);
}

static int by_offset(gconstpointer a, gconstpointer b) {
    const Edit *first = a, *second = b;
    return first->offset < second->offset ? -1 : first->offset > second->offset ? 1 : 0;
}

/* ---- the two edits ---- */

static bool refuse_existing(const Changelog *changelog, const char *version, GError **error) {
    const ChangelogSection *section = changelog_find(changelog, version);
    if (section == NULL)
        return true;
    error_set(error, ERROR_CHANGELOG, "%s:%u: there is a section for %s already", changelog->path, section->line, version);
    error_state(error, "nothing was changed");
    return false;
}

GBytes *changelog_release(const Changelog *changelog, const char *version, const char *date, const ChangelogLinks *links, GError **error) {
    const ChangelogSection *unreleased = changelog_unreleased(changelog);
    if (!refuse_existing(changelog, version, error))
        return NULL;
    if (unreleased == NULL || changelog_section_is_empty(changelog, unreleased)) {
        error_set(error, ERROR_NOTHING_TO_RELEASE, unreleased == NULL ? "%s has no [Unreleased] section" : "%s: [Unreleased] is empty", changelog->path);
        error_state(error, "nothing was changed");
        return NULL;
    }
    Style style = style_of(changelog);
    g_autoptr(GArray) edits = g_array_new(FALSE, TRUE, sizeof(Edit));
    g_array_set_clear_func(edits, (GDestroyNotify)edit_clear);
    g_autofree char *heading = make_heading(changelog, &style, version, date);
    g_autofree char *inserted = g_strconcat(changelog_newline(changelog), heading, NULL);
    add_edit(edits, unreleased->body_offset, 0, inserted);
    if (links != NULL)
        edit_links(changelog, &style, version, links, edits);
    g_array_sort(edits, by_offset);
    return apply(changelog, edits);
}

static char *placeholder_body(const char *newline) {
    static const char *const groups[][2] = {{"Added", "what is new"}, {"Changed", "what is different"}, {"Fixed", "what was wrong"}};
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < G_N_ELEMENTS(groups); i++)
        g_string_append_printf(out, "%s### %s%s%s- TODO: describe %s, or remove this%s", newline, groups[i][0], newline, newline, groups[i][1], newline);
    return g_string_free(out, FALSE);
}

static GBytes *new_file(const char *version, const char *date) {
    g_autofree char *body = placeholder_body("\n");
    GString *out = g_string_new("# Changelog\n\nThe format is that of [Keep a Changelog](https://keepachangelog.com/en/1.1.0/).\n\n## [Unreleased]\n\n");
    g_string_append_printf(out, "## [%s] - %s\n%s", version, date, body);
    return g_string_free_to_bytes(out);
}

/* Below [Unreleased], else above the newest version, else at the end. */
static gsize place_of_new(const Changelog *changelog) {
    const ChangelogSection *unreleased = changelog_unreleased(changelog);
    const ChangelogSection *version = first_version(changelog);
    return unreleased != NULL ? unreleased->end_offset : version != NULL ? version->heading_offset : changelog->length;
}

GBytes *changelog_add_placeholder(const Changelog *changelog, const char *version, const char *date, GError **error) {
    if (changelog == NULL)
        return new_file(version, date);
    if (!refuse_existing(changelog, version, error))
        return NULL;
    const char *newline = changelog_newline(changelog);
    Style style = style_of(changelog);
    gsize at = place_of_new(changelog);
    bool open_line = at > 0 && changelog->text[at - 1] != '\n';
    g_autofree char *heading = make_heading(changelog, &style, version, date);
    g_autofree char *body = placeholder_body(newline);
    g_autoptr(GArray) edits = g_array_new(FALSE, TRUE, sizeof(Edit));
    g_array_set_clear_func(edits, (GDestroyNotify)edit_clear);
    g_autofree char *section =
        g_strconcat(open_line ? newline : "", at == changelog->length ? newline : "", heading, body, at == changelog->length ? "" : newline, NULL);
    add_edit(edits, at, 0, section);
    return apply(changelog, edits);
}
