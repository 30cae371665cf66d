/* Link definitions: what is wrong with them, and what they should be; and the mending of all that can be mended safely. */
#include "changelog/fix.h"

#include <string.h>

/* The base of a comparison that is longer than this is a commit's id. */
#define NAME_LIMIT 30
#define TAG_LIMIT 200
/* This many sections below one are looked at for the version before it. */
#define NEAR 64

#define NONE G_MAXUINT

/* Of a section: the next older version's, NULL: it is the oldest; and the nearest ones that have a link, NONE: there is none. */
typedef struct {
    const ChangelogSection *older;
    guint linked_below, linked_above;
} Neighbours;

typedef struct {
    const Checker *checker;
    const Changelog *changelog;
    Neighbours *near;
    const ChangelogSection *newest, *highest;
    guint defined, first_linked; /* how many versions have a definition; the index of the newest that has */
} Links;

static guint line_of(const Definition *definition) {
    return definition->line + 1;
}

static char *url_of(const Links *links, const Definition *definition) {
    return g_strndup(links->changelog->text + definition->offset, definition->length);
}

/* The section of the version that a tag's name ends in; NULL: none. */
static const ChangelogSection *section_named(const Links *links, const char *tag) {
    gsize length = strlen(tag);
    for (const char *at = tag + (length > TAG_LIMIT ? length - TAG_LIMIT : 0); *at != '\0'; at++) {
        bool begins = g_ascii_isdigit(*at) && (at == tag || !g_ascii_isdigit(at[-1]));
        const ChangelogSection *section = begins ? changelog_find(links->changelog, at) : NULL;
        if (section != NULL)
            return section;
    }
    return NULL;
}

/* The part of an address that names the version: the end of a comparison, or of the path. */
static char *end_of(const char *url) {
    g_auto(Compare) compare = {0};
    if (changelog_split_compare(url, &compare))
        return g_steal_pointer(&compare.head);
    const char *slash = strrchr(url, '/');
    return g_strdup(slash != NULL && slash[1] != '\0' ? slash + 1 : url);
}

/* The section of the version that this one's link names, its own or, in a copied line, another's; NULL: it has no link that others can be made like. */
static const ChangelogSection *named_by(const Links *links, const ChangelogSection *section) {
    const Definition *definition = section->version != NULL ? changelog_definition(links->changelog, section->label) : NULL;
    if (definition == NULL)
        return NULL;
    g_autofree char *url = url_of(links, definition);
    g_autofree char *end = end_of(url);
    return changelog_find_version(end, section->version) != NULL ? section : section_named(links, end);
}

static bool is_stable(const char *version) {
    return version[strspn(version, "0123456789.")] == '\0';
}

static bool is_below(const Links *links, const char *lower, const char *upper) {
    int order = 0;
    return links->checker->facts->compare(lower, upper, &order) && order < 0;
}

/* The version that a section's comparison begins at: the highest lower one of those that stand near below, which need not be the next where maintenance
 * releases stand between. NULL: this is the oldest. */
static const ChangelogSection *older_of(const Links *links, guint index) {
    const ChangelogSection *section = checker_section(links->checker, index), *best = NULL;
    for (guint i = index + 1; i < MIN(checker_count(links->checker), index + NEAR); i++) {
        const ChangelogSection *other = checker_section(links->checker, i);
        if (other->version != NULL && is_below(links, other->version, section->version) && (best == NULL || is_below(links, best->version, other->version)))
            best = other;
    }
    return best != NULL ? best : links->near[index].older;
}

/* ---- a version's address ---- */

/* A link that names another version, made this one's. NULL: that cannot be told. */
static char *address_like(const Links *links, const Definition *model, const ChangelogSection *named, guint index) {
    const ChangelogSection *section = checker_section(links->checker, index), *older = older_of(links, index);
    g_autofree char *url = url_of(links, model);
    g_auto(Compare) compare = {0};
    bool compares = changelog_split_compare(url, &compare);
    if (compares && older == NULL)
        return NULL;
    return changelog_url_like(&(Model){.url = url, .version = named->version}, older != NULL ? older->version : section->version, section->version);
}

/* It names another version than its own: a line that was copied. */
static void check_end(const Links *links, const Definition *definition, guint index, const char *end) {
    const Checker *checker = links->checker;
    const ChangelogSection *section = checker_section(checker, index);
    const ChangelogSection *named = section_named(links, end);
    ChangelogFinding *finding = checker_say(checker, line_of(definition), "broken-link", g_strdup_printf("the link of %s ends in %s", section->label, end),
                                            g_strdup("let it end in this version's tag"));
    checker_point(checker, finding, end);
    char *right = named != NULL ? address_like(links, definition, named, index) : NULL;
    if (right != NULL)
        checker_offer(finding, definition->offset, definition->length, right);
}

/* Is there a version of its own between the two that the comparison leaves out? It may be meant: the two may be of different lines. */
static bool leaves_out(const Links *links, guint index, const ChangelogSection *base) {
    const ChangelogSection *section = checker_section(links->checker, index), *older = older_of(links, index);
    return !older->yanked && is_stable(older->version) && is_below(links, older->version, section->version) && is_below(links, base->version, older->version);
}

static void check_begin(const Links *links, const Definition *definition, guint index, const Compare *compare) {
    const Checker *checker = links->checker;
    const ChangelogSection *section = checker_section(checker, index), *next = links->near[index].older;
    if (next == NULL || changelog_find_version(compare->base, next->version) != NULL)
        return;
    const ChangelogSection *older = older_of(links, index), *base = section_named(links, compare->base);
    if (base == older)
        return;
    if (base == NULL) {
        gsize length = strlen(compare->base);
        if (length < NAME_LIMIT && g_ascii_isdigit(compare->base[length - 1]))
            checker_warn(checker, line_of(definition), "broken-link",
                         g_strdup_printf("the link of %s begins at %s, which has no section", section->label, compare->base),
                         g_strdup("let it begin at the version before"));
        return;
    }
    bool below = base != section && !is_below(links, section->version, base->version);
    if (below && !leaves_out(links, index, base))
        return;
    ChangelogFinding *finding = checker_warn(checker, line_of(definition), "broken-link",
                                             g_strdup_printf("the link of %s begins at %s, %s", section->label, compare->base,
                                                             below ? "and leaves out the version before" : "which is no older version"),
                                             g_strdup_printf("let it begin at %s", older->version));
    checker_point(checker, finding, compare->base);
    g_autofree char *from = changelog_url_like(&(Model){.url = compare->base, .version = base->version}, base->version, older->version);
    if (!below && from != NULL && is_below(links, older->version, section->version))
        checker_offer(finding, definition->offset, definition->length, changelog_join_compare(compare, from, compare->head));
}

static void check_address(const Links *links, const Definition *definition, guint index) {
    const ChangelogSection *section = checker_section(links->checker, index);
    g_autofree char *url = url_of(links, definition);
    g_auto(Compare) compare = {0};
    if (changelog_split_compare(url, &compare)) {
        if (changelog_find_version(compare.head, section->version) == NULL)
            check_end(links, definition, index, compare.head);
        else
            check_begin(links, definition, index, &compare);
        return;
    }
    g_autofree char *end = end_of(url);
    if (changelog_find_version(url, section->version) == NULL)
        check_end(links, definition, index, end);
}

/* ---- missing ---- */

static void offer_line(const Links *links, ChangelogFinding *finding, gsize at, const char *label, const char *url) {
    const char *newline = changelog_newline(links->changelog, at);
    bool open = at > 0 && at == links->changelog->length && strchr("\r\n", links->changelog->text[at - 1]) == NULL;
    checker_offer(finding, at, 0, g_strdup_printf("%s[%s]: %s%s", open ? newline : "", label, url, open ? "" : newline));
}

/* Above the next older version's that has one, or else below the next newer one's. */
static void offer_definition(const Links *links, ChangelogFinding *finding, guint index) {
    const ChangelogSection *section = checker_section(links->checker, index);
    const Neighbours *near = &links->near[index];
    bool below = near->linked_below == NONE;
    const ChangelogSection *other = checker_section(links->checker, below ? near->linked_above : near->linked_below);
    const Definition *model = other != NULL ? changelog_definition(links->changelog, other->label) : NULL;
    g_autofree char *url = model != NULL ? address_like(links, model, named_by(links, other), index) : NULL;
    if (url == NULL)
        return;
    const Line *line = &g_array_index(links->changelog->lines, Line, model->line);
    offer_line(links, finding, below ? line[model->count - 1].next : line->offset, section->label, url);
}

/* [Unreleased] in brackets without a link, where versions are compared. */
static void check_unreleased_missing(const Links *links) {
    const ChangelogSection *section = changelog_unreleased(links->changelog), *newest = links->newest;
    bool missing = section != NULL && section->brackets && section->planned == NULL && changelog_definition(links->changelog, section->label) == NULL;
    if (!missing || newest == NULL || newest != links->highest || links->first_linked == NONE)
        return;
    const ChangelogSection *like = checker_section(links->checker, links->first_linked);
    const Definition *model = changelog_definition(links->changelog, like->label);
    g_auto(Compare) compare = {0};
    g_autofree char *url = url_of(links, model);
    bool compares = changelog_split_compare(url, &compare);
    g_autofree char *tag =
        compares ? changelog_url_like(&(Model){.url = compare.head, .version = named_by(links, like)->version}, like->version, newest->version) : NULL;
    if (tag == NULL)
        return;
    g_autofree char *own = changelog_join_compare(&compare, tag, "HEAD");
    g_autofree char *key = g_ascii_strdown(section->label, -1);
    ChangelogFinding *finding =
        checker_warn(links->checker, section->line, "missing-link", g_strdup_printf("[%s] has no link, as versions have", section->label),
                     g_strdup_printf("add the line [%s]: %s", key, own));
    checker_point(links->checker, finding, section->label);
    offer_line(links, finding, g_array_index(links->changelog->lines, Line, model->line).offset, key, own);
}

static void check_unreleased(const Links *links) {
    const Definition *definition = changelog_definition(links->changelog, "unreleased");
    g_autofree char *url = definition != NULL ? url_of(links, definition) : NULL;
    g_auto(Compare) compare = {0};
    if (definition == NULL)
        check_unreleased_missing(links);
    if (definition == NULL || links->newest == NULL || !changelog_split_compare(url, &compare))
        return;
    if (changelog_find_version(compare.base, links->newest->version) != NULL || changelog_find_version(compare.base, links->highest->version) != NULL)
        return;
    ChangelogFinding *finding = checker_say(links->checker, line_of(definition), "broken-link",
                                            g_strdup_printf("[%.*s] begins at %s; the newest version is %s", (int)definition->label_length,
                                                            links->changelog->text + definition->label_offset, compare.base, links->newest->version),
                                            g_strdup_printf("let it begin at %s", links->newest->version));
    checker_point(links->checker, finding, compare.base);
    /* the tag's form is known where the old one's version is */
    const ChangelogSection *old = section_named(links, compare.base);
    g_autofree char *base =
        old != NULL ? changelog_url_like(&(Model){.url = compare.base, .version = old->version}, old->version, links->newest->version) : NULL;
    /* a maintenance release may be the newest: then either could be meant */
    bool maintained = links->newest != links->highest && links->newest->date != NULL && links->highest->date != NULL;
    if (base != NULL && !maintained)
        checker_offer(finding, definition->offset, definition->length, changelog_join_compare(&compare, base, compare.head));
}

/* ---- too many ---- */

static bool is_version_label(const char *label) {
    gsize numbers = strspn(label, "0123456789.");
    const char *dot = strchr(label, '.');
    return numbers >= 5 && dot != NULL && strchr(dot + 1, '.') != NULL;
}

static void check_unused(const Links *links) {
    const GArray *definitions = links->changelog->definitions;
    for (guint i = 0; i < definitions->len; i++) {
        const Definition *definition = &g_array_index(definitions, Definition, i);
        g_autofree char *label = g_strndup(links->changelog->text + definition->label_offset, definition->label_length);
        const char *bare = label + (g_ascii_tolower(*label) == 'v' ? 1 : 0);
        const Definition *first = changelog_definition(links->changelog, label);
        bool version = is_version_label(bare), unreleased = g_ascii_strcasecmp(label, "unreleased") == 0;
        bool same = first->length == definition->length &&
                    memcmp(links->changelog->text + first->offset, links->changelog->text + definition->offset, first->length) == 0;
        if (version && first == definition && changelog_find(links->changelog, bare) == NULL)
            checker_warn(links->checker, line_of(definition), "unused-link", g_strdup_printf("[%s] has no section", label),
                         g_strdup("remove the line, or write the section"));
        if ((version || unreleased) && first != definition && !same)
            checker_warn(links->checker, line_of(definition), "duplicate-link",
                         g_strdup_printf("[%s] is defined in line %u, which counts", label, line_of(first)), g_strdup("remove one of the two lines"));
    }
}

/* ---- all ---- */

static bool is_linked(const Links *links, const ChangelogSection *section) {
    return named_by(links, section) != NULL;
}

static void read_sections(Links *links) {
    const ChangelogSection *older = NULL;
    guint linked = NONE, count = checker_count(links->checker);
    for (guint i = count; i > 0; i--) {
        const ChangelogSection *section = checker_section(links->checker, i - 1);
        links->near[i - 1] = (Neighbours){.older = older, .linked_below = linked};
        linked = is_linked(links, section) ? i - 1 : linked;
        links->first_linked = linked;
        links->defined += section->version != NULL && changelog_definition(links->changelog, section->label) != NULL ? 1 : 0;
        if (section->version == NULL)
            continue;
        older = section;
        links->newest = section;
        if (links->highest == NULL || !is_below(links, section->version, links->highest->version))
            links->highest = section;
    }
    linked = NONE;
    for (guint i = 0; i < count; i++) {
        links->near[i].linked_above = linked;
        linked = is_linked(links, checker_section(links->checker, i)) ? i : linked;
    }
}

static void check_section(const Links *links, guint index) {
    const ChangelogSection *section = checker_section(links->checker, index);
    /* what stands here a second time is said elsewhere */
    if (section->version == NULL || changelog_find(links->changelog, section->version) != section)
        return;
    const Definition *definition = changelog_definition(links->changelog, section->label);
    if (definition != NULL && (section->brackets || section->url == NULL))
        check_address(links, definition, index);
    else if (definition == NULL && section->brackets) {
        ChangelogFinding *finding =
            checker_say(links->checker, section->line, "missing-link", g_strdup_printf("[%s] has no link, as others have", section->label),
                        g_strdup_printf("add a line at the end: [%s]: https://…", section->label));
        checker_point(links->checker, finding, section->label);
        offer_definition(links, finding, index);
    }
}

void checker_links(const Checker *checker) {
    g_autofree Neighbours *near = g_new0(Neighbours, checker_count(checker) + 1);
    Links links = {.checker = checker, .changelog = checker->changelog, .near = near};
    read_sections(&links);
    for (guint i = 0; links.defined > 0 && i < checker_count(checker); i++)
        check_section(&links, i);
    if (links.defined > 0)
        check_unused(&links);
    check_unreleased(&links);
}

/* ---- mending ---- */

static int by_offset(gconstpointer a, gconstpointer b) {
    const ChangelogFinding *first = *(const ChangelogFinding *const *)a, *second = *(const ChangelogFinding *const *)b;
    if (first->offset != second->offset)
        return first->offset < second->offset ? -1 : 1;
    return first->line < second->line ? -1 : first->line > second->line ? 1 : 0;
}

GBytes *changelog_fix(const Changelog *changelog, const GPtrArray *findings) {
    g_autoptr(GArray) edits = changelog_edits_new();
    g_autoptr(GPtrArray) fixable = g_ptr_array_new();
    gsize done = 0;
    for (guint i = 0; i < findings->len; i++) {
        if (((const ChangelogFinding *)g_ptr_array_index(findings, i))->fixable)
            g_ptr_array_add(fixable, g_ptr_array_index(findings, i));
    }
    g_ptr_array_sort(fixable, by_offset);
    for (guint i = 0; i < fixable->len; i++) {
        const ChangelogFinding *finding = g_ptr_array_index(fixable, i);
        /* two findings never want the same bytes; were it so, the first is mended now and the other is found again */
        if (finding->offset < done)
            continue;
        changelog_add_edit(edits, finding->offset, finding->length, finding->text);
        done = finding->offset + finding->length;
    }
    return changelog_apply(changelog, edits);
}
