/* Changelogs checked, mended and added to: by tables, and by what holds for every file of data/changelog. */
#include "base/error.h"
#include "changelog/add.h"
#include "changelog/check.h"

#include <stdlib.h>
#include <string.h>

static GBytes *bytes_of(const char *text) {
    return g_bytes_new(text, strlen(text));
}

static char *text_of(GBytes *bytes) {
    return g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

/* Numbers by their value, then what hangs on them: enough for these tests. */
static bool compare(const char *a, const char *b, int *order) {
    char *first = NULL, *second = NULL;
    for (;; a = first + 1, b = second + 1) {
        guint64 x = g_ascii_strtoull(a, &first, 10), y = g_ascii_strtoull(b, &second, 10);
        *order = x < y ? -1 : x > y ? 1 : 0;
        if (*order != 0)
            return true;
        if (*first != '.' || *second != '.')
            break;
    }
    *order = *first == '\0' && *second != '\0' ? 1 : *first != '\0' && *second == '\0' ? -1 : strcmp(first, second);
    return true;
}

static const ChangelogFacts facts = {.today = "2026-11-24", .compare = compare};

/* "LINE:COLUMN code" for each, a warning with ?, what is fixable with *. */
static char *findings_of(const GPtrArray *findings) {
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < findings->len; i++) {
        const ChangelogFinding *finding = g_ptr_array_index(findings, i);
        g_assert_true(finding->what != NULL && finding->fix != NULL && finding->fixable == (finding->text != NULL));
        g_string_append_printf(out, "%s%u:%u %s%s%s", i > 0 ? ", " : "", finding->line, finding->column, finding->code, finding->warning ? "?" : "",
                               finding->fixable ? "*" : "");
    }
    return g_string_free(out, FALSE);
}

/* ---- checking and mending ---- */

typedef struct {
    const char *name, *text, *findings, *fixed; /* fixed NULL: nothing is mended */
} Case;

#define LINKS "[1.1.0]: https://h/compare/v1.0.0...v1.1.0\n[1.0.0]: https://h/releases/tag/v1.0.0\n"

static const Case cases[] = {
    {"nothing", "# C\n\n## [Unreleased]\n\n### Added\n\n## [1.0.0] - 2026-01-02\n\nIn short.\n\n### Fixed\n\n- x\n", "", NULL},
    {"order", "## 1.0.0 - 2025-01-01\n- x\n## 1.1.0 - 2026-01-01\n- y\n", "3:1 order", NULL},
    {"maintenance by days", "## 2.1.0 - 2026-03-01\n- x\n## 1.9.1 - 2026-02-01\n- y\n## 2.0.0 - 2026-01-01\n- z\n", "", NULL},
    {"maintenance by lines", "## 2.0.0 - 2026-01-01\n- x\n## 1.9.1 - 2026-02-01\n- y\n", "", NULL},
    {"maintenance without days", "# v3.0.5\n- x\n# v2.6.2\n- y\n# v3.0.4\n- z\n", "5:1 order?", NULL},
    {"days the wrong way", "## 1.0.1 - 2025-01-01\n- x\n## 1.0.0 - 2025-02-01\n- y\n", "3:1 date-order?", NULL},
    {"no such day", "## 1.0.1 - 2024-13-45\n- x\n", "1:12 bad-date", NULL},
    {"tomorrow", "## 1.0.1 - 2026-11-25\n- x\n", "1:12 future-date", NULL},
    {"no day", "## 1.0.1\n- x\n## 1.0.0 - 2026-01-01\n- y\n", "1:1 missing-date?", NULL},
    {"another form", "## 1.0.2 - 3rd March, 2026\n- x\n## 1.0.1 - 2026-02-01\n- x\n## 1.0.0 - 2026-01-01\n- y\n", "1:12 date-form?*",
     "## 1.0.2 - 2026-03-03\n- x\n## 1.0.1 - 2026-02-01\n- x\n## 1.0.0 - 2026-01-01\n- y\n"},
    {"never ISO", "## 1.0.1 (July 2, 2026)\n- x\n## 1.0.0 (July 1, 2026)\n- x\n", "", NULL},
    {"twice", "## 1.0.0\n- x\n## v1.0.0\n- y\n", "3:4 duplicate-version", NULL},
    {"several", "## [Unreleased]\n- x\n## 1.0.0\n- y\n## Unreleased\n- z\n", "5:4 several-unreleased", NULL},
    {"planned beside", "## 5.0.0 - TBD\n- x\n## [Unreleased]\n- y\n## 1.0.0\n- z\n", "", NULL},
    {"empty", "## 1.0.0\n\n## 0.9.0 [YANKED]\n\n## 0.8.0\n\n### Fixed\n\n- x\n", "1:1 empty-section?", NULL},
    {"categories",
     "## 1.0.0\n### Fixed\n- x\n### Adedd\n- y\n### changed:\n- z\n### Removed\n- a\n### Security\n- b\n### Deprecated\n- b\n### Colours\n- c\n## 0.9.0\n### "
     "Added\n- a\n### Fixed\n- a\n### Changed\n- a\n### Removed\n- a\n### Security\n- a\n",
     "4:5 unknown-category*, 6:5 unknown-category*, 14:5 unknown-category?",
     "## 1.0.0\n### Fixed\n- x\n### Added\n- y\n### Changed\n- z\n### Removed\n- a\n### Security\n- b\n### Deprecated\n- b\n### Colours\n- c\n## 0.9.0\n### "
     "Added\n- a\n### Fixed\n- a\n### Changed\n- a\n### Removed\n- a\n### Security\n- a\n"},
    {"other parts", "## 1.0.0\n### Fixed\n- x\n### Added\n- x\n### Changed\n- x\n### Removed\n- x\n### Known issues\n- y\n### Upgrade notes\nz\n", "", NULL},
    {"not its categories", "## 1.0.0\n### Fixes\n- x\n### FEATURES:\n- y\n### Bug Fixes\n- z\n", "", NULL},
    {"nothing under it", "## 1.0.0\n\n### Added\n\n### Fixed\n\n- x\n\n### Removed\n\n[x]: y\n", "3:1 empty-category?*, 9:1 empty-category?*",
     "## 1.0.0\n\n### Fixed\n\n- x\n\n[x]: y\n"},
    {"misspelt and nothing under it", "## 1.0.0\n### Added\n- a\n### Changed\n- a\n### Removed\n- a\n### Fixd\n", "8:1 empty-category?*",
     "## 1.0.0\n### Added\n- a\n### Changed\n- a\n### Removed\n- a\n"},
    {"category twice", "## 1.0.0\n### Added\n- a\n### Fixed\n- a\n### Added\n- b\n", "6:1 duplicate-category?", NULL},
    {"placeholder", "## 1.0.0\n\n- TODO: describe what is new, or remove this\n\n## 0.9.0\n\n- TBD.\n- x\n", "3:1 placeholder, 7:1 placeholder?", NULL},
    {"links", "## [Unreleased]\n- x\n## [1.1.0]\n- x\n## [1.0.0]\n- x\n\n[unreleased]: https://h/compare/v1.1.0...HEAD\n" LINKS, "", NULL},
    {"link missing", "## [1.2.0]\n- x\n## [1.1.0]\n- x\n## [1.0.0]\n- x\n\n" LINKS, "1:5 missing-link*",
     "## [1.2.0]\n- x\n## [1.1.0]\n- x\n## [1.0.0]\n- x\n\n[1.2.0]: https://h/compare/v1.1.0...v1.2.0\n" LINKS},
    {"two links missing",
     "## [1.3.0]\r\n- x\n## [1.2.0]\n- x\n## [1.1.0]\n- x\n## [1.0.0]\n- x\n\r\n[1.1.0]: https://h/compare/v1.0.0..v1.1.0\r\n[1.0.0]: https://h/v1.0.0",
     "1:5 missing-link*, 3:5 missing-link*",
     "## [1.3.0]\r\n- x\n## [1.2.0]\n- x\n## [1.1.0]\n- x\n## [1.0.0]\n- x\n\r\n[1.3.0]: https://h/compare/v1.2.0..v1.3.0\r\n[1.2.0]: "
     "https://h/compare/v1.1.0..v1.2.0\r\n[1.1.0]: https://h/compare/v1.0.0..v1.1.0\r\n[1.0.0]: https://h/v1.0.0"},
    {"no links at all", "## [Unreleased]\n- x\n## [1.0.0]\n- x\n", "", NULL},
    {"unreleased without link", "## [Unreleased]\n- x\n## [1.1.0]\n- x\n## [1.0.0]\n- x\n\n" LINKS, "1:5 missing-link?*",
     "## [Unreleased]\n- x\n## [1.1.0]\n- x\n## [1.0.0]\n- x\n\n[unreleased]: https://h/compare/v1.1.0...HEAD\n" LINKS},
    {"unreleased from long ago", "## [Unreleased]\n- x\n## [1.1.0]\n- x\n## [1.0.0]\n- x\n\n[unreleased]: https://h/compare/v1.0.0...HEAD\n" LINKS,
     "8:33 broken-link*", "## [Unreleased]\n- x\n## [1.1.0]\n- x\n## [1.0.0]\n- x\n\n[unreleased]: https://h/compare/v1.1.0...HEAD\n" LINKS},
    {"a copied line", "## [1.2.0]\n- x\n## [1.1.0]\n- x\n## [1.0.0]\n- x\n\n[1.2.0]: https://h/compare/v1.0.0...v1.1.0\n" LINKS, "8:37 broken-link*",
     "## [1.2.0]\n- x\n## [1.1.0]\n- x\n## [1.0.0]\n- x\n\n[1.2.0]: https://h/compare/v1.1.0...v1.2.0\n" LINKS},
    {"from itself", "## [1.1.0]\n- x\n## [1.0.0]\n- x\n\n[1.1.0]: https://h/compare/v1.1.0...v1.1.0\n[1.0.0]: https://h/v1.0.0\n", "6:28 broken-link?*",
     "## [1.1.0]\n- x\n## [1.0.0]\n- x\n\n[1.1.0]: https://h/compare/v1.0.0...v1.1.0\n[1.0.0]: https://h/v1.0.0\n"},
    {"leaves one out", "## [1.2.0]\n- x\n## [1.1.0]\n- x\n## [1.0.0]\n- x\n\n[1.2.0]: https://h/compare/v1.0.0...v1.2.0\n" LINKS, "8:28 broken-link?", NULL},
    {"from nowhere", "## [1.2.0]\n- x\n## [1.0.0]\n- x\n\n[1.2.0]: https://h/compare/v1.1.9...v1.2.0\n[1.0.0]: https://h/v1.0.0\n", "6:1 broken-link?", NULL},
    {"unused", "## [1.1.0]\n- x\n## [1.0.0]\n- x\n\n" LINKS "[0.9.0]: https://h/v0.9.0\n[1.1.0]: https://elsewhere/v1.1.0\n[note]: https://h\n",
     "8:1 unused-link?, 9:1 duplicate-link?", NULL},
    {"no definitions in code", "## [1.0.0]\n- x\n\n```\n[1.0.0]: https://h/v0.1.0\n```\n", "", NULL},
};

static void test_case(gconstpointer data) {
    const Case *row = data;
    g_autoptr(GBytes) bytes = bytes_of(row->text);
    g_autoptr(Changelog) changelog = changelog_parse(bytes, "c", NULL);
    g_autoptr(GPtrArray) findings = changelog_check(changelog, &facts);
    g_autofree char *found = findings_of(findings);
    g_assert_cmpstr(found, ==, row->findings);
    g_autoptr(GBytes) fixed = changelog_fix(changelog, findings);
    g_autofree char *text = text_of(fixed);
    g_assert_cmpstr(text, ==, row->fixed != NULL ? row->fixed : row->text);
}

static void test_tags(void) {
    static const char *const tagged[] = {"1.3.0", "1.1.0", "1.0", "0.9.0", "1.2.0-rc.1", NULL};
    static const char *const own[] = {"Colours", NULL};
    g_autoptr(GBytes) bytes =
        bytes_of("## 1.4.0\n- x\n## 1.3.0 - TBD\n- x\n## 1.2.0\n- x\n## 1.0\n### Fixed\n- x\n### Added\n- x\n### Removed\n- x\n### Colours\n- x\n");
    g_autoptr(Changelog) changelog = changelog_parse(bytes, "c", NULL);
    ChangelogFacts more = facts;
    more.tagged = tagged;
    more.categories = own;
    g_autoptr(GPtrArray) findings = changelog_check(changelog, &more);
    g_autofree char *found = findings_of(findings);
    g_assert_cmpstr(found, ==, "1:1 tag-without-version?, 3:4 tagged-unreleased, 5:1 version-without-tag?");
    g_assert_nonnull(strstr(((const ChangelogFinding *)g_ptr_array_index(findings, 0))->what, "1.1.0"));
}

/* ---- adding ---- */

static const struct {
    const char *name, *before, *category, *text, *after; /* after NULL: refused */
} adds[] = {
    {"to what is there", "## [Unreleased]\n\n### Fixed\n\n- a\n\n## 1.0.0\n", "fixed", "b", "## [Unreleased]\n\n### Fixed\n\n- a\n- b\n\n## 1.0.0\n"},
    {"in the six's order", "## [Unreleased]\n\n### Added\n\n- a\n\n### Security\n\n- s\n\n## 1.0.0\n", "Fixed", "b",
     "## [Unreleased]\n\n### Added\n\n- a\n\n### Fixed\n\n- b\n\n### Security\n\n- s\n\n## 1.0.0\n"},
    {"under nothing", "## [Unreleased]\n## 1.0.0\n", "Fixed", "b", "## [Unreleased]\n\n### Fixed\n\n- b\n\n## 1.0.0\n"},
    {"under a heading", "## [Unreleased]\n\n### Fixed\n\n## 1.0.0\n", "Fixed", "b", "## [Unreleased]\n\n### Fixed\n\n- b\n\n## 1.0.0\n"},
    {"stars and lines", "## Unreleased\r\n\r\n### Fixed\r\n\r\n*   a\r\n", "Fixed", "b\nmore\n\nend",
     "## Unreleased\r\n\r\n### Fixed\r\n\r\n*   a\r\n*   b\r\n    more\r\n\r\n    end\r\n"},
    {"indented bullets", "### Unreleased\n\n  * a\n\n### 1.0.0\n", "Fixed", "- b", "### Unreleased\n\n  * a\n\n#### Fixed\n\n  * b\n\n### 1.0.0\n"},
    {"a list", "## [Unreleased]\n", "Added", "* a\n  b\n* c", "## [Unreleased]\n\n### Added\n\n- a\n  b\n- c\n"},
    {"definitions stay below", "## [Unreleased]\n\n[unreleased]: https://h\n", "Added", "a",
     "## [Unreleased]\n\n### Added\n\n- a\n\n[unreleased]: https://h\n"},
    {"open last line", "## [Unreleased]\n### Added\n- x", "Added", "a", "## [Unreleased]\n### Added\n- x\n- a\n"},
    {"no section", "\xef\xbb\xbf## [1.0.0]\n- x\n\n[1.0.0]: https://h/compare/v0.9.0...v1.0.0\n", "Added", "a",
     "\xef\xbb\xbf## [Unreleased]\n\n### Added\n\n- a\n\n## [1.0.0]\n- x\n\n[unreleased]: https://h/compare/v1.0.0...HEAD\n[1.0.0]: "
     "https://h/compare/v0.9.0...v1.0.0\n"},
    {"underlined", "1.0.0\n=====\n\nFixed\n-----\n* x\n", "Added", "a", "Unreleased\n==========\n\n## Added\n\n* a\n\n1.0.0\n=====\n\nFixed\n-----\n* x\n"},
    {"no changelog yet", "# Title\n", "Added", "a", "# Title\n\n## [Unreleased]\n\n### Added\n\n- a\n"},
    {"other category", "## [Unreleased]\n\n### Added\n\n- a\n", "Known issues", "b", "## [Unreleased]\n\n### Added\n\n- a\n\n### Known issues\n\n- b\n"},
    {"nothing to say", "## [Unreleased]\n", "Added", " - \n", NULL},
    {"category of two lines", "## [Unreleased]\n", "Added\n## 9.9.9", "a", NULL},
    {"in a comment", "## [Unreleased]\n\n<!--\n", "Added", "a", NULL},
};

static void test_add(gconstpointer data) {
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(GBytes) bytes = bytes_of(adds[i].before);
    g_autoptr(Changelog) changelog = changelog_parse(bytes, "c", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) after = changelog_add(changelog, adds[i].category, adds[i].text, &error);
    if (adds[i].after == NULL) {
        g_assert_null(after);
        g_assert_nonnull(error);
        return;
    }
    g_assert_no_error(error);
    g_autofree char *text = text_of(after);
    g_assert_cmpstr(text, ==, adds[i].after);
}

static void test_merge(void) {
    ChangelogGroup fixed = {.title = (char *)"Fixed",
                            .body = (char *)"- A thing ([#12](https://h/12))\n- new one ([#14](https://h/14))\n  more\n- a  Third.\n"};
    g_autoptr(GPtrArray) groups = g_ptr_array_new();
    g_ptr_array_add(groups, &fixed);
    g_autoptr(GBytes) bytes = bytes_of("## [Unreleased]\n\n### Fixed\n\n- a thing\n- a third\n\n## 1.0.0\n");
    g_autoptr(Changelog) changelog = changelog_parse(bytes, "c", NULL);
    g_autoptr(GBytes) after = changelog_merge(changelog, groups, NULL);
    g_autofree char *text = text_of(after);
    g_assert_cmpstr(text, ==, "## [Unreleased]\n\n### Fixed\n\n- a thing\n- a third\n- new one ([#14](https://h/14))\n  more\n\n## 1.0.0\n");
    g_autoptr(Changelog) again = changelog_parse(after, "c", NULL);
    g_autoptr(GBytes) same = changelog_merge(again, groups, NULL);
    g_assert_true(g_bytes_equal(after, same));
}

/* ---- what holds for every file ---- */

/* Is the one the other with a single range put in? */
static bool is_insertion(GBytes *before, GBytes *after) {
    gsize length = 0, longer = 0, front = 0, back = 0;
    const char *a = g_bytes_get_data(before, &length), *b = g_bytes_get_data(after, &longer);
    while (front < length && front < longer && a[front] == b[front])
        front++;
    while (back < length - front && longer > back && a[length - 1 - back] == b[longer - 1 - back])
        back++;
    return longer >= length && front + back == length;
}

static void check_fix(GBytes *bytes) {
    g_autoptr(Changelog) changelog = changelog_parse(bytes, "c", NULL);
    g_autoptr(GPtrArray) findings = changelog_check(changelog, &facts);
    g_autoptr(GBytes) once = changelog_fix(changelog, findings);
    g_autoptr(Changelog) fixed = changelog_parse(once, "c", NULL);
    g_autoptr(GPtrArray) left = changelog_check(fixed, &facts);
    g_autoptr(GBytes) twice = changelog_fix(fixed, left);
    if (!g_bytes_equal(once, twice))
        g_error("mended twice is not mended once:\n%s", (const char *)g_bytes_get_data(bytes, NULL));
}

/* An entry is put in as one piece, then released as it stands, with everything else still there. */
static void check_add_and_release(GBytes *bytes) {
    g_autoptr(Changelog) changelog = changelog_parse(bytes, "c", NULL);
    g_autoptr(GBytes) added = changelog_add(changelog, "Fixed", "an entry\nof two lines", NULL);
    if (added == NULL)
        return;
    g_assert_true(changelog_unreleased(changelog) == NULL || is_insertion(bytes, added));
    g_autoptr(Changelog) with = changelog_parse(added, "c", NULL);
    g_autoptr(GBytes) released = changelog_release(with, "98.7.6", "2027-02-03", &(ChangelogLinks){.tag = "v98.7.6"}, NULL);
    if (released == NULL)
        return;
    g_autoptr(Changelog) cut = changelog_parse(released, "c", NULL);
    const ChangelogSection *section = changelog_find(cut, "98.7.6");
    g_autofree char *body = changelog_body(cut, section);
    if (strstr(body, "an entry") == NULL)
        g_error("the entry is lost:\n%s", (const char *)g_bytes_get_data(released, NULL));
    for (guint i = 0; i < changelog_sections(changelog)->len; i++) {
        const ChangelogSection *old = g_ptr_array_index(changelog_sections(changelog), i);
        const ChangelogSection *now = old->version != NULL ? changelog_find(cut, old->version) : NULL;
        if (old->version == NULL || changelog_find(changelog, old->version) != old)
            continue;
        if (now == NULL)
            g_error("%s is lost:\n%s", old->version, (const char *)g_bytes_get_data(bytes, NULL));
        g_autofree char *before = changelog_body(changelog, old);
        g_autofree char *after = changelog_body(cut, now);
        g_assert_cmpstr(before, ==, after);
    }
}

/* Lines left out, doubled, exchanged by others: from the same seed each time. */
static GBytes *mutated(GRand *rand, const char *text) {
    static const char *const other[] = {"### Fixed",
                                        "### Adedd",
                                        "",
                                        "## [Unreleased]",
                                        "- a",
                                        "## [1.0.0] - 2020-01-01",
                                        "[1.0.0]: https://h/compare/v0.9.0...v1.0.0",
                                        "```",
                                        "<!--",
                                        "-->",
                                        "> q",
                                        "===",
                                        "### added",
                                        "## 1.2.0 - TBD",
                                        "[unreleased]: https://h/compare/v0.1.0...HEAD"};
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    gint32 count = (gint32)g_strv_length(lines);
    GString *out = g_string_new(NULL);
    for (gint32 i = 0; i < count; i++) {
        switch (g_rand_int_range(rand, 0, 12)) {
        case 0:
            break;
        case 1:
            g_string_append_printf(out, "%s\n%s\n", lines[g_rand_int_range(rand, 0, count)], lines[i]);
            break;
        case 2:
            g_string_append_printf(out, "%s\r\n%s\n", other[g_rand_int_range(rand, 0, G_N_ELEMENTS(other))], lines[i]);
            break;
        default:
            g_string_append_printf(out, "%s%s", lines[i], i + 1 < count ? "\n" : "");
        }
    }
    return g_string_free_to_bytes(out);
}

static void test_files(void) {
    g_autofree char *folder = g_test_build_filename(G_TEST_DIST, "unit", "data", "changelog", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    g_autoptr(GRand) rand = g_rand_new_with_seed(20261124);
    guint files = 0;
    for (const char *name = g_dir_read_name(dir); name != NULL; name = g_dir_read_name(dir), files++) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_autofree char *text = NULL;
        gsize length = 0;
        g_assert_true(g_file_get_contents(path, &text, &length, NULL));
        g_autoptr(GBytes) bytes = g_bytes_new(text, length);
        check_fix(bytes);
        check_add_and_release(bytes);
        for (guint i = 0; i < 40; i++) {
            g_autoptr(GBytes) other = mutated(rand, text);
            check_fix(other);
            check_add_and_release(other);
        }
    }
    g_assert_cmpuint(files, >=, 26);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/changelog-check/%s", cases[i].name);
        g_test_add_data_func(path, &cases[i], test_case);
    }
    for (guint i = 0; i < G_N_ELEMENTS(adds); i++) {
        g_autofree char *path = g_strdup_printf("/changelog-add/%s", adds[i].name);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_add);
    }
    g_test_add_func("/changelog-check/tags", test_tags);
    g_test_add_func("/changelog-add/merge", test_merge);
    g_test_add_func("/changelog-check/files", test_files);
    return g_test_run();
}
