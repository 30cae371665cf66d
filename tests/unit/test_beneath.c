/* Places of the tree and of the run: which texts are none, and what is really opened. */
#include "base/beneath.h"

#include "base/error.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* ---- by the text ---- */

static void test_names(void) {
    static const struct {
        const char *name;
        bool git;
    } rows[] = {
        {".git", true},
        {".GIT", true},
        {".gIt", true},
        {"git~1", true},
        {"GIT~1", true},
        {".git ", true},
        {".git.", true},
        {".git . .", true},
        {"git~1 .", true},
        {".git::$INDEX_ALLOCATION", true},
        {".git:stream", true},
        {".git. :x", true},
        {"git~1::$INDEX_ALLOCATION", true},
        {".g\xe2\x80\x8cit", true},             /* U+200C */
        {"\xe2\x80\xaa.git", true},             /* U+202A */
        {".git\xef\xbb\xbf", true},             /* U+FEFF */
        {".\xe2\x81\xafG\xe2\x80\x8fIt", true}, /* U+206F, U+200F */
        {".github", false},
        {".gitignore", false},
        {".gitmodules", false},
        {".git-x", false},
        {".git x", false},
        {"git", false},
        {"git~2", false},
        {"git~10", false},
        {"a.git", false},
        {".gi", false},
        {".g\xe2\x80\x8bit", false}, /* U+200B is not ignored */
        {".\xc4\xa1it", false},      /* ġ */
        {".g\xe2\x80it", false},     /* no UTF-8 */
        {".git\xe2\x80\x8cx", false},
        {"", false},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s", rows[i].name);
        g_assert_cmpint(beneath_is_git(rows[i].name, strlen(rows[i].name)), ==, rows[i].git);
    }
}

static void test_texts(void) {
    static const struct {
        const char *path, *reason; /* NULL: it is one */
    } rows[] = {
        {"CHANGELOG.md", NULL},
        {"docs/.github/x..y", NULL},
        {"a/...", NULL},
        {"back\\slash", NULL},
        {"", "empty"},
        {"/etc/passwd", "absolute"},
        {"..", "\"..\""},
        {"a/../b", "\"..\""},
        {"a/..", "\"..\""},
        {"a\\..\\b", "\"..\""},
        {".git", "git's own"},
        {".git/config", "git's own"},
        {"sub/.GIT/hooks/pre-push", "git's own"},
        {"sub/git~1/x", "git's own"},
        {"sub\\.git\\config", "git's own"},
        {"./.git/config", "git's own"},
        {"a/.git::$INDEX_ALLOCATION/x", "git's own"},
        {"a//.g\xe2\x80\x8cit/x", "git's own"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *reason = beneath_refuses(rows[i].path);
        g_test_message("%s: %s", rows[i].path, reason != NULL ? reason : "fine");
        g_assert_cmpint(reason != NULL, ==, rows[i].reason != NULL);
        g_assert_true(reason == NULL || strstr(reason, rows[i].reason) != NULL);
    }
}

/* ---- in folders ---- */

typedef struct {
    char *base, *root, *outside;
} Place;

static void put(const char *root, const char *path) {
    g_autofree char *whole = g_build_filename(root, path, NULL);
    g_autofree char *folder = g_path_get_dirname(whole);
    g_assert_cmpint(g_mkdir_with_parents(folder, 0755), ==, 0);
    g_assert_true(g_file_set_contents(whole, "old", -1, NULL));
}

static void begin(Place *place) {
    place->base = fs_make_temp_dir("slipway-beneath", NULL);
    place->root = g_build_filename(place->base, "root", NULL);
    place->outside = g_build_filename(place->base, "outside", NULL);
    static const char *const files[] = {".git/config", "sub/a.txt", "module/.git", "bare/HEAD", "bare/objects/x", "bare/refs/x"};
    for (guint i = 0; i < G_N_ELEMENTS(files); i++)
        put(place->root, files[i]);
    put(place->outside, "a.txt");
    g_autofree char *link = g_build_filename(place->root, "link", NULL);
    g_assert_cmpint(symlink("../outside", link), ==, 0);
}

static void end(Place *place) {
    g_assert_true(fs_remove_tree(place->base, NULL));
    g_free(place->base);
    g_free(place->root);
    g_free(place->outside);
}

static void assert_outside_is_whole(const Place *place) {
    g_autoptr(GBytes) bytes = fs_read_beneath(place->outside, "a.txt", 10, NULL);
    g_assert_nonnull(bytes);
    g_assert_cmpstr(g_bytes_get_data(bytes, NULL), ==, "old");
}

/* Made or not, nothing but what lies below the root and belongs to it is written. */
static void test_writing(void) {
    static const struct {
        const char *path;
        bool made, written;
    } rows[] = {
        {"sub/a.txt", true, true},
        {"new/folder/b.txt", true, true},
        {"./sub//c.txt", true, true},
        {"link/a.txt", true, false},
        {"link", true, false},
        {"sub", true, false},
        {".git/config", false, false},
        {"module/x", false, false},
        {"bare/hooks/x", false, false},
        {"../outside/a.txt", false, false},
        {"", false, false},
    };
    Place place;
    begin(&place);
    g_autoptr(GBytes) bytes = g_bytes_new_static("new", 3);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Beneath) target = beneath_tree(place.root, rows[i].path, &error);
        bool written = target != NULL && beneath_write(target, bytes, 0, &error);
        g_test_message("%s: %s", rows[i].path, error != NULL ? error->message : "written");
        g_assert_cmpint(target != NULL, ==, rows[i].made);
        g_assert_cmpint(written, ==, rows[i].written);
        g_assert_true(written || error_is(error, ERROR_UNTRUSTED_PATH));
    }
    assert_outside_is_whole(&place);
    end(&place);
}

static void test_removing(void) {
    static const struct {
        const char *path;
        bool done;
    } rows[] = {
        {"sub", true}, {"not/there", true}, {"link/a.txt", false}, {"link", true}, {"..", false}, {"../outside", false}, {".", false}, {"sub/..", false},
    };
    Place place;
    begin(&place);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Beneath) target = beneath_run(place.root, rows[i].path, &error);
        g_test_message("%s", rows[i].path);
        g_assert_cmpint(target != NULL && beneath_remove(target, &error), ==, rows[i].done);
    }
    g_autoptr(GError) error = NULL;
    g_assert_null(beneath_run(place.root, place.root, &error));
    g_clear_error(&error);
    g_assert_null(beneath_run(place.root, place.outside, &error));
    g_clear_error(&error);
    g_autofree char *inner = g_build_filename(place.root, "bare", NULL);
    g_autoptr(Beneath) absolute = beneath_run(place.root, inner, &error);
    g_assert_true(absolute != NULL && beneath_remove(absolute, &error));
    g_assert_false(fs_exists(inner));
    assert_outside_is_whole(&place);
    end(&place);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/beneath/names", test_names);
    g_test_add_func("/beneath/texts", test_texts);
    g_test_add_func("/beneath/writing", test_writing);
    g_test_add_func("/beneath/removing", test_removing);
    return g_test_run();
}
