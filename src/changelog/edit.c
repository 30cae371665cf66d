/* Editing a changelog: insertions and replacements of byte ranges, everything else stays. */
#include "base/error.h"
#include "changelog/heading.h"
#include "changelog/parsed.h"

#include <string.h>

/* This many of the newest headings are looked at for the file's style. */
#define MODELS 8

typedef struct {
    gsize offset, length; /* replaced */
    char *text;
} Edit;

/* ---- edits ---- */

void changelog_add_edit(GArray *edits, gsize offset, gsize length, const char *text) {
    Edit edit = {.offset = offset, .length = length, .text = g_strdup(text)};
    g_array_append_val(edits, edit);
}

static void edit_clear(Edit *edit) {
    g_free(edit->text);
}

GArray *changelog_edits_new(void) {
    GArray *edits = g_array_new(FALSE, TRUE, sizeof(Edit));
    g_array_set_clear_func(edits, (GDestroyNotify)edit_clear);
    return edits;
}

static int by_offset(gconstpointer a, gconstpointer b) {
    const Edit *first = a, *second = b;
    return first->offset < second->offset ? -1 : first->offset > second->offset ? 1 : 0;
}

GBytes *changelog_apply(const Changelog *changelog, GArray *edits) {
    g_array_sort(edits, by_offset);
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

/* ---- the file's own style ---- */

static const ChangelogSection *first_version(const Changelog *changelog) {
    for (guint i = 0; i < changelog->sections->len; i++) {
        const ChangelogSection *section = g_ptr_array_index(changelog->sections, i);
        if (section->version != NULL)
            return section;
    }
    return NULL;
}

/* The heading that a new one is made like: the newest version's, rather one with a date than one without. */
static const ChangelogSection *model_of(const Changelog *changelog) {
    const ChangelogSection *first = first_version(changelog);
    for (guint i = 0; i < MIN(changelog->sections->len, MODELS); i++) {
        const ChangelogSection *section = g_ptr_array_index(changelog->sections, i);
        if (section->version != NULL && section->date != NULL && !section->yanked)
            return section;
    }
    return first;
}

char changelog_underline(const Changelog *changelog, const ChangelogSection *section) {
    if (section->line >= changelog->lines->len)
        return 0;
    const Line *next = &g_array_index(changelog->lines, Line, section->line);
    if (next->kind != LINE_UNDERLINE)
        return 0;
    return memchr(changelog->text + next->offset, '=', next->length) != NULL ? '=' : '-';
}

char *changelog_heading(const Changelog *changelog, const ChangelogSection *like, const char *text) {
    const char *newline = changelog_newline(changelog);
    char underline = like != NULL ? changelog_underline(changelog, like) : 0;
    GString *out = g_string_new(NULL);
    for (guint i = 0; underline == 0 && i < (like != NULL ? like->level : 2); i++)
        g_string_append_c(out, '#');
    g_string_append_printf(out, "%s%s%s", underline == 0 ? " " : "", text, newline);
    gsize width = underline != 0 ? (gsize)g_utf8_strlen(text, -1) : 0;
    for (gsize i = 0; i < width; i++)
        g_string_append_c(out, underline);
    if (underline != 0)
        g_string_append(out, newline);
    return g_string_free(out, FALSE);
}

/* ---- comparisons ---- */

bool changelog_split_compare(const char *url, char **prefix, char **base, char **dots, char **head) {
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

/* The address for a new version made out of an older one's: its comparison goes on from there, its page is the new version's. NULL: it names no version. */
char *changelog_next_url(const char *url, const char *version, const char *next) {
    g_autofree char *prefix = NULL, *base = NULL, *dots = NULL, *head = NULL;
    bool compare = changelog_split_compare(url, &prefix, &base, &dots, &head);
    const char *place = strstr(compare ? head : url, version);
    if (place == NULL)
        return NULL;
    const char *whole = compare ? head : url;
    g_autofree char *replaced = g_strdup_printf("%.*s%s%s", (int)(place - whole), whole, next, place + strlen(version));
    return compare ? g_strconcat(prefix, head, dots, replaced, NULL) : g_steal_pointer(&replaced);
}

/* ---- a version's heading ---- */

static char *usual_text(const Changelog *changelog, const char *version, const char *date) {
    const ChangelogSection *unreleased = changelog != NULL ? changelog_unreleased(changelog) : NULL;
    bool brackets = unreleased == NULL || unreleased->brackets;
    return g_strdup_printf("%s%s%s - %s", brackets ? "[" : "", version, brackets ? "]" : "", date);
}

/* What closes behind the day; a title or a remark there is the other version's own. */
static gsize closing_length(const char *behind) {
    return strspn(behind, ")_*");
}

/* The model's heading with its version, its link and its day exchanged. */
static char *text_like(const Changelog *changelog, const ChangelogSection *model, const char *version, const char *date) {
    gsize offset = 0;
    Heading heading;
    g_autofree char *text = changelog_heading_text(changelog, model->line, &offset);
    if (!heading_read(text, &heading))
        return usual_text(changelog, version, date);
    GString *out = g_string_new_len(text, (gssize)heading.version.offset);
    g_string_append(out, version);
    gsize done = heading.version.offset + heading.version.length;
    g_autofree char *url = model->url != NULL ? changelog_next_url(model->url, model->version, version) : NULL;
    if (model->url != NULL) {
        g_string_append_len(out, text + done, (gssize)(heading.url.offset - done));
        g_string_append(out, url != NULL ? url : model->url);
        done = heading.url.offset + heading.url.length;
    }
    if (heading.date.length > 0) {
        g_autofree char *day = heading_date_like(model->date_text, date);
        g_string_append_len(out, text + done, (gssize)(heading.date.offset - done));
        g_string_append(out, day);
        done = heading.date.offset + heading.date.length;
        g_string_append_len(out, text + done, (gssize)closing_length(text + done));
    } else
        g_string_append(out, heading.brackets ? "]" : heading.url.length > 0 ? ")" : "");
    return g_string_free(out, FALSE);
}

static char *make_heading(const Changelog *changelog, const char *version, const char *date) {
    const ChangelogSection *model = model_of(changelog);
    const ChangelogSection *unreleased = changelog_unreleased(changelog);
    g_autofree char *text = model != NULL ? text_like(changelog, model, version, date) : usual_text(changelog, version, date);
    return changelog_heading(changelog, unreleased != NULL ? unreleased : model, text);
}

/* ---- link definitions ---- */

/* A link definition: its line, and the bounds of its destination. */
typedef struct {
    const Line *line;
    gsize offset, length;
} Definition;

typedef struct {
    const char *version, *label;
} NewVersion;

/* [unreleased]: …/compare/v1.0.0...HEAD → from the new tag; below it the new version's own. */
static bool edit_unreleased(const Changelog *changelog, const Definition *found, const char *label, const char *tag, GArray *edits) {
    g_autofree char *url = g_strndup(changelog->text + found->offset, found->length);
    g_autofree char *prefix = NULL, *base = NULL, *dots = NULL, *head = NULL;
    if (!changelog_split_compare(url, &prefix, &base, &dots, &head))
        return false;
    const char *newline = changelog_newline(changelog);
    const Line *line = found->line;
    bool last_line = line->next == line->offset + line->length;
    g_autofree char *destination = g_strdup_printf("%s%s%s%s", prefix, tag, dots, head);
    changelog_add_edit(edits, found->offset, found->length, destination);
    g_autofree char *definition = g_strdup_printf("%s[%s]: %s%s%s%s%s", last_line ? newline : "", label, prefix, base, dots, tag, last_line ? "" : newline);
    changelog_add_edit(edits, line->next, 0, definition);
    return true;
}

/* Where only versions have definitions: the new one's above the newest. */
static void add_definition(const Changelog *changelog, const Definition *found, const ChangelogSection *newest, const NewVersion *version, GArray *edits) {
    g_autofree char *url = g_strndup(changelog->text + found->offset, found->length);
    g_autofree char *next = changelog_next_url(url, newest->version, version->version);
    if (next == NULL)
        return;
    g_autofree char *definition = g_strdup_printf("[%s]: %s%s", version->label, next, changelog_newline(changelog));
    changelog_add_edit(edits, found->line->offset, 0, definition);
}

/* The first definition of a label wins, as in Markdown. */
static bool find_definition(const Changelog *changelog, const char *label, Definition *found) {
    for (guint i = 0; i < changelog->lines->len; i++) {
        g_autofree char *name = NULL;
        found->line = &g_array_index(changelog->lines, Line, i);
        if (lines_is_definition(changelog->text, found->line, &name, &found->offset, &found->length) && g_ascii_strcasecmp(name, label) == 0)
            return true;
    }
    return false;
}

static void edit_links(const Changelog *changelog, const char *version, const char *tag, GArray *edits) {
    const ChangelogSection *newest = first_version(changelog);
    bool v_prefix = newest != NULL && g_ascii_tolower(*newest->label) == 'v';
    g_autofree char *label = g_strconcat(v_prefix ? "v" : "", version, NULL);
    NewVersion new = {.version = version, .label = label};
    Definition found;
    if (find_definition(changelog, "unreleased", &found) && edit_unreleased(changelog, &found, label, tag, edits))
        return;
    if (newest != NULL && find_definition(changelog, newest->label, &found))
        add_definition(changelog, &found, newest, &new, edits);
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

/* Two sections of what is not released, both with something in them: which of them goes out is not to be guessed. */
static bool refuse_ambiguous(const Changelog *changelog, const ChangelogSection *unreleased, GError **error) {
    for (guint i = 0; i < changelog->sections->len; i++) {
        const ChangelogSection *other = g_ptr_array_index(changelog->sections, i);
        if (other == unreleased || other->version != NULL || changelog_section_is_empty(changelog, other))
            continue;
        error_set(error, ERROR_CHANGELOG, "%s: lines %u and %u both say what is not released yet", changelog->path, unreleased->line, other->line);
        error_state(error, "nothing was changed");
        error_fix(error, "put them together, or slipway changelog check");
        return false;
    }
    return true;
}

/* "Unreleased - v1.1-dev" names the version that has just come out: the fresh heading is the bare word. */
static void insert_version(const Changelog *changelog, const ChangelogSection *unreleased, const char *heading, GArray *edits) {
    gsize offset = 0;
    Heading read;
    g_autofree char *text = changelog_heading_text(changelog, unreleased->line, &offset);
    g_autofree char *inserted = g_strconcat(changelog_newline(changelog), heading, NULL);
    gsize end = heading_read(text, &read) ? read.label.offset + read.label.length + (read.brackets ? 1 : 0) : strlen(text);
    if (end < strlen(text) && strpbrk(text + end, "0123456789") != NULL)
        changelog_add_edit(edits, offset + end, strlen(text) - end, "");
    changelog_add_edit(edits, unreleased->body_offset, 0, inserted);
}

/* "1.2.0 (unreleased)" becomes the version's heading; such files get their next one when work on it begins. */
static void settle_planned(const Changelog *changelog, const ChangelogSection *unreleased, const char *heading, GArray *edits) {
    (void)changelog;
    changelog_add_edit(edits, unreleased->heading_offset, unreleased->body_offset - unreleased->heading_offset, heading);
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
    if (!refuse_ambiguous(changelog, unreleased, error))
        return NULL;
    g_autoptr(GArray) edits = changelog_edits_new();
    g_autofree char *heading = make_heading(changelog, version, date);
    if (unreleased->planned != NULL)
        settle_planned(changelog, unreleased, heading, edits);
    else
        insert_version(changelog, unreleased, heading, edits);
    if (links != NULL)
        edit_links(changelog, version, links->tag, edits);
    return changelog_apply(changelog, edits);
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
    gsize at = place_of_new(changelog);
    bool open_line = at > 0 && changelog->text[at - 1] != '\n';
    g_autofree char *heading = make_heading(changelog, version, date);
    g_autofree char *body = placeholder_body(newline);
    g_autoptr(GArray) edits = changelog_edits_new();
    g_autofree char *section =
        g_strconcat(open_line ? newline : "", at == changelog->length ? newline : "", heading, body, at == changelog->length ? "" : newline, NULL);
    changelog_add_edit(edits, at, 0, section);
    return changelog_apply(changelog, edits);
}
