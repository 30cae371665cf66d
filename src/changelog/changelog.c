#include "changelog/changelog.h"

#include "base/error.h"
#include "base/limits.h"
#include "changelog/heading.h"
#include "changelog/parsed.h"

#include <string.h>

#define PLACEHOLDER "TODO: describe"

static void section_free(ChangelogSection *section) {
    char *texts[] = {section->label, section->version, section->planned, section->date, section->date_text, section->url};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_free(section);
}

void changelog_free(Changelog *changelog) {
    g_bytes_unref(changelog->bytes);
    g_clear_pointer(&changelog->lines, g_array_unref);
    g_clear_pointer(&changelog->definitions, g_array_unref);
    g_clear_pointer(&changelog->by_label, g_hash_table_unref);
    g_clear_pointer(&changelog->by_version, g_hash_table_unref);
    g_clear_pointer(&changelog->sections, g_ptr_array_unref);
    g_free(changelog->path);
    g_free(changelog);
}

/* The end of a line: "\n", "\r\n" or "\r"; NULL: the file ends there without one. */
static const char *end_of_line(const Changelog *changelog, const Line *line) {
    gsize length = line->next - line->offset - line->length;
    if (length == 0)
        return NULL;
    return length == 2 ? "\r\n" : changelog->text[line->next - 1] == '\r' ? "\r" : "\n";
}

guint changelog_line_at(const Changelog *changelog, gsize offset) {
    guint low = 0, high = changelog->lines->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(changelog->lines, Line, middle).offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const char *changelog_newline(const Changelog *changelog, gsize offset) {
    guint index = changelog_line_at(changelog, offset);
    const char *newline = NULL;
    if (index > 0)
        newline = end_of_line(changelog, &g_array_index(changelog->lines, Line, index - 1));
    if (newline == NULL && index > 1)
        newline = end_of_line(changelog, &g_array_index(changelog->lines, Line, index - 2));
    if (newline == NULL && index < changelog->lines->len)
        newline = end_of_line(changelog, &g_array_index(changelog->lines, Line, index));
    return newline != NULL ? newline : "\n";
}

/* ---- headings ---- */

char *changelog_heading_text(const Changelog *changelog, guint line, gsize *offset) {
    const Line *found = &g_array_index(changelog->lines, Line, line - 1);
    const char *start = changelog->text + found->offset;
    const char *end = start + found->length;
    while (start < end && *start == ' ')
        start++;
    bool atx = start < end && *start == '#';
    while (start < end && (*start == '#' || *start == ' ' || *start == '\t'))
        start++;
    while (end > start && (end[-1] == ' ' || end[-1] == '\t' || (atx && end[-1] == '#')))
        end--;
    *offset = (gsize)(start - changelog->text);
    return g_strndup(start, (gsize)(end - start));
}

static char *part_text(const char *text, HeadingPart part) {
    return part.length > 0 ? g_strndup(text + part.offset, part.length) : NULL;
}

static ChangelogSection *read_section(const char *text) {
    Heading heading;
    if (!heading_read(text, &heading))
        return NULL;
    ChangelogSection *section = g_new0(ChangelogSection, 1);
    section->label = part_text(text, heading.label);
    *(heading.unreleased ? &section->planned : &section->version) = part_text(text, heading.version);
    section->date_text = part_text(text, heading.date);
    section->date = heading.date.length > 0 ? heading_iso_date(text + heading.date.offset, heading.date.length) : NULL;
    section->url = part_text(text, heading.url);
    section->brackets = heading.brackets;
    section->yanked = heading.yanked;
    return section;
}

static void add_section(Changelog *changelog, guint index) {
    const Line *line = &g_array_index(changelog->lines, Line, index);
    gsize offset = 0;
    g_autofree char *text = changelog_heading_text(changelog, index + 1, &offset);
    bool underlined = index + 1 < changelog->lines->len && (line + 1)->kind == LINE_UNDERLINE;
    /* the last line of an underlined paragraph, not a heading of its own */
    bool definition = underlined && *text == '[' && strstr(text, "]:") != NULL;
    ChangelogSection *section = definition ? NULL : read_section(text);
    if (section == NULL)
        return;
    section->level = line->level;
    section->line = index + 1;
    section->heading_offset = line->offset;
    section->body_offset = underlined ? (line + 1)->next : line->next;
    g_ptr_array_add(changelog->sections, section);
}

/* A section ends at the next version's heading, or at one above its own level. */
static gsize end_of(const Changelog *changelog, const ChangelogSection *section, const ChangelogSection *next) {
    for (guint i = section->line; i < changelog->lines->len; i++) {
        const Line *line = &g_array_index(changelog->lines, Line, i);
        bool is_next = next != NULL && line->offset == next->heading_offset;
        if (is_next || (line->kind == LINE_HEADING && line->level < section->level))
            return line->offset;
    }
    return changelog->length;
}

/* "# Changelog for v1.9" above "## 1.9.3" is the title of a branch's file. */
static bool is_title(const ChangelogSection *section, const ChangelogSection *below) {
    const char *version = below->version != NULL ? below->version : below->planned;
    if (section->version == NULL || section->date_text != NULL || version == NULL || below->level <= section->level)
        return false;
    gsize length = strlen(section->version);
    return strncmp(version, section->version, length) == 0 && version[length] == '.';
}

static void find_sections(Changelog *changelog) {
    changelog->sections = g_ptr_array_new_with_free_func((GDestroyNotify)section_free);
    for (guint i = 0; i < changelog->lines->len; i++) {
        if (g_array_index(changelog->lines, Line, i).kind == LINE_HEADING)
            add_section(changelog, i);
    }
    if (changelog->sections->len > 1 && is_title(g_ptr_array_index(changelog->sections, 0), g_ptr_array_index(changelog->sections, 1)))
        g_ptr_array_remove_index(changelog->sections, 0);
    for (guint i = 0; i < changelog->sections->len; i++) {
        ChangelogSection *section = g_ptr_array_index(changelog->sections, i);
        const ChangelogSection *next = i + 1 < changelog->sections->len ? g_ptr_array_index(changelog->sections, i + 1) : NULL;
        section->end_offset = end_of(changelog, section, next);
    }
}

/* The first definition of a label wins, as in Markdown; so does the first section of a version. */
static void index_names(Changelog *changelog) {
    changelog->by_label = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    changelog->by_version = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < changelog->definitions->len; i++) {
        Definition *definition = &g_array_index(changelog->definitions, Definition, i);
        char *key = lines_label_key(changelog->text + definition->label_offset, definition->label_length);
        if (g_hash_table_contains(changelog->by_label, key))
            g_free(key);
        else
            g_hash_table_insert(changelog->by_label, key, definition);
    }
    for (guint i = changelog->sections->len; i > 0; i--) {
        ChangelogSection *section = g_ptr_array_index(changelog->sections, i - 1);
        if (section->version != NULL)
            g_hash_table_replace(changelog->by_version, section->version, section);
    }
}

const Definition *changelog_definition(const Changelog *changelog, const char *label) {
    g_autofree char *key = lines_label_key(label, strlen(label));
    return g_hash_table_lookup(changelog->by_label, key);
}

static bool check_text(const char *text, gsize length, const char *path, GError **error) {
    const char *end = NULL;
    if (!limits_keep(LIMITED_SOURCE, path, length, error))
        return false;
    if (g_utf8_validate_len(text, length, &end))
        return true;
    guint line = 1;
    for (const char *p = text; p < end; p++)
        line += *p == '\n' ? 1 : 0;
    bool nul = end < text + length && *end == '\0';
    error_set(error, ERROR_PARSE, nul ? "%s:%u: there is a NUL byte: this is no text" : "%s:%u: this line is not UTF-8 text", path, line);
    error_state(error, "nothing was changed");
    return false;
}

Changelog *changelog_parse(GBytes *bytes, const char *path, GError **error) {
    gsize length = 0;
    const char *data = g_bytes_get_data(bytes, &length);
    const char *text = data != NULL ? data : "";
    if (!check_text(text, length, path, error))
        return NULL;
    Changelog *changelog = g_new0(Changelog, 1);
    changelog->bytes = g_bytes_ref(bytes);
    changelog->path = g_strdup(path);
    changelog->text = text;
    changelog->length = length;
    changelog->lines = lines_index(text, length);
    changelog->definitions = lines_definitions(text, changelog->lines);
    find_sections(changelog);
    index_names(changelog);
    return changelog;
}

/* ---- looking ---- */

const GPtrArray *changelog_sections(const Changelog *changelog) {
    return changelog->sections;
}

/* "5.0.0 - TBD" may be planned beside what goes out next. */
const ChangelogSection *changelog_unreleased(const Changelog *changelog) {
    const ChangelogSection *planned = NULL;
    for (guint i = 0; i < changelog->sections->len; i++) {
        const ChangelogSection *section = g_ptr_array_index(changelog->sections, i);
        if (section->version == NULL && section->planned == NULL)
            return section;
        if (section->version == NULL && planned == NULL)
            planned = section;
    }
    return planned;
}

const ChangelogSection *changelog_find(const Changelog *changelog, const char *version) {
    return g_hash_table_lookup(changelog->by_version, version);
}

typedef struct {
    const Line *line;
    guint number;
} BodyLine;

/* Calls visit for each line of the body that is no link definition, until it returns false. */
static void walk_body(const Changelog *changelog, const ChangelogSection *section, bool (*visit)(const Changelog *, const BodyLine *, void *), void *data) {
    for (guint i = section->line; i < changelog->lines->len; i++) {
        const Line *line = &g_array_index(changelog->lines, Line, i);
        BodyLine body = {.line = line, .number = i + 1};
        if (line->offset >= section->end_offset)
            return;
        if (line->offset < section->body_offset || line->kind == LINE_DEFINITION)
            continue;
        if (!visit(changelog, &body, data))
            return;
    }
}

static bool append_line(const Changelog *changelog, const BodyLine *body, void *data) {
    g_string_append_len(data, changelog->text + body->line->offset, (gssize)body->line->length);
    g_string_append_c(data, '\n');
    return true;
}

char *changelog_body(const Changelog *changelog, const ChangelogSection *section) {
    GString *body = g_string_new(NULL);
    walk_body(changelog, section, append_line, body);
    char *text = g_string_free(body, FALSE);
    gsize blank = strspn(text, "\n");
    memmove(text, text + blank, strlen(text) - blank + 1);
    return g_strchomp(text);
}

static bool find_text(const Changelog *changelog, const BodyLine *body, void *data) {
    LineKind kind = body->line->kind;
    *(bool *)data = kind == LINE_COMMENT || kind == LINE_HEADING || kind == LINE_UNDERLINE || lines_is_blank(changelog->text, body->line);
    return *(bool *)data;
}

bool changelog_section_is_empty(const Changelog *changelog, const ChangelogSection *section) {
    bool empty = true;
    walk_body(changelog, section, find_text, &empty);
    return empty;
}

static bool find_placeholder(const Changelog *changelog, const BodyLine *body, void *data) {
    const char *start = changelog->text + body->line->offset;
    if (g_strstr_len(start, (gssize)body->line->length, PLACEHOLDER) == NULL)
        return true;
    *(guint *)data = body->number;
    return false;
}

bool changelog_section_is_placeholder(const Changelog *changelog, const ChangelogSection *section, guint *line) {
    *line = 0;
    walk_body(changelog, section, find_placeholder, line);
    return *line != 0;
}

/* ---- groups ---- */

static void group_free(ChangelogGroup *group) {
    g_free(group->title);
    g_free(group->body);
    g_free(group);
}

static void add_group(GPtrArray *groups, const char *title, GString *body) {
    char *text = g_strstrip(g_strdup(body->str));
    g_string_truncate(body, 0);
    if (title == NULL && *text == '\0') {
        g_free(text);
        return;
    }
    ChangelogGroup *group = g_new0(ChangelogGroup, 1);
    *group = (ChangelogGroup){.title = g_strdup(title), .body = text};
    g_ptr_array_add(groups, group);
}

GPtrArray *changelog_groups(const char *body) {
    GPtrArray *groups = g_ptr_array_new_with_free_func((GDestroyNotify)group_free);
    g_autoptr(GArray) lines = lines_index(body, strlen(body));
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *title = NULL;
    for (guint i = 0; i < lines->len; i++) {
        const Line *line = &g_array_index(lines, Line, i);
        if (line->kind == LINE_HEADING) {
            add_group(groups, title, text);
            g_free(title);
            g_autofree char *raw = g_strndup(body + line->offset, line->length);
            title = g_strdup(g_strstrip(raw + strspn(raw, "# ")));
        } else if (line->kind != LINE_UNDERLINE) {
            g_string_append_len(text, body + line->offset, (gssize)line->length);
            g_string_append_c(text, '\n');
        }
    }
    add_group(groups, title, text);
    return groups;
}
