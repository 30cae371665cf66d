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
    g_test_add_func("/changelog/sections", test_sections);
    g_test_add_func("/changelog/placeholder", test_placeholder);
    g_test_add_func("/changelog/hostile", test_hostile);
    g_test_add_func("/changelog/notes", test_notes);
    return g_test_run();
}
