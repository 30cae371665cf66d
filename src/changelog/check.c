#include "changelog/check.h"

#include "base/text.h"
#include "changelog/add.h"
#include "changelog/parsed.h"

#include <string.h>

typedef struct {
    const Changelog *changelog;
    const ChangelogFacts *facts;
    GPtrArray *findings;
    GHashTable *definitions; /* label in lower case → Definition */
    guint defined;           /* how many versions have a definition */
    guint dated, iso;        /* how many versions have a day, how many an ISO one */
} Checker;

typedef struct {
    guint line; /* from 1 */
    gsize offset;
    char *url, *label;
} Definition;

static void finding_free(ChangelogFinding *finding) {
    g_free(finding->what);
    g_free(finding->fix);
    g_free(finding->text);
    g_free(finding);
}

static void definition_free(Definition *definition) {
    g_free(definition->url);
    g_free(definition->label);
    g_free(definition);
}

/* ---- saying it ---- */

static ChangelogFinding *say(Checker *checker, guint line, const char *code, char *what, char *fix) {
    ChangelogFinding *finding = g_new0(ChangelogFinding, 1);
    *finding = (ChangelogFinding){.line = line, .column = 1, .code = code};
    finding->what = what;
    finding->fix = fix;
    g_ptr_array_add(checker->findings, finding);
    return finding;
}

static void warn(Checker *checker, guint line, const char *code, char *what, char *fix) {
    say(checker, line, code, what, fix)->warning = true;
}

/* Where a text stands in its line. */
static void point_at(const Checker *checker, ChangelogFinding *finding, const char *text) {
    const Line *line = &g_array_index(checker->changelog->lines, Line, finding->line - 1);
    const char *start = checker->changelog->text + line->offset;
    const char *at = text != NULL ? g_strstr_len(start, (gssize)line->length, text) : NULL;
    finding->column = at != NULL ? (guint)(at - start) + 1 : 1;
}

static void offer(ChangelogFinding *finding, gsize offset, gsize length, char *text) {
    finding->fixable = true;
    finding->offset = offset;
    finding->length = length;
    finding->text = text;
}

static const ChangelogSection *section_at(const Checker *checker, guint index) {
    const GPtrArray *sections = changelog_sections(checker->changelog);
    return index < sections->len ? g_ptr_array_index(sections, index) : NULL;
}

static guint section_count(const Checker *checker) {
    return changelog_sections(checker->changelog)->len;
}

/* ---- versions and days ---- */

static void check_duplicates(Checker *checker) {
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    const ChangelogSection *unreleased = NULL;
    for (guint i = 0; i < section_count(checker); i++) {
        const ChangelogSection *section = section_at(checker, i);
        const ChangelogSection *first = section->version != NULL ? g_hash_table_lookup(seen, section->version) : unreleased;
        if (section->version == NULL)
            unreleased = unreleased != NULL ? unreleased : section;
        else if (first == NULL)
            g_hash_table_insert(seen, section->version, (gpointer)section);
        if (first == NULL)
            continue;
        ChangelogFinding *finding =
            say(checker, section->line, section->version != NULL ? "duplicate-version" : "several-unreleased",
                g_strdup_printf("%s stands in line %u already", section->label, first->line), g_strdup_printf("put the two sections together"));
        point_at(checker, finding, section->label);
    }
}

static int order_of(const Checker *checker, const ChangelogSection *upper, const ChangelogSection *lower) {
    int order = 0;
    return checker->facts->compare(upper->version, lower->version, &order) ? order : 1;
}

/* Maintenance releases stand between others by their day: only what neither version nor day explains is out of order. */
static void check_order(Checker *checker) {
    const ChangelogSection *upper = NULL;
    for (guint i = 0; i < section_count(checker); i++) {
        const ChangelogSection *lower = section_at(checker, i);
        if (lower->version == NULL)
            continue;
        bool by_version = upper == NULL || order_of(checker, upper, lower) >= 0;
        bool dated = upper != NULL && upper->date != NULL && lower->date != NULL;
        bool by_day = dated && strcmp(upper->date, lower->date) >= 0;
        if (!by_version && !by_day)
            say(checker, lower->line, "order", g_strdup_printf("%s stands below %s, which is lower", lower->version, upper->version),
                g_strdup_printf("move the section above line %u: the newest stands first", upper->line));
        else if (dated && !by_day)
            warn(checker, lower->line, "date-order",
                 g_strdup_printf("%s of %s is younger than %s of %s above it", lower->version, lower->date, upper->version, upper->date),
                 g_strdup("correct one of the two days"));
        upper = lower;
    }
}

static void check_day(Checker *checker, const ChangelogSection *section) {
    const char *today = checker->facts->today;
    if (section->date_text == NULL && checker->dated > 0 && !section->yanked)
        warn(checker, section->line, "missing-date", g_strdup_printf("%s has no day, as others have", section->version),
             g_strdup("add the day of the release, YYYY-MM-DD"));
    if (section->date_text == NULL)
        return;
    if (section->date == NULL) {
        ChangelogFinding *finding = say(checker, section->line, "bad-date", g_strdup_printf("there is no day %s", section->date_text),
                                        g_strdup("write the day of the release as YYYY-MM-DD"));
        point_at(checker, finding, section->date_text);
        return;
    }
    if (today != NULL && strcmp(section->date, today) > 0)
        point_at(checker,
                 say(checker, section->line, "future-date", g_strdup_printf("%s lies in the future", section->date), g_strdup("write the day of the release")),
                 section->date_text);
    bool iso = g_str_equal(section->date, section->date_text);
    if (iso || checker->iso * 2 <= checker->dated)
        return;
    ChangelogFinding *finding = say(checker, section->line, "date-form", g_strdup_printf("%s is not written as the other days are", section->date_text),
                                    g_strdup_printf("write %s", section->date));
    finding->warning = true;
    point_at(checker, finding, section->date_text);
    gsize line = g_array_index(checker->changelog->lines, Line, section->line - 1).offset;
    offer(finding, line + finding->column - 1, strlen(section->date_text), g_strdup(section->date));
}

static void check_days(Checker *checker) {
    for (guint i = 0; i < section_count(checker); i++) {
        const ChangelogSection *section = section_at(checker, i);
        checker->dated += section->date_text != NULL ? 1 : 0;
        checker->iso += section->date != NULL && g_strcmp0(section->date, section->date_text) == 0 ? 1 : 0;
    }
    for (guint i = 0; i < section_count(checker); i++) {
        if (section_at(checker, i)->version != NULL)
            check_day(checker, section_at(checker, i));
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

/* Sub-headings that are no category but have their place. */
static bool is_other_part(const char *title) {
    static const char *const words[] = {"breaking", "upgrad",  "migrat",  "known",    "summary",  "highlight",     "contributor",
                                        "thank",    "note",    "yanked",  "internal", "document", "depend",        "performance",
                                        "bug",      "feature", "miscell", "misc",     "other",    "full changelog"};
    g_autofree char *lower = g_ascii_strdown(title, -1);
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strstr(lower, words[i]) != NULL)
            return true;
    }
    return false;
}

static bool is_empty_between(const Checker *checker, guint from, guint to) {
    for (guint i = from; i < to; i++) {
        const Line *line = &g_array_index(checker->changelog->lines, Line, i);
        for (gsize k = 0; line->kind != LINE_UNDERLINE && k < line->length; k++) {
            if (!g_ascii_isspace(checker->changelog->text[line->offset + k]))
                return false;
        }
    }
    return true;
}

static void check_name(Checker *checker, guint line, const char *title) {
    gsize offset = 0;
    g_autofree char *text = changelog_heading_text(checker->changelog, line, &offset);
    const char *near = text_nearest(title, changelog_categories());
    g_autofree char *all = g_strjoinv(", ", (char **)changelog_categories());
    ChangelogFinding *finding = say(checker, line, "unknown-category", g_strdup_printf("'%s' is no category", title),
                                    near != NULL ? g_strdup_printf("did you mean %s?", near) : g_strdup_printf("one of %s", all));
    finding->warning = near == NULL;
    point_at(checker, finding, title);
    if (near != NULL)
        offer(finding, offset, strlen(text), g_strdup(near));
}

typedef struct {
    const ChangelogSection *section;
    guint line, stop; /* the sub-heading, and the line behind what is below it; from 1 */
    bool judge;       /* are names of categories judged in this file? */
} Part;

static void check_part(Checker *checker, const Part *part, GHashTable *seen) {
    g_autofree char *title = title_of(checker, part->line);
    g_autofree char *key = g_ascii_strdown(title, -1);
    const Line *line = &g_array_index(checker->changelog->lines, Line, part->line - 1);
    if (part->judge && !is_category(title) && !is_other_part(title))
        check_name(checker, part->line, title);
    if (part->judge && is_category(title) && g_hash_table_contains(seen, key))
        warn(checker, part->line, "duplicate-category", g_strdup_printf("%s has %s twice", part->section->label, title), g_strdup("put the two together"));
    if (part->judge && is_category(title) && is_empty_between(checker, part->line, part->stop - 1) && part->section->version != NULL) {
        ChangelogFinding *finding =
            say(checker, part->line, "empty-category", g_strdup_printf("there is nothing under %s", title), g_strdup("remove the heading"));
        finding->warning = true;
        gsize end = part->stop - 1 < checker->changelog->lines->len ? g_array_index(checker->changelog->lines, Line, part->stop - 1).offset
                                                                    : checker->changelog->length;
        offer(finding, line->offset, end - line->offset, g_strdup(""));
    }
    g_hash_table_add(seen, g_steal_pointer(&key));
}

static guint next_heading(const Checker *checker, guint from, guint end) {
    while (from < end && g_array_index(checker->changelog->lines, Line, from - 1).kind != LINE_HEADING)
        from++;
    return from;
}

/* The line (from 1) behind the section; definitions at its end are no part of it. */
static guint end_line(const Checker *checker, const ChangelogSection *section) {
    guint line = section->line;
    const GArray *lines = checker->changelog->lines;
    while (line < lines->len && g_array_index(lines, Line, line).offset < section->end_offset)
        line++;
    return line + 1;
}

/* Only in a file that keeps to the convention are other headings mistakes. */
static bool keeps_categories(const Checker *checker) {
    guint known = 0, all = 0;
    for (guint i = 0; i < section_count(checker); i++) {
        const ChangelogSection *section = section_at(checker, i);
        guint end = end_line(checker, section);
        for (guint line = next_heading(checker, section->line + 1, end); line < end; line = next_heading(checker, line + 1, end)) {
            g_autofree char *title = title_of(checker, line);
            known += is_category(title) ? 1 : 0;
            all++;
        }
    }
    return known > 0 && known * 4 >= all * 3;
}

static void check_sections(Checker *checker) {
    bool judge = keeps_categories(checker);
    for (guint i = 0; i < section_count(checker); i++) {
        const ChangelogSection *section = section_at(checker, i);
        g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        guint end = end_line(checker, section), placeholder = 0;
        for (guint line = next_heading(checker, section->line + 1, end); line < end;) {
            guint stop = next_heading(checker, line + 1, end);
            check_part(checker, &(Part){.section = section, .line = line, .stop = stop, .judge = judge}, seen);
            line = stop;
        }
        if (section->version != NULL && !section->yanked && changelog_section_is_empty(checker->changelog, section))
            warn(checker, section->line, "empty-section", g_strdup_printf("there is nothing about %s", section->version),
                 g_strdup("say what changed, even if it is only: no notable changes"));
        if (changelog_section_is_placeholder(checker->changelog, section, &placeholder))
            say(checker, placeholder, "placeholder", g_strdup_printf("the section for %s is still the placeholder", section->label),
                g_strdup("write what changed"));
    }
}

/* ---- links ---- */

static void read_definitions(Checker *checker) {
    checker->definitions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)definition_free);
    for (guint i = 0; i < checker->changelog->lines->len; i++) {
        const Line *line = &g_array_index(checker->changelog->lines, Line, i);
        g_autofree char *label = NULL;
        gsize offset = 0, length = 0;
        if (!lines_is_definition(checker->changelog->text, line, &label, &offset, &length))
            continue;
        g_autofree char *key = g_ascii_strdown(label, -1);
        if (g_hash_table_contains(checker->definitions, key))
            continue;
        Definition *definition = g_new0(Definition, 1);
        *definition =
            (Definition){.line = i + 1, .offset = offset, .url = g_strndup(checker->changelog->text + offset, length), .label = g_steal_pointer(&label)};
        g_hash_table_insert(checker->definitions, g_steal_pointer(&key), definition);
    }
}

static const Definition *definition_of(const Checker *checker, const ChangelogSection *section) {
    g_autofree char *key = g_ascii_strdown(section->version != NULL ? section->label : "unreleased", -1);
    return g_hash_table_lookup(checker->definitions, key);
}

static const ChangelogSection *newest_version(const Checker *checker) {
    for (guint i = 0; i < section_count(checker); i++) {
        if (section_at(checker, i)->version != NULL)
            return section_at(checker, i);
    }
    return NULL;
}

/* The next older version's section; NULL: this is the oldest. */
static const ChangelogSection *older_than(const Checker *checker, guint index) {
    for (guint i = index + 1; i < section_count(checker); i++) {
        if (section_at(checker, i)->version != NULL)
            return section_at(checker, i);
    }
    return NULL;
}

/* A definition like the next older version's, put above it. */
static void offer_definition(Checker *checker, ChangelogFinding *finding, const ChangelogSection *section, const ChangelogSection *older) {
    const Definition *model = older != NULL ? definition_of(checker, older) : NULL;
    g_autofree char *url = model != NULL ? changelog_next_url(model->url, older->version, section->version) : NULL;
    if (url == NULL)
        return;
    gsize at = g_array_index(checker->changelog->lines, Line, model->line - 1).offset;
    offer(finding, at, 0, g_strdup_printf("[%s]: %s%s", section->label, url, changelog_newline(checker->changelog)));
}

static bool names_version(const Checker *checker, const char *text) {
    for (guint i = 0; i < section_count(checker); i++) {
        const ChangelogSection *section = section_at(checker, i);
        if (section->version != NULL && g_str_has_suffix(text, section->version))
            return true;
    }
    return false;
}

static void check_address(Checker *checker, const ChangelogSection *section, const Definition *definition, bool oldest) {
    g_autofree char *prefix = NULL, *base = NULL, *dots = NULL, *head = NULL;
    if (strstr(definition->url, section->version) == NULL) {
        ChangelogFinding *finding =
            say(checker, definition->line, "broken-link", g_strdup_printf("the link of %s does not name it: %s", section->label, definition->url),
                g_strdup("let it end in this version's tag"));
        point_at(checker, finding, definition->url);
        return;
    }
    if (!changelog_split_compare(definition->url, &prefix, &base, &dots, &head))
        return;
    if (strstr(head, section->version) == NULL || g_str_equal(base, head)) {
        ChangelogFinding *finding = say(checker, definition->line, "broken-link", g_strdup_printf("the link of %s ends in %s", section->label, head),
                                        g_strdup("let it end in this version's tag"));
        point_at(checker, finding, head);
    } else if (!oldest && !names_version(checker, base) && g_ascii_isdigit(base[strlen(base) - 1]) && strlen(base) < 30)
        warn(checker, definition->line, "broken-link", g_strdup_printf("the link of %s begins at %s, which has no section", section->label, base),
             g_strdup("let it begin at the version before"));
}

static void check_unreleased_link(Checker *checker) {
    const Definition *definition = g_hash_table_lookup(checker->definitions, "unreleased");
    const ChangelogSection *newest = newest_version(checker);
    g_autofree char *prefix = NULL, *base = NULL, *dots = NULL, *head = NULL;
    if (definition == NULL || newest == NULL || !changelog_split_compare(definition->url, &prefix, &base, &dots, &head))
        return;
    if (strstr(base, newest->version) != NULL)
        return;
    ChangelogFinding *finding =
        say(checker, definition->line, "broken-link", g_strdup_printf("[%s] begins at %s; the newest version is %s", definition->label, base, newest->version),
            g_strdup_printf("let it begin at %s", newest->version));
    point_at(checker, finding, base);
    /* the tag's form is known where the old one's version is */
    for (guint i = 0; i < section_count(checker); i++) {
        const char *old = section_at(checker, i)->version;
        const char *place = old != NULL ? strstr(base, old) : NULL;
        if (place == NULL || !g_str_equal(place, old))
            continue;
        offer(finding, definition->offset + strlen(prefix), strlen(base), g_strdup_printf("%.*s%s", (int)(place - base), base, newest->version));
        return;
    }
}

static void check_unused(Checker *checker) {
    GHashTableIter iter;
    gpointer key, value;
    g_hash_table_iter_init(&iter, checker->definitions);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        const Definition *definition = value;
        const char *label = definition->label + (g_ascii_tolower(*definition->label) == 'v' ? 1 : 0);
        bool version = g_ascii_isdigit(*label) && strchr(label, '.') != NULL && strspn(label, "0123456789.") >= 5;
        if (version && changelog_find(checker->changelog, label) == NULL)
            warn(checker, definition->line, "unused-link", g_strdup_printf("[%s] has no section", definition->label),
                 g_strdup("remove the line, or write the section"));
    }
}

static void check_links(Checker *checker) {
    read_definitions(checker);
    for (guint i = 0; i < section_count(checker); i++) {
        const ChangelogSection *section = section_at(checker, i);
        checker->defined += section->version != NULL && definition_of(checker, section) != NULL ? 1 : 0;
    }
    for (guint i = 0; i < section_count(checker); i++) {
        const ChangelogSection *section = section_at(checker, i);
        const Definition *definition = section->version != NULL ? definition_of(checker, section) : NULL;
        bool again = section->version != NULL && changelog_find(checker->changelog, section->version) != section;
        if (definition != NULL && !again)
            check_address(checker, section, definition, older_than(checker, i) == NULL);
        else if (definition == NULL && section->version != NULL && section->brackets && checker->defined > 0) {
            ChangelogFinding *finding = say(checker, section->line, "missing-link", g_strdup_printf("[%s] has no link, as others have", section->label),
                                            g_strdup_printf("add a line at the end: [%s]: https://…", section->label));
            point_at(checker, finding, section->label);
            offer_definition(checker, finding, section, older_than(checker, i));
        }
    }
    if (checker->defined > 0)
        check_unused(checker);
    check_unreleased_link(checker);
    g_hash_table_unref(checker->definitions);
}

/* ---- tags ---- */

static bool has_tag(const Checker *checker, const char *version) {
    int order = 1;
    for (guint i = 0; checker->facts->tagged[i] != NULL; i++) {
        if (g_str_equal(checker->facts->tagged[i], version) || (checker->facts->compare(checker->facts->tagged[i], version, &order) && order == 0))
            return true;
    }
    return false;
}

static void check_tags(Checker *checker) {
    const ChangelogSection *newest = newest_version(checker), *oldest = NULL;
    for (guint i = 0; checker->facts->tagged != NULL && i < section_count(checker); i++) {
        const ChangelogSection *section = section_at(checker, i);
        if (section->version == NULL)
            continue;
        oldest = section;
        /* the newest is perhaps just being prepared */
        if (section != newest && !section->yanked && !has_tag(checker, section->version))
            warn(checker, section->line, "version-without-tag", g_strdup_printf("%s has no tag", section->version),
                 g_strdup("was it ever released? mark it [YANKED], or correct its number"));
    }
    for (guint i = 0; oldest != NULL && checker->facts->tagged[i] != NULL; i++) {
        const char *tagged = checker->facts->tagged[i];
        int order = 0;
        bool pre = strpbrk(tagged, "-") != NULL;
        bool within = checker->facts->compare(tagged, oldest->version, &order) && order > 0;
        if (within && !pre && changelog_find(checker->changelog, tagged) == NULL)
            warn(checker, newest->line, "tag-without-version", g_strdup_printf("%s was tagged, but has no section", tagged),
                 g_strdup_printf("slipway notes %s --from-commits", tagged));
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
    check_duplicates(&checker);
    check_order(&checker);
    check_days(&checker);
    check_sections(&checker);
    check_links(&checker);
    check_tags(&checker);
    g_ptr_array_sort(checker.findings, by_place);
    return checker.findings;
}

GBytes *changelog_fix(const Changelog *changelog, const GPtrArray *findings) {
    g_autoptr(GArray) edits = changelog_edits_new();
    gsize done = 0;
    g_autoptr(GPtrArray) fixable = g_ptr_array_new();
    for (guint i = 0; i < findings->len; i++) {
        if (((const ChangelogFinding *)g_ptr_array_index(findings, i))->fixable)
            g_ptr_array_add(fixable, g_ptr_array_index(findings, i));
    }
    for (guint i = 0; i < fixable->len; i++) {
        const ChangelogFinding *finding = g_ptr_array_index(fixable, i);
        if (finding->length > 0 && finding->offset < done)
            continue;
        changelog_add_edit(edits, finding->offset, finding->length, finding->text);
        done = MAX(done, finding->offset + finding->length);
    }
    return changelog_apply(changelog, edits);
}
