/* What makes two archives differ is named; an archive that is written anew depends on its files alone. */
#include "base/digest.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/process.h"
#include "package/differ.h"
#include "package/repack.h"

#include <stdio.h>
#include <string.h>

static char *base;

/* A script makes the files a and b in the current folder, which are called so with the suffix; all that the lines must say, and nothing else. */
typedef struct {
    const char *name, *suffix, *script, *lines;
} Pair;

#define TAR "tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@1700000000 "
#define MAKE "mkdir -p d && echo one >d/x && echo two >d/y && chmod 644 d/x d/y && chmod 755 d && "

static const Pair pairs[] = {
    {"equal", ".tar", MAKE TAR "-cf a d && cp a b", ""},
    {"content", ".tar", MAKE TAR "-cf a d && echo changed >d/x && " TAR "-cf b d", "d/x: its content differs (8 bytes, not 4)\n"},
    {"time", ".tar", MAKE TAR "-cf a d/x && " TAR "--mtime=@1700000001 -cf b d/x", "d/x: its time is 2023-11-14T22:13:21Z, not 2023-11-14T22:13:20Z\n"},
    {"mode", ".tar", MAKE TAR "-cf a d/x && chmod 755 d/x && " TAR "-cf b d/x", "d/x: its mode is 0755, not 0644\n"},
    {"owner", ".tar", MAKE TAR "-cf a d/x && " TAR "--owner=ada:7 -cf b d/x", "d/x: its owner is 7:0, not 0:0\n"},
    {"members", ".tar", MAKE TAR "-cf a d/x && " TAR "-cf b d/y", "d/x: missing the second time\nd/y: only the second time\n"},
    {"order", ".tar", MAKE TAR "-cf a d/x d/y && " TAR "-cf b d/y d/x", "the order of the members differs: member 1 is d/y, not d/x\n"},
    {"gzip time", ".tar.gz", MAKE TAR "-cf t d/x && touch -d @1700000000 t && gzip -c t >a && touch -d @1700000009 t && gzip -c t >b",
     "the gzip header's time differs\n"},
    {"gzip name", ".tgz", MAKE TAR "-cf t d/x && gzip -nc t >a && touch -d @1700000000 t && gzip -c t >b",
     "the gzip header's flags (a file name is one) differs\nthe gzip header's time differs\n"},
    {"packing", ".crate",
     "seq 9000 >x && " TAR "-cf t x && gzip -n1c t | tail -c +11 >1 && gzip -n6c t | tail -c +11 >6 && printf '\\037\\213\\010\\0\\0\\0\\0\\0\\0\\003' >h && "
     "cat h 1 >a && cat h 6 >b",
     "all members are equal; they are packed differently\n"},
    {"link", ".tar", "ln -s x l && " TAR "-cf a l && ln -sf y l && " TAR "-cf b l", "l: it leads to y, not x\n"},
    {"zip", ".whl",
     MAKE "python3 -c \"import zipfile as z; "
          "a = z.ZipFile('a', 'w'); a.writestr(z.ZipInfo('x', (2020, 1, 1, 0, 0, 0)), 'one'); a.close(); "
          "b = z.ZipFile('b', 'w'); b.writestr(z.ZipInfo('x', (2020, 1, 1, 0, 0, 0)), 'two'); b.close()\"",
     "x: its content differs (3 bytes, not 3)\n"},
    {"zip time", ".zip",
     "python3 -c \"import zipfile as z; "
     "a = z.ZipFile('a', 'w'); a.writestr(z.ZipInfo('x', (2020, 1, 1, 0, 0, 0)), 'one'); a.close(); "
     "b = z.ZipFile('b', 'w'); b.writestr(z.ZipInfo('x', (2020, 12, 31, 23, 59, 58)), 'one'); b.close()\"",
     "x: its time is 2020-12-31T23:59:58Z, not 2020-01-01T00:00:00Z\n"},
    {"no archives", ".txt", "echo one >a && echo onf >b", "byte 2 differs\n"},
    {"shorter", "", "echo one >a && printf one >b", "byte 3 differs: one of them ends there\n"},
    {"broken", ".tar.gz", MAKE "tar -czf a d && head -c 60 a >b", "byte 60 differs: one of them ends there\n"},
};

static char *scratch(const char *name) {
    char *folder = g_build_filename(base, name, NULL);
    g_assert_true(fs_make_dirs(folder, 0755, NULL));
    return folder;
}

static void shell(const char *folder, const char *script) {
    const char *const words[] = {"sh", "-ec", script, NULL};
    const char *const env[] = {"PATH=/usr/bin:/bin", "TZ=UTC", NULL};
    ProcessSpec spec = {.argv = words, .cwd = folder, .env = env};
    g_auto(ProcessResult) result = {0};
    g_assert_true(process_run(&spec, &result, NULL));
    if (!process_ok(&result))
        g_error("%s: %s", script, process_text(result.err));
}

static char *called(const char *folder, const char *name, const char *suffix) {
    g_autofree char *plain = g_build_filename(folder, name, NULL);
    char *path = g_strconcat(plain, suffix, NULL);
    g_assert_cmpint(rename(plain, path), ==, 0);
    return path;
}

static void test_pair(gconstpointer data) {
    const Pair *row = data;
    g_autofree char *folder = scratch(row->name);
    shell(folder, row->script);
    g_autofree char *a = called(folder, "a", row->suffix);
    g_autofree char *b = called(folder, "b", row->suffix);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) lines = package_differ(a, b, &error);
    g_assert_no_error(error);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < lines->len; i++)
        g_string_append_printf(text, "%s\n", (char *)lines->pdata[i]);
    g_assert_cmpstr(text->str, ==, row->lines);
}

static void test_missing(void) {
    g_autoptr(GError) error = NULL;
    g_assert_null(package_differ("/nowhere/a", "/nowhere/b", &error));
    g_assert_true(error_is(error, ERROR_IO));
}

/* ---- written anew ---- */

static const char *const origins[] = {
    "mkdir -p s/t && echo one >s/t/x && echo two >s/y && ln -s y s/l && chmod 600 s/y && touch -d @1 s/y && tar -czf a.tar.gz s",
    "mkdir -p s/t && echo two >s/y && echo one >s/t/x && ln -s y s/l && touch -d @9 s/t && umask 0 && tar --format=pax --owner=ada:5 -czf a.tar.gz s/y s/t s/l",
};

static void test_repack(void) {
    g_autofree char *digests[G_N_ELEMENTS(origins)] = {NULL};
    for (guint i = 0; i < G_N_ELEMENTS(origins); i++) {
        g_autofree char *name = g_strdup_printf("origin%u", i);
        g_autofree char *folder = scratch(name);
        shell(folder, origins[i]);
        g_autofree char *path = g_build_filename(folder, "a.tar.gz", NULL);
        g_autoptr(GError) error = NULL;
        package_repack(path, 1700000000, &error);
        g_assert_no_error(error);
        digests[i] = digest_file(path, NULL, NULL);
        shell(folder, "tar -tzf a.tar.gz >names && printf 's/l\\ns/t/x\\ns/y\\n' | cmp - names && tar -xOzf a.tar.gz s/t/x | grep -qx one");
    }
    g_assert_cmpstr(digests[0], ==, digests[1]);
    g_clear_pointer(&digests[1], g_free);
}

static void test_repack_refuses(void) {
    static const char *const scripts[] = {"echo no archive >a.tar.gz", "mkfifo f && tar -czf a.tar.gz f",
                                          "seq 9999 >x && tar -czf y x && head -c 4000 y >a.tar.gz", "echo x >x && ln x y && tar -czf a.tar.gz x y"};
    for (guint i = 0; i < G_N_ELEMENTS(scripts); i++) {
        g_autofree char *name = g_strdup_printf("refused%u", i);
        g_autofree char *folder = scratch(name);
        shell(folder, scripts[i]);
        g_autofree char *path = g_build_filename(folder, "a.tar.gz", NULL);
        g_autofree char *before = digest_file(path, NULL, NULL);
        g_autoptr(GError) error = NULL;
        g_assert_false(package_repack(path, 1700000000, &error));
        g_assert_true(error_is(error, ERROR_PARSE));
        g_autofree char *after = digest_file(path, NULL, NULL);
        g_assert_cmpstr(before, ==, after);
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    base = fs_make_temp_dir("slipway-differ", NULL);
    for (guint i = 0; i < G_N_ELEMENTS(pairs); i++) {
        g_autofree char *path = g_strdup_printf("/differ/%s", pairs[i].name);
        g_test_add_data_func(path, &pairs[i], test_pair);
    }
    g_test_add_func("/differ/missing", test_missing);
    g_test_add_func("/repack/same", test_repack);
    g_test_add_func("/repack/refused", test_repack_refuses);
    int status = g_test_run();
    fs_remove_tree(base, NULL);
    g_free(base);
    return status;
}
