/* Changelogs: cut losslessly, in the file's own style; notes made of them. */
#include "base/error.h"
#include "base/jsonx.h"
#include "changelog/changelog.h"
#include "changelog/notes.h"

#include <string.h>

typedef struct {
    const char *name, *before, *after; /* after NULL: refused */
} Cut;

#define BODY "\n### Added\n\n- A thing.\n"

static const Cut cuts[] = {
    {"usual", "# C\n\n## [Unreleased]\n" BODY "\n## [1.0.0] - 2026-01-02\n\n- x\n",
     "# C\n\n## [Unreleased]\n\n## [1.1.0] - 2026-11-23\n" BODY "\n## [1.0.0] - 2026-01-02\n\n- x\n"},
    {"links", "## [unreleased]\n\n- a\n\n## [1.0.0]\n- x\n\n[unreleased]: https://h/o/r/compare/v1.0.0...HEAD\n[1.0.0]: https://h/o/r/releases/tag/v1.0.0",
     "## [unreleased]\n\n## [1.1.0]\n\n- a\n\n## [1.0.0]\n- x\n\n[unreleased]: https://h/o/r/compare/v1.1.0...HEAD\n[1.1.0]: "
     "https://h/o/r/compare/v1.0.0...v1.1.0\n[1.0.0]: https://h/o/r/releases/tag/v1.0.0"},
    {"last line", "## [Unreleased]\n\n- a\n\n[unreleased]: https://h/compare/v1.0.0..HEAD",
     "## [Unreleased]\n\n## [1.1.0] - 2026-11-23\n\n- a\n\n[unreleased]: https://h/compare/v1.1.0..HEAD\n[1.1.0]: https://h/compare/v1.0.0..v1.1.0"},
    {"plain", "# Changes\n\n## Unreleased\n\n- a\n\n## v1.0.0 (2026-01-02)\n\n- x\n",
     "# Changes\n\n## Unreleased\n\n## v1.1.0 (2026-11-23)\n\n- a\n\n## v1.0.0 (2026-01-02)\n\n- x\n"},
    {"setext", "Unreleased\n==========\n\n- a\n\n1.0.0 (2026-01-02)\n==================\n\n- x\n",
     "Unreleased\n==========\n\n1.1.0 (2026-11-23)\n==================\n\n- a\n\n1.0.0 (2026-01-02)\n==================\n\n- x\n"},
    {"crlf", "\xef\xbb\xbf# C\r\n\r\n## [Unreleased]\r\n\r\n- a\r\n\r\n## [1.0.0] - 2026-01-02\r\n- x",
     "\xef\xbb\xbf# C\r\n\r\n## [Unreleased]\r\n\r\n## [1.1.0] - 2026-11-23\r\n\r\n- a\r\n\r\n## [1.0.0] - 2026-01-02\r\n- x"},
    {"decoys", "```\n## [Unreleased]\n```\n\n<!--\n## [Unreleased]\n-->\n\n## [Unreleased]\n\n- a\n\n    ## [1.1.0]\n",
     "```\n## [Unreleased]\n```\n\n<!--\n## [Unreleased]\n-->\n\n## [Unreleased]\n\n## [1.1.0] - 2026-11-23\n\n- a\n\n    ## [1.1.0]\n"},
    {"slash", "# U\n\n## Unreleased Changes\n\n- a\n\n## 1.0.0 / 2026-01-02\n",
     "# U\n\n## Unreleased Changes\n\n## 1.1.0 / 2026-11-23\n\n- a\n\n## 1.0.0 / 2026-01-02\n"},
    {"empty", "## [Unreleased]\n\n### Added\n\n<!-- nothing -->\n\n## [1.0.0]\n- x\n", NULL},
    {"none", "# Changelog\n\nNothing yet.\n", NULL},
    {"there already", "## [Unreleased]\n- a\n## [1.1.0]\n- x\n", NULL},
};

/* Headings are made like the file's own: see data/changelog for what they are taken from. */
static const Cut styles[] = {
    {"inline link", "## Unreleased\r\n\r\n* a\r\n\n## [1.7.9](https://h/o/r/compare/v1.7.8...v1.7.9) (2024-12-04)\n\n* x\n",
     "## Unreleased\r\n\r\n## [1.1.0](https://h/o/r/compare/v1.7.9...v1.1.0) (2026-11-23)\r\n\r\n* a\r\n\n## "
     "[1.7.9](https://h/o/r/compare/v1.7.8...v1.7.9) (2024-12-04)\n\n* x\n"},
    {"two dots", "## [unreleased]\n\n- a\n\n## [1.0.0](https://h/compare/v0.9.0..v1.0.0) - 2026-04-26\n",
     "## [unreleased]\n\n## [1.1.0](https://h/compare/v1.0.0..v1.1.0) - 2026-11-23\n\n- a\n\n## [1.0.0](https://h/compare/v0.9.0..v1.0.0) - 2026-04-26\n"},
    {"a release's page", "## Unreleased\n- a\n## [v1.0.0](https://h/releases/tag/v1.0.0) (2022-08-12)\n",
     "## Unreleased\n\n## [v1.1.0](https://h/releases/tag/v1.1.0) (2026-11-23)\n- a\n## [v1.0.0](https://h/releases/tag/v1.0.0) (2022-08-12)\n"},
    {"months", "## Unreleased\n- a\n## 1.0.0 (July 4, 2026)\n", "## Unreleased\n\n## 1.1.0 (November 23, 2026)\n- a\n## 1.0.0 (July 4, 2026)\n"},
    {"ordinals", "## Unreleased\n- a\n## 1.0.0 (6th December, 2024)\n",
     "## Unreleased\n\n## 1.1.0 (23rd November, 2026)\n- a\n## 1.0.0 (6th December, 2024)\n"},
    {"no date", "## Unreleased\n- a\n## Version 1.0.0\n", "## Unreleased\n\n## Version 1.1.0\n- a\n## Version 1.0.0\n"},
    {"title behind the date", "## Unreleased\n- a\n## 1.0.0 - 2026-01-02 - Calm seas\n",
     "## Unreleased\n\n## 1.1.0 - 2026-11-23\n- a\n## 1.0.0 - 2026-01-02 - Calm seas\n"},
    {"closed headings", "## Unreleased ##\n- a\n## 1.0.0 ##\n", "## Unreleased ##\n\n## 1.1.0 ##\n- a\n## 1.0.0 ##\n"},
    {"long underline", "Unreleased\n==========\n- a\n\n1.0.0 / 2026-01-02\n==================\n",
     "Unreleased\n==========\n\n1.1.0 / 2026-11-23\n==================\n- a\n\n1.0.0 / 2026-01-02\n==================\n"},
    {"fixed underline", "Unreleased\n=======================\n- a\n\n1.0.0\n=======================\n",
     "Unreleased\n=======================\n\n1.1.0\n=======================\n- a\n\n1.0.0\n=======================\n"},
    {"planned", "# 1.1.0 - TBD\n\n- a\n\n# 1.0.0 - 2026-01-02\n", "# 1.1.0 - 2026-11-23\n\n- a\n\n# 1.0.0 - 2026-01-02\n"},
    {"planned as another", "## 5.0.0 - TBD\n\n- far\n\n## [Unreleased] - ReleaseDate\n\n- a\n\n## [1.0.0] - 2026-01-02\n",
     "## 5.0.0 - TBD\n\n- far\n\n## [Unreleased] - ReleaseDate\n\n## [1.1.0] - 2026-11-23\n\n- a\n\n## [1.0.0] - 2026-01-02\n"},
    {"development version", "## Unreleased - v1.1-dev\n\n- a\n\n## v1.0.0 - 2026-01-02\n",
     "## Unreleased\n\n## v1.1.0 - 2026-11-23\n\n- a\n\n## v1.0.0 - 2026-01-02\n"},
    {"master", "## master (unreleased)\n\n* a\n\n## 1.0.0 (2026-01-02)\n", "## master (unreleased)\n\n## 1.1.0 (2026-11-23)\n\n* a\n\n## 1.0.0 (2026-01-02)\n"},
    {"two sections", "## Unreleased\n- a\n## 1.0.0\n- x\n## Unreleased\n- b\n", NULL},
    {"comment only", "## Unreleased\n\n<!--\n- nothing\n-->\n\n## 1.0.0\n", NULL},
    {"first version", "## [Unreleased]\n- a\n\n[unreleased]: https://github.com/o/r/commits/main\n",
     "## [Unreleased]\n\n## [1.1.0] - 2026-11-23\n- a\n\n[unreleased]: https://github.com/o/r/compare/v1.1.0...main\n[1.1.0]: "
     "https://github.com/o/r/releases/tag/v1.1.0\n"},
    {"GitLab", "## [Unreleased]\n- a\n\n[unreleased]: https://gitlab.com/o/r/-/compare/v1.0.0...main\n",
     "## [Unreleased]\n\n## [1.1.0] - 2026-11-23\n- a\n\n[unreleased]: https://gitlab.com/o/r/-/compare/v1.1.0...main\n[1.1.0]: "
     "https://gitlab.com/o/r/-/compare/v1.0.0...v1.1.0\n"},
    {"Bitbucket", "## [Unreleased]\n- a\n\n[unreleased]: https://bitbucket.org/o/r/branches/compare/HEAD..v1.0.0\n",
     "## [Unreleased]\n\n## [1.1.0] - 2026-11-23\n- a\n\n[unreleased]: https://bitbucket.org/o/r/branches/compare/HEAD..v1.1.0\n[1.1.0]: "
     "https://bitbucket.org/o/r/branches/compare/v1.1.0..v1.0.0\n"},
    {"only versions", "## [Unreleased]\n- a\n## [1.0.0]\n\n[1.0.0]: https://h/compare/v0.9.0...v1.0.0\n",
     "## [Unreleased]\n\n## [1.1.0]\n- a\n## [1.0.0]\n\n[1.1.0]: https://h/compare/v1.0.0...v1.1.0\n[1.0.0]: https://h/compare/v0.9.0...v1.0.0\n"},
    {"definitions on top", "[UnReleased]: https://h/compare/v1.0.0...HEAD\n[unreleased]: https://not/compare/a...b\n\n## [Unreleased]\n- a\n",
     "[UnReleased]: https://h/compare/v1.1.0...HEAD\n[1.1.0]: https://h/compare/v1.0.0...v1.1.0\n[unreleased]: https://not/compare/a...b\n\n## "
     "[Unreleased]\n\n## [1.1.0] - 2026-11-23\n- a\n"},
    {"definition of two lines", "## [Unreleased]\n- a\n\n[unreleased]:\n  <https://h/compare/v1.0.0...HEAD>\n  'all'\n",
     "## [Unreleased]\n\n## [1.1.0] - 2026-11-23\n- a\n\n[unreleased]:\n  <https://h/compare/v1.1.0...HEAD>\n  'all'\n[1.1.0]: "
     "https://h/compare/v1.0.0...v1.1.0\n"},
};

static GBytes *bytes_of(const char *text) {
    return g_bytes_new(text, strlen(text));
}

static void test_cut(gconstpointer data) {
    const Cut *cut = data;
    g_autoptr(GBytes) before = bytes_of(cut->before);
    g_autoptr(Changelog) changelog = changelog_parse(before, "CHANGELOG.md", NULL);
    ChangelogLinks links = {.tag = "v1.1.0"};
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) after = changelog_release(changelog, "1.1.0", "2026-11-23", &links, &error);
    if (cut->after == NULL) {
        g_assert_null(after);
        g_assert_nonnull(error);
        return;
    }
    g_assert_no_error(error);
    g_autofree char *text = g_strndup(g_bytes_get_data(after, NULL), g_bytes_get_size(after));
    g_assert_cmpstr(text, ==, cut->after);
}

static void test_sections(void) {
    g_autoptr(GBytes) bytes = bytes_of("# C\n\n## [Unreleased]\n\n## [2.0.0](https://x) (2026-02-03) [YANKED]\n\n- b\n\n### Fixed\n\n- f\n\n## v1.0.0-rc.1\n- "
                                       "r\n## not one\n## 1.0.0 -- soon\n[2.0.0]: https://y\n");
    g_autoptr(Changelog) changelog = changelog_parse(bytes, "c", NULL);
    const GPtrArray *sections = changelog_sections(changelog);
    g_assert_cmpuint(sections->len, ==, 4);
    const ChangelogSection *two = changelog_find(changelog, "2.0.0");
    g_assert_cmpstr(two->date, ==, "2026-02-03");
    g_assert_true(two->yanked);
    g_assert_cmpuint(two->line, ==, 5);
    g_autofree char *body = changelog_body(changelog, two);
    g_assert_cmpstr(body, ==, "- b\n\n### Fixed\n\n- f");
    g_assert_nonnull(changelog_find(changelog, "1.0.0-rc.1"));
    g_autofree char *last = changelog_body(changelog, changelog_find(changelog, "1.0.0"));
    g_assert_cmpstr(last, ==, "");
}

/* ---- forms of the wild: what their sections are, in the order they stand in ---- */

static const struct {
    const char *file, *sections; /* version@date^level, ! is withdrawn; ? is what is not released, ?VERSION what is planned as one */
} forms[] = {
    {"01-keepachangelog", "?^2 2.0.0@2026-06-07^2 1.0.0@2024-09-27^2 0.0.5@2014-12-13^2!"},
    {"02-ripgrep", "?^1 15.2.0@2026-07-15^1 15.1.0@2025-10-22^1"},
    {"03-monolog", "3.10.0@2026-01-02^3 3.9.0@2025-03-24^3"},
    {"04-axios", "1.7.9@2024-12-04^2 1.7.8@2024-11-25^2"},
    {"05-vuejs", "3.5.1@2024-09-04^2 3.5.0@2024-09-03^1 3.4.9@2024-08-01^3"},
    {"06-composer", "2.10.2@2026-07-01^3 1.0.0-alpha1@2012-03-01^3"},
    {"08-changesets", "3.0.1^2 3.0.0^2"},
    {"09-clap", "?5.0.0^2 ?^2 4.6.6@2026-08-06^2"},
    {"10-httpx", "?^2 0.28.1@2024-12-06^2"},
    {"12-express", "?^1 5.2.1@2025-12-01^1 5.2.0@2025-12-01^1"},
    {"14-fmt", "?12.2.1^1 12.2.0@2026-06-16^1"},
    {"15-release-please", "17.11.1@2026-07-31^2"},
    {"16-packer", "1.16.0@2026-07-24^2 1.15.4@2026-06-03^2"},
    {"18-json", "3.11.2@2022-08-12^2 3.11.1@2022-08-01^2"},
    {"19-prometheus", "3.14.0@2026-08-17^2 3.13.2@2026-07-29^2"},
    {"20-requests", "?^2 2.34.2@2026-05-14^2"},
    {"23-rubocop", "?^2 1.89.0@2026-08-04^2"},
    {"24-bat", "?^1 0.26.1^1"},
    {"25-tokio", "1.39.1@2024-07-23^1 1.39.0@2024-07-23^1"},
    {"26-poetry", "2.4.1@2026-05-09^2 2.4.0@2026-05-03^2"},
    {"27-git-cliff", "2.13.1@2026-04-26^2"},
    {"29-phoenix", "1.9.0-dev^2 1.8.1@2025-08-28^2"},
    {"31-cosign", "3.0.5^1 2.6.2^1 3.0.4^1"},
    {"40-bom-crlf-open", "?^2 1.0.0@2026-01-02^2"},
    {"41-cr", "1.1.0^2 1.0.0^2"},
    {"42-decoys", "1.0.0^2"},
};

static void test_form(gconstpointer data) {
    guint index = GPOINTER_TO_UINT(data);
    g_autofree char *name = g_strconcat(forms[index].file, ".md", NULL);
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "unit", "data", "changelog", name, NULL);
    g_autofree char *text = NULL;
    gsize length = 0;
    g_assert_true(g_file_get_contents(path, &text, &length, NULL));
    g_autoptr(GBytes) bytes = g_bytes_new(text, length);
    g_autoptr(Changelog) changelog = changelog_parse(bytes, name, NULL);
    const GPtrArray *sections = changelog_sections(changelog);
    g_autoptr(GString) found = g_string_new(NULL);
    gsize end = 0;
    for (guint i = 0; i < sections->len; i++) {
        const ChangelogSection *section = g_ptr_array_index(sections, i);
        g_string_append_printf(found, "%s%s%s%s%s^%u%s", i > 0 ? " " : "", section->version == NULL ? "?" : section->version,
                               section->planned != NULL ? section->planned : "", section->date != NULL ? "@" : "", section->date != NULL ? section->date : "",
                               section->level, section->yanked ? "!" : "");
        /* headings and bodies: one behind the other, none twice, none beyond the end */
        g_assert_true(section->heading_offset >= end && section->body_offset > section->heading_offset && section->end_offset >= section->body_offset);
        g_assert_true(i == 0 || section->heading_offset == end);
        end = section->end_offset;
    }
    g_assert_cmpuint(end, ==, length);
    g_assert_cmpstr(found->str, ==, forms[index].sections);
}

static void test_placeholder(void) {
    g_autoptr(GBytes) bytes = bytes_of("# C\n\n## [Unreleased]\n\n## [1.0.0] - 2026-01-02\n\n- x\n");
    g_autoptr(Changelog) changelog = changelog_parse(bytes, "c", NULL);
    g_autoptr(GBytes) filled = changelog_add_placeholder(changelog, "1.1.0", "2026-11-23", NULL);
    g_autoptr(Changelog) again = changelog_parse(filled, "c", NULL);
    guint line = 0;
    g_assert_true(changelog_section_is_placeholder(again, changelog_find(again, "1.1.0"), &line));
    g_assert_cmpuint(line, ==, 9);
    g_assert_false(changelog_section_is_placeholder(again, changelog_find(again, "1.0.0"), &line));
    g_autoptr(GBytes) fresh = changelog_add_placeholder(NULL, "1.1.0", "2026-11-23", NULL);
    g_autoptr(Changelog) made = changelog_parse(fresh, "c", NULL);
    g_assert_nonnull(changelog_unreleased(made));
    g_assert_nonnull(changelog_find(made, "1.1.0"));
}

static void test_hostile(void) {
    g_autoptr(GBytes) binary = g_bytes_new("## [1.0\0.0]\n\xff\xfe", 14);
    g_autoptr(GError) error = NULL;
    g_assert_null(changelog_parse(binary, "CHANGELOG.md", &error));
    g_assert_nonnull(strstr(error->message, "CHANGELOG.md:"));
    /* 400,000 lines and one of 4 MB: linear, or this test never ends. */
    g_autoptr(GString) many = g_string_new("## [Unreleased]\n");
    for (guint i = 0; i < 400000; i++)
        g_string_append(many, "- [x]: y\n");
    for (guint i = 0; i < 1000000; i++)
        g_string_append(many, "[](*");
    g_autoptr(GBytes) bytes = bytes_of(many->str);
    g_autoptr(Changelog) changelog = changelog_parse(bytes, "c", NULL);
    g_assert_cmpuint(changelog_sections(changelog)->len, ==, 1);
}

/* What would take quadratic time in cmark, or in lists of lines: this test ends because nothing does. */
static void test_bombs(void) {
    static const char *const bombs[] = {
        "- ", "> ", "[", "[](*", "*_", "`", "<a ", "[1.0.0]: ", "w [x](y) *a* `b`\n", "[x]: [y](z) *a*\n", "- - - - - - - a\n", "\r", "\n", "](", "## 1.0.0\n"};
    for (guint i = 0; i < G_N_ELEMENTS(bombs); i++) {
        g_autoptr(GString) text = g_string_new("## [Unreleased]\n");
        while (text->len < 2000000)
            g_string_append(text, bombs[i]);
        g_autoptr(GBytes) bytes = bytes_of(text->str);
        gint64 start = g_get_monotonic_time();
        g_autoptr(Changelog) changelog = changelog_parse(bytes, "c", NULL);
        g_assert_nonnull(changelog);
        g_assert_nonnull(changelog_unreleased(changelog));
        if (g_get_monotonic_time() - start > 20 * G_USEC_PER_SEC)
            g_error("\"%s\" takes too long", bombs[i]);
    }
    g_autofree char *huge = g_malloc0((16u << 20) + 1);
    memset(huge, 'a', (16u << 20) + 1);
    g_autoptr(GBytes) large = g_bytes_new(huge, (16u << 20) + 1);
    g_autoptr(GError) error = NULL;
    g_assert_null(changelog_parse(large, "c", &error));
    g_assert_true(error_is(error, ERROR_TOO_LARGE));
}

static void test_notes(void) {
    g_autoptr(GArray) people = g_array_new(FALSE, FALSE, sizeof(NotesPerson));
    NotesPerson rows[] = {{.name = "Ada *bold* <b>", .first = true}, {.name = "@grace"}, {.name = "helper[bot]", .bot = true}};
    g_array_append_vals(people, rows, G_N_ELEMENTS(rows));
    NotesInput input = {
        .project = "tool",
        .version = "1.1.0",
        .tag = "v1.1.0",
        .date = "2026-11-23",
        .previous = "v1.0.0",
        .changes = "### Added\n\n- a\n\n### Changed\n\n- **Breaking:** b\n  more\n- c\n\n### Known issues\n\n- k\n\n### Upgrade notes\n\nDo this.",
        .people = people,
    };
    g_autoptr(json_t) parts = notes_parts(&input);
    g_autofree char *problem = NULL;
    g_autofree char *notes = notes_write(parts, NULL, &problem);
    static const char *const wanted[] = {"## Breaking changes\n\n- **Breaking:** b\n  more\n\n##",
                                         "## Known issues\n\n- k\n",
                                         "## Upgrade instructions\n\nDo this.\n",
                                         "### Added\n\n- a\n",
                                         "Ada \\*bold\\* &lt;b> (first contribution)\n",
                                         "And programs:\n\n- helper\\[bot\\]\n",
                                         "@\u2060grace",
                                         "follows v1.0.0"};
    for (guint i = 0; i < G_N_ELEMENTS(wanted); i++) {
        if (strstr(notes, wanted[i]) == NULL)
            g_error("\"%s\" is not in:\n%s", wanted[i], notes);
    }
    g_assert_null(strstr(notes, "### Known issues"));
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(cuts); i++) {
        g_autofree char *path = g_strdup_printf("/changelog/cut/%s", cuts[i].name);
        g_test_add_data_func(path, &cuts[i], test_cut);
    }
    for (guint i = 0; i < G_N_ELEMENTS(styles); i++) {
        g_autofree char *path = g_strdup_printf("/changelog/style/%s", styles[i].name);
        g_test_add_data_func(path, &styles[i], test_cut);
    }
    for (guint i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_autofree char *path = g_strdup_printf("/changelog/form/%s", forms[i].file);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_form);
    }
    g_test_add_func("/changelog/sections", test_sections);
    g_test_add_func("/changelog/placeholder", test_placeholder);
    g_test_add_func("/changelog/hostile", test_hostile);
    g_test_add_func("/changelog/bombs", test_bombs);
    g_test_add_func("/changelog/notes", test_notes);
    return g_test_run();
}
