#include "changelog/check.h"

#include "base/text.h"
#include "changelog/add.h"
#include "changelog/fix.h"
#include "changelog/parsed.h"

#include <string.h>

/* So many comparisons are made for versions that are written otherwise than their tags. */
#define COMPARISONS 200000

static void finding_free(ChangelogFinding *finding) {
    g_free(finding->what);
    g_free(finding->fix);
    g_free(finding->text);
    g_free(finding);
}

/* ---- saying it ---- */

ChangelogFinding *checker_say(const Checker *checker, guint line, const char *code, char *what, char *fix) {
    ChangelogFinding *finding = g_new0(ChangelogFinding, 1);
    *finding = (ChangelogFinding){.line = line, .column = 1, .code = code};
    finding->what = what;
    finding->fix = fix;
    g_ptr_array_add(checker->findings, finding);
    return finding;
}

ChangelogFinding *checker_warn(const Checker *checker, guint line, const char *code, char *what, char *fix) {
    ChangelogFinding *finding = checker_say(checker, line, code, what, fix);
    finding->warning = true;
    return finding;
}

void checker_point(const Checker *checker, ChangelogFinding *finding, const char *text) {
    const Line *line = &g_array_index(checker->changelog->lines, Line, finding->line - 1);
    const char *start = checker->changelog->text + line->offset;
    const char *at = text != NULL ? g_strstr_len(start, (gssize)line->length, text) : NULL;
    finding->column = at != NULL ? (guint)(at - start) + 1 : 1;
}

void checker_offer(ChangelogFinding *finding, gsize offset, gsize length, char *text) {
    finding->fixable = true;
    finding->offset = offset;
    finding->length = length;
    finding->text = text;
}

const ChangelogSection *checker_section(const Checker *checker, guint index) {
    const GPtrArray *sections = changelog_sections(checker->changelog);
    return index < sections->len ? g_ptr_array_index(sections, index) : NULL;
}

guint checker_count(const Checker *checker) {
    return changelog_sections(checker->changelog)->len;
}

/* ---- versions and days ---- */

/* "5.0.0 - TBD" beside what goes out next is planned as something else: no duplicate. */
static void check_duplicates(const Checker *checker) {
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < checker_count(checker); i++) {
        const ChangelogSection *section = checker_section(checker, i);
        const char *name = section->version != NULL ? section->version : section->planned != NULL ? section->planned : "";
        const ChangelogSection *first = g_hash_table_lookup(seen, name);
        if (first == NULL) {
            g_hash_table_insert(seen, (gpointer)name, (gpointer)section);
            continue;
        }
        ChangelogFinding *finding =
            checker_say(checker, section->line, *name != '\0' ? "duplicate-version" : "several-unreleased",
                        g_strdup_printf("%s stands in line %u already", section->label, first->line), g_strdup_printf("put the two sections together"));
        checker_point(checker, finding, section->label);
    }
}

/* Two releases of one line, "1.4.": their order is that of their days. */
static bool same_line(const char *a, const char *b) {
    const char *first = strchr(a, '.'), *second = first != NULL ? strchr(first + 1, '.') : NULL;
    return second != NULL && strncmp(a, b, (gsize)(second - a) + 1) == 0;
}

/* Maintenance releases stand between others by their day, or each line stands by itself: only what neither version nor day explains is out of order. */
static void check_pair(const Checker *checker, const ChangelogSection *upper, const ChangelogSection *lower) {
    int order = 0;
    bool by_version = !checker->facts->compare(upper->version, lower->version, &order) || order >= 0;
    bool dated = upper->date != NULL && lower->date != NULL;
    bool by_day = dated && strcmp(upper->date, lower->date) >= 0;
    if (!by_version && !by_day) {
        ChangelogFinding *finding =
            checker_say(checker, lower->line, "order", g_strdup_printf("%s stands below %s, which is lower", lower->version, upper->version),
                        g_strdup_printf("move the section above line %u: the newest stands first", upper->line));
        /* without days it may be a maintenance release */
        finding->warning = checker->dated == 0 && !same_line(upper->version, lower->version);
    } else if (dated && !by_day && same_line(upper->version, lower->version))
        checker_warn(checker, lower->line, "date-order",
                     g_strdup_printf("%s of %s is younger than %s of %s above it", lower->version, lower->date, upper->version, upper->date),
                     g_strdup("correct one of the two days"));
}

static void check_order(const Checker *checker) {
    const ChangelogSection *upper = NULL;
    for (guint i = 0; i < checker_count(checker); i++) {
        const ChangelogSection *lower = checker_section(checker, i);
        if (lower->version == NULL)
            continue;
        if (upper != NULL)
            check_pair(checker, upper, lower);
        upper = lower;
    }
}

static void check_day(const Checker *checker, const ChangelogSection *section) {
    const char *today = checker->facts->today;
    guint undated = checker->versions - checker->dated;
    bool usual = checker->dated > 0 && (undated == 1 || checker->dated >= 9 * undated);
    if (section->date_text == NULL && usual && !section->yanked)
        checker_warn(checker, section->line, "missing-date", g_strdup_printf("%s has no day, as others have", section->version),
                     g_strdup("add the day of the release, YYYY-MM-DD"));
    if (section->date_text == NULL)
        return;
    if (section->date == NULL) {
        ChangelogFinding *finding = checker_say(checker, section->line, "bad-date", g_strdup_printf("there is no day %s", section->date_text),
                                                g_strdup("write the day of the release as YYYY-MM-DD"));
        checker_point(checker, finding, section->date_text);
        return;
    }
    if (today != NULL && strcmp(section->date, today) > 0)
        checker_point(checker,
                      checker_say(checker, section->line, "future-date", g_strdup_printf("%s lies in the future", section->date),
                                  g_strdup("write the day of the release")),
                      section->date_text);
    bool iso = g_str_equal(section->date, section->date_text);
    if (iso || checker->iso * 2 <= checker->dated)
        return;
    ChangelogFinding *finding = checker_say(checker, section->line, "date-form", g_strdup_printf("%s is not written as the other days are", section->date_text),
                                            g_strdup_printf("write %s", section->date));
    finding->warning = true;
    checker_point(checker, finding, section->date_text);
    gsize line = g_array_index(checker->changelog->lines, Line, section->line - 1).offset;
    checker_offer(finding, line + finding->column - 1, strlen(section->date_text), g_strdup(section->date));
}

static void count_days(Checker *checker) {
    for (guint i = 0; i < checker_count(checker); i++) {
        const ChangelogSection *section = checker_section(checker, i);
        if (section->version == NULL)
            continue;
        checker->versions++;
        checker->dated += section->date_text != NULL ? 1 : 0;
        checker->iso += section->date != NULL && g_strcmp0(section->date, section->date_text) == 0 ? 1 : 0;
    }
}

static void check_days(const Checker *checker) {
    for (guint i = 0; i < checker_count(checker); i++) {
        if (checker_section(checker, i)->version != NULL)
            check_day(checker, checker_section(checker, i));
    }
}

/* ---- what stands in the sections ---- */

static char *title_of(const Checker *checker, guint line) {
    gsize offset = 0;
    return changelog_heading_text(checker->changelog, line, &offset);
}

static bool is_category(const char *title) {
    return g_strv_contains(changelog_categories(), title);
}

/* A category with more words to it, "Fixed bugs", "Added (experimental)". */
static bool names_category(const char *title) {
    g_auto(GStrv) words = g_strsplit_set(title, " (:,/&", -1);
    for (guint i = 0; words[0] != NULL && words[1] != NULL && words[i] != NULL; i++) {
        if (is_category(words[i]) && !g_str_has_suffix(title, ":"))
            return true;
    }
    return false;
}

/* Sub-headings that are no category but have their place. */
static bool is_other_part(const Checker *checker, const char *title) {
    static const char *const words[] = {"breaking",    "upgrad", "migrat",  "known",    "summary", "highlight", "contributor",
                                        "thank",       "note",   "yanked",  "internal", "doc",     "depend",    "perfor",
                                        "improvement", "bug",    "feature", "miscel",   "misc",    "other",     "full changelog"};
    g_autofree char *lower = g_utf8_strdown(title, -1);
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strstr(lower, words[i]) != NULL)
            return true;
    }
    for (guint i = 0; checker->facts->categories != NULL && checker->facts->categories[i] != NULL; i++) {
        if (g_ascii_strcasecmp(checker->facts->categories[i], title) == 0)
            return true;
    }
    return names_category(title);
}

/* The category that is meant; NULL: none is near. */
static const char *near_category(const char *title) {
    const char *const *known = changelog_categories();
    gsize length = strlen(title);
    length -= g_str_has_suffix(title, ":") ? 1 : 0;
    for (guint i = 0; known[i] != NULL; i++) {
        if (strlen(known[i]) == length && g_ascii_strncasecmp(known[i], title, length) == 0)
            return known[i];
    }
    return text_nearest(title, known);
}

/* The first line behind the sub-heading that has something; definitions are no part of what it heads. */
static guint first_written(const Checker *checker, guint line, guint stop) {
    const GArray *lines = checker->changelog->lines;
    while (line < stop && line < lines->len) {
        const Line *at = &g_array_index(lines, Line, line);
        if (at->kind != LINE_UNDERLINE && !lines_is_blank(checker->changelog->text, at))
            break;
        line++;
    }
    return line;
}

static void check_name(const Checker *checker, guint line, const char *title) {
    gsize offset = 0;
    g_autofree char *text = changelog_heading_text(checker->changelog, line, &offset);
    const char *near = near_category(title);
    g_autofree char *all = g_strjoinv(", ", (char **)changelog_categories());
    ChangelogFinding *finding = checker_say(checker, line, "unknown-category", g_strdup_printf("'%s' is no category", title),
                                            near != NULL ? g_strdup_printf("did you mean %s?", near) : g_strdup_printf("one of %s", all));
    finding->warning = near == NULL;
    checker_point(checker, finding, title);
    if (near != NULL)
        checker_offer(finding, offset, strlen(text), g_strdup(near));
}

typedef struct {
    const ChangelogSection *section;
    guint line, stop; /* the sub-heading, and the line behind what is below it; from 1 */
    bool judge;       /* are names of categories judged in this file? */
} Part;

static void check_part(const Checker *checker, const Part *part, GHashTable *seen) {
    const Changelog *changelog = checker->changelog;
    const Line *line = &g_array_index(changelog->lines, Line, part->line - 1);
    g_autofree char *title = title_of(checker, part->line);
    if (!part->judge)
        return;
    bool other = !is_category(title) && is_other_part(checker, title);
    const char *category = is_category(title) ? title : other ? NULL : near_category(title);
    guint written = first_written(checker, part->line, part->stop - 1);
    bool nothing = written >= part->stop - 1 || g_array_index(changelog->lines, Line, written).kind == LINE_DEFINITION;
    if (nothing && category != NULL && part->section->version != NULL) {
        ChangelogFinding *finding =
            checker_warn(checker, part->line, "empty-category", g_strdup_printf("there is nothing under %s", title), g_strdup("remove the heading"));
        gsize end = written < changelog->lines->len ? g_array_index(changelog->lines, Line, written).offset : changelog->length;
        checker_offer(finding, line->offset, end - line->offset, g_strdup(""));
        return;
    }
    if (!is_category(title) && !other)
        check_name(checker, part->line, title);
    if (category != NULL && !g_hash_table_add(seen, g_strdup(category)))
        checker_warn(checker, part->line, "duplicate-category", g_strdup_printf("%s has %s twice", part->section->label, category),
                     g_strdup("put the two together"));
}

static guint next_heading(const Checker *checker, guint from, guint end) {
    while (from < end && g_array_index(checker->changelog->lines, Line, from - 1).kind != LINE_HEADING)
        from++;
    return from;
}

/* The line (from 1) behind the section; definitions at its end are no part of it. */
static guint end_line(const Checker *checker, const ChangelogSection *section) {
    return changelog_line_at(checker->changelog, section->end_offset) + 1;
}

/* What somebody means to write yet: a line of nothing but TBD. */
static bool is_to_be_written(const Checker *checker, const Line *line) {
    static const char *const words[] = {"tbd", "tba", "todo", "to be done", "to be written", "to be announced", "coming soon"};
    const char *start = checker->changelog->text + line->offset;
    gsize begin = 0, length = line->length;
    while (begin < length && strchr("-*+ \t_(", start[begin]) != NULL)
        begin++;
    while (length > begin && strchr(".!:_*) \t", start[length - 1]) != NULL)
        length--;
    for (guint i = 0; line->kind == LINE_TEXT && i < G_N_ELEMENTS(words); i++) {
        if (length - begin == strlen(words[i]) && g_ascii_strncasecmp(start + begin, words[i], length - begin) == 0)
            return true;
    }
    return false;
}

static void check_placeholders(const Checker *checker, const ChangelogSection *section) {
    guint placeholder = 0, end = end_line(checker, section);
    if (changelog_section_is_placeholder(checker->changelog, section, &placeholder)) {
        checker_say(checker, placeholder, "placeholder", g_strdup_printf("the section for %s is still the placeholder", section->label),
                    g_strdup("write what changed"));
        return;
    }
    for (guint line = section->line + 1; section->version != NULL && line < end; line++) {
        if (is_to_be_written(checker, &g_array_index(checker->changelog->lines, Line, line - 1)))
            checker_warn(checker, line, "placeholder", g_strdup_printf("something about %s is still to be written", section->label),
                         g_strdup("write what changed, or remove the line"));
    }
}

/* Only in a file that keeps to the convention are other headings mistakes. */
static bool keeps_categories(const Checker *checker) {
    guint known = 0, all = 0;
    for (guint i = 0; i < checker_count(checker); i++) {
        const ChangelogSection *section = checker_section(checker, i);
        guint end = end_line(checker, section);
        for (guint line = next_heading(checker, section->line + 1, end); line < end; line = next_heading(checker, line + 1, end)) {
            g_autofree char *title = title_of(checker, line);
            known += is_category(title) || names_category(title) ? 1 : 0;
            all++;
        }
    }
    return known > 0 && known * 4 >= all * 3;
}

static void check_sections(const Checker *checker) {
    bool judge = keeps_categories(checker);
    for (guint i = 0; i < checker_count(checker); i++) {
        const ChangelogSection *section = checker_section(checker, i);
        g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        guint end = end_line(checker, section);
        for (guint line = next_heading(checker, section->line + 1, end); line < end;) {
            guint stop = next_heading(checker, line + 1, end);
            check_part(checker, &(Part){.section = section, .line = line, .stop = stop, .judge = judge}, seen);
            line = stop;
        }
        if (section->version != NULL && !section->yanked && changelog_section_is_empty(checker->changelog, section))
            checker_warn(checker, section->line, "empty-section", g_strdup_printf("there is nothing about %s", section->version),
                         g_strdup("say what changed, even if it is only: no notable changes"));
        check_placeholders(checker, section);
    }
}

/* ---- tags ---- */

/* Versions that are not written as their tags are, 1.0 and 1.0.0, are found by comparing; not in a file of thousands of others. */
static bool has_tag(const Checker *checker, GHashTable *tagged, const char *version, guint *budget) {
    int order = 1;
    if (g_hash_table_contains(tagged, version))
        return true;
    for (guint i = 0; checker->facts->tagged[i] != NULL; i++) {
        if (*budget == 0 || (checker->facts->compare(checker->facts->tagged[i], version, &order) && order == 0))
            return true;
        (*budget)--;
    }
    return false;
}

static bool is_prerelease(const char *version) {
    gsize numbers = strspn(version, "0123456789.");
    return version[numbers] != '\0' && version[numbers] != '+';
}

static void check_versions(const Checker *checker, GHashTable *tagged) {
    const ChangelogSection *newest = changelog_newest(checker->changelog);
    guint budget = COMPARISONS;
    for (guint i = 0; i < checker_count(checker); i++) {
        const ChangelogSection *section = checker_section(checker, i);
        if (section->planned != NULL && g_hash_table_contains(tagged, section->planned))
            checker_point(checker,
                          checker_say(checker, section->line, "tagged-unreleased",
                                      g_strdup_printf("%s was tagged, but its heading says that it is not released", section->planned),
                                      g_strdup("write the day of its release, or plan the next version")),
                          section->planned);
        /* the newest is perhaps just being prepared */
        if (section->version != NULL && section != newest && !section->yanked && !has_tag(checker, tagged, section->version, &budget))
            checker_warn(checker, section->line, "version-without-tag", g_strdup_printf("%s has no tag", section->version),
                         g_strdup("was it ever released? mark it [YANKED], or correct its number"));
    }
}

/* Is there a section for a version that is equal to this one, however it is written? */
static bool has_section(const Checker *checker, const char *tagged, guint *budget) {
    bool found = changelog_find(checker->changelog, tagged) != NULL;
    for (guint i = 0; !found && i < checker_count(checker); i++) {
        const ChangelogSection *section = checker_section(checker, i);
        const char *version = section->version != NULL ? section->version : section->planned;
        int order = 1;
        found = *budget == 0 || (version != NULL && checker->facts->compare(version, tagged, &order) && order == 0);
        *budget -= *budget > 0 ? 1 : 0;
    }
    return found;
}

static void check_tags(const Checker *checker) {
    const ChangelogSection *newest = changelog_newest(checker->changelog), *oldest = newest;
    if (checker->facts->tagged == NULL || newest == NULL)
        return;
    g_autoptr(GHashTable) tagged = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; checker->facts->tagged[i] != NULL; i++)
        g_hash_table_add(tagged, (gpointer)checker->facts->tagged[i]);
    for (guint i = 0; i < checker_count(checker); i++)
        oldest = checker_section(checker, i)->version != NULL ? checker_section(checker, i) : oldest;
    check_versions(checker, tagged);
    guint budget = COMPARISONS;
    for (guint i = 0; checker->facts->tagged[i] != NULL; i++) {
        const char *tag = checker->facts->tagged[i];
        int order = 0;
        bool within = !is_prerelease(tag) && checker->facts->compare(tag, oldest->version, &order) && order > 0;
        if (within && !has_section(checker, tag, &budget))
            checker_warn(checker, newest->line, "tag-without-version", g_strdup_printf("%s was tagged, but has no section", tag),
                         g_strdup_printf("slipway notes %s --from-commits", tag));
    }
}

/* ---- the whole ---- */

static int by_place(gconstpointer a, gconstpointer b) {
    const ChangelogFinding *first = *(const ChangelogFinding *const *)a, *second = *(const ChangelogFinding *const *)b;
    if (first->line != second->line)
        return first->line < second->line ? -1 : 1;
    return first->column != second->column ? (first->column < second->column ? -1 : 1) : strcmp(first->code, second->code);
}

GPtrArray *changelog_check(const Changelog *changelog, const ChangelogFacts *facts) {
    Checker checker = {.changelog = changelog, .facts = facts, .findings = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free)};
    count_days(&checker);
    check_duplicates(&checker);
    check_order(&checker);
    check_days(&checker);
    check_sections(&checker);
    checker_links(&checker);
    check_tags(&checker);
    g_ptr_array_sort(checker.findings, by_place);
    return checker.findings;
}
