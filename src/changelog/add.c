#include "changelog/add.h"

#include "base/error.h"
#include "changelog/parsed.h"

#include <string.h>

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

static bool is_blank(const Changelog *changelog, const Line *line) {
    for (gsize i = 0; i < line->length; i++) {
        if (!g_ascii_isspace(changelog->text[line->offset + i]))
            return false;
    }
    return true;
}

static bool is_definition(const Changelog *changelog, const Line *line) {
    g_autofree char *label = NULL;
    gsize offset, length;
    return lines_is_definition(changelog->text, line, &label, &offset, &length);
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

/* The end of what is written between two lines (indexes): behind the last line that is neither blank nor a definition; NULL: nothing is. */
static const Line *last_written(const Changelog *changelog, guint from, guint to) {
    for (guint i = to; i > from; i--) {
        const Line *line = &g_array_index(changelog->lines, Line, i - 1);
        if (!is_blank(changelog, line) && !is_definition(changelog, line))
            return line;
    }
    return NULL;
}

static guint line_at(const Changelog *changelog, gsize offset) {
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

/* A sub-heading of the section: its line's index, up to `end`; `end`: there is none behind `from`. */
static guint next_heading(const Changelog *changelog, guint from, guint end) {
    while (from < end && g_array_index(changelog->lines, Line, from).kind != LINE_HEADING)
        from++;
    return from;
}

static Spot find_spot(const Changelog *changelog, const ChangelogSection *section, const char *category) {
    guint begin = line_at(changelog, section->body_offset);
    guint end = line_at(changelog, section->end_offset);
    guint wanted = rank_of(category);
    Spot spot = {.heading = true, .blank_before = true, .level = section->level + 1};
    guint heading = next_heading(changelog, begin, end);
    guint before = end;
    for (; heading < end; heading = next_heading(changelog, heading + 1, end)) {
        g_autofree char *title = title_in(changelog, heading + 1);
        guint stop = next_heading(changelog, heading + 1, end);
        spot.level = g_array_index(changelog->lines, Line, heading).level;
        if (g_ascii_strcasecmp(title, category) == 0) {
            const Line *last = last_written(changelog, heading, stop);
            bool bare = last == &g_array_index(changelog->lines, Line, heading) || last->kind == LINE_UNDERLINE;
            return (Spot){.at = last->next, .blank_before = bare, .level = spot.level};
        }
        if (before == end && rank_of(title) != G_N_ELEMENTS(categories) && rank_of(title) > wanted)
            before = heading;
    }
    const Line *last = last_written(changelog, begin, before);
    spot.at = last != NULL ? last->next : section->body_offset;
    spot.blank_after = before == end && end < changelog->lines->len && last == NULL && !is_blank(changelog, &g_array_index(changelog->lines, Line, begin));
    return spot;
}

/* The file's own bullet. */
static char bullet_of(const Changelog *changelog) {
    for (guint i = 0; i < changelog->lines->len; i++) {
        const Line *line = &g_array_index(changelog->lines, Line, i);
        const char *start = changelog->text + line->offset;
        if (line->kind == LINE_TEXT && line->length > 2 && strchr("-*+", *start) != NULL && start[1] == ' ')
            return *start;
    }
    return '-';
}

/* ---- what ---- */

/* Lines in the file's style: its line ends, its bullet. */
static char *in_style(const Changelog *changelog, const char *lines) {
    const char *newline = changelog_newline(changelog);
    char bullet = bullet_of(changelog);
    g_auto(GStrv) parts = g_strsplit(lines, "\n", -1);
    GString *out = g_string_new(NULL);
    for (guint i = 0; parts[i] != NULL; i++) {
        bool last = parts[i + 1] == NULL && *parts[i] == '\0';
        bool entry = g_str_has_prefix(parts[i], "- ");
        if (!last)
            g_string_append_printf(out, "%c%s%s", entry ? bullet : *parts[i], *parts[i] != '\0' ? parts[i] + 1 : "", newline);
    }
    return g_string_free(out, FALSE);
}

static GBytes *put(const Changelog *changelog, const ChangelogSection *section, const char *category, const char *lines) {
    Spot spot = find_spot(changelog, section, category);
    const char *newline = changelog_newline(changelog);
    g_autofree char *entries = in_style(changelog, lines);
    GString *text = g_string_new(NULL);
    if (spot.at > 0 && changelog->text[spot.at - 1] != '\n')
        g_string_append(text, newline);
    if (spot.blank_before)
        g_string_append(text, newline);
    for (guint i = 0; spot.heading && i < MIN(spot.level, 6); i++)
        g_string_append_c(text, '#');
    if (spot.heading)
        g_string_append_printf(text, " %s%s%s", category, newline, newline);
    g_string_append(text, entries);
    if (spot.blank_after)
        g_string_append(text, newline);
    g_autoptr(GArray) edits = changelog_edits_new();
    changelog_add_edit(edits, spot.at, 0, text->str);
    g_string_free(text, TRUE);
    return changelog_apply(changelog, edits);
}

static GBytes *fresh_file(void) {
    static const char text[] = "# Changelog\n\nThe format is that of [Keep a Changelog](https://keepachangelog.com/en/1.1.0/).\n\n## [Unreleased]\n";
    return g_bytes_new_static(text, strlen(text));
}

/* The file with a section for what is not released, above the newest version. */
static GBytes *with_unreleased(const Changelog *changelog) {
    if (changelog == NULL)
        return fresh_file();
    if (changelog_unreleased(changelog) != NULL)
        return g_bytes_ref(changelog->bytes);
    const GPtrArray *sections = changelog_sections(changelog);
    const ChangelogSection *newest = sections->len > 0 ? g_ptr_array_index(sections, 0) : NULL;
    const char *newline = changelog_newline(changelog);
    bool open = changelog->length > 0 && changelog->text[changelog->length - 1] != '\n';
    g_autofree char *heading = changelog_heading(changelog, newest, newest == NULL || newest->brackets ? "[Unreleased]" : "Unreleased");
    g_autofree char *text = newest != NULL ? g_strconcat(heading, newline, NULL) : g_strconcat(open ? newline : "", newline, heading, NULL);
    g_autoptr(GArray) edits = changelog_edits_new();
    changelog_add_edit(edits, newest != NULL ? newest->heading_offset : changelog->length, 0, text);
    return changelog_apply(changelog, edits);
}

static GBytes *put_into(GBytes *bytes, const char *path, const char *category, const char *lines, GError **error) {
    g_autoptr(Changelog) changelog = changelog_parse(bytes, path, error);
    const ChangelogSection *section = changelog != NULL ? changelog_unreleased(changelog) : NULL;
    return section != NULL ? put(changelog, section, category, lines) : NULL;
}

static const char *path_of(const Changelog *changelog) {
    return changelog != NULL ? changelog->path : "CHANGELOG.md";
}

GBytes *changelog_add(const Changelog *changelog, const char *category, const char *text, GError **error) {
    g_autofree char *stripped = g_strstrip(g_strdup(text));
    if (*stripped == '\0' || !g_utf8_validate(stripped, -1, NULL)) {
        error_set(error, ERROR_USAGE, *stripped == '\0' ? "an entry of a changelog has words" : "an entry of a changelog is UTF-8 text");
        error_state(error, "nothing was changed");
        return NULL;
    }
    g_auto(GStrv) lines = g_strsplit(stripped, "\n", -1);
    g_autofree char *joined = g_strjoinv("\n  ", lines);
    g_autofree char *entry = g_strconcat("- ", joined, "\n", NULL);
    g_autoptr(GBytes) base = with_unreleased(changelog);
    return put_into(base, path_of(changelog), category, entry, error);
}

/* ---- merging ---- */

/* The words of an entry: without its bullet, its references at the end, its blanks and its case. */
static char *words_of(const char *entry) {
    const char *start = entry + strspn(entry, "-*+ ");
    g_autofree char *text = g_strdup(start);
    for (gsize length = strlen(g_strchomp(text)); length > 0 && text[length - 1] == ')';) {
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
