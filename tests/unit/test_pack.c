#include "base/error.h"
#include "base/fs.h"
#include "package/pack.h"

#include <glib/gstdio.h>
#include <locale.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EPOCH 1767225601 /* 2026-01-01T00:00:01Z */

static char *folder;
static const char long_path[] = "a-folder-with-a-long-name/another-folder-with-a-long-name/and-a-third-one-with-a-name/"
                                "a-file-whose-name-alone-has-more-than-one-hundred-bytes-so-that-ustar-cannot-hold-it-anywhere-at-all-01.txt";
static const char split_path[] = "a-folder-with-a-long-name/another-folder-with-a-long-name/and-a-third-one-with-a-name/fits-into-name-and-prefix.txt";

static char *make_tree(const char *name) {
    g_autofree char *tree = g_build_filename(folder, name, NULL);
    g_autofree char *sub = g_build_filename(tree, "sub", NULL);
    g_assert_cmpint(g_mkdir_with_parents(sub, 0755), ==, 0);
    g_autofree char *readme = g_build_filename(tree, "README", NULL);
    g_autofree char *large = g_build_filename(sub, "large", NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < 50000; i++)
        g_string_append_printf(text, "%u\n", i * i);
    g_assert_true(g_file_set_contents(readme, "read me\n", -1, NULL));
    g_assert_true(g_file_set_contents(large, text->str, (gssize)text->len, NULL));
    return g_steal_pointer(&tree);
}

static char *pack(const char *tree, PackFormat format, const char *name, GError **error) {
    g_autoptr(GBytes) made = g_bytes_new_static("made\n", 5);
    g_autoptr(GBytes) empty = g_bytes_new_static("", 0);
    const PackageEntry entries[] = {
        {.path = "demo-1.0/sub/large", .file = "sub/large"},
        {.path = "demo-1.0/README", .file = "README"},
        {.path = "demo-1.0/run.sh", .bytes = made, .executable = true},
        {.path = "demo-1.0/empty", .bytes = empty},
        {.path = "demo-1.0/caf\xc3\xa9", .bytes = made},
        {.path = long_path, .bytes = made},
        {.path = split_path, .bytes = made},
        {.path = "demo-1.0/sub/up", .link = "../README"},
    };
    g_autofree char *to = g_build_filename(tree, name, NULL);
    const PackageSpec spec = {
        .format = format, .to = to, .root = tree, .epoch = EPOCH, .entries = entries, .count = G_N_ELEMENTS(entries) - (format == PACK_ZIP ? 1 : 0)};
    return package_pack(&spec, error) ? g_steal_pointer(&to) : NULL;
}

static const struct {
    const char *name;
    PackFormat format;
    const char *list; /* Debian's program that must list it */
} formats[] = {
    {"demo.tar.gz", PACK_TAR_GZ, "tar -tvzf"},
    {"demo.tar.zst", PACK_TAR_ZST, "tar --zstd -tvf"},
    {"demo.zip", PACK_ZIP, "unzip -Zl"},
};

static void test_same_bytes(gconstpointer data) {
    guint row = GPOINTER_TO_UINT(data);
    g_autoptr(GError) error = NULL;
    g_autofree char *first_tree = make_tree("first"), *second_tree = make_tree("second");
    g_autofree char *first = pack(first_tree, formats[row].format, formats[row].name, &error);
    g_assert_no_error(error);
    mode_t before = umask(0077);
    g_setenv("TZ", "Pacific/Kiritimati", TRUE);
    g_assert_nonnull(setlocale(LC_ALL, "tr_TR.UTF-8"));
    g_autofree char *second = pack(second_tree, formats[row].format, formats[row].name, &error);
    umask(before);
    g_unsetenv("TZ");
    setlocale(LC_ALL, "C.UTF-8");
    g_assert_no_error(error);
    g_autoptr(GBytes) a = fs_read(first, 1 << 22, NULL), b = fs_read(second, 1 << 22, NULL);
    g_assert_true(g_bytes_equal(a, b));
    struct stat info;
    g_assert_cmpint(stat(second, &info), ==, 0);
    g_assert_cmpint(info.st_mode & 07777, ==, 0644);
}

static char *listing(guint row, const char *path) {
    g_autofree char *command = g_strdup_printf("env TZ=UTC LC_ALL=C.UTF-8 %s %s", formats[row].list, path);
    g_autofree char *out = NULL, *err = NULL;
    int status = 0;
    g_assert_true(g_spawn_command_line_sync(command, &out, &err, &status, NULL));
    g_assert_cmpstr(err, ==, "");
    g_assert_cmpint(status, ==, 0);
    return g_steal_pointer(&out);
}

/* The order of its lines is the order of bytes. */
static void test_listed(gconstpointer data) {
    guint row = GPOINTER_TO_UINT(data);
    g_autofree char *tree = make_tree("listed");
    g_autofree char *path = pack(tree, formats[row].format, formats[row].name, NULL);
    g_autofree char *out = listing(row, path);
    const char *const wanted[] = {long_path, split_path, "demo-1.0/README", "demo-1.0/caf", "demo-1.0/empty", "demo-1.0/run.sh", "demo-1.0/sub/large"};
    const char *at = out;
    for (guint i = 0; i < G_N_ELEMENTS(wanted); i++) {
        at = strstr(at, wanted[i]);
        if (at == NULL)
            g_error("%s is not listed, or not in order:\n%s", wanted[i], out);
    }
    g_assert_nonnull(strstr(out, "-rwxr-xr-x"));
    g_assert_nonnull(strstr(out, formats[row].format == PACK_ZIP ? "26-Jan-01 00:00" : "2026-01-01 00:00"));
    g_assert_true((strstr(out, "sub/up -> ../README") != NULL) == (formats[row].format != PACK_ZIP));
}

/* The same bytes from a file and from memory. */
static void test_from_file_or_memory(void) {
    g_autofree char *tree = make_tree("source");
    g_autoptr(GBytes) held = fs_read_beneath(tree, "sub/large", 1 << 22, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
        g_autofree char *one = g_build_filename(tree, "one", NULL), *other = g_build_filename(tree, "other", NULL);
        const PackageEntry file = {.path = "a", .file = "sub/large"}, bytes = {.path = "a", .bytes = held};
        g_assert_true(package_pack(&(PackageSpec){formats[i].format, one, tree, EPOCH, &file, 1}, NULL));
        g_assert_true(package_pack(&(PackageSpec){formats[i].format, other, tree, EPOCH, &bytes, 1}, NULL));
        g_autoptr(GBytes) a = fs_read(one, 1 << 22, NULL), b = fs_read(other, 1 << 22, NULL);
        g_assert_true(g_bytes_equal(a, b));
    }
}

static void test_gzip_says_nothing(void) {
    g_autofree char *tree = make_tree("gzip");
    g_autofree char *path = pack(tree, PACK_TAR_GZ, "x.tar.gz", NULL);
    g_autoptr(GBytes) bytes = fs_read(path, 1 << 22, NULL);
    g_assert_cmpint(memcmp(g_bytes_get_data(bytes, NULL), "\x1f\x8b\x08\0\0\0\0\0\x02\xff", 10), ==, 0);
}

/* ---- what is refused ---- */

static const struct {
    const char *title;
    PackageEntry entries[2];
    PackFormat format;
    const char *says;
} refused[] = {
    {"up", {{.path = "../a", .file = "README"}}, PACK_TAR_GZ, "leads out"},
    {"absolute", {{.path = "/a", .file = "README"}}, PACK_TAR_GZ, "absolute"},
    {"not UTF-8", {{.path = "a\xff", .file = "README"}}, PACK_TAR_GZ, "not UTF-8"},
    {"twice", {{.path = "a", .file = "README"}, {.path = "a", .file = "README"}}, PACK_TAR_GZ, "twice"},
    {"file and folder", {{.path = "a", .file = "README"}, {.path = "a/b/c", .file = "README"}}, PACK_TAR_GZ, "as a file and as a folder"},
    {"missing", {{.path = "a", .file = "none"}}, PACK_TAR_GZ, "cannot read none"},
    {"through a link", {{.path = "a", .file = "link/README"}}, PACK_TAR_GZ, "through a symbolic link"},
    {"out of the root", {{.path = "a", .file = "../listed/README"}}, PACK_TAR_GZ, "out of the repository"},
    {"folder", {{.path = "a", .file = "sub"}}, PACK_TAR_GZ, "not a regular file"},
    {"link out", {{.path = "a", .link = "../x"}}, PACK_TAR_GZ, "leads out"},
    {"link in a zip", {{.path = "a", .link = "x"}}, PACK_ZIP, "symbolic link"},
    {"nothing", {{.path = "a"}}, PACK_TAR_GZ, "packed from nothing"},
};

static void test_refused(gconstpointer data) {
    guint row = GPOINTER_TO_UINT(data);
    g_autofree char *tree = make_tree("refused");
    g_autofree char *link = g_build_filename(tree, "link", NULL), *to = g_build_filename(tree, "out.tar.gz", NULL);
    g_assert_true(symlink(".", link) == 0 || fs_exists(link));
    g_autoptr(GError) error = NULL;
    const PackageSpec spec = {.format = refused[row].format,
                              .to = to,
                              .root = tree,
                              .epoch = EPOCH,
                              .entries = refused[row].entries,
                              .count = refused[row].entries[1].path != NULL ? 2 : 1};
    g_assert_false(package_pack(&spec, &error));
    g_assert_nonnull(error);
    g_assert_nonnull(strstr(error->message, refused[row].says));
    g_assert_false(fs_exists(to));
    g_autofree char *temporary = g_build_filename(tree, ".out.tar.gz.slipway-tmp", NULL);
    g_assert_false(fs_exists(temporary));
}

static void test_no_folder(void) {
    g_autoptr(GError) error = NULL;
    const PackageSpec spec = {.to = "/nowhere/at/all.tar.gz", .epoch = EPOCH};
    g_assert_false(package_pack(&spec, &error));
    g_assert_true(error_is(error, ERROR_IO));
    const PackageSpec early = {.to = "x.tar.gz", .epoch = -1};
    g_assert_false(package_pack(&early, NULL));
}

static void test_format_of_name(void) {
    PackFormat format;
    g_assert_true(package_pack_format("a.tgz", &format) && format == PACK_TAR_GZ);
    g_assert_true(package_pack_format("a.tar.zst", &format) && format == PACK_TAR_ZST);
    g_assert_true(package_pack_format("a.zip", &format) && format == PACK_ZIP);
    g_assert_false(package_pack_format("a.tar.xz", &format));
}

int main(int argc, char **argv) {
    setlocale(LC_ALL, "C.UTF-8");
    g_test_init(&argc, &argv, NULL);
    folder = fs_make_temp_dir("slipway-pack", NULL);
    for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
        g_autofree char *same = g_strconcat("/pack/same-bytes/", formats[i].name, NULL), *listed = g_strconcat("/pack/listed/", formats[i].name, NULL);
        g_test_add_data_func(same, GUINT_TO_POINTER(i), test_same_bytes);
        g_test_add_data_func(listed, GUINT_TO_POINTER(i), test_listed);
    }
    g_test_add_func("/pack/from-file-or-memory", test_from_file_or_memory);
    g_test_add_func("/pack/gzip-says-nothing", test_gzip_says_nothing);
    for (guint i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autofree char *path = g_strconcat("/pack/refused/", refused[i].title, NULL);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_refused);
    }
    g_test_add_func("/pack/no-folder", test_no_folder);
    g_test_add_func("/pack/format-of-name", test_format_of_name);
    int status = g_test_run();
    fs_remove_tree(folder, NULL);
    g_free(folder);
    return status;
}
