#include "changelog/add.h"

#include "base/error.h"
#include "changelog/parsed.h"

#include <string.h>

/* So many references at an entry's end are taken off before entries are compared. */
#define REFERENCES 16

static const char *const categories[] = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security", NULL};

const char *const *changelog_categories(void) {
    return categories;
}

/* ---- where ---- */

static guint rank_of(const char *title) {
    for (guint i = 0; categories[i] != NULL; i++) {
        if (g_ascii_strcasecmp(categories[i], title) == 0)
            return i;
    }
    return G_N_ELEMENTS(categories);
}

typedef struct {
    gsize at;          /* where the entries go */
    bool heading;      /* the category is missing */
    bool blank_before; /* an empty line is wanted before them */
    bool blank_after;
    guint level; /* of the category's heading */
} Spot;

static char *title_in(const Changelog *changelog, guint line) {
    gsize offset = 0;
    char *title = changelog_heading_text(changelog, line, &offset);
    gsize length = strlen(title);
    if (length > 0 && title[length - 1] == ':')
        title[length - 1] = '\0';
    return title;
}

/* A sub-heading of the section: its line's index, up to `end`; `end`: there is none behind `from`. */
static guint next_heading(const Changelog *changelog, guint from, guint end) {
    while (from < end && g_array_index(changelog->lines, Line, from).kind != LINE_HEADING)
        from++;
    return from;
}

/* The file's first sub-heading says of what level others are. */
static guint level_below(const Changelog *changelog, const ChangelogSection *of) {
    const GPtrArray *sections = changelog_sections(changelog);
    for (guint i = 0; i < sections->len; i++) {
        const ChangelogSection *section = g_ptr_array_index(sections, i);
        guint end = changelog_line_at(changelog, section->end_offset);
        guint found = next_heading(changelog, section->line, end);
        if (found < end)
            return MAX(of->level, g_array_index(changelog->lines, Line, found).level);
    }
    return of->level + 1;
}

static Spot find_spot(const Changelog *changelog, const ChangelogSection *section, const char *category) {
    guint begin = changelog_line_at(changelog, section->body_offset);
    guint end = changelog_line_at(changelog, section->end_offset);
    guint before = end;
    Spot spot = {.heading = true, .blank_before = true, .level = level_below(changelog, section)};
    for (guint heading = next_heading(changelog, begin, end); heading < end; heading = next_heading(changelog, heading + 1, end)) {
        const Line *line = &g_array_index(changelog->lines, Line, heading);
        g_autofree char *title = title_in(changelog, heading + 1);
        if (g_ascii_strcasecmp(title, category) == 0) {
            guint stop = next_heading(changelog, heading + 1, end);
            gsize below = line[1].kind == LINE_UNDERLINE ? line[1].next : line->next;
            gsize stop_offset = stop < end ? g_array_index(changelog->lines, Line, stop).offset : section->end_offset;
            gsize at = changelog_end_of_text(changelog, below, stop_offset);
            return (Spot){.at = at, .blank_before = at == below};
        }
        if (before == end && rank_of(title) != G_N_ELEMENTS(categories) && rank_of(title) > rank_of(category))
            before = heading;
    }
    gsize limit = before < end ? g_array_index(changelog->lines, Line, before).offset : section->end_offset;
    spot.at = changelog_end_of_text(changelog, section->body_offset, limit);
    guint next = changelog_line_at(changelog, spot.at);
    spot.blank_after = next < changelog->lines->len && !lines_is_blank(changelog->text, &g_array_index(changelog->lines, Line, next));
    return spot;
}

/* What an entry begins with in this file: "- ", "* ", " *  ". */
typedef struct {
    gsize indent, blanks;
    char bullet;
} Bullet;

static bool read_bullet(const Changelog *changelog, const Line *line, Bullet *bullet) {
    const char *start = changelog->text + line->offset;
    gsize at = 0;
    while (at < line->length && at < 3 && start[at] == ' ')
        at++;
    if (line->kind != LINE_TEXT || at >= line->length || strchr("-*+", start[at]) == NULL)
        return false;
    gsize text = at + 1;
    while (text < line->length && start[text] == ' ')
        text++;
    *bullet = (Bullet){.indent = at, .bullet = start[at], .blanks = text - at - 1};
    return text < line->length && bullet->blanks >= 1 && bullet->blanks <= 4;
}

static Bullet bullet_of(const Changelog *changelog) {
    const GPtrArray *sections = changelog_sections(changelog);
    const ChangelogSection *first = sections->len > 0 ? g_ptr_array_index(sections, 0) : NULL;
    Bullet bullet;
    for (guint i = first != NULL ? first->line : 0; i < changelog->lines->len; i++) {
        if (read_bullet(changelog, &g_array_index(changelog->lines, Line, i), &bullet))
            return bullet;
    }
    return (Bullet){.bullet = '-', .blanks = 1};
}

/* ---- what ---- */

static void append_blanks(GString *out, gsize count) {
    for (gsize i = 0; i < count; i++)
        g_string_append_c(out, ' ');
}

/* Lines of "- …" and what is indented below them, with the file's line ends and bullets. */
static char *in_style(const Changelog *changelog, const char *lines, const char *newline) {
    Bullet bullet = bullet_of(changelog);
    g_auto(GStrv) parts = g_strsplit(lines, "\n", -1);
    GString *out = g_string_new(NULL);
    for (guint i = 0; parts[i] != NULL; i++) {
        char *part = g_strchomp(parts[i]);
        bool entry = g_str_has_prefix(part, "- "), below = g_str_has_prefix(part, "  ");
        if (parts[i + 1] == NULL && *part == '\0')
            break;
        append_blanks(out, entry ? bullet.indent : below ? bullet.indent + 1 + bullet.blanks : 0);
        if (entry)
            g_string_append_c(out, bullet.bullet);
        append_blanks(out, entry ? bullet.blanks : 0);
        g_string_append_printf(out, "%s%s", part + (entry || below ? 2 : 0), newline);
    }
    return g_string_free(out, FALSE);
}

/* Does the text before this place end within a line? */
static bool is_open(const Changelog *changelog, gsize at) {
    return at == changelog->length && at > 0 && strchr("\r\n", changelog->text[at - 1]) == NULL && changelog->lines->len > 0;
}

/* *entry is where the lines begin afterwards. */
static GBytes *put(const Changelog *changelog, const char *category, const char *lines, gsize *entry) {
    const ChangelogSection *section = changelog_unreleased(changelog);
    Spot spot = find_spot(changelog, section, category);
    const char *newline = changelog_newline(changelog, spot.at);
    g_autofree char *entries = in_style(changelog, lines, newline);
    g_autoptr(GString) text = g_string_new(is_open(changelog, spot.at) ? newline : NULL);
    if (spot.blank_before)
        g_string_append(text, newline);
    for (guint i = 0; spot.heading && i < MIN(spot.level, 6); i++)
        g_string_append_c(text, '#');
    if (spot.heading)
        g_string_append_printf(text, " %s%s%s", category, newline, newline);
    *entry = spot.at + text->len;
    g_string_append(text, entries);
    if (spot.blank_after)
        g_string_append(text, newline);
    g_autoptr(GArray) edits = changelog_edits_new();
    changelog_add_edit(edits, spot.at, 0, text->str);
    return changelog_apply(changelog, edits);
}

static GBytes *fresh_file(void) {
    static const char text[] = "# Changelog\n\nThe format is that of [Keep a Changelog](https://keepachangelog.com/en/1.1.0/).\n\n## [Unreleased]\n";
    return g_bytes_new_static(text, strlen(text));
}

/* [unreleased]: …/compare/v1.0.0...HEAD, above the newest version's, where that one is of this kind. */
static void define_unreleased(const Changelog *changelog, const ChangelogSection *newest, GArray *edits) {
    const Definition *model = changelog_definition(changelog, newest->label);
    g_auto(Compare) compare = {0};
    g_autofree char *url = model != NULL ? g_strndup(changelog->text + model->offset, model->length) : NULL;
    if (url == NULL || changelog_definition(changelog, "unreleased") != NULL || !changelog_split_compare(url, &compare))
        return;
    gsize at = g_array_index(changelog->lines, Line, model->line).offset;
    g_autofree char *own = changelog_join_compare(&compare, compare.head, "HEAD");
    g_autofree char *text = g_strdup_printf("[unreleased]: %s%s", own, changelog_newline(changelog, at));
    changelog_add_edit(edits, at, 0, text);
}

/* The file with a section for what is not released, above the newest version. */
static GBytes *with_unreleased(const Changelog *changelog) {
    if (changelog == NULL)
        return fresh_file();
    if (changelog_unreleased(changelog) != NULL)
        return g_bytes_ref(changelog->bytes);
    const ChangelogSection *newest = changelog_newest(changelog);
    gsize at = newest != NULL ? newest->heading_offset : changelog_end_of_text(changelog, 0, changelog->length);
    const char *newline = changelog_newline(changelog, at);
    g_autofree char *heading = changelog_heading(newest, changelog, newest == NULL || newest->brackets ? "[Unreleased]" : "Unreleased", newline);
    bool first = newest == NULL && at > 0;
    g_autofree char *text = g_strconcat(is_open(changelog, at) ? newline : "", first ? newline : "", heading, newest != NULL ? newline : "", NULL);
    g_autoptr(GArray) edits = changelog_edits_new();
    changelog_add_edit(edits, at, 0, text);
    if (newest != NULL && newest->brackets)
        define_unreleased(changelog, newest, edits);
    return changelog_apply(changelog, edits);
}

/* Is there an entry at this place, with all sections still there? An indented heading below would become a part of it. */
static bool is_text(const Changelog *before, GBytes *bytes, gsize entry) {
    g_autoptr(Changelog) changelog = changelog_parse(bytes, before->path, NULL);
    guint index = changelog != NULL ? changelog_line_at(changelog, entry) : 0;
    return changelog != NULL && changelog->sections->len == before->sections->len && index < changelog->lines->len &&
           g_array_index(changelog->lines, Line, index).kind == LINE_TEXT;
}

/* Below a comment or a code block that nobody closed an entry would be none. One that begins with code itself says nothing about that: another one does. */
static bool is_open_block(const Changelog *changelog, const char *category) {
    gsize entry = 0;
    g_autoptr(GBytes) probe = put(changelog, category, "- x\n", &entry);
    return !is_text(changelog, probe, entry);
}

static GBytes *put_into(GBytes *bytes, const char *path, const char *category, const char *lines, GError **error) {
    g_autoptr(Changelog) changelog = changelog_parse(bytes, path, error);
    gsize entry = 0;
    if (changelog == NULL)
        return NULL;
    g_autoptr(GBytes) after = changelog_unreleased(changelog) != NULL ? put(changelog, category, lines, &entry) : NULL;
    if (after != NULL && (is_text(changelog, after, entry) || !is_open_block(changelog, category)))
        return g_steal_pointer(&after);
    error_set(error, ERROR_CHANGELOG, "%s: no entry can be put there: a comment or code above is not closed, or a heading below is indented", path);
    error_state(error, "nothing was changed");
    return NULL;
}

static const char *path_of(const Changelog *changelog) {
    return changelog != NULL ? changelog->path : "CHANGELOG.md";
}

/* The text as "- …" and indented lines. One that is a list already stays so. */
static char *entry_of(const char *text) {
    g_autofree char *stripped = g_strstrip(g_strdup(text));
    bool list = strchr("-*+", *stripped) != NULL && stripped[1] == ' ';
    g_auto(GStrv) lines = g_strsplit(stripped, "\n", -1);
    GString *out = g_string_new(list ? NULL : "- ");
    for (guint i = 0; lines[i] != NULL; i++) {
        char *line = g_strchomp(lines[i]);
        bool entry = list && strchr("-*+", *line) != NULL && *line != '\0' && line[1] == ' ';
        bool indented = list && (entry || g_str_has_prefix(line, "  "));
        if (entry)
            *line = '-';
        g_string_append_printf(out, "%s%s\n", i == 0 || indented || *line == '\0' ? "" : "  ", line);
    }
    return g_string_free(out, FALSE);
}

/* The six are written as the convention has them. */
static char *name_of(const char *category) {
    guint rank = rank_of(category);
    return rank < G_N_ELEMENTS(categories) ? g_strdup(categories[rank]) : g_strstrip(g_strdup(category));
}

static bool is_one_line(const char *text) {
    return g_utf8_validate(text, -1, NULL) && strpbrk(text, "\r\n") == NULL && text[strspn(text, " \t")] != '\0';
}

GBytes *changelog_add(const Changelog *changelog, const char *category, const char *text, GError **error) {
    bool valid = g_utf8_validate(text, -1, NULL);
    bool empty = text[strspn(text, " \t\r\n-*+")] == '\0';
    if (!valid || empty || !is_one_line(category)) {
        error_set(error, ERROR_USAGE,
                  !valid  ? "an entry of a changelog is UTF-8 text"
                  : empty ? "an entry of a changelog has words"
                          : "a category is one line");
        error_state(error, "nothing was changed");
        return NULL;
    }
    g_autofree char *entry = entry_of(text);
    g_autofree char *name = name_of(category);
    g_autoptr(GBytes) base = with_unreleased(changelog);
    return put_into(base, path_of(changelog), name, entry, error);
}

/* ---- merging ---- */

/* The words of an entry: without its bullet, its references at the end, its blanks and its case. */
static char *words_of(const char *entry) {
    const char *start = entry + strspn(entry, "-*+ ");
    g_autofree char *text = g_strdup(start);
    gsize length = strlen(g_strchomp(text));
    for (guint i = 0; i < REFERENCES && length > 0 && text[length - 1] == ')'; i++) {
        char *open = strrchr(text, '(');
        /* a link's address follows its text: the reference began before that */
        while (open != NULL && open > text && open[-1] == ']') {
            *open = '\0';
            open = strrchr(text, '(');
        }
        if (open == NULL)
            break;
        *open = '\0';
        length = strlen(g_strchomp(text));
    }
    GString *words = g_string_new(NULL);
    for (const char *p = text; *p != '\0'; p++) {
        if (!g_ascii_isspace(*p) && *p != '\\' && *p != '.')
            g_string_append_c(words, g_ascii_tolower(*p));
    }
    return g_string_free(words, FALSE);
}

static GHashTable *words_there(const char *body) {
    GHashTable *there = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_auto(GStrv) lines = g_strsplit(body, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        if (strchr("-*+", *lines[i]) != NULL && *lines[i] != '\0' && lines[i][1] == ' ')
            g_hash_table_add(there, words_of(lines[i]));
    }
    return there;
}

/* Is the number named in the text, not as a part of a longer one? */
static bool names_pull(const char *body, const char *number) {
    gsize length = strlen(number);
    for (const char *at = strstr(body, number); at != NULL; at = strstr(at + 1, number)) {
        if (!g_ascii_isdigit(at[length]))
            return true;
    }
    return false;
}

/* The references that generate_groups writes: "[#12](…)" or "#12", and the first digits of a commit's id. */
static bool is_referred_to(const char *entry, const char *body) {
    static GRegex *form;
    static gsize made;
    if (g_once_init_enter(&made)) {
        form = g_regex_new("(?:\\(\\[?(#[0-9]+)|(?:\\(|, )\\[?([0-9a-f]{8}))", G_REGEX_OPTIMIZE, 0, NULL);
        g_once_init_leave(&made, 1);
    }
    g_autoptr(GMatchInfo) match = NULL;
    g_regex_match(form, entry, 0, &match);
    for (; g_match_info_matches(match); g_match_info_next(match, NULL)) {
        g_autofree char *pull = g_match_info_fetch(match, 1);
        g_autofree char *commit = g_match_info_fetch(match, 2);
        if (pull != NULL && *pull != '\0' && names_pull(body, pull))
            return true;
        if (commit != NULL && *commit != '\0' && strstr(body, commit) != NULL)
            return true;
    }
    return false;
}

/* The entries of a group that do not stand in the body. */
static char *new_entries(const ChangelogGroup *group, const char *body, GHashTable *there) {
    g_auto(GStrv) lines = g_strsplit(group->body, "\n", -1);
    GString *out = g_string_new(NULL);
    bool taken = false;
    for (guint i = 0; lines[i] != NULL; i++) {
        if (*lines[i] == '\0')
            continue;
        if (g_str_has_prefix(lines[i], "- ")) {
            g_autofree char *words = words_of(lines[i]);
            taken = !g_hash_table_contains(there, words) && !is_referred_to(lines[i], body);
        }
        if (taken)
            g_string_append_printf(out, "%s\n", lines[i]);
    }
    return g_string_free(out, FALSE);
}

GBytes *changelog_merge(const Changelog *changelog, const GPtrArray *groups, GError **error) {
    const ChangelogSection *section = changelog != NULL ? changelog_unreleased(changelog) : NULL;
    g_autofree char *body = section != NULL ? changelog_body(changelog, section) : g_strdup("");
    g_autoptr(GHashTable) there = words_there(body);
    g_autoptr(GBytes) bytes = NULL;
    for (guint i = 0; i < groups->len; i++) {
        const ChangelogGroup *group = g_ptr_array_index(groups, i);
        g_autofree char *entries = new_entries(group, body, there);
        if (*entries == '\0')
            continue;
        if (bytes == NULL)
            bytes = with_unreleased(changelog);
        GBytes *next = put_into(bytes, path_of(changelog), group->title, entries, error);
        if (next == NULL)
            return NULL;
        g_bytes_unref(bytes);
        bytes = next;
    }
    if (bytes != NULL)
        return g_steal_pointer(&bytes);
    return changelog != NULL ? g_bytes_ref(changelog->bytes) : fresh_file();
}
