/* Headings of the wild, days, commit messages, the division of history, links, escaping: tables of cases. */
#include "changelog/changelog.h"
#include "changelog/escape.h"
#include "changelog/generate.h"
#include "changelog/heading.h"
#include "changelog/history.h"
#include "changelog/links.h"

#include <string.h>

/* ---- headings: what projects write (without their #s) ---- */

static const struct {
    const char *text, *version, *date; /* version NULL: no version's heading; "": not released, without one */
    bool unreleased, yanked;
} headings[] = {
    {"[2.0.0] - 2026-06-07", "2.0.0", "2026-06-07", false, false},
    {"[Unreleased]", "", NULL, true, false},
    {"[UNRELEASED]", "", NULL, true, false},
    {"Unreleased - v1.1-dev", "", NULL, true, false},
    {"Unreleased Changes", "", NULL, true, false},
    {"[Unreleased] - ReleaseDate", "", NULL, true, false},
    {"master (unreleased)", "", NULL, true, false},
    {"TBD", "", NULL, true, false},
    {"dev", "", NULL, true, false},
    {"unreleased", "", NULL, true, false},
    {"15.2.0 (2026-07-15)", "15.2.0", "2026-07-15", false, false},
    {"3.10.0 (2026-01-02)", "3.10.0", "2026-01-02", false, false},
    {"[1.7.9](https://github.com/axios/axios/compare/v1.7.8...v1.7.9) (2024-12-04)", "1.7.9", "2024-12-04", false, false},
    {"[2.10.2] 2026-07-01", "2.10.2", "2026-07-01", false, false},
    {"1.0.0-alpha1 - 2012-03-01", "1.0.0-alpha1", "2012-03-01", false, false},
    {"3.0.1", "3.0.1", NULL, false, false},
    {"5.0.0 - TBD", "5.0.0", NULL, true, false},
    {"0.28.1 (6th December, 2024)", "0.28.1", "2024-12-06", false, false},
    {"v10.9.0 - August 21, 2026", "10.9.0", "2026-08-21", false, false},
    {"5.2.1 / 2025-12-01", "5.2.1", "2025-12-01", false, false},
    {"fish 4.8.1 (released July 14, 2026)", "4.8.1", "2026-07-14", false, false},
    {"fish ?.?.? (released ?\?\?)", NULL, NULL, false, false},
    {"1.16.0 (July 24, 2026)", "1.16.0", "2026-07-24", false, false},
    {"3.14.0 / 2026-08-17", "3.14.0", "2026-08-17", false, false},
    {"Version 3.2.0", "3.2.0", NULL, false, false},
    {"v0.26.1", "0.26.1", NULL, false, false},
    {"1.39.0 (July 23rd, 2024)", "1.39.0", "2024-07-23", false, false},
    {"[0.0.5] - 2014-12-13 [YANKED]", "0.0.5", "2014-12-13", false, true},
    {"1.2.0 (unreleased)", "1.2.0", NULL, true, false},
    {"v1.0.0 - 2026-01-02 - \"Old Owl\"", "1.0.0", "2026-01-02", false, false},
    {"1.0.0 (2026-01-02) (2026-01-03)", "1.0.0", "2026-01-02", false, false},
    {"1.0.0 2026.03.06", "1.0.0", "2026-03-06", false, false},
    {"2.0 migration guide", NULL, NULL, false, false},
    {"Python 3.8 support is gone", NULL, NULL, false, false},
    {"Fixed", NULL, NULL, false, false},
    {"3 things", NULL, NULL, false, false},
    {"main", NULL, NULL, false, false},
    {"Changelog", NULL, NULL, false, false},
    {"[1.0.0", NULL, NULL, false, false},
};

static void test_headings(void) {
    for (guint i = 0; i < G_N_ELEMENTS(headings); i++) {
        const char *text = headings[i].text;
        Heading heading;
        bool read = heading_read(text, &heading);
        if (read != (headings[i].version != NULL))
            g_error("%s: is %sread as a version's", text, read ? "" : "not ");
        if (!read)
            continue;
        g_autofree char *version = g_strndup(text + heading.version.offset, heading.version.length);
        g_autofree char *date = heading.date.length > 0 ? heading_iso_date(text + heading.date.offset, heading.date.length) : NULL;
        if (g_strcmp0(version, headings[i].version) != 0 || g_strcmp0(date, headings[i].date) != 0)
            g_error("%s: version %s, day %s", text, version, date != NULL ? date : "none");
        g_assert_cmpint(heading.unreleased, ==, headings[i].unreleased);
        g_assert_cmpint(heading.yanked, ==, headings[i].yanked);
    }
}

static void test_dates(void) {
    static const char *const like[][2] = {
        {"2026-01-02", "2027-12-31"}, {"July 3rd, 2026", "December 31st, 2027"}, {"6th Dec, 2024", "31st Dec, 2027"}, {"2026/01/02", "2027/12/31"},
        {"2026.1.2", "2027.12.31"},   {"January 02, 2026", "December 31, 2027"}, {"no day at all", "2027-12-31"}};
    for (guint i = 0; i < G_N_ELEMENTS(like); i++) {
        g_autofree char *made = heading_date_like(like[i][0], "2027-12-31");
        g_assert_cmpstr(made, ==, like[i][1]);
    }
    static const char *const none[] = {"2026-13-01", "2026-02-29", "31st June, 2026", "2026-01", "1.2.3"};
    for (guint i = 0; i < G_N_ELEMENTS(none); i++)
        g_assert_null(heading_iso_date(none[i], strlen(none[i])));
}

/* ---- messages ---- */

static const struct {
    const char *message, *type, *scope, *subject, *breaking, *pull;
} messages[] = {
    {"feat(x)!: b", "feat", "x", "b", "b", NULL},
    {"feat!(x): b", NULL, NULL, "feat!(x): b", NULL, NULL},
    {"feat (x): b", NULL, NULL, "feat (x): b", NULL, NULL},
    {"feat(): b", NULL, NULL, "feat(): b", NULL, NULL},
    {"feat(a b): c", "feat", "a b", "c", NULL, NULL},
    {"fix: a\nBREAKING CHANGE: y", "fix", NULL, "a", "y", NULL},
    {"fix: a\n\nbreaking change: y", "fix", NULL, "a", NULL, NULL},
    {"fix: a\n\nBREAKING CHANGE #12", "fix", NULL, "a", "#12", NULL},
    {"fix: a\n\nBREAKING CHANGE: y\nmore\n\nReviewed-by: Z", "fix", NULL, "a", "y\nmore", NULL},
    {"Fix: a (#123)\r\n\r\nbody", "fix", NULL, "a", NULL, "123"},
    {"Title (!45)", NULL, NULL, "Title", NULL, "45"},
    {"Merge pull request #7 from a/b\n\nfix: the title", "fix", NULL, "the title", NULL, "7"},
    {"Revert \"feat: a (#1)\" (#2)", "revert", NULL, "Revert \"feat: a (#1)\"", NULL, "2"},
    {"feat: ", NULL, NULL, "feat:", NULL, NULL},
    {"", NULL, NULL, "", NULL, NULL},
};

static void test_messages(void) {
    for (guint i = 0; i < G_N_ELEMENTS(messages); i++) {
        g_autoptr(Commit) commit = commit_parse(messages[i].message, 1);
        g_test_message("%s", messages[i].message);
        g_assert_cmpstr(commit->type, ==, messages[i].type);
        g_assert_cmpstr(commit->scope, ==, messages[i].scope);
        g_assert_cmpstr(commit->subject, ==, messages[i].subject);
        g_assert_cmpstr(commit->breaking, ==, messages[i].breaking);
        g_assert_cmpstr(commit->pull, ==, messages[i].pull);
    }
    g_autoptr(Commit) commit = commit_parse("fix: a\n\nCloses #1, #22\nfixes: #1\nCo-authored-by: A <a@b>\nco-authored-by: A <a@b>\nRelease-As: 2.0.0", 1);
    g_assert_cmpuint(g_strv_length(commit->issues), ==, 2);
    g_assert_cmpuint(g_strv_length(commit->authors), ==, 1);
    g_assert_cmpstr(commit->release_as, ==, "2.0.0");
}

/* ---- division ---- */

static void add(History *history, const char *id, const char *parents, gint64 when) {
    history_add(history, &(HistoryRecord){.id = id, .parents = parents, .when = when, .author = "a", .email = "e", .message = id});
}

static char *ids_of(const GPtrArray *parts) {
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < parts->len; i++) {
        const HistoryPart *part = g_ptr_array_index(parts, i);
        g_string_append_printf(out, "%s%s:", i > 0 ? " " : "", part->tag != NULL ? part->tag : "-");
        for (guint k = 0; k < part->commits->len; k++)
            g_string_append(out, ((const HistoryCommit *)g_ptr_array_index(part->commits, k))->id);
    }
    return g_string_free(out, FALSE);
}

/* A branch that was cut before v1 and merged behind it belongs to v2; a clock that went backwards changes nothing. */
static void test_division(void) {
    g_autoptr(History) history = history_new();
    add(history, "f", "e", 60);
    add(history, "e", "d c", 10);
    add(history, "d", "b", 40);
    add(history, "c", "a", 30);
    add(history, "b", "a missing", 20);
    add(history, "a", "", 50);
    add(history, "a", "f", 50);
    HistoryTag tags[] = {{"v2", "e"}, {"v1", "b"}, {"v0", "a"}, {"vx", "nowhere"}};
    g_autoptr(GPtrArray) parts = history_divide(history, tags, G_N_ELEMENTS(tags));
    g_autofree char *ids = ids_of(parts);
    g_assert_cmpstr(ids, ==, "-:f v2:edc v1:b v0:a");
    g_assert_cmpuint(history_size(history), ==, 6);
    g_autoptr(GPtrArray) whole = history_divide(history, NULL, 0);
    g_autofree char *all = ids_of(whole);
    g_assert_cmpstr(all, ==, "-:fedcba");
}

/* ---- links, escaping ---- */

static void test_links(void) {
    static const char *const urls[][2] = {{"https://user:pw@github.com/o/r.git", "https://github.com/o/r/compare/a...b"},
                                          {"git@github.com:o/r", "https://github.com/o/r/compare/a...b"},
                                          {"ssh://git@gitlab.example.org:22/g/s/r.git", "https://gitlab.example.org/g/s/r/-/compare/a...b"},
                                          {"https://codeberg.org/o/r", "https://codeberg.org/o/r/compare/a...b"},
                                          {"git@bitbucket.org:o/r.git", "https://bitbucket.org/o/r/branches/compare/b..a"},
                                          {"../origin.git", NULL},
                                          {"/srv/git/r.git", NULL},
                                          {"https://github.com/o/r) <x>", NULL}};
    for (guint i = 0; i < G_N_ELEMENTS(urls); i++) {
        g_autoptr(Links) links = links_new(urls[i][0], NULL);
        g_autofree char *address = links_compare(links, "a", "b");
        g_assert_cmpstr(address, ==, urls[i][1]);
    }
    g_autoptr(Links) links = links_new("https://github.com/o/r", NULL);
    g_autofree char *odd = links_compare(links, NULL, "v1) [x](y");
    g_assert_cmpstr(odd, ==, "https://github.com/o/r/releases/tag/v1%29%20%5Bx%5D%28y");
}

static void test_escaping(void) {
    static const char *const cases[][2] = {{"snake_case and _this_", "snake_case and \\_this\\_"},
                                           {"`a_*b*` *c*", "`a_*b*` \\*c\\*"},
                                           {"1. x", "1\\. x"},
                                           {"- x", "\\- x"},
                                           {"![a](b)", "\\!\\[a\\](b)"},
                                           {"<b> & @ada a@b", "&lt;b> &amp; @\u2060ada a@b"},
                                           {"a `b", "a \\`b"},
                                           {"\033[31mred\033[0m\nline", "red\\\\nline"}};
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *escaped = escape_markdown(cases[i][0], false);
        g_assert_cmpstr(escaped, ==, cases[i][1]);
    }
    g_autofree char *named = escape_markdown("@ada", true);
    g_assert_cmpstr(named, ==, "@ada");
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/history/headings", test_headings);
    g_test_add_func("/history/dates", test_dates);
    g_test_add_func("/history/messages", test_messages);
    g_test_add_func("/history/division", test_division);
    g_test_add_func("/history/links", test_links);
    g_test_add_func("/history/escaping", test_escaping);
    return g_test_run();
}
