/* What a reader refuses no writer writes: the rows of base/limits.def, and the writers that keep them. */
#include "base/clock.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/limits.h"
#include "forge/record.h"
#include "share/share.h"

#include <string.h>

static void test_rows(void) {
    for (int i = 0; i < LIMITED_COUNT; i++) {
        g_autoptr(GError) error = NULL;
        g_assert_cmpuint(limits_most((Limited)i), >, 0);
        g_assert_true(limits_keep((Limited)i, NULL, limits_most((Limited)i), NULL));
        g_assert_false(limits_keep((Limited)i, "v1.1.0", limits_most((Limited)i) + 1, &error));
        g_assert_true(error_is(error, ERROR_TOO_LARGE));
        g_assert_true(g_str_has_prefix(error->message, "v1.1.0: "));
        g_assert_nonnull(error_get_fix(error));
        g_assert_cmpstr(error_get_fix(error), !=, "see the limit named above");
    }
}

static void test_words(void) {
    static const struct {
        Limited thing;
        guint64 size;
        const char *says;
    } cases[] = {
        {LIMITED_SHARE_EVENTS, (32 << 20) + 1, "the journal of a release in refs/slipway has 32.1 MiB; at most 32 MiB are read"},
        {LIMITED_SHARE_EVENTS, 48 << 20, "the journal of a release in refs/slipway has 48 MiB; at most 32 MiB are read"},
        {LIMITED_SHARE_HEAD, 300 << 10, "the head of a release in refs/slipway has 300 KiB; at most 256 KiB are read"},
        {LIMITED_SHARE_COUNT, 200001, "the journal of a release in refs/slipway has 200001 events; at most 200000 events are read"},
        {LIMITED_RUN_NAME, 121, "the name of a release's tag has 121 bytes; at most 120 bytes are read"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(limits_keep(cases[i].thing, NULL, cases[i].size, &error));
        g_assert_cmpstr(error->message, ==, cases[i].says);
    }
}

/* What the rows of one place say of each other. */
static void test_rows_fit_together(void) {
    g_assert_cmpuint(SHARE_PLAN_LIMIT, <, SHARE_EVENTS_LIMIT);
    g_assert_cmpuint(JOURNAL_PLAN_LIMIT, <, EVENT_LIMIT);
    g_assert_cmpuint(TAG_MESSAGE_LIMIT, <, TAG_LIMIT);
    g_assert_cmpuint(RUN_NAME_LIMIT, <, SHARE_NAME_LIMIT);
}

static json_t *of_size(gsize size) {
    g_autofree char *text = g_strnfill(size, 'x');
    return json_pack("{s: s}", "text", text);
}

/* One byte more than is read is refused before it is written, and what was there stays readable. */
static void test_journal(void) {
    g_autofree char *folder = fs_make_temp_dir("slipway-limits", NULL);
    g_autofree char *path = g_build_filename(folder, "journal.db", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Journal) journal = journal_open(path, true, &error);
    g_assert_no_error(error);
    JournalRun run = {.id = (char *)"v1.1.0", .project = (char *)"tool", .command = (char *)"release"};
    g_assert_true(journal_begin(journal, &run, NULL, &error));
    const gsize frame = strlen("{\"text\":\"\"}");
    g_autoptr(json_t) most = of_size(EVENT_LIMIT - frame);
    g_autoptr(json_t) more = of_size(EVENT_LIMIT - frame + 1);
    g_assert_true(journal_append(journal, "v1.1.0", "kept", NULL, most, &error));
    g_assert_false(journal_append(journal, "v1.1.0", "kept", NULL, more, &error));
    g_assert_true(error_is(error, ERROR_TOO_LARGE));
    g_clear_error(&error);
    g_autoptr(GPtrArray) events = journal_events(journal, "v1.1.0", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(events->len, ==, 2);
    g_clear_pointer(&journal, journal_close);
    g_assert_true(fs_remove_tree(folder, NULL));
}

static ForgeRelease *release_with(gsize notes, guint assets) {
    ForgeRelease *release = forge_release_new();
    release->tag = g_strdup("v1.1.0");
    release->name = g_strdup("1.1.0");
    release->mark = g_strdup("slipway:v1.1.0:0123456789abcdef");
    release->target = g_strdup("0123456789abcdef0123456789abcdef01234567");
    release->notes = g_strnfill(notes, 'n');
    for (guint i = 0; i < assets; i++) {
        g_autofree char *name = g_strdup_printf("tool-%u.bin", i);
        g_autofree char *digest = g_strnfill(64, 'a');
        forge_record_set_asset(release, name, 1, digest);
    }
    return release;
}

static void test_forge_record(void) {
    static const struct {
        gsize notes;
        guint assets;
        bool fits;
    } cases[] = {{FORGE_NOTES_LIMIT, 3, true}, {FORGE_NOTES_LIMIT + 1, 3, false}, {10, 12000, false}};
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *root = fs_make_temp_dir("slipway-limits", NULL);
        g_autofree char *folder = g_build_filename(root, "drafts", "v1.1.0", NULL);
        g_autoptr(GError) error = NULL;
        g_assert_true(fs_make_dirs(folder, 0755, NULL));
        g_autoptr(ForgeRelease) release = release_with(cases[i].notes, cases[i].assets);
        g_assert_cmpint(forge_record_save(root, "drafts/v1.1.0", release, &error), ==, cases[i].fits);
        g_assert_cmpint(error_is(error, ERROR_TOO_LARGE), ==, !cases[i].fits);
        g_assert_true(fs_remove_tree(root, NULL));
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/limits/rows", test_rows);
    g_test_add_func("/limits/words", test_words);
    g_test_add_func("/limits/rows-fit-together", test_rows_fit_together);
    g_test_add_func("/limits/journal", test_journal);
    g_test_add_func("/limits/forge-record", test_forge_record);
    return g_test_run();
}
