#include "archives.h"
#include "base/fs.h"
#include "package/package.h"

#include <glib/gstdio.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

static char *folder;

static char *in_folder(const char *name) {
    return g_build_filename(folder, name, NULL);
}

static Package *read_made(const char *name, const Part *parts) {
    g_autoptr(GError) error = NULL;
    g_autofree char *path = archive_make(folder, name, parts);
    Package *package = package_read(path, &error);
    g_assert_no_error(error);
    return package;
}

static char *joined(GPtrArray *lines) {
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < lines->len; i++)
        g_string_append_printf(out, "%s\n", (char *)lines->pdata[i]);
    return g_string_free(out, FALSE);
}

static void assert_right(const Package *package) {
    g_autofree char *problems = joined(package->problems);
    g_autofree char *warnings = joined(package->warnings);
    g_assert_cmpstr(problems, ==, "");
    g_assert_cmpstr(warnings, ==, "");
}

static void assert_says(GPtrArray *lines, const char *words) {
    g_autofree char *text = joined(lines);
    if (strstr(text, words) == NULL)
        g_error("\"%s\" is not said, but:\n%s", words, text);
}

#define FIELDS "Metadata-Version: 2.1\nName: demo-pkg\nVersion: 1.2.0\nSummary: A demo\nRequires-Python: >=3.9\nDescription-Content-Type: text/markdown\n"
#define BODY "\nA demo.\n"
#define METADATA FIELDS BODY
#define WHEEL "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
#define INFO "demo_pkg-1.2.0.dist-info/"
#define WHEEL_NAME "demo_pkg-1.2.0-py3-none-any.whl"
#define SDIST_NAME "demo_pkg-1.2.0.tar.gz"

static const Part good_wheel[MAX_PARTS] = {
    {"demo/__init__.py", "__version__ = '1.2.0'\n"},
    {"demo/data, with comma.txt", "x"},
    {"tool.py", "pass\n"},
    {INFO "METADATA", METADATA},
    {INFO "WHEEL", WHEEL},
    {INFO "RECORD", RECORD_HERE},
};

static const Part good_sdist[MAX_PARTS] = {
    {"demo_pkg-1.2.0/", NULL},
    {"demo_pkg-1.2.0/pyproject.toml", "[project]\n"},
    {"demo_pkg-1.2.0/demo/__init__.py", "__version__ = '1.2.0'\n"},
    {"demo_pkg-1.2.0/PKG-INFO", METADATA},
};

/* ---- good ones ---- */

static void test_good_wheel(void) {
    g_autoptr(Package) package = read_made(WHEEL_NAME, good_wheel);
    assert_right(package);
    g_assert_cmpstr(package->kind, ==, "wheel");
    g_assert_cmpstr(package->name, ==, "demo-pkg");
    g_assert_cmpstr(package->version, ==, "1.2.0");
    g_assert_cmpstr(package->summary, ==, "A demo");
    g_assert_cmpstr(package->requires_python, ==, ">=3.9");
    g_assert_cmpuint(package->requires->len, ==, 0);
    g_autofree char *top = joined(package->top_level);
    g_assert_cmpstr(top, ==, "demo\ntool\n");
}

static void test_good_sdist(void) {
    g_autoptr(Package) package = read_made(SDIST_NAME, good_sdist);
    assert_right(package);
    g_assert_cmpstr(package->kind, ==, "sdist");
    g_assert_cmpstr(package->name, ==, "demo-pkg");
    g_assert_cmpstr(package->version, ==, "1.2.0");
}

static void test_compressed_tags(void) {
    Part parts[MAX_PARTS];
    memcpy(parts, good_wheel, sizeof parts);
    parts[4].text = "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py2-none-any\nTag: py3-none-any\n";
    g_autoptr(Package) package = read_made("demo_pkg-1.2.0-1-py2.py3-none-any.whl", parts);
    assert_right(package);
}

static void test_requires(void) {
    Part parts[MAX_PARTS];
    memcpy(parts, good_wheel, sizeof parts);
    parts[3].text = FIELDS "Requires-Dist: click (>=8)\nRequires-Dist: pytest ; extra == 'test'\nRequires-Dist: tomli ; python_version < '3.11'\n"
                           "Provides-Extra: test\n\nName: body, not a field\n";
    g_autoptr(Package) package = read_made(WHEEL_NAME, parts);
    assert_right(package);
    g_autofree char *requires = joined(package->requires);
    g_assert_cmpstr(requires, ==, "click (>=8)\ntomli ; python_version < '3.11'\n");
}

static void test_other_names(void) {
    Part parts[MAX_PARTS];
    memcpy(parts, good_wheel, sizeof parts);
    parts[0] = (Part){"demo_pkg-1.2.0.data/purelib/extra/__init__.py", "\n"};
    parts[1] = (Part){"fast.cpython-311-x86_64-linux-gnu.so", "\n"};
    parts[2] = (Part){"caf\xc3\xa9/notes-\xc4\xb0.txt", "text"};
    g_autoptr(Package) package = read_made(WHEEL_NAME, parts);
    assert_right(package);
    g_autofree char *top = joined(package->top_level);
    g_assert_cmpstr(top, ==, "extra\nfast\n");
}

/* ---- broken ones: what is changed, what must be said ---- */

typedef struct {
    const char *title;
    const char *file; /* NULL: the right name */
    guint part;       /* which is replaced (an index beyond the last one adds) */
    Part with;
    const char *says;
} Broken;

static const Broken broken_wheels[] = {
    {"version in metadata", NULL, 3, {INFO "METADATA", "Metadata-Version: 2.1\nName: demo-pkg\nVersion: 1.3.0\n"}, "has the version 1.3.0"},
    {"name in metadata", NULL, 3, {INFO "METADATA", "Metadata-Version: 2.1\nName: other\nVersion: 1.2.0\n"}, "has the name other"},
    {"hostile name", NULL, 3, {INFO "METADATA", "Metadata-Version: 2.1\nName: -x\nVersion: 1.2.0\n"}, "not allowed"},
    {"two names", NULL, 3, {INFO "METADATA", FIELDS "Name: again\n" BODY}, "2 fields Name"},
    {"metadata version", NULL, 3, {INFO "METADATA", "Metadata-Version: 9.0\nName: demo-pkg\nVersion: 1.2.0\n"}, "Metadata-Version 9.0"},
    {"metadata is no UTF-8", NULL, 3, {INFO "METADATA", FIELDS "Author: \xff\n" BODY}, "is not UTF-8"},
    {"no metadata", NULL, 3, {"a.txt", "a"}, "METADATA is missing"},
    {"no WHEEL", NULL, 4, {"a.txt", "a"}, "WHEEL is missing"},
    {"wheel version", NULL, 4, {INFO "WHEEL", "Wheel-Version: 2.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}, "Wheel-Version 1.x"},
    {"tags", NULL, 4, {INFO "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py2-none-any\n"}, "WHEEL has the tag py2-none-any"},
    {"no RECORD", NULL, 5, {"a.txt", "a"}, "RECORD is missing"},
    {"empty RECORD", NULL, 5, {INFO "RECORD", "\n"}, "RECORD does not name demo/__init__.py"},
    {"wrong hash", NULL, 5, {INFO "RECORD", "tool.py,sha256=AAAA,5\n"}, "another hash for tool.py"},
    {"weak hash", NULL, 5, {INFO "RECORD", "tool.py,md5=AAAA,5\n"}, "weaker than SHA-256 for tool.py"},
    {"wrong size", NULL, 5, {INFO "RECORD", "tool.py,sha256=AAAA,6\n"}, "the size 6 for tool.py, which has 5"},
    {"no such file", NULL, 5, {INFO "RECORD", "gone.py,sha256=AAAA,6\n"}, "RECORD names gone.py, which is not there"},
    {"broken quotes", NULL, 5, {INFO "RECORD", "\"tool.py,sha256=AAAA,6\n"}, "RECORD line 1 is not"},
    {"a field more", NULL, 5, {INFO "RECORD", "tool.py,sha256=AAAA,6,7\n"}, "RECORD line 1 is not"},
    {"path up", NULL, 6, {"demo/../../evil.py", "x"}, "is not a plain path"},
    {"absolute path", NULL, 6, {"/etc/evil.py", "x"}, "is not a plain path"},
    {"backslash", NULL, 6, {"demo\\evil.py", "x"}, "evil.py"},
    {"drive", NULL, 6, {"c:/evil.py", "x"}, "is not a plain path"},
    {"twice", NULL, 6, {"tool.py", "other\n"}, "is there twice"},
    {"link", NULL, 6, {"demo/link", "->/etc/passwd"}, "neither a file nor a folder"},
    {"second dist-info", NULL, 6, {"other-1.0.dist-info/METADATA", METADATA}, "2 .dist-info folders"},
    {"file name: parts", "demo_pkg-1.2.0.whl", 6, {NULL, NULL}, "is not NAME-VERSION"},
    {"file name: build tag", "demo_pkg-1.2.0-x-py3-none-any.whl", 6, {NULL, NULL}, "is not NAME-VERSION"},
    {"file name: version", "demo_pkg-1.2.1-py3-none-any.whl", 6, {NULL, NULL}, "has the version 1.2.0, the file name 1.2.1"},
    {"file name: tag", "demo_pkg-1.2.0-cp311-none-any.whl", 6, {NULL, NULL}, "the file name has the tag cp311-none-any"},
};

#define TOP "demo_pkg-1.2.0/"
static const Broken broken_sdists[] = {
    {"PKG-INFO too deep", NULL, 3, {TOP "demo/PKG-INFO", METADATA}, "PKG-INFO is missing"},
    {"version in metadata", NULL, 3, {TOP "PKG-INFO", "Metadata-Version: 2.1\nName: demo-pkg\nVersion: 1.3.0\n"}, "has the version 1.3.0"},
    {"nothing to build", NULL, 1, {TOP "a", "a"}, "neither pyproject.toml nor setup.py"},
    {"second top folder", NULL, 4, {"other/a", "a"}, "outside the top folder"},
    {"file at the top", NULL, 4, {"a", "a"}, "outside the top folder"},
    {"path up", NULL, 4, {TOP "../../a", "a"}, "is not a plain path"},
    {"link", NULL, 4, {TOP "link", "->../../etc"}, "neither a file nor a folder"},
    {"file name", "demo_pkg.tar.gz", 4, {NULL, NULL}, "is not NAME-VERSION"},
    {"file name: version", "demo_pkg-1.2.tar.gz", 4, {NULL, NULL}, "by its file name it is demo_pkg-1.2"},
};

static void check_broken(const char *right_name, const Part *right, const Broken *broken) {
    Part parts[MAX_PARTS];
    memcpy(parts, right, sizeof parts);
    parts[broken->part] = broken->with;
    g_test_message("%s", broken->title);
    g_autoptr(Package) package = read_made(broken->file != NULL ? broken->file : right_name, parts);
    assert_says(package->problems, broken->says);
}

static void test_broken_wheels(void) {
    for (guint i = 0; i < G_N_ELEMENTS(broken_wheels); i++)
        check_broken(WHEEL_NAME, good_wheel, &broken_wheels[i]);
}

static void test_broken_sdists(void) {
    for (guint i = 0; i < G_N_ELEMENTS(broken_sdists); i++)
        check_broken(SDIST_NAME, good_sdist, &broken_sdists[i]);
}

/* Nothing in it says that it is Python's: a plain archive, and a warning for those who meant more. */
static void test_no_pkg_info(void) {
    Part parts[MAX_PARTS];
    memcpy(parts, good_sdist, sizeof parts);
    parts[3] = (Part){TOP "a", "a"};
    g_autoptr(Package) package = read_made(SDIST_NAME, parts);
    g_assert_cmpstr(package->kind, ==, "archive");
    g_assert_cmpuint(package->problems->len, ==, 0);
    assert_says(package->warnings, "no PKG-INFO");
}

static void test_not_normalised(void) {
    const Part parts[MAX_PARTS] = {
        {"Demo.Pkg-1.2.0/pyproject.toml", ""},
        {"Demo.Pkg-1.2.0/PKG-INFO", METADATA},
    };
    g_autoptr(Package) package = read_made("Demo.Pkg-1.2.0.tar.gz", parts);
    g_assert_cmpuint(package->problems->len, ==, 0);
    assert_says(package->warnings, "indexes want it normalised: demo_pkg");
}

static void write_file(const char *path, const char *data, gsize length) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = g_bytes_new(data, length);
    fs_write(path, bytes, 0644, &error);
    g_assert_no_error(error);
}

static void test_not_archives(void) {
    const char *const names[] = {WHEEL_NAME, SDIST_NAME};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = in_folder(names[i]);
        write_file(path, "no archive", 10);
        g_autoptr(Package) package = package_read(path, NULL);
        g_assert_cmpuint(package->problems->len, >, 0);
        write_file(path, "", 0);
        g_autoptr(Package) empty = package_read(path, NULL);
        g_assert_cmpuint(empty->problems->len, >, 0);
    }
}

/* Every truncation is said, and none crashes. */
static void check_cuts(const char *path) {
    g_autoptr(GBytes) whole = fs_read(path, 1 << 20, NULL);
    gsize length = 0;
    const char *data = g_bytes_get_data(whole, &length);
    for (gsize cut = 1; cut < length; cut += 7) {
        write_file(path, data, length - cut);
        g_autoptr(Package) package = package_read(path, NULL);
        /* The last bytes of a gzip file are padding blocks of tar: without them it is still whole. */
        if (cut > length / 2)
            g_assert_cmpuint(package->problems->len, >, 0);
    }
    for (gsize at = 0; at < length; at += 3) {
        g_autofree char *changed = g_memdup2(data, length);
        changed[at] = (char)(changed[at] ^ 0x55);
        write_file(path, changed, length);
        g_autoptr(Package) package = package_read(path, NULL);
        g_assert_nonnull(package);
    }
}

static void test_cut_and_changed(void) {
    g_autofree char *wheel = archive_make(folder, WHEEL_NAME, good_wheel);
    check_cuts(wheel);
    g_autofree char *sdist = archive_make(folder, SDIST_NAME, good_sdist);
    check_cuts(sdist);
}

static void test_bomb(void) {
    g_autofree char *zeros = g_malloc(100u << 20);
    memset(zeros, ' ', (100u << 20) - 1);
    zeros[(100u << 20) - 1] = '\0';
    Part parts[MAX_PARTS];
    memcpy(parts, good_sdist, sizeof parts);
    parts[4] = (Part){TOP "zeros", zeros};
    g_autoptr(Package) package = read_made(SDIST_NAME, parts);
    assert_says(package->problems, "times its size");
}

/* A sparse file: nothing is read but its size and its first bytes. */
static void test_too_large_for_indexes(void) {
    g_autofree char *path = in_folder(WHEEL_NAME);
    write_file(path, "x", 1);
    g_assert_cmpint(truncate(path, 101 << 20), ==, 0);
    g_autoptr(Package) package = package_read(path, NULL);
    assert_says(package->warnings, "it has 101 MiB; indexes take 100 MiB");
    g_assert_cmpint(truncate(path, 100 << 20), ==, 0);
    g_autoptr(Package) smaller = package_read(path, NULL);
    g_assert_cmpuint(smaller->warnings->len, ==, 0);
    g_assert_cmpint(remove(path), ==, 0);
}

/* The code that the file of this name and size, or the start of it, brings. */
static void check_size(const char *name, off_t size, const char *code) {
    g_autofree char *path = in_folder(name);
    write_file(path, "x", 1);
    g_assert_cmpint(truncate(path, size), ==, 0);
    g_autoptr(Package) package = package_read(path, NULL);
    bool said = false;
    for (guint i = 0; i < package->findings->len; i++)
        said = said || strcmp(((const PackageFinding *)package->findings->pdata[i])->code, code) == 0;
    g_assert_true(said);
    g_assert_cmpint(remove(path), ==, 0);
}

static void test_sizes(void) {
    check_size(WHEEL_NAME, (100 << 20) + 1, "file/too-large");
}

static void test_plain_and_missing(void) {
    g_autofree char *path = in_folder("README.md");
    write_file(path, "text", 4);
    g_autoptr(Package) package = package_read(path, NULL);
    g_assert_cmpstr(package->kind, ==, "file");
    g_assert_null(package->name);
    g_assert_cmpuint(package->unchecked->len, ==, 1);
    g_autoptr(GError) error = NULL;
    g_autofree char *missing = in_folder("missing-1.0.tar.gz");
    g_assert_null(package_read(missing, &error));
    g_assert_true(error_is(error, ERROR_IO));
}

static void test_normalise(void) {
    const char *const rows[][2] = {{"Demo.Pkg_X", "demo_pkg_x"}, {"a--b__c..d", "a_b_c_d"}, {"A-._B", "a_b"}, {"PLAIN", "plain"}, {"", ""},
                                   {"I\xc4\xb0", "i\xc4\xb0"}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *is = package_normalise(rows[i][0]);
        g_assert_cmpstr(is, ==, rows[i][1]);
    }
}

static void test_sums(void) {
    g_autoptr(GError) error = NULL;
    g_autofree char *below = in_folder("sums");
    g_autofree char *sub = in_folder("sums/sub");
    g_autofree char *b = in_folder("sums/b.txt");
    g_autofree char *a = in_folder("sums/a");
    g_autofree char *self = in_folder("sums/SHA256SUMS");
    g_autofree char *odd = in_folder("sums/odd\nname");
    fs_make_dirs(sub, 0755, &error);
    write_file(a, "", 0);
    write_file(b, "abc", 3);
    write_file(self, "x", 1);
    g_autofree char *text = package_sums(below, "SHA256SUMS", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(text, ==,
                    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a\n"
                    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  b.txt\n");
    g_autoptr(GHashTable) sums = package_sums_parse(text, "SHA256SUMS", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(g_hash_table_size(sums), ==, 2);
    g_assert_cmpstr(g_hash_table_lookup(sums, "b.txt"), ==, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    write_file(odd, "", 0);
    g_autofree char *refused = package_sums(below, "SHA256SUMS", &error);
    g_assert_null(refused);
    g_assert_true(error_is(error, ERROR_UNTRUSTED_PATH));
}

static void test_sums_refused(void) {
#define HEX "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    const char *const texts[] = {"abc  a\n", HEX "  ../a\n", HEX "  \n", HEX " a\n", HEX "  a\n" HEX "  a\n", "\n\n"};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(package_sums_parse(texts[i], "SHA256SUMS", &error));
        g_assert_true(error_is(error, ERROR_PARSE));
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    /* What a reader finds must not hang on the locale: LC_ALL decides which one this is. */
    setlocale(LC_ALL, "");
    folder = fs_make_temp_dir("slipway-package", NULL);
    g_test_add_func("/package/wheel", test_good_wheel);
    g_test_add_func("/package/sdist", test_good_sdist);
    g_test_add_func("/package/compressed-tags", test_compressed_tags);
    g_test_add_func("/package/requires", test_requires);
    g_test_add_func("/package/other-names", test_other_names);
    g_test_add_func("/package/broken-wheels", test_broken_wheels);
    g_test_add_func("/package/broken-sdists", test_broken_sdists);
    g_test_add_func("/package/no-pkg-info", test_no_pkg_info);
    g_test_add_func("/package/not-normalised", test_not_normalised);
    g_test_add_func("/package/not-archives", test_not_archives);
    g_test_add_func("/package/cut-and-changed", test_cut_and_changed);
    g_test_add_func("/package/bomb", test_bomb);
    g_test_add_func("/package/too-large-for-indexes", test_too_large_for_indexes);
    g_test_add_func("/package/sizes", test_sizes);
    g_test_add_func("/package/plain-and-missing", test_plain_and_missing);
    g_test_add_func("/package/normalise", test_normalise);
    g_test_add_func("/package/sums", test_sums);
    g_test_add_func("/package/sums-refused", test_sums_refused);
    int status = g_test_run();
    fs_remove_tree(folder, NULL);
    g_free(folder);
    return status;
}
