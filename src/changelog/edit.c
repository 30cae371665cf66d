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

/* ---- addresses ---- */

const char *changelog_find_version(const char *text, const char *version) {
    gsize length = strlen(version);
    const char *loose = NULL;
    for (const char *at = strstr(text, version); at != NULL; at = strstr(at + 1, version)) {
        bool begins = at == text || (!g_ascii_isdigit(at[-1]) && !(at[-1] == '.' && at - 1 > text && g_ascii_isdigit(at[-2])));
        const char *rest = at + length;
        bool longer = g_ascii_isalnum(*rest) || (*rest == '.' && g_ascii_isdigit(rest[1]));
        bool more = (*rest == '-' || *rest == '+') && g_ascii_isalnum(rest[1]);
        if (begins && !longer && !more)
            return at;
        loose = begins && !longer && loose == NULL ? at : loose;
    }
    return loose;
}

bool changelog_split_compare(const char *url, Compare *compare) {
    static GRegex *form;
    static gsize made;
    if (g_once_init_enter(&made)) {
        form = g_regex_new("^(.*/compare/)(.+?)(\\.\\.\\.?)(.+)$", G_REGEX_OPTIMIZE, 0, NULL);
        g_once_init_leave(&made, 1);
    }
    g_autoptr(GMatchInfo) match = NULL;
    if (!g_regex_match(form, url, 0, &match))
        return false;
    *compare = (Compare){.prefix = g_match_info_fetch(match, 1),
                         .base = g_match_info_fetch(match, 2),
                         .dots = g_match_info_fetch(match, 3),
                         .head = g_match_info_fetch(match, 4)};
    /* Bitbucket's …/branches/compare/NEW..OLD */
    compare->reversed = g_str_has_suffix(compare->prefix, "/branches/compare/");
    if (compare->reversed) {
        char *base = compare->base;
        compare->base = compare->head;
        compare->head = base;
    }
    return true;
}

void changelog_compare_clear(Compare *compare) {
    g_free(compare->prefix);
    g_free(compare->base);
    g_free(compare->dots);
    g_free(compare->head);
}

char *changelog_join_compare(const Compare *like, const char *base, const char *head) {
    return g_strconcat(like->prefix, like->reversed ? head : base, like->dots, like->reversed ? base : head, NULL);
}

/* The text with another version in the place of the one it names; NULL: it names none. */
static char *exchange(const char *text, const char *version, const char *next) {
    const char *place = changelog_find_version(text, version);
    return place != NULL ? g_strdup_printf("%.*s%s%s", (int)(place - text), text, next, place + strlen(version)) : NULL;
}

char *changelog_url_like(const Model *model, const char *previous, const char *version) {
    g_auto(Compare) compare = {0};
    if (!changelog_split_compare(model->url, &compare))
        return exchange(model->url, model->version, version);
    g_autofree char *base = exchange(compare.head, model->version, previous);
    g_autofree char *head = exchange(compare.head, model->version, version);
    return base != NULL && head != NULL ? changelog_join_compare(&compare, base, head) : NULL;
}

/* ---- the file's own style ---- */

const ChangelogSection *changelog_newest(const Changelog *changelog) {
    for (guint i = 0; i < changelog->sections->len; i++) {
        const ChangelogSection *section = g_ptr_array_index(changelog->sections, i);
        if (section->version != NULL)
            return section;
    }
    return NULL;
}

/* The heading that a new one is made like: the newest version's, rather one with a date than one without. */
static const ChangelogSection *model_of(const Changelog *changelog) {
    for (guint i = 0; i < MIN(changelog->sections->len, MODELS); i++) {
        const ChangelogSection *section = g_ptr_array_index(changelog->sections, i);
        if (section->version != NULL && section->date != NULL && !section->yanked)
            return section;
    }
    return changelog_newest(changelog);
}

char changelog_underline(const Changelog *changelog, const ChangelogSection *section) {
    if (section->line >= changelog->lines->len)
        return 0;
    const Line *next = &g_array_index(changelog->lines, Line, section->line);
    if (next->kind != LINE_UNDERLINE)
        return 0;
    return memchr(changelog->text + next->offset, '=', next->length) != NULL ? '=' : '-';
}

/* As long as the text, unless the file's own underlines are of another length than their texts. */
static gsize underline_length(const Changelog *changelog, const ChangelogSection *like, const char *text) {
    const Line *line = &g_array_index(changelog->lines, Line, like->line);
    const Line *above = line - 1;
    gsize own = (gsize)g_utf8_strlen(changelog->text + above->offset, (gssize)above->length);
    gsize width = (gsize)g_utf8_strlen(text, -1);
    return line->length == own ? width : line->length;
}

char *changelog_heading(const ChangelogSection *like, const Changelog *changelog, const char *text, const char *newline) {
    char underline = like != NULL ? changelog_underline(changelog, like) : 0;
    const Line *line = like != NULL ? &g_array_index(changelog->lines, Line, like->line - 1) : NULL;
    bool closed = line != NULL && underline == 0 && line->length > 0 && changelog->text[line->offset + line->length - 1] == '#';
    guint level = like != NULL ? like->level : 2;
    GString *out = g_string_new(NULL);
    for (guint i = 0; underline == 0 && i < level; i++)
        g_string_append_c(out, '#');
    g_string_append_printf(out, "%s%s%s%.*s%s", underline == 0 ? " " : "", text, closed ? " " : "", closed ? (int)level : 0, "######", newline);
    gsize width = underline != 0 ? underline_length(changelog, like, text) : 0;
    for (gsize i = 0; i < width; i++)
        g_string_append_c(out, underline);
    if (underline != 0)
        g_string_append(out, newline);
    return g_string_free(out, FALSE);
}

/* ---- a version's heading ---- */

static char *usual_text(const Changelog *changelog, const char *version, const char *date) {
    const ChangelogSection *unreleased = changelog_unreleased(changelog);
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
    Model other = {.url = model->url, .version = model->version};
    g_autofree char *url = model->url != NULL ? changelog_url_like(&other, changelog_newest(changelog)->version, version) : NULL;
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

typedef struct {
    const Changelog *changelog;
    const char *version, *date;
} NewVersion;

static char *make_heading(const NewVersion *new, const ChangelogSection *unreleased, const char *newline) {
    const ChangelogSection *model = model_of(new->changelog);
    g_autofree char *text = model != NULL ? text_like(new->changelog, model, new->version, new->date) : usual_text(new->changelog, new->version, new->date);
    return changelog_heading(unreleased != NULL ? unreleased : model, new->changelog, text, newline);
}

/* ---- link definitions ---- */

/* A definition put before or behind a place where one stands. */
static void put_definition(const Changelog *changelog, gsize at, const char *label, const char *url, GArray *edits) {
    const char *newline = changelog_newline(changelog, at);
    bool open = at > 0 && at == changelog->length && strchr("\r\n", changelog->text[at - 1]) == NULL;
    g_autofree char *definition = g_strdup_printf("%s[%s]: %s%s", open ? newline : "", label, url, open ? "" : newline);
    changelog_add_edit(edits, at, 0, definition);
}

static gsize behind(const Changelog *changelog, const Definition *definition) {
    return g_array_index(changelog->lines, Line, definition->line + definition->count - 1).next;
}

static char *url_of(const Changelog *changelog, const Definition *definition) {
    return g_strndup(changelog->text + definition->offset, definition->length);
}

typedef struct {
    const Changelog *changelog;
    const ChangelogSection *newest; /* NULL: this is the first version */
    const char *version, *tag;      /* tag NULL: as the file's own links have it */
    char *label;
} NewLink;

/* [unreleased]: …/compare/v1.0.0...HEAD → from the new tag; below it the new version's own. */
static bool move_unreleased(const NewLink *new, const Definition *unreleased, GArray *edits) {
    const char *newest = new->newest != NULL ? new->newest->version : NULL;
    g_autofree char *url = url_of(new->changelog, unreleased);
    g_auto(Compare) compare = {0};
    if (!changelog_split_compare(url, &compare))
        return false;
    Model base = {.url = compare.base, .version = newest};
    g_autofree char *like = new->tag == NULL &&newest != NULL ? changelog_url_like(&base, newest, new->version) : NULL;
    const char *tag = new->tag != NULL ? new->tag : like;
    if (tag == NULL)
        return true;
    g_autofree char *destination = changelog_join_compare(&compare, tag, compare.head);
    g_autofree char *own = changelog_join_compare(&compare, compare.base, tag);
    changelog_add_edit(edits, unreleased->offset, unreleased->length, destination);
    put_definition(new->changelog, behind(new->changelog, unreleased), new->label, own, edits);
    return true;
}

/* [unreleased]: the repository's page, or a branch's: there is nothing to compare with before the first version. */
static void first_definition(const NewLink *new, const Definition *unreleased, GArray *edits) {
    g_autofree char *url = url_of(new->changelog, unreleased);
    g_autoptr(GRegex) form = g_regex_new("^(https?://[^/]+/[^?#]+?)(/-)?(?:/(?:commits|tree|src/branch)/([^?#]+?))?/?$", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    if (new->tag == NULL || !g_regex_match(form, url, 0, &match))
        return;
    g_autofree char *page = g_match_info_fetch(match, 1);
    g_autofree char *dash = g_match_info_fetch(match, 2);
    g_autofree char *branch = g_match_info_fetch(match, 3);
    g_autofree char *compare = g_strdup_printf("%s%s/compare/%s...%s", page, dash, new->tag, branch != NULL && *branch != '\0' ? branch : "HEAD");
    g_autofree char *own = g_strdup_printf("%s%s/%s/%s", page, dash, *dash != '\0' ? "tags" : "releases/tag", new->tag);
    changelog_add_edit(edits, unreleased->offset, unreleased->length, compare);
    put_definition(new->changelog, behind(new->changelog, unreleased), new->label, own, edits);
}

/* Where only versions have definitions: the new one's above the newest. */
static void add_definition(const NewLink *new, const Definition *newest, GArray *edits) {
    g_autofree char *url = url_of(new->changelog, newest);
    Model model = {.url = url, .version = new->newest->version};
    g_autofree char *next = changelog_url_like(&model, new->newest->version, new->version);
    if (next != NULL)
        put_definition(new->changelog, g_array_index(new->changelog->lines, Line, newest->line).offset, new->label, next, edits);
}

static void edit_links(const Changelog *changelog, const char *version, const char *tag, GArray *edits) {
    const ChangelogSection *model = model_of(changelog);
    bool v_prefix = model != NULL && g_ascii_tolower(*model->label) == 'v';
    g_autofree char *label = g_strdup_printf("%.*s%s", v_prefix ? 1 : 0, v_prefix ? model->label : "", version);
    NewLink new = {.changelog = changelog, .newest = changelog_newest(changelog), .version = version, .tag = tag, .label = label};
    const Definition *unreleased = changelog_definition(changelog, "unreleased");
    const Definition *newest = new.newest != NULL ? changelog_definition(changelog, new.newest->label) : NULL;
    if (changelog_definition(changelog, label) != NULL || (unreleased != NULL && move_unreleased(&new, unreleased, edits)))
        return;
    if (newest != NULL)
        add_definition(&new, newest, edits);
    else if (unreleased != NULL && new.newest == NULL)
        first_definition(&new, unreleased, edits);
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

/* Two sections of what is not released, both with something in them: which of them goes out is not to be guessed. One planned as another version waits. */
static bool refuse_ambiguous(const Changelog *changelog, const ChangelogSection *chosen, const char *version, GError **error) {
    for (guint i = 0; i < changelog->sections->len; i++) {
        const ChangelogSection *other = g_ptr_array_index(changelog->sections, i);
        bool waits = other->planned != NULL && !g_str_equal(other->planned, version);
        if (other == chosen || other->version != NULL || waits || changelog_section_is_empty(changelog, other))
            continue;
        error_set(error, ERROR_CHANGELOG, "%s: lines %u and %u both say what is not released yet", changelog->path, MIN(chosen->line, other->line),
                  MAX(chosen->line, other->line));
        error_state(error, "nothing was changed");
        error_fix(error, "put them together, or slipway changelog check");
        return false;
    }
    return true;
}

static const ChangelogSection *section_to_release(const Changelog *changelog, const char *version) {
    for (guint i = 0; i < changelog->sections->len; i++) {
        const ChangelogSection *section = g_ptr_array_index(changelog->sections, i);
        if (g_strcmp0(section->planned, version) == 0 && !changelog_section_is_empty(changelog, section))
            return section;
    }
    return changelog_unreleased(changelog);
}

/* Below a comment or a code block that nobody closed there are no headings: what was put there would be lost on readers. */
static GBytes *if_seen(const Changelog *changelog, GBytes *after, const char *version, GError **error) {
    g_autoptr(Changelog) again = changelog_parse(after, changelog->path, error);
    if (again != NULL && changelog_find(again, version) != NULL && again->sections->len >= changelog->sections->len)
        return after;
    g_bytes_unref(after);
    if (again != NULL) {
        error_set(error, ERROR_CHANGELOG, "%s: no section can be put there: a comment or code above is not closed, or a heading below is indented",
                  changelog->path);
        error_state(error, "nothing was changed");
    }
    return NULL;
}

/* "Unreleased - v1.1-dev" names the version that has just come out: the fresh heading is the bare word. */
static void insert_version(const Changelog *changelog, const ChangelogSection *unreleased, const char *heading, GArray *edits) {
    gsize offset = 0;
    Heading read;
    g_autofree char *text = changelog_heading_text(changelog, unreleased->line, &offset);
    g_autofree char *inserted = g_strconcat(changelog_newline(changelog, unreleased->body_offset), heading, NULL);
    gsize end = heading_read(text, &read) ? read.label.offset + read.label.length + (read.brackets ? 1 : 0) : strlen(text);
    if (end < strlen(text) && strpbrk(text + end, "0123456789") != NULL)
        changelog_add_edit(edits, offset + end, strlen(text) - end, "");
    changelog_add_edit(edits, unreleased->body_offset, 0, inserted);
}

GBytes *changelog_release(const Changelog *changelog, const char *version, const char *date, const ChangelogLinks *links, GError **error) {
    const ChangelogSection *unreleased = section_to_release(changelog, version);
    if (!refuse_existing(changelog, version, error))
        return NULL;
    if (unreleased == NULL || changelog_section_is_empty(changelog, unreleased)) {
        error_set(error, ERROR_NOTHING_TO_RELEASE, unreleased == NULL ? "%s has no [Unreleased] section" : "%s: [Unreleased] is empty", changelog->path);
        error_state(error, "nothing was changed");
        return NULL;
    }
    if (!refuse_ambiguous(changelog, unreleased, version, error))
        return NULL;
    g_autoptr(GArray) edits = changelog_edits_new();
    NewVersion new = {.changelog = changelog, .version = version, .date = date};
    g_autofree char *heading = make_heading(&new, unreleased, changelog_newline(changelog, unreleased->body_offset));
    /* "1.2.0 (unreleased)" becomes the version's heading; such files get their next one when work on it begins */
    if (unreleased->planned != NULL)
        changelog_add_edit(edits, unreleased->heading_offset, unreleased->body_offset - unreleased->heading_offset, heading);
    else
        insert_version(changelog, unreleased, heading, edits);
    if (links != NULL)
        edit_links(changelog, version, links->tag, edits);
    return if_seen(changelog, changelog_apply(changelog, edits), version, error);
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

gsize changelog_end_of_text(const Changelog *changelog, gsize from, gsize to) {
    guint first = changelog_line_at(changelog, from);
    for (guint i = changelog_line_at(changelog, to); i > first; i--) {
        const Line *line = &g_array_index(changelog->lines, Line, i - 1);
        if (line->kind != LINE_DEFINITION && !lines_is_blank(changelog->text, line))
            return line->next;
    }
    return from;
}

/* Below what is not released, else above the newest version, else at the end; definitions stay below. */
GBytes *changelog_add_placeholder(const Changelog *changelog, const char *version, const char *date, GError **error) {
    if (changelog == NULL)
        return new_file(version, date);
    if (!refuse_existing(changelog, version, error))
        return NULL;
    const ChangelogSection *unreleased = changelog_unreleased(changelog), *newest = changelog_newest(changelog);
    bool above = unreleased == NULL && newest != NULL;
    gsize at = above                ? newest->heading_offset
               : unreleased != NULL ? changelog_end_of_text(changelog, unreleased->body_offset, unreleased->end_offset)
                                    : changelog_end_of_text(changelog, 0, changelog->length);
    const char *newline = changelog_newline(changelog, at);
    bool open = at > 0 && at == changelog->length && strchr("\r\n", changelog->text[at - 1]) == NULL;
    NewVersion new = {.changelog = changelog, .version = version, .date = date};
    g_autofree char *heading = make_heading(&new, unreleased, newline);
    g_autofree char *body = placeholder_body(newline);
    g_autofree char *section = g_strconcat(open ? newline : "", above ? "" : newline, heading, body, above ? newline : "", NULL);
    g_autoptr(GArray) edits = changelog_edits_new();
    changelog_add_edit(edits, at, 0, section);
    edit_links(changelog, version, NULL, edits);
    return if_seen(changelog, changelog_apply(changelog, edits), version, error);
}
